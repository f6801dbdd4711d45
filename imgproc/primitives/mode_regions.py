"""Regions of neighbours that came to one mode."""

from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled
from imgproc.primitives.mean_shift_image import limit_square


@dispatched(differentiable=False)
def join_modes(values: Any, rows: Any, columns: Any, spatial_radius: float, range_radius: float, min_size: int) -> Any:
    """Label the regions of each image of modes, `values` (N, C, H, W) at `rows` and `columns` (N, H, W): int32.

    Neighbours, of four, are one region where their modes are within both radii. Then regions smaller than `min_size`
    are joined to a neighbour: pairs of pixels that part regions are gone through, the nearest in value first, and of
    equals the earlier in raster order, right before below. Labels are from 0, in raster order.

    The host joins, whatever the device: it gets the pairs, sorted, and this body walks through them in Python.
    """
    return _join_each(values, rows, columns, spatial_radius, range_radius, min_size, _join_slowly)


def _join_each(
    values: Any, rows: Any, columns: Any, spatial_radius: float, range_radius: float, min_size: int, join: Any
) -> Any:
    xp = namespace(values)
    labels = []
    limits = limit_square(spatial_radius, "float64"), limit_square(range_radius, dtype_name(values))
    for i in range(values.shape[0]):
        size = values.shape[2], values.shape[3]
        near, firsts, seconds = _pairs(values[i, ...], rows[i, ...], columns[i, ...], limits, min_size > 1)
        made = join(*map(to_numpy, (near, firsts, seconds)), size, min_size)
        labels.append(xp.asarray(made, device=values.device))
    return xp.stack(labels)


def _pairs(values: Any, rows: Any, columns: Any, limits: tuple[float, float], sorts: bool) -> tuple[Any, Any, Any]:
    """Return which neighbours agree (2, H W), and the pixels of the pairs that do not, the nearest first."""
    xp = namespace(values)
    _, height, width = values.shape
    index = xp.reshape(xp.arange(height * width, dtype=xp.int64, device=values.device), (height, width))
    near, squares, keys, is_pair = [], [], [], []
    for side in range(2):
        here = (slice(0, height - side), slice(0, width - 1 + side))
        there = (slice(side, height), slice(1 - side, width))
        square = _square_sum([values[(c, *here)] - values[(c, *there)] for c in range(values.shape[0])])
        moved = _square_sum([cast_to(x[here], "float64") - cast_to(x[there], "float64") for x in (rows, columns)])
        agrees = (square <= limits[1]) & (moved <= limits[0])
        near.append(xp.reshape(_filled(agrees, (height, width)), (-1,)))
        is_pair.append(xp.reshape(~agrees, (-1,)))
        squares.append(xp.reshape(square, (-1,)))
        keys.append(xp.reshape(2 * index[here] + side, (-1,)))
    if not sorts:
        nothing = keys[0][:0]
        return xp.stack(near), nothing, nothing
    parted = xp.nonzero(xp.concat(is_pair))[0]
    key, square = (xp.take(xp.concat(x), parted, axis=0) for x in (keys, squares))
    raster = xp.argsort(key)
    key, square = xp.take(key, raster, axis=0), xp.take(square, raster, axis=0)
    key = xp.take(key, xp.argsort(square, stable=True), axis=0)
    first = key // 2
    return xp.stack(near), first, first + xp.where(key % 2 == 0, xp.ones_like(key), xp.full_like(key, width))


def _square_sum(differences: list[Any]) -> Any:
    total = differences[0] * differences[0]
    for difference in differences[1:]:
        total = total + difference * difference
    return total


def _filled(mask: Any, shape: tuple[int, int]) -> Any:
    """Add a last row or column of False."""
    xp = namespace(mask)
    for axis in range(2):
        if mask.shape[axis] < shape[axis]:
            more = (1, mask.shape[1]) if axis == 0 else (mask.shape[0], 1)
            mask = xp.concat([mask, xp.zeros(more, dtype=mask.dtype, device=mask.device)], axis=axis)
    return mask


def _join_slowly(
    near: np.ndarray, firsts: np.ndarray, seconds: np.ndarray, size: tuple[int, int], min_size: int
) -> np.ndarray:
    parents, sizes = list(range(size[0] * size[1])), [1] * (size[0] * size[1])

    def find(p: int) -> int:
        while parents[p] != p:
            parents[p] = parents[parents[p]]
            p = parents[p]
        return p

    def join(p: int, q: int, below: float) -> None:
        a, b = sorted((find(p), find(q)))
        if a != b and min(sizes[a], sizes[b]) < below:
            parents[b] = a
            sizes[a] += sizes[b]

    for side, step in enumerate((1, size[1])):
        for p in np.flatnonzero(near[side]).tolist():
            join(p, p + step, np.inf)
    for p, q in zip(firsts.tolist(), seconds.tolist(), strict=True):
        join(p, q, min_size)
    numbers: dict[int, int] = {}
    labels = [numbers.setdefault(find(p), len(numbers)) for p in range(len(parents))]
    return np.array(labels, np.int32).reshape(size)


def _join_fast(
    near: np.ndarray, firsts: np.ndarray, seconds: np.ndarray, size: tuple[int, int], min_size: int
) -> np.ndarray:
    from imgproc.primitives import _mean_shift_numba

    pixels = size[0] * size[1]
    labels = np.empty(size, np.int32)
    kernel = compiled(
        _mean_shift_numba.join_regions,
        "in2(boolean), in1(int64), in1(int64), int64, int64, out1(int64), out1(int64), out1(int32)",
    )
    room = np.empty(pixels, np.int64), np.empty(pixels, np.int64)
    kernel(near, firsts, seconds, size[1], min_size, *room, labels.reshape(-1))
    return labels


@implements(join_modes, "numpy")
def _join_numba(values: Any, rows: Any, columns: Any, spatial_radius: float, range_radius: float, min_size: int) -> Any:
    return _join_each(values, rows, columns, spatial_radius, range_radius, min_size, _join_fast)


@implements(join_modes, "cupy")
def _join_cuda(values: Any, rows: Any, columns: Any, spatial_radius: float, range_radius: float, min_size: int) -> Any:
    """Compare and sort on the device."""
    return _join_each(values, rows, columns, spatial_radius, range_radius, min_size, _join_fast)
