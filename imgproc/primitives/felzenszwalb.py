"""Regions by merging along the lightest edges first, as far as what lies inside them allows.

Weights are rounded to integers, and limits are float64 of one quotient and one sum, so every body takes the same
decisions.
"""

import functools
import itertools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad
from imgproc.primitives.limits import limit
from imgproc.primitives.smooth_steps import smooth_steps

_SIDE = 256
"""Pixels along a tile merged by itself, whose regions stay in the cache of a core."""

_FAR = 16
"""Pixels beyond which smoothing reaches too far to be done by tiles: what they share would be smoothed again."""

_WEIGHT = 32
"""Bit of an edge at which its weight begins."""

_HEAVIEST = 2.0**30
"""Of what is farther apart, all is equally far."""


@dispatched(differentiable=False)
def merge_by_edges(images: Any, span: tuple[float, float], taps: tuple[float, ...], scale: float, min_size: int) -> Any:
    """Label the regions of each image of (N, C, H, W): int32 (N, H, W), from 0 in raster order.

    Values are counted in steps of a range and smoothed, as `smooth_steps` does with `span` and `taps`; `scale` is in
    steps.

    Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation", IJCV 59(2), 2004, algorithm 1 on the
    grid of 8 neighbours, with Euclidean distances over channels of rounded values, rounded to integers. Edges of equal
    weight come in the order of their first pixel, then right, lower left, below, lower right. Last, regions smaller
    than `min_size` are joined along the lightest edge that leaves them.

    Merging follows one edge after the other, so sorted edges are brought to the host, where this body walks through
    them in Python.
    """
    return _merge_each(smooth_steps(images, span, taps, (2, 3)), scale, min_size, _walk)


def _merge_each(values: Any, scale: float, min_size: int, walk: Any) -> Any:
    """Sort the edges of each image where it lies, and merge them on the host."""
    xp = namespace(values)
    count, _, height, width = values.shape
    labels = []
    for i in range(count):
        weights = _weigh_edges(values[i, ...])
        order = xp.argsort(weights, stable=True)[: _count_edges(height, width)]  # without those of no edge
        weights, order = (cast_to(x, "int32") for x in (xp.take(weights, order, axis=0), order))
        labels.append(_merge_on_host(weights, order, (height, width), scale, min_size, walk))
    return xp.stack(labels)


def _count_edges(height: int, width: int) -> int:
    return (height - 1) * (4 * width - 3) + width - 1


def _weigh_edges(values: Any) -> Any:
    """Return the weights of the edges of (C, H, W) in their order, in float64; infinity where there is none."""
    xp = namespace(values)
    values, made = xp.round(values), []
    for down, across in ((0, 1), (1, -1), (1, 0), (1, 1)):
        height, width = values.shape[1] - down, values.shape[2] - abs(across)
        left, right = max(-across, 0), max(across, 0)
        here, there = values[:, :height, left : left + width], values[:, down:, right : right + width]
        difference = here[0, ...] - there[0, ...]
        total = difference * difference
        for c in range(1, values.shape[0]):  # in this order in every body
            difference = here[c, ...] - there[c, ...]
            total = total + difference * difference
        weight = limit(xp.round(xp.sqrt(total)), 0.0, _HEAVIEST)
        for axis, widths in ((0, (0, down)), (1, (left, right))):
            weight = _with_infinity(weight, axis, widths)
        made.append(weight)
    return xp.reshape(xp.stack(made, axis=-1), (-1,))


def _with_infinity(weight: Any, axis: int, widths: tuple[int, int]) -> Any:
    """Add lines of infinity before and after."""
    if weight.shape[axis] == 0:
        shape = tuple(sum(widths) if k == axis else n for k, n in enumerate(weight.shape))
        return namespace(weight).full(shape, float("inf"), dtype=weight.dtype, device=weight.device)
    return pad(weight, (axis,), (widths,), "constant", float("inf"))


def _merge_on_host(weights: Any, order: Any, size: tuple[int, int], scale: float, min_size: int, walk: Any) -> Any:
    """Bring sorted edges to the host, walk through them, and take the labels (H, W) back to where they came from."""
    labels = walk(to_numpy(weights), to_numpy(order), size, scale, min_size)
    return namespace(order).asarray(labels, device=order.device)


def _walk(weights: np.ndarray, order: np.ndarray, size: tuple[int, int], scale: float, min_size: int) -> np.ndarray:
    steps = (1, size[1] - 1, size[1], size[1] + 1)
    pixels = size[0] * size[1]
    parents, sizes, limits = list(range(pixels)), [1] * pixels, [scale] * pixels

    def find(pixel: int) -> int:
        while parents[pixel] != pixel:
            parents[pixel] = parents[parents[pixel]]
            pixel = parents[pixel]
        return pixel

    def join(a: int, b: int) -> None:
        parents[b] = a
        sizes[a] += sizes[b]

    edges = [(edge // 4, edge // 4 + steps[edge % 4]) for edge in order.tolist()]
    for (p, q), weight in zip(edges, weights.tolist(), strict=True):
        a, b = find(p), find(q)
        if a != b and weight <= min(limits[a], limits[b]):
            join(a, b)
            limits[a] = weight + scale / sizes[a]
    for p, q in edges:
        a, b = find(p), find(q)
        if a != b and min(sizes[a], sizes[b]) < min_size:
            join(a, b)
    numbers: dict[int, int] = {}
    labels = [numbers.setdefault(find(p), len(numbers)) for p in range(pixels)]
    return np.array(labels, np.int32).reshape(size)


@implements(merge_by_edges, "numpy")
def _merge_numba(images: Any, span: tuple[float, float], taps: tuple[float, ...], scale: float, min_size: int) -> Any:
    """Smooth and merge tiles on all cores, and then what is left.

    Memory besides the labels: of photos 8 bytes a pixel, for regions and edges that no tile decides.
    """
    smooth, reach = functools.partial(smooth_steps, span=span, taps=taps, axes=(0, 1)), len(taps) // 2
    labels = np.empty((images.shape[0], *images.shape[2:]), np.int32)
    for planar, made in zip(images, labels, strict=True):
        image = np.moveaxis(planar, 0, -1)
        if reach > _FAR:
            parts = _merge_tiles(smooth(np.ascontiguousarray(image)), np.asarray, 0, scale, min_size, made)
        else:
            parts = _merge_tiles(image, smooth, reach, scale, min_size, made)
        edges, refused, regions, firsts = (np.concatenate(part) for part in zip(*parts, strict=True))
        edges.sort()
        _merge_rest(edges, refused, regions, firsts, made, scale, min_size)
    return labels


def _merge_tiles(
    image: np.ndarray, smooth: Callable[[Any], Any], reach: int, scale: float, min_size: int, labels: np.ndarray
) -> list[tuple[np.ndarray, ...]]:
    """Merge within tiles of (H, W, C) and write the number of each pixel's region to `labels` (H, W).

    Returned are, by tile and in the order of their numbers, the edges left, those refused, two numbers of each region,
    and its first pixel. To `smooth` a pixel takes `reach` pixels around it.
    """
    from imgproc.primitives import _felzenszwalb_numba

    merge = compiled(
        _felzenszwalb_numba.merge_tile,
        "rows3(float64), in1(int64), int64, int64, float64, float64, int64, out2(int64), out1(int32), out1(int32), "
        "out1(int32), out1(int32), out1(int64)",
    )
    tiles = _cut_tiles(*labels.shape)
    pixels = max((bottom - top + 2) * (right - left + 2) for top, bottom, left, right in tiles)
    made: list[tuple[np.ndarray, ...]] = []
    lock, total = threading.Lock(), 0

    def work(first: int, last: int) -> None:
        nonlocal total
        room, counts = np.empty((4, 4 * pixels), np.int64), np.empty(3, np.int64)
        nodes, regions, firsts = (np.empty(count * pixels, np.int32) for count in (2, 2, 1))
        for tile in tiles[first:last]:
            values, inside, origin = _smooth_part(image, tile, smooth, reach)
            merge(
                values, inside, labels.shape[1], origin, _HEAVIEST, scale, min_size,
                room, nodes, labels.reshape(-1), regions, firsts, counts,
            )  # fmt: skip
            left, refused, count = counts.tolist()
            ours = room[2, :left].copy(), room[3, :refused].copy(), regions[: 2 * count].copy(), firsts[:count].copy()
            with lock:
                number = total
                total += count
                made.append(ours)
            labels[tile[0] : tile[1], tile[2] : tile[3]] += number

    run_bands(work, len(tiles), 600 * labels.size, 1)
    return made


def _smooth_part(
    image: np.ndarray, tile: tuple[int, int, int, int], smooth: Callable[[Any], Any], reach: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return a tile of (H, W, C) and the pixels around it, smoothed; where in that the tile is (top, bottom, left,
    right); and the number, in the image, of the first pixel."""
    (height, width), (top, bottom, left, right) = image.shape[:2], tile
    y, x, below, after = max(top - 1, 0), max(left - 1, 0), min(bottom + 1, height), min(right + 1, width)
    above, before = max(y - reach, 0), max(x - reach, 0)
    values = smooth(np.ascontiguousarray(image[above : below + reach, before : after + reach]))
    inside = np.array((top - y, bottom - y, left - x, right - x), np.int64)
    return values[y - above : below - above, x - before : after - before], inside, y * width + x


def _cut_tiles(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """Cut an image into tiles of about equal size: top, bottom, left, right."""
    counts = ((n, -(-n // _SIDE)) for n in (height, width))
    rows, columns = ([n * i // count for i in range(count + 1)] for n, count in counts)
    return [(*row, *column) for row in itertools.pairwise(rows) for column in itertools.pairwise(columns)]


def _merge_rest(
    edges: np.ndarray,
    refused: np.ndarray,
    regions: np.ndarray,
    firsts: np.ndarray,
    labels: np.ndarray,
    scale: float,
    min_size: int,
) -> None:
    """Walk through sorted edges, then through those refused, and renumber `labels` (H, W); the rest is overwritten."""
    from imgproc.primitives import _felzenszwalb_numba

    walk = compiled(
        _felzenszwalb_numba.walk_edges, "out1(int64), in1(int32), int64, float64, int64, out1(int32), out1(int64)"
    )
    join = compiled(
        _felzenszwalb_numba.join_small,
        "in1(int64), in1(int32), int64, int64, out1(int32), out1(int32), out1(int32)",
    )
    rename = compiled(_felzenszwalb_numba.rename, "in1(int32), out1(int32)")
    width, flat, counts, roots = labels.shape[1], labels.reshape(-1), np.empty(1, np.int64), np.empty_like(firsts)
    walk(edges, flat, width, scale, min_size, regions, counts)
    refused = np.concatenate((edges[: counts[0]], refused))
    refused.sort()
    join(refused, flat, width, min_size, regions, firsts, roots)
    names = _number_roots(np.flatnonzero(regions[::2] < 0), firsts)[roots]
    run_bands(lambda first, last: rename(names, flat[first:last]), flat.size, 10 * flat.size)


def _number_roots(roots: np.ndarray, firsts: np.ndarray) -> np.ndarray:
    """Number the roots 0, 1, ... in the order of their first pixels; there are numbers of roots alone."""
    numbers = np.empty_like(firsts)
    numbers[roots[np.argsort(firsts[roots])]] = np.arange(len(roots), dtype=np.int32)
    return numbers


@implements(merge_by_edges, "cupy")
def _merge_cuda(images: Any, span: tuple[float, float], taps: tuple[float, ...], scale: float, min_size: int) -> Any:
    """Weigh and sort on the device; the walk through the edges is the host's."""

    def walk(weights: np.ndarray, order: np.ndarray, size: tuple[int, int], scale: float, min_size: int) -> np.ndarray:
        edges = weights.astype(np.int64)
        edges <<= _WEIGHT
        edges += order
        labels = np.arange(size[0] * size[1], dtype=np.int32).reshape(size)
        regions, firsts = np.tile(np.array([-1, 0], np.int32), labels.size), labels.reshape(-1).copy()
        _merge_rest(edges, np.empty(0, np.int64), regions, firsts, labels, scale, min_size)
        return labels

    return _merge_each(smooth_steps(images, span, taps, (2, 3)), scale, min_size, walk)
