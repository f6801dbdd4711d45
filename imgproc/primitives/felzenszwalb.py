"""Regions by merging along the lightest edges first, as far as what lies inside them allows.

Weights are rounded to integers, and limits are float64 of one quotient and one sum, so every body takes the same
decisions.
"""

import itertools
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad
from imgproc.primitives.limits import limit

_NARROW, _WIDE = 256, 480
"""Sides in pixels of tiles merged by themselves, whose regions stay in the cache of a core. Wide ones leave fewer edges
to the walk through what is left, which only one core does."""

_TILES_A_THREAD = 4
"""For which tiles are wide: threads end at about the same time."""

_WEIGHT = 32
"""Bit of an edge at which its weight begins."""

_HEAVIEST = 2.0**30
"""Of what is farther apart, all is equally far."""


@dispatched(differentiable=False)
def merge_by_edges(values: Any, scale: float, min_size: int) -> Any:
    """Label the regions of each image of (N, C, H, W) in float64: int32 (N, H, W), from 0 in raster order.

    Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation", IJCV 59(2), 2004, algorithm 1 on the
    grid of 8 neighbours, with Euclidean distances over channels of rounded values, rounded to integers. Edges of equal
    weight come in the order of their first pixel, then right, lower left, below, lower right. Last, regions smaller
    than `min_size` are joined along the lightest edge that leaves them.

    Merging follows one edge after the other, so sorted edges are brought to the host, where this body walks through
    them in Python.
    """
    return _merge_each(values, scale, min_size, _walk)


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
def _merge_numba(values: Any, scale: float, min_size: int) -> Any:
    """Merge tiles on all cores, and then what is left.

    Memory: 8 bytes a pixel for the regions, and 8 for each edge that no tile decides: of photos, one in six.
    """
    labels = np.empty((values.shape[0], *values.shape[2:]), np.int32)
    for image, made in zip(values, labels, strict=True):
        nodes = np.empty((made.size, 2), np.int32)
        edges, refused = _merge_tiles(np.ascontiguousarray(np.moveaxis(image, 0, -1)), scale, min_size, nodes)
        edges.sort()
        _merge_rest(edges, refused, nodes, made, scale, min_size)
    return labels


def _merge_tiles(values: np.ndarray, scale: float, min_size: int, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge within tiles of (H, W, C): fill `nodes` (H * W, 2), and return the edges left, and those refused."""
    from imgproc.primitives import _felzenszwalb_numba

    tiles = _cut_tiles(*values.shape[:2])
    pixels = max((bottom - top + 2) * (right - left + 2) for top, bottom, left, right in tiles)
    merge = compiled(
        _felzenszwalb_numba.merge_tile,
        "in3(float64), in1(int64), float64, float64, int64, out2(int64), out1(int32), out1(int32), out1(int64)",
    )
    made: list[tuple[np.ndarray, np.ndarray]] = []

    def work(first: int, last: int) -> None:
        room, own, counts = np.empty((4, 4 * pixels), np.int64), np.empty(2 * pixels, np.int32), np.empty(2, np.int64)
        for tile in tiles[first:last]:
            merge(values, np.array(tile, np.int64), _HEAVIEST, scale, min_size, room, own, nodes.reshape(-1), counts)
            made.append((room[2, : counts[0]].copy(), room[3, : counts[1]].copy()))

    run_bands(work, len(tiles), 300 * nodes.size, 1)
    edges, refused = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return edges, refused


def _cut_tiles(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """Cut an image into tiles of about equal size: top, bottom, left, right."""
    side = _WIDE if height * width >= _TILES_A_THREAD * thread_count() * _WIDE**2 else _NARROW
    rows, columns = (np.linspace(0, n, -(-n // side) + 1).astype(int).tolist() for n in (height, width))
    return [(*row, *column) for row in itertools.pairwise(rows) for column in itertools.pairwise(columns)]


def _merge_rest(
    edges: np.ndarray, refused: np.ndarray, nodes: np.ndarray, labels: np.ndarray, scale: float, min_size: int
) -> None:
    """Walk through sorted edges, then through those refused, and write `labels` (H, W); edges are overwritten."""
    from imgproc.primitives import _felzenszwalb_numba

    walk = compiled(_felzenszwalb_numba.walk_edges, "out1(int64), int64, float64, int64, out1(int32), out1(int64)")
    join = compiled(_felzenszwalb_numba.join_small, "in1(int64), int64, int64, out1(int32), out1(int32)")
    width, flat, counts = labels.shape[1], nodes.reshape(-1), np.empty(1, np.int64)
    walk(edges, width, scale, min_size, flat, counts)
    refused = np.concatenate((edges[: counts[0]], refused))
    refused.sort()
    join(refused, width, min_size, flat, labels.reshape(-1))


@implements(merge_by_edges, "cupy")
def _merge_cuda(values: Any, scale: float, min_size: int) -> Any:
    """Weigh and sort on the device; the walk through the edges is the host's."""

    def walk(weights: np.ndarray, order: np.ndarray, size: tuple[int, int], scale: float, min_size: int) -> np.ndarray:
        labels, edges = np.empty(size, np.int32), weights.astype(np.int64)
        edges <<= _WEIGHT
        edges += order
        nodes = np.tile(np.array([-1, 0], np.int32), (labels.size, 1))
        _merge_rest(edges, np.empty(0, np.int64), nodes, labels, scale, min_size)
        return labels

    return _merge_each(values, scale, min_size, walk)
