"""Twice as many pixels along both axes, in half-pixel phase: the adjoint of halving with binomial weights."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.primitives.decimate import sums_of_bytes
from imgproc.typing import Border


@dispatched
def double(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    """Give every pixel two, each of three parts of it and one of its neighbour on that side; rounded to `dtype`.

    `size` (rows, columns) is twice the old one, or one less.
    """
    exact = lift(image)
    for axis, made in zip(axes, size, strict=True):
        exact = _double_axis(exact, axis, made, border, fill)
    return saturate(exact, dtype)


def _double_axis(x: Any, axis: int, made: int, border: Border, fill: float) -> Any:
    xp, length = namespace(x), x.shape[axis]
    padded = pad(x, (axis,), ((1, 1),), border, fill)

    def part(start: int, stop: int, of: Any) -> Any:
        return of[(slice(None),) * axis + (slice(start, stop), ...)]

    sides = [0.75 * x + 0.25 * part(k, k + length, padded) for k in (0, 2)]
    shape = tuple(2 * length if k == axis else n for k, n in enumerate(x.shape))
    return part(0, made, xp.reshape(xp.stack(sides, axis=axis + 1), shape))


@dispatched
def add_double(base: Any, image: Any, sign: int, axes: Axes, border: Border, fill: float) -> Any:
    """Add `sign` times the doubled image, or subtract it, unrounded, from `base`, whose size it is brought to."""
    size = (base.shape[axes[0]], base.shape[axes[1]])
    doubled = double(image, size, axes, border, fill, work_dtype(image))
    return lift(base) + doubled if sign > 0 else lift(base) - doubled


@implements(double, "numpy")
def _double_numba(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    work = work_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    return saturate(_double(image, None, 0, size, axes, border, fill, made), dtype)


@implements(add_double, "numpy")
def _add_double_numba(base: Any, image: Any, sign: int, axes: Axes, border: Border, fill: float) -> Any:
    size, work = (base.shape[axes[0]], base.shape[axes[1]]), work_dtype(image)
    return _double(image, base, sign, size, axes, border, fill, work) if work_dtype(base) == work else NotImplemented


def _double(
    image: Any, base: Any, sign: int, size: tuple[int, int], axes: Axes, border: Border, fill: float, made: str
) -> Any:
    """Run the kernel for both bodies; without a base a sign of 0 leaves it alone."""
    from imgproc.primitives import _double_numba

    planes, channels = as_planes(image, axes)
    work, source = work_dtype(image), str(planes.dtype)
    sums = sums_of_bytes(source, border, fill) or work
    height, width = planes.shape[1], planes.shape[2] // channels
    out = np.empty((len(planes), size[0], size[1] * channels), made)
    bases = np.empty((len(planes), 0, 0), work) if base is None else as_planes(base, axes)[0]
    kernel = compiled(
        _double_numba.double,
        f"in2({source}), in2({bases.dtype}), int64, out2({made}), in1({sums}), in1({work}), in1(int64), in1(int64), "
        f"int64, {work}, {work}, {work}, int64, int64",
    )
    arguments = (
        np.empty(0, sums), np.array([1 / 16], work), border_indices(height, 1, 1, border),
        border_indices(width, 1, 1, border), channels, fill, *rounding_range(made),
    )  # fmt: skip
    cost = 3 * out[0].size
    for plane, below, made_plane in zip(planes, bases, out, strict=True):
        run_bands(lambda first, last: kernel(plane, below, sign, made_plane, *arguments, first, last), height, cost)  # noqa: B023
    return out.reshape(_doubled_shape(image.shape, axes, size))


def _doubled_shape(shape: tuple[int, ...], axes: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
    made = dict(zip(axes, size, strict=True))
    return tuple(made.get(axis, length) for axis, length in enumerate(shape))


@implements(double, "cupy")
def _double_cuda(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    work = work_dtype(image)
    made = for_kernel(image)
    for axis, length in zip(axes, size, strict=True):
        source = made
        made = namespace(image).empty(_doubled_shape(source.shape, (axis,), (length,)), dtype=getattr(np, work))
        launch(
            cuda_kernel("double.cu", "double_axis", dtype_name(source), work), made.size,
            source, made, made.size, source.shape[axis], length, math.prod(source.shape[axis + 1 :]),
            border_code(border), np.dtype(work).type(fill),
        )  # fmt: skip
    return saturate(made, dtype)
