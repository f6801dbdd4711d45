"""Rows or columns each moved along themselves by a distance of its own: what a shear does."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, upload
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices
from imgproc.primitives.resample import KERNEL_RADII, kernel_at
from imgproc.typing import Border, Interpolation

Starts = tuple[float, ...]


@functools.lru_cache(maxsize=16)
def _taps(starts: Starts, interpolation: Interpolation) -> tuple[np.ndarray, np.ndarray]:
    """Return the first position that each line takes and its weights from there on, (lines, taps)."""
    exact = np.array(starts)
    if interpolation == "nearest":
        return np.floor(exact + 0.5).astype(np.int64), np.ones((len(exact), 1))
    reach = KERNEL_RADII[interpolation]
    before = np.floor(exact)
    distance = (exact - before)[:, None] - np.arange(1 - reach, reach + 1)
    weights = np.where(np.abs(distance) < reach, kernel_at(interpolation, distance), 0.0)
    return before.astype(np.int64) + 1 - reach, weights / weights.sum(axis=1, keepdims=True)


def _tables(
    starts: Starts,
    made: tuple[int, int],
    first: int,
    shape: tuple[int, int],
    interpolation: Interpolation,
    border: Border,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the source, first position and weights of each line, and the table of positions from -before on."""
    base, weights = _taps(starts, interpolation)
    before = max(0, -int(base.min()))
    after = max(0, int(base.max()) + made[1] + weights.shape[1] - shape[1])
    lines = np.arange(first, first + made[0])
    above, below = max(0, -first), max(0, first + made[0] - shape[0])
    return (
        border_indices(shape[0], above, below, border)[lines + above], base, weights,
        border_indices(shape[1], before, after, border), before,
    )  # fmt: skip


@dispatched
def shift_lines(
    image: Any, starts: Starts, length: int, first: int, axes: tuple[int, int], interpolation: Interpolation,
    border: Border, fill: float, dtype: str,
) -> Any:  # fmt: skip
    """Sample the lines `first`, `first` + 1, ... of `image`, line j at starts[j], starts[j] + 1, ... along itself.

    `axes` are (across the lines, along them); there are as many lines as starts, and `length` samples on each. The
    result is rounded once, to `dtype`; "nearest" selects, and works on any dtype.
    """
    xp = namespace(image)
    exact = image if interpolation == "nearest" else lift(image)
    shape = (image.shape[axes[0]], image.shape[axes[1]])
    made = (len(starts), length)
    *tables, before = _tables(starts, made, first, shape, interpolation, border)
    lines, base, weights, table = (xp.asarray(np.array(x), device=image.device) for x in tables)
    moved = xp.moveaxis(exact, axes, (-2, -1))
    flat = xp.reshape(moved, (*moved.shape[:-2], shape[0] * shape[1]))
    along = xp.expand_dims(base, axis=1) + xp.arange(before, before + length, device=image.device)
    total: Any = None
    for k in range(weights.shape[1]):
        position = xp.reshape(xp.take(table, xp.reshape(along + k, (-1,)), axis=0), made)
        index = xp.where(position < 0, position, position + xp.expand_dims(lines, axis=1) * shape[1])
        is_outside = (index < 0) | xp.expand_dims(lines < 0, axis=1)
        inside = xp.where(is_outside, xp.zeros_like(index), index)
        part = xp.reshape(xp.take(flat, xp.reshape(inside, (-1,)), axis=-1), (*moved.shape[:-2], *made))
        if border == "constant":
            part = xp.where(is_outside, xp.full((), fill, dtype=part.dtype, device=part.device), part)
        if interpolation != "nearest":
            weight = xp.expand_dims(xp.astype(weights[:, k], exact.dtype), axis=1)
            part = weight * xp.where(weight == 0, xp.zeros_like(part), part)  # else a NaN out of reach would count
        total = part if total is None else total + part
    result = xp.moveaxis(total, (-2, -1), axes)
    return result if interpolation == "nearest" else saturate(result, dtype)


@implements(shift_lines, "numpy")
def _shift_numba(
    image: Any, starts: Starts, length: int, first: int, axes: tuple[int, int], interpolation: Interpolation,
    border: Border, fill: float, dtype: str,
) -> Any:  # fmt: skip
    if interpolation == "nearest":
        return NotImplemented
    from imgproc.primitives import _shift_lines_numba

    are_rows = axes[0] < axes[1]
    work, made = work_dtype(image), (len(starts), length)
    planes, channels = as_planes(image, (min(axes), max(axes)))
    shape = (image.shape[axes[0]], image.shape[axes[1]])
    lines, base, weights, table, before = _tables(starts, made, first, shape, interpolation, border)
    height, width = made if are_rows else made[::-1]
    out = np.empty((len(planes), height, width * channels), work)
    kernel = compiled(
        _shift_lines_numba.shift_rows if are_rows else _shift_lines_numba.shift_columns,
        f"in2({planes.dtype}), out2({work}), in1(int64), in1(int64), in2({work}), in1(int64), int64, int64, {work}, "
        "int64, int64",
    )
    arguments = (lines, base, weights.astype(work), table, before, channels, fill)
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(lambda a, b: kernel(plane, made_plane, *arguments, a, b), height, 8 * out[0].size)  # noqa: B023
    sides = dict(zip(axes, made, strict=True))
    return saturate(out.reshape([sides.get(axis, n) for axis, n in enumerate(image.shape)]), dtype)


@implements(shift_lines, "cupy")
def _shift_cuda(
    image: Any, starts: Starts, length: int, first: int, axes: tuple[int, int], interpolation: Interpolation,
    border: Border, fill: float, dtype: str,
) -> Any:  # fmt: skip
    if interpolation == "nearest":
        return NotImplemented
    work = work_dtype(image)
    source = for_kernel(image)
    base, weights = _taps(starts, interpolation)
    sides = dict(zip(axes, (len(starts), length), strict=True))
    made = namespace(image).empty(
        tuple(sides.get(axis, n) for axis, n in enumerate(image.shape)), dtype=getattr(np, work)
    )
    across, along = axes
    launch(
        cuda_kernel("shift_lines.cu", "shift_lines", dtype_name(source), work), made.size,
        source, upload(tuple(base.tolist()), "int64"), upload(tuple(map(tuple, weights.tolist())), work), made,
        made.size, first, *(source.shape[axis] for axis in axes), len(starts), length, np.int32(across < along),
        math.prod(image.shape[max(axes) + 1 :]), np.int32(weights.shape[1]), border_code(border),
        np.dtype(work).type(fill),
    )  # fmt: skip
    return saturate(made, dtype)
