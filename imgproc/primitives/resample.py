"""Other numbers of pixels along an axis: each new pixel is a weighted sum of a window of old ones.

Positions are kept as fractions of whole numbers until the kernel is evaluated, so that the weights of a flipped image
are the flipped weights, and a pixel that lands on another has a weight of exactly one.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.typing import Interpolation

_LONGEST_IN_FLOAT32 = 192
"""Sums of four products at a time: 48 additions of float32 lose at most 3e-6 of the range."""
COST = 8
"""Tenths of a nanosecond for a pixel read or written, half a dozen taps each way."""
_KEPT = 512
"""Axes whose weights are kept, some 10 kB each: random crops of photos soon have met every length."""

KERNEL_RADII = {"linear": 1, "cubic": 2, "lanczos": 3}


def kernel_at(interpolation: Interpolation, distance: Any, unit: int = 1) -> Any:
    """Return the kernel at `distance` / `unit` pixels, closer than its radius.

    It is 1 at 0 and exactly 0 at other whole numbers. Cubic is Keys' with a = -1/2, Lanczos has three lobes.
    """
    t = np.abs(distance) / unit
    if interpolation == "linear":
        return 1 - t
    if interpolation == "cubic":
        return np.where(t <= 1, (1.5 * t - 2.5) * t * t + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2)
    is_other_pixel = (distance % unit == 0) & (distance != 0)
    return np.where(is_other_pixel, 0.0, np.sinc(t) * np.sinc(t / 3))


class Spacing(NamedTuple):
    """How the pixels of an axis are laid anew: `made` in the place of `length`, half-pixel centres."""

    length: int
    made: int
    interpolation: Interpolation
    antialias: bool


class Taps(NamedTuple):
    """New pixel x is the sum over k < counts[x] of weights[k, x] * old[starts[x] + k]."""

    starts: np.ndarray
    counts: np.ndarray
    weights: np.ndarray


@functools.lru_cache(maxsize=_KEPT)
def taps_of(spacing: Spacing) -> Taps:
    """Return the windows and weights of an axis; weights sum to 1 over what lies inside the image.

    Examples
    --------
    >>> taps_of(Spacing(4, 2, "linear", True)).weights[:, 0].tolist()
    [0.42857142857142855, 0.42857142857142855, 0.14285714285714285]
    """
    first, last, weights = (_box if spacing.interpolation == "area" else _kernel)(spacing)
    counts = last - first + 1
    if not (weights[0].all() and weights[counts - 1, np.arange(len(counts))].all()):
        is_used = weights != 0
        skipped = is_used.argmax(axis=0)
        counts = len(weights) - is_used[::-1].argmax(axis=0) - skipped
        k = np.arange(counts.max())[:, None]
        weights = np.take_along_axis(weights, np.minimum(k + skipped, len(weights) - 1), axis=0) * (k < counts)
        first = first + skipped
    taps = Taps(first, counts, weights / weights.sum(axis=0))
    for table in taps:
        table.flags.writeable = False
    return taps


def _kernel(spacing: Spacing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last pixel within the kernel's reach of each new pixel, and the weights from the first on."""
    length, made, interpolation, antialias = spacing
    # new pixel x lies at (2 x + 1) * length, old pixel i at (2 i + 1) * made, in units of 1 / (2 * made) pixels
    center = (2 * np.arange(made) + 1) * length
    unit = 2 * max(length, made) if antialias else 2 * made
    reach = KERNEL_RADII[interpolation] * unit
    first = np.maximum((center - reach - made) // (2 * made) + 1, 0)
    last = np.minimum(-((made - center - reach) // (2 * made)) - 1, length - 1)
    reached = last - first
    k = np.arange(reached.max() + 1)[:, None]
    distance = ((2 * first + 1) * made - center) + 2 * made * k
    return first, last, np.where(k <= reached, kernel_at(interpolation, distance, unit), 0.0)


def _box(spacing: Spacing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for the mean over the area of the new pixel."""
    length, made, *_ = spacing
    x = np.arange(made)
    first, last = x * length // made, ((x + 1) * length - 1) // made
    k = np.arange((last - first).max() + 1)[:, None]
    overlap = np.minimum((x + 1) * length, (first + k + 1) * made) - np.maximum(x * length, (first + k) * made)
    return first, last, np.maximum(overlap, 0) / length


@functools.lru_cache(maxsize=64)
def nearest_of(length: int, made: int) -> np.ndarray:
    """Return the old pixel whose area holds the centre of each new one; on the line between two, the second.

    Examples
    --------
    >>> nearest_of(5, 3).tolist()
    [0, 2, 4]
    """
    index = (2 * np.arange(made) + 1) * length // (2 * made)
    index.flags.writeable = False
    return index


@dispatched
def resample(image: Any, rows: Spacing, columns: Spacing, axes: Axes, dtype: str) -> Any:
    """Lay both axes anew; the result is rounded once, to `dtype`."""
    exact = lift(image)
    for spacing, axis in zip((rows, columns), axes, strict=True):
        exact = _resample_axis(exact, spacing, axis)
    return saturate(exact, dtype)


def _resample_axis(image: Any, spacing: Spacing, axis: int) -> Any:
    if spacing.made == spacing.length:
        return image
    xp = namespace(image)
    taps = taps_of(spacing)
    last = taps.starts + taps.counts - 1
    k = np.arange(len(taps.weights))[:, None]
    index = xp.asarray(np.minimum(taps.starts + k, last), device=image.device)
    shape = (-1,) + (1,) * (image.ndim - 1 - axis)
    weights = xp.asarray(taps.weights.astype(dtype_name(image)), device=image.device)
    total: Any = 0.0
    for tap in range(len(taps.weights)):
        part = xp.take(image, index[tap, ...], axis=axis)
        if tap >= taps.counts.min():  # beyond the window there is nothing: zero times infinity would be NaN
            part = xp.where(xp.reshape(index[0, ...] + tap == index[tap, ...], shape), part, xp.zeros_like(part))
        total = total + xp.reshape(weights[tap, ...], shape) * part
    return total


@dispatched
def select(image: Any, rows: tuple[int, int], columns: tuple[int, int], axes: Axes) -> Any:
    """Lay both axes anew by the nearest pixel, each from (old, new) number of pixels; any dtype, values as they are."""
    xp = namespace(image)
    for (length, made), axis in zip((rows, columns), axes, strict=True):
        image = xp.take(image, xp.asarray(np.array(nearest_of(length, made)), device=image.device), axis=axis)
    return image


@functools.lru_cache(maxsize=_KEPT)
def _tables(spacing: Spacing, work: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the taps as the kernels take them; no weights where nothing changes."""
    if spacing.made == spacing.length:
        return np.arange(spacing.made), np.ones(spacing.made, np.int64), np.empty((0, 0), work)
    taps = taps_of(spacing)
    return taps.starts, taps.counts, taps.weights.astype(work)


def work_for(image: Any, rows: Spacing, columns: Spacing) -> str:
    """Return the dtype to add in: that of the image's work, float64 where a sum is long."""
    longest = max(len(_tables(spacing, "float32")[2]) for spacing in (rows, columns))
    return "float64" if longest > _LONGEST_IN_FLOAT32 else work_dtype(image)


@implements(resample, "numpy")
def _resample_opencv(image: Any, rows: Spacing, columns: Spacing, axes: Axes, dtype: str) -> Any:
    is_plain = all(
        spacing.interpolation == "linear" and not (spacing.antialias and spacing.made < spacing.length)
        for spacing in (rows, columns)
    )
    if not is_plain or dtype_name(image) != "float32":  # of the others, its kernels round early
        return NotImplemented
    planes, channels = as_planes(image, axes)
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = np.isfinite(np.vdot(planes, planes))
    if channels > 4 or not is_finite:  # it multiplies what lies beyond the window by 0
        return NotImplemented
    import cv2

    out = np.empty((len(planes), rows.made, columns.made * channels), np.float32)
    for plane, made in zip(planes, out, strict=True):
        cv2.resize(
            plane.reshape(rows.length, columns.length, channels), (columns.made, rows.made),
            dst=made.reshape(rows.made, columns.made, channels), interpolation=cv2.INTER_LINEAR,
        )  # fmt: skip
    return out.reshape(_resized(image.shape, axes, rows.made, columns.made))


@implements(resample, "numpy")
def _resample_numba(image: Any, rows: Spacing, columns: Spacing, axes: Axes, dtype: str) -> Any:
    work = work_for(image, rows, columns)
    made = dtype if dtype in ("uint8", "uint16") and work == "float32" else work
    planes, channels = as_planes(image, axes, with_gaps=True)
    out = np.empty((len(planes), rows.made, columns.made * channels), made)
    lay = kernel_for(planes, out, rows, columns, channels, work)
    run_bands(lambda first, last: lay(planes, out, first, last), rows.made, COST * (planes.size + out.size))
    return saturate(out.reshape(_resized(image.shape, axes, rows.made, columns.made)), dtype)


def kernel_for(
    planes: np.ndarray, out: np.ndarray, rows: Spacing, columns: Spacing, channels: int, work: str
) -> Callable[[np.ndarray, np.ndarray, int, int], None]:
    """Return what makes rows first <= y < last of planes like `out` of planes like `planes`, channels interleaved."""
    from imgproc.primitives import _resample_numba

    made = dtype_name(out)
    kernel = compiled(
        _resample_numba.lengthen if rows.made > rows.length else _resample_numba.shorten,
        f"rows3({dtype_name(planes)}), out3({made}), {f'in1(int64), in1(int64), in2({work}), ' * 2}"
        f"int64, boolean, {work}, {work}, int64, int64",
    )
    arguments = (
        *_tables(rows, work), *_tables(columns, work), channels, planes.dtype.kind == "f", *rounding_range(made),
    )  # fmt: skip
    return lambda source, target, first, last: kernel(source, target, *arguments, first, last)


def _resized(shape: tuple[int, ...], axes: Axes, height: int, width: int) -> tuple[int, ...]:
    return tuple({axes[0]: height, axes[1]: width}.get(axis, length) for axis, length in enumerate(shape))


_SAME_BITS = {1: "uint8", 2: "uint16", 4: "float32", 8: "float64"}


@implements(select, "numpy")
def _select_numba(image: Any, rows: tuple[int, int], columns: tuple[int, int], axes: Axes) -> Any:
    from imgproc.primitives import _resample_numba

    dtype = image.dtype.newbyteorder("=")
    bits = _SAME_BITS[dtype.itemsize]
    planes, channels = as_planes(np.ascontiguousarray(image, dtype).view(bits), axes, bits)
    out = np.empty((len(planes), rows[1], columns[1] * channels), bits)
    kernel = compiled(_resample_numba.select, f"in2({bits}), out2({bits}), in1(int64), in1(int64), int64, int64, int64")
    arguments = (nearest_of(*rows), nearest_of(*columns), channels)
    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made, *arguments, first, last), rows[1], 4 * out[0].size)  # noqa: B023
    return out.view(dtype).reshape(_resized(image.shape, axes, rows[1], columns[1]))


@functools.lru_cache(maxsize=64)
def _tables_on_device(spacing: Spacing, work: str, device: int) -> tuple[Any, Any, Any]:
    import cupy

    starts, counts, weights = taps_of(spacing)
    return cupy.asarray(starts), cupy.asarray(counts), cupy.asarray(weights.astype(work))


@functools.lru_cache(maxsize=64)
def _nearest_on_device(length: int, made: int, device: int) -> Any:
    import cupy

    return cupy.asarray(nearest_of(length, made))


@implements(resample, "cupy")
def _resample_cuda(image: Any, rows: Spacing, columns: Spacing, axes: Axes, dtype: str) -> Any:
    work = work_for(image, rows, columns)
    made = for_kernel(image)
    # first the axis that leaves less to do
    order = sorted(zip((rows, columns), axes, strict=True), key=lambda pass_: pass_[0].made / pass_[0].length)
    for spacing, axis in order:
        if spacing.made == spacing.length:
            continue
        source = made
        shape = tuple(spacing.made if k == axis else length for k, length in enumerate(source.shape))
        made = namespace(image).empty(shape, dtype=getattr(np, work))
        launch(
            cuda_kernel("resample.cu", "resample_axis", dtype_name(source), work), made.size,
            source, *_tables_on_device(spacing, work, image.device.id), made, made.size, spacing.length, spacing.made,
            math.prod(shape[axis + 1 :]),
        )  # fmt: skip
    return saturate(made, dtype)


@implements(select, "cupy")
def _select_cuda(image: Any, rows: tuple[int, int], columns: tuple[int, int], axes: Axes) -> Any:
    for (length, made), axis in zip((rows, columns), axes, strict=True):
        image = namespace(image).take(image, _nearest_on_device(length, made, image.device.id), axis=axis)
    return image
