"""Regions by merging along the lightest edges first, as far as what lies inside them allows.

Weights are rounded to integers, and limits are float64 of one quotient and one sum, so every body takes the same
decisions.
"""

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

_MOST_PARTS = 16
_WIDEST_DIGIT = 10
"""Bits by which a pass sorts: the ends of its 1024 rows are all in the cache."""

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
    """Memory: 64 bytes a pixel for the edges while they are sorted, and 44 while they are walked through."""
    labels = np.empty((values.shape[0], *values.shape[2:]), np.int32)
    for image, made in zip(values, labels, strict=True):
        _walk_numba(sort_edges(np.ascontiguousarray(np.moveaxis(image, 0, -1))), made, scale, min_size)
    return labels


def sort_edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of (H, W, C), by weight and then by number: int64, weight · 2**32 + number."""
    from imgproc.primitives import _felzenszwalb_numba

    height, width, _ = values.shape
    edges, heaviest = np.empty(_count_edges(height, width), np.int64), np.empty(height, np.int64)
    weigh = compiled(_felzenszwalb_numba.weigh_edges, "in3(float64), float64, out1(int64), out1(int64), int64, int64")
    run_bands(lambda first, last: weigh(values, _HEAVIEST, edges, heaviest, first, last), height, 8 * values.size)
    return _sort_by_digits(edges, int(heaviest.max()).bit_length())


def _sort_by_digits(edges: np.ndarray, bits: int) -> np.ndarray:
    """Sort edges by so many bits of their weights, digit by digit from the last, on all cores; they are lost."""
    from imgproc.primitives import _felzenszwalb_numba

    passes = max(1, -(-bits // _WIDEST_DIGIT))
    digit = max(1, -(-bits // passes))
    parts = min(thread_count(), _MOST_PARTS)
    tally = compiled(_felzenszwalb_numba.count_digits, "in1(int64), int64, out2(int64), int64, int64")
    scatter = compiled(_felzenszwalb_numba.scatter_digits, "in1(int64), int64, out2(int64), out1(int64), int64, int64")
    others = np.empty_like(edges)
    for shift in range(_WEIGHT, _WEIGHT + bits, digit):
        counts = np.zeros((parts, 1 << digit), np.int64)
        run_bands(lambda first, last: tally(edges, shift, counts, first, last), parts, 4 * edges.size)  # noqa: B023
        ends = np.cumsum(counts.T).reshape(-1, parts).T
        places = np.ascontiguousarray(ends - counts)
        run_bands(
            lambda first, last: scatter(edges, shift, places, others, first, last),  # noqa: B023
            parts, 8 * edges.size,
        )  # fmt: skip
        edges, others = others, edges
    return edges


def _walk_numba(edges: np.ndarray, labels: np.ndarray, scale: float, min_size: int) -> None:
    """Write `labels` (H, W); `edges` are overwritten."""
    from imgproc.primitives import _felzenszwalb_numba

    merge = compiled(_felzenszwalb_numba.merge_sorted, "out1(int64), int64, float64, int64, out1(int32), out1(int32)")
    nodes = np.empty(2 * labels.size, np.int32)
    merge(edges, labels.shape[1], scale, min_size, nodes, labels.reshape(-1))


@implements(merge_by_edges, "cupy")
def _merge_cuda(values: Any, scale: float, min_size: int) -> Any:
    """Weigh and sort on the device; the walk through the edges is the host's."""

    def walk(weights: np.ndarray, order: np.ndarray, size: tuple[int, int], scale: float, min_size: int) -> np.ndarray:
        labels, edges = np.empty(size, np.int32), weights.astype(np.int64)
        edges <<= _WEIGHT
        edges += order
        _walk_numba(edges, labels, scale, min_size)
        return labels

    return _merge_each(values, scale, min_size, walk)
