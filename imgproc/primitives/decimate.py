"""Every so-many-th value of a symmetric filter, in half-pixel phase."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, integer_range, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, upload
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, Weights, rounding_range
from imgproc.typing import Border

BINOMIAL = (1 / 8, 3 / 8, 3 / 8, 1 / 8)
"""The weights of a quadratic B-spline, which both halving and its adjoint, doubling, keep smooth."""

_SUMS = {"uint8": "uint16", "uint16": "int32"}


def decimated(length: int, factor: int) -> int:
    """Count what is kept of an axis: pixels whose area begins inside."""
    return -(-length // factor)


def _reach(length: int, taps: int, factor: int) -> tuple[int, int]:
    """Return how far the filter of the first and of the last kept pixel reaches out."""
    before = (taps - factor) // 2
    return before, factor * (decimated(length, factor) - 1) + taps - before - length


@dispatched
def decimate(image: Any, weights: Weights, factor: int, axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    """Filter both axes, and keep of each the values at factor * (x + 1/2) - 1/2; rounded once, to `dtype`.

    The weights are symmetric, as many as `factor` or more by an even number.
    """
    exact = lift(image)
    for axis in axes:
        length = exact.shape[axis]
        padded = pad(exact, (axis,), (_reach(length, len(weights), factor),), border, fill)
        exact = _decimate_valid(padded, weights, factor, axis, decimated(length, factor))
    return saturate(exact, dtype)


def _decimate_valid(padded: Any, weights: Weights, factor: int, axis: int, made: int) -> Any:
    def kept(k: int) -> Any:
        return padded[(slice(None),) * axis + (slice(k, k + factor * (made - 1) + 1, factor), ...)]

    pairs, last = len(weights) // 2, len(weights) - 1
    total: Any = weights[pairs] * kept(pairs) if len(weights) % 2 else 0.0
    for k in range(pairs):
        total = total + weights[k] * (kept(k) + kept(last - k))
    return total


@implements(decimate, "numpy")
def _decimate_numba(
    image: Any, weights: Weights, factor: int, axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    from imgproc.primitives import _decimate_numba

    planes, channels = as_planes(image, axes)
    work, source = work_dtype(image), str(planes.dtype)
    made = dtype if dtype in ("uint8", "uint16") else work
    height, width = planes.shape[1], planes.shape[2] // channels
    (above, below), (left, right) = (_reach(length, len(weights), factor) for length in (height, width))
    rows, columns = decimated(height, factor), decimated(width, factor)
    out = np.empty((len(planes), rows, columns * channels), made)
    indices = border_indices(height, above, below, border), border_indices(width, left, right, border)
    types = f"in2({source}), out2({made}), "
    arguments: tuple[Any, ...]
    function: Any
    if weights == BINOMIAL and factor == 2:
        sums = sums_of_bytes(source, border, fill) or work
        function, arguments = _decimate_numba.halve, (np.empty(0, sums), np.array([1 / 64], work), *indices, channels)
        types += f"in1({sums}), in1({work}), in1(int64), in1(int64), int64, "
    else:
        function, arguments = _decimate_numba.decimate, (np.array(weights, work), factor, *indices, left, channels)
        types += f"in1({work}), int64, in1(int64), in1(int64), int64, int64, "
    kernel = compiled(function, types + f"{work}, {work}, {work}, int64, int64")
    limits = (fill, *rounding_range(made))
    cost = planes[0].size * (2 + len(weights) // factor)
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made_plane, *arguments, *limits, first, last), rows, cost)  # noqa: B023
    return saturate(out.reshape(_decimated_shape(image.shape, axes, factor)), dtype)


def _decimated_shape(shape: tuple[int, ...], axes: tuple[int, ...], factor: int) -> tuple[int, ...]:
    return tuple(decimated(length, factor) if axis in axes else length for axis, length in enumerate(shape))


def sums_of_bytes(source: str, border: Border, fill: float) -> str | None:
    """Name the integers that hold sums with the weights 1, 3, 3, 1, where all that is summed are small integers."""
    if source not in _SUMS or (border == "constant" and fill not in range(integer_range(source)[1] + 1)):
        return None
    return _SUMS[source]


@implements(decimate, "cupy")
def _decimate_cuda(
    image: Any, weights: Weights, factor: int, axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    work = work_dtype(image)
    made = for_kernel(image)
    for axis in axes:
        source, length = made, made.shape[axis]
        made = namespace(image).empty(_decimated_shape(source.shape, (axis,), factor), dtype=getattr(np, work))
        launch(
            cuda_kernel("decimate.cu", "decimate_axis", dtype_name(source), work), made.size,
            source, upload(weights, work), made, made.size, length, made.shape[axis],
            math.prod(source.shape[axis + 1 :]), np.int32(len(weights)), np.int32(factor),
            np.int32(_reach(length, len(weights), factor)[0]), border_code(border), np.dtype(work).type(fill),
        )  # fmt: skip
    return saturate(made, dtype)
