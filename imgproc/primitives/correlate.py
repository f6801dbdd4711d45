"""Correlation with separable and with full kernels, under the five borders."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, strides_below, upload
from imgproc.primitives._large_kernels import as_product, block_sides, correlate_blocks, pays_by_fft
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.borders import border_indices, pad
from imgproc.typing import Border

_LEAST_FOR_PASSES = 16
"""Elements from which one pass down and one across are looked for: at 3 × 3 they cost more than the kernel itself."""

Weights = tuple[float, ...]
Axes = tuple[int, int]


def reach(weights: Sequence[Any]) -> tuple[int, int]:
    """Return how far a kernel reaches before and after its anchor, the element at len // 2."""
    return len(weights) // 2, len(weights) - 1 - len(weights) // 2


def parity_of(weights: Weights) -> int:
    """Return 1 for symmetric, -1 for antisymmetric, 0 for other or even weights; 2 for symmetric ones that sum to 0.

    Folded pairs make the result of a mirrored image the mirrored result to the last bit. Pairs of parity -1 are
    subtracted, and those of parity 2 compared with the middle, so that both give exactly zero on constants.
    """
    if len(weights) % 2 == 0:
        return 0
    mirrored = weights[::-1]
    if weights == mirrored:
        vanishes = abs(math.fsum(weights)) <= 1e-12 * math.fsum(map(abs, weights))
        return 2 if vanishes and len(weights) > 1 else 1
    return -1 if weights == tuple(-w for w in mirrored) else 0


@dispatched
def correlate_separable(
    image: Any, weights_y: Weights, weights_x: Weights, axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    """Correlate with the outer product of two odd or even 1-D kernels; the result is rounded once, to `dtype`."""
    padded = pad(lift(image), axes, (reach(weights_y), reach(weights_x)), border, fill)
    return saturate(correlate_valid(correlate_valid(padded, weights_y, axes[0]), weights_x, axes[1]), dtype)


def correlate_valid(image: Any, weights: Weights, axis: int) -> Any:
    """Correlate along one axis where the kernel fits, pairs of equal weight first added or subtracted."""
    length = image.shape[axis] - len(weights) + 1
    before, _ = reach(weights)
    parity = parity_of(weights)

    def shifted(k: int) -> Any:
        return image[(slice(None),) * axis + (slice(k, k + length), ...)]

    if parity == 0:
        return sum((weight * shifted(k) for k, weight in enumerate(weights[1:], 1)), weights[0] * shifted(0))
    middle = shifted(before)
    total = 0.0 if parity == 2 else weights[before] * middle
    for k in range(1, before + 1):
        right, left = shifted(before + k), shifted(before - k)
        pair = (right + left) - (middle + middle) if parity == 2 else right + left if parity > 0 else right - left
        total = total + weights[before + k] * pair
    return total


@dispatched
def correlate_full(image: Any, kernel: Any, anchor: Axes, axes: Axes, border: Border, fill: float) -> Any:
    """Correlate with a 2-D kernel: nested tuples of numbers, or an array of the image's library; float result.

    `anchor` is the row and column of the kernel that lies on the pixel.
    """
    rows, columns = kernel_shape(kernel)
    padded = pad(lift(image), axes, reach_about(anchor, (rows, columns)), border, fill)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    before = (slice(None),) * axes[0]
    total: Any = 0.0
    for i in range(rows):
        for j in range(columns):
            weight = kernel[i][j] if isinstance(kernel, tuple) else kernel[i, j]
            total = total + weight * padded[(*before, slice(i, i + height), slice(j, j + width), ...)]
    return total


def kernel_shape(kernel: Any) -> tuple[int, int]:
    """Return (rows, columns) of nested tuples or of an array."""
    return (len(kernel), len(kernel[0])) if isinstance(kernel, tuple) else tuple(kernel.shape)


def reach_about(anchor: Axes, shape: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how far a kernel reaches before and after its anchor, in rows and in columns."""
    (above, below), (left, right) = ((at, length - 1 - at) for at, length in zip(anchor, shape, strict=True))
    return (above, below), (left, right)


def rounding_range(dtype: str) -> tuple[float, float]:
    """Return the range to saturate at, or (0, 0) for floats, which are not rounded."""
    if dtype in ("uint8", "uint16"):
        low, high = integer_range(dtype)
        return float(low), float(high)
    return 0.0, 0.0


@implements(correlate_separable, "numpy")
def _separable_numba(
    image: Any, weights_y: Weights, weights_x: Weights, axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    from imgproc.primitives import _correlate_numba

    planes, channels = as_planes(image, axes)
    work = work_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(planes.shape, made)
    height, width = planes.shape[1], planes.shape[2] // channels
    arguments = (
        np.array(weights_y, work), np.array(weights_x, work), parity_of(weights_y), parity_of(weights_x),
        border_indices(height, *reach(weights_y), border), border_indices(width, *reach(weights_x), border),
        channels, fill, *rounding_range(made),
    )  # fmt: skip
    kernel = compiled(
        _correlate_numba.separable,
        f"in2({dtype_name(planes)}), out2({made}), in1({work}), in1({work}), int64, int64, in1(int64), in1(int64), "
        f"int64, {work}, {work}, {work}, int64, int64",
    )
    cost = out[0].size * (len(weights_y) + len(weights_x) + 2) // 2
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made_plane, *arguments, first, last), height, cost)  # noqa: B023
    return saturate(out.reshape(image.shape), dtype)


@implements(correlate_full, "numpy")
def _full_separable(image: Any, kernel: Any, anchor: Axes, axes: Axes, border: Border, fill: float) -> Any:
    rows, columns = kernel_shape(kernel)
    if rows * columns < _LEAST_FOR_PASSES or anchor != (rows // 2, columns // 2):
        return NotImplemented
    factors = as_product(np.array(kernel, np.float64), float(np.finfo(work_dtype(image)).eps))
    if factors is None:
        return NotImplemented
    return correlate_separable(image, *factors, axes, border, fill, work_dtype(image))


@implements(correlate_full, "numpy")
def _full_fft(image: Any, kernel: Any, anchor: Axes, axes: Axes, border: Border, fill: float) -> Any:
    shape = kernel_shape(kernel)
    sides = block_sides((image.shape[axes[0]], image.shape[axes[1]]), shape)
    if not pays_by_fft(sides, shape) or not (math.isfinite(fill) and np.isfinite(image).all()):
        return NotImplemented  # what is not finite would reach the whole block
    work = work_dtype(image)
    planes = stack_planes(image, axes)
    reaches = zip(planes.shape[1:], reach_about(anchor, shape), strict=True)
    rows, columns = (border_indices(length, *both, border) for length, both in reaches)
    made = correlate_blocks(planes, np.array(kernel, work), (rows, columns), fill, sides)
    return unstack_planes(made, image.shape, axes)


@implements(correlate_full, "numpy")
def _full_numba(image: Any, kernel: Any, anchor: Axes, axes: Axes, border: Border, fill: float) -> Any:
    from imgproc.primitives import _correlate_numba

    planes, channels = as_planes(image, axes)
    work = work_dtype(image)
    weights = np.array(kernel, work)
    out = np.empty(planes.shape, work)
    height, width = planes.shape[1], planes.shape[2] // channels
    vertical, horizontal = reach_about(anchor, kernel_shape(kernel))
    arguments = (
        weights, anchor[1], border_indices(height, *vertical, border), border_indices(width, *horizontal, border),
        channels, fill,
    )  # fmt: skip
    compute = compiled(
        _correlate_numba.full,
        f"in2({dtype_name(planes)}), out2({work}), in2({work}), int64, in1(int64), in1(int64), int64, {work}, int64, "
        "int64",
    )
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: compute(plane, made_plane, *arguments, first, last),  # noqa: B023
            height, out[0].size * weights.size,
        )  # fmt: skip
    return out.reshape(image.shape)


def correlate_axes_cuda(
    image: Any, passes: tuple[tuple[Weights, int], ...], border: Border, fill: float, work: str
) -> Any:
    """Correlate a CuPy array along one axis after the other, each (weights, axis) of `passes`; float result."""
    made, outside = for_kernel(image), fill
    for weights, axis in passes:
        source, made = made, namespace(image).empty(image.shape, dtype=getattr(np, work))
        launch(
            cuda_kernel("correlate.cu", "correlate_axis", dtype_name(source), work), source.size,
            source, upload(weights, work), made, source.size, source.shape[axis], math.prod(source.shape[axis + 1 :]),
            np.int32(len(weights)), np.int32(parity_of(weights)), border_code(border), np.dtype(work).type(outside),
        )  # fmt: skip
        outside *= sum(weights)  # what this pass makes of the fill value beyond the other axis
    return made


@implements(correlate_separable, "cupy")
def _separable_cuda(
    image: Any, weights_y: Weights, weights_x: Weights, axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    passes = ((weights_y, axes[0]), (weights_x, axes[1]))
    return saturate(correlate_axes_cuda(image, passes, border, fill, work_dtype(image)), dtype)


@implements(correlate_full, "cupy")
def _full_cuda(image: Any, kernel: Any, anchor: Axes, axes: Axes, border: Border, fill: float) -> Any:
    work = work_dtype(image)
    rows, columns = kernel_shape(kernel)
    if isinstance(kernel, tuple) and rows * columns >= _LEAST_FOR_PASSES and anchor == (rows // 2, columns // 2):
        factors = as_product(np.array(kernel, np.float64), float(np.finfo(work).eps))
        if factors is not None:
            return correlate_separable(image, *factors, axes, border, fill, work)
    source, made = for_kernel(image), namespace(image).empty(image.shape, dtype=getattr(np, work))
    weights = upload(kernel, work) if isinstance(kernel, tuple) else for_kernel(cast_to(kernel, work))
    launch(
        cuda_kernel("correlate.cu", "correlate_full", dtype_name(source), work), source.size,
        source, weights, made, source.size, source.shape[axes[0]], source.shape[axes[1]],
        strides_below(image.shape, axes)[1], np.int32(rows), np.int32(columns), np.int32(anchor[0]),
        np.int32(anchor[1]), border_code(border), np.dtype(work).type(fill),
    )  # fmt: skip
    return made
