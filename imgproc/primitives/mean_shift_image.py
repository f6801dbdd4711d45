"""Where the pixels of an image come to when each moves to the mean of what is near it in place and value."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import can_look
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch, upload
from imgproc.primitives._planes import compiled

_WIDEST_EXACT = 128
"""Radius of windows in which float32 holds every sum of bytes and of offsets."""

_LEAST = 1e-150
"""Radii below are taken for it: their squares stay above zero."""


@functools.lru_cache(maxsize=64)
def half_widths(radius: float, height: int, width: int) -> tuple[int, ...]:
    """Return how far each row of the disk, from the uppermost, reaches to either side, as far as an image can need."""
    reach, square = min(int(radius), max(height, width) - 1), math.floor(radius * radius)
    return tuple(min(math.isqrt(square - y * y), width - 1) for y in range(-reach, reach + 1))


def limit_square(radius: float, work: str) -> float:
    """Return the greatest squared distance within `radius`, a finite number of the work dtype."""
    info = np.finfo(work)
    return float(info.dtype.type(min(radius * radius, float(info.max))))


def measures(spatial_radius: float, range_radius: float, tolerance: float) -> tuple[float, float, float]:
    """Return what squared moves in place and in value count, and up to which sum a pixel has settled."""
    narrow, steep = (1 / (radius * radius) for radius in (max(spatial_radius, _LEAST), max(range_radius, _LEAST)))
    return narrow, steep, tolerance * tolerance


@dispatched(differentiable=False)
def shift_to_modes(
    images: Any, spatial_radius: float, range_radius: float, max_iterations: int, tolerance: float
) -> tuple[Any, Any, Any]:
    """Move each pixel of (N, C, H, W) to a mode; return values in the work dtype, and rows and columns (N, H, W) int32.

    A pixel starts at its place with its value. Each step takes the pixels in the disk of `spatial_radius` around its
    place, of those the ones within `range_radius` of its value, Euclidean over channels, and moves to the mean of both,
    the place rounded half to even. It has settled when the step was at most `tolerance` long, in radii, or when there
    are none, as for a pixel that is not finite.
    """
    xp = namespace(images)
    exact = lift(images)
    _, _, height, width = exact.shape
    halves = half_widths(spatial_radius, height, width)
    reach = len(halves) // 2
    limit, scales = limit_square(range_radius, dtype_name(exact)), measures(spatial_radius, range_radius, tolerance)
    found: list[tuple[Any, Any, Any]] = []
    for i in range(exact.shape[0]):
        rows = xp.arange(height, dtype=xp.int64, device=exact.device)
        columns = xp.arange(width, dtype=xp.int64, device=exact.device)
        y = xp.reshape(rows[:, None] + xp.zeros_like(columns)[None, :], (-1,))
        x = xp.reshape(xp.zeros_like(rows)[:, None] + columns[None, :], (-1,))
        state = y, x, xp.reshape(exact[i, ...], (exact.shape[1], -1))
        source = _surrounded(exact[i, ...], reach)
        active = xp.ones_like(y) > 0
        for _ in range(max_iterations):
            state, active = _step(source, width + 2 * reach, halves, state, active, limit, scales)
            if can_look(images) and not bool(xp.any(active)):
                break
        y, x, color = state
        found.append((
            xp.reshape(color, exact.shape[1:]), xp.reshape(cast_to(y, "int32"), (height, width)),
            xp.reshape(cast_to(x, "int32"), (height, width)),
        ))  # fmt: skip
    values, tops, lefts = (xp.stack([part[k] for part in found]) for k in range(3))
    return values, tops, lefts


def _surrounded(image: Any, reach: int) -> Any:
    """Return (C, pixels) with `reach` NaN on every side."""
    xp = namespace(image)
    depth, height, width = image.shape
    nan = float("nan")
    beside = xp.full((depth, height, reach), nan, dtype=image.dtype, device=image.device)
    above = xp.full((depth, reach, width + 2 * reach), nan, dtype=image.dtype, device=image.device)
    return xp.reshape(xp.concat([above, xp.concat([beside, image, beside], axis=2), above], axis=1), (depth, -1))


def _step(
    source: Any, stride: int, halves: tuple[int, ...], state: Any, active: Any, limit: float, scales: Any
) -> tuple[tuple[Any, Any, Any], Any]:
    """Move what is active once; return the state, and what is active still."""
    xp = namespace(source)
    y, x, color = state
    narrow, steep, still = scales
    reach, zero = len(halves) // 2, xp.zeros_like(cast_to(y, "float64"))
    count, down, across, sums = zero, zero, zero, xp.zeros_like(cast_to(color, "float64"))
    for dy, half in enumerate(halves, start=-reach):
        for dx in range(-half, half + 1):
            value = xp.take(source, (y + (reach + dy)) * stride + (x + (reach + dx)), axis=1)
            is_near = _square_sum(value - color) <= limit
            count = count + xp.where(is_near, zero + 1, zero)
            down = down + xp.where(is_near, zero + dy, zero)
            across = across + xp.where(is_near, zero + dx, zero)
            exact = cast_to(value, "float64")
            sums = sums + xp.where(is_near[None, :], exact, xp.zeros_like(exact))
    moves = active & (count > 0)
    total = xp.where(count > 0, count, zero + 1)
    dy, dx = (xp.where(moves, xp.round(shift / total), zero) for shift in (down, across))
    mean = xp.where(moves[None, :], cast_to(sums / total[None, :], dtype_name(color)), color)
    square = _square_sum(cast_to(mean, "float64") - cast_to(color, "float64"))
    has_settled = (dy * dy + dx * dx) * narrow + square * steep <= still
    return (y + cast_to(dy, "int64"), x + cast_to(dx, "int64"), mean), moves & ~has_settled


def _square_sum(difference: Any) -> Any:
    """Sum squares over the first axis, in order."""
    total = difference[0, ...] * difference[0, ...]
    for c in range(1, difference.shape[0]):
        total = total + difference[c, ...] * difference[c, ...]
    return total


@implements(shift_to_modes, "numpy")
def _shift_numba(
    images: Any, spatial_radius: float, range_radius: float, max_iterations: int, tolerance: float
) -> tuple[Any, Any, Any]:
    from imgproc.primitives import _mean_shift_numba
    from imgproc.primitives._mean_shift_numba import LANES

    work, (count, depth, height, width) = work_dtype(images), images.shape
    halves = half_widths(spatial_radius, height, width)
    reach = len(halves) // 2
    is_exact = dtype_name(images) in ("bool", "uint8", "int8") and reach <= _WIDEST_EXACT
    summed = "float32" if is_exact else "float64"
    values = np.empty(images.shape, work)
    rows, columns = np.empty((count, height, width), np.int32), np.empty((count, height, width), np.int32)
    kernel = compiled(
        _mean_shift_numba.shift_pixels,
        f"in3({work}), int64, in1(int64), in1({work}), in1({summed}), in1({summed}), float64, float64, float64, int64, "
        f"out3({work}), out2(int32), out2(int32), int64, int64",
    )
    window = _blocks(halves, limit_square(range_radius, work), width + 2 * reach + LANES, work, summed)
    arguments = reach, *window, *measures(spatial_radius, range_radius, tolerance), max_iterations
    planes = np.full((depth, height + 2 * reach, width + 2 * reach + LANES), np.nan, work)
    for image, *made in zip(images, values, rows, columns, strict=True):
        planes[:, reach : reach + height, reach : reach + width] = image
        run_bands(
            lambda first, last: kernel(planes, *arguments, *made, first, last),  # noqa: B023
            height, image.size * len(window[1]),
        )  # fmt: skip
    return values, rows, columns


@functools.lru_cache(maxsize=16)
def _blocks(halves: tuple[int, ...], limit: float, stride: int, work: str, summed: str) -> tuple[np.ndarray, ...]:
    """Return blocks, limits, downs and across as the kernel takes them, for rows of `stride` pixels."""
    from imgproc.primitives._mean_shift_numba import LANES

    reach = len(halves) // 2
    blocks: list[int] = []
    limits: list[float] = []
    downs: list[int] = []
    across: list[int] = []
    for y, half in enumerate(halves):
        for x in range(-half, half + 1, LANES):
            lanes = range(x, x + LANES)
            blocks.append(y * stride + reach + x)
            limits += [limit if lane <= half else -1.0 for lane in lanes]
            downs.append(y - reach)
            across += lanes
    return np.array(blocks, np.int64), np.array(limits, work), np.array(downs, summed), np.array(across, summed)


@implements(shift_to_modes, "cupy")
def _shift_cuda(
    images: Any, spatial_radius: float, range_radius: float, max_iterations: int, tolerance: float
) -> tuple[Any, Any, Any]:
    import cupy

    source, work = for_kernel(images), work_dtype(images)
    count, depth, height, width = images.shape
    halves = half_widths(spatial_radius, height, width)
    values, room = cupy.empty(images.shape, work), cupy.empty(images.shape, "float64")
    rows, columns = cupy.empty((count, height, width), cupy.int32), cupy.empty((count, height, width), cupy.int32)
    limit = np.dtype(work).type(limit_square(range_radius, work))
    launch(
        cuda_kernel("mean_shift.cu", "shift_pixels", dtype_name(source), work), rows.size,
        source, upload(halves, "int32"), values, rows, columns, room, rows.size, depth, height,
        width, np.int32(len(halves) // 2), np.int32(max_iterations), limit,
        *map(np.float64, measures(spatial_radius, range_radius, tolerance)),
    )  # fmt: skip
    return values, rows, columns
