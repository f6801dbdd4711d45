"""Sums of separable correlations in one pass: Laplacians, differences of Gaussians, sharpening."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.dtypes import lift, saturate, work_dtype
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import (
    Axes,
    Weights,
    correlate_axes_cuda,
    correlate_valid,
    parity_of,
    reach,
    rounding_range,
)
from imgproc.typing import Border

Product = tuple[Weights, Weights]
"""Weights along columns, then along rows."""


def _widest(products: tuple[Product, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how far the kernels reach, in rows and in columns, each before and after."""
    vertical, horizontal = ([reach(product[axis]) for product in products] for axis in (0, 1))
    (above, below), (left, right) = (map(max, zip(*reaches, strict=True)) for reaches in (vertical, horizontal))
    return (above, below), (left, right)


def _without_factor(product: Product) -> Product:
    """Make a kernel of one element 1, and scale the other by what it was."""
    down, across = product
    if len(across) == 1:
        return tuple(across[0] * w for w in down), (1.0,)
    return ((1.0,), tuple(down[0] * w for w in across)) if len(down) == 1 else product


@dispatched
def correlate_sum(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    """Add up the correlations with the outer product of each pair of kernels; the sum is rounded once, to `dtype`."""
    widths = _widest(products)
    padded = pad(lift(image), axes, widths, border, fill)
    total: Any = None
    for product in products:
        made = padded
        for weights, axis, (before, after) in zip(product, axes, widths, strict=True):
            least, most = reach(weights)
            inner = slice(before - least, made.shape[axis] - (after - most))
            made = correlate_valid(made[(slice(None),) * axis + (inner, ...)], weights, axis)
        total = made if total is None else total + made
    return saturate(total, dtype)


@implements(correlate_sum, "numpy")
def _laplacian_numba(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    kernel = _laplacian_kernel(products, work_dtype(image), dtype)
    return NotImplemented if kernel is None else _over_planes(image, axes, border, fill, dtype, kernel)


@implements(correlate_sum, "numpy")
def _sum_numba(image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    return _over_planes(image, axes, border, fill, dtype, _sum_kernel(products, work_dtype(image)))


class _Kernel(NamedTuple):
    """A numba function of (source, out, operands ..., border, rounding, rows)."""

    function: Any
    operands: tuple[Any, ...]
    types: str
    widths: tuple[tuple[int, int], tuple[int, int]]
    taps: int


def _laplacian_kernel(products: tuple[Product, ...], work: str, dtype: str) -> _Kernel | None:
    """Serve one kernel that bends and one that smooths, each way round: a Laplacian, or that of a Gaussian."""
    (bending, smoothing), *others = products
    if others != [(smoothing, bending)] or parity_of(bending) != 2:
        return None
    from imgproc.primitives import _laplacian_numba

    half, widths, taps = len(bending) // 2, (reach(bending), reach(bending)), 2 * len(bending)
    if smoothing == (1.0,) and half == 1 and dtype == work:
        return _Kernel(_laplacian_numba.five_points, (bending[0],), work, widths, taps)
    if parity_of(smoothing) == 1 and len(smoothing) == len(bending):
        operands = (np.array(smoothing[half:], work), np.array(bending[half:], work))
        return _Kernel(_laplacian_numba.bend_and_smooth, operands, f"in1({work}), in1({work})", widths, taps)
    return None


def _sum_kernel(products: tuple[Product, ...], work: str) -> _Kernel:
    from imgproc.primitives import _correlate_sum_numba

    widths = _widest(products)
    kernels = [weights for product in products for weights in _without_factor(product)]
    ends = np.cumsum([0] + [len(weights) for weights in kernels])
    operands = (
        np.concatenate([np.array(weights, work) for weights in kernels]), ends,
        np.array([parity_of(weights) for weights in kernels], np.int64), widths[0][0], widths[1][0],
    )  # fmt: skip
    types = f"in1({work}), in1(int64), in1(int64), int64, int64"
    return _Kernel(_correlate_sum_numba.sum_of_products, operands, types, widths, int(ends[-1]) // 2)


def _over_planes(image: Any, axes: Axes, border: Border, fill: float, dtype: str, kernel: _Kernel) -> Any:
    planes, channels = as_planes(image, axes)
    work = work_dtype(image)
    made_dtype = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(planes.shape, made_dtype)
    compute, cost = _rows_by(kernel, planes, channels, border, fill, work, made_dtype)
    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: compute(plane, made, 0, first, last), planes.shape[1], cost)  # noqa: B023
    return saturate(out.reshape(image.shape), dtype)


Rows = Callable[[np.ndarray, np.ndarray, int, int, int], None]
"""Of a plane, where to write, the row that is written first there, and the first and the last row."""


def sum_of_rows(
    planes: np.ndarray, channels: int, products: tuple[Product, ...], border: Border, fill: float, work: str
) -> tuple[Rows, int]:
    """Return what makes rows of the sum over `as_planes` in the float dtype `work`, and its cost for a plane."""
    kernel = _laplacian_kernel(products, work, work) or _sum_kernel(products, work)
    return _rows_by(kernel, planes, channels, border, fill, work, work)


def _rows_by(
    kernel: _Kernel, planes: np.ndarray, channels: int, border: Border, fill: float, work: str, dtype: str
) -> tuple[Rows, int]:
    height, width, widths = planes.shape[1], planes.shape[2] // channels, kernel.widths
    row_index, column_index = border_indices(height, *widths[0], border), border_indices(width, *widths[1], border)
    rounding = rounding_range(dtype)
    run = compiled(
        kernel.function,
        f"in2({planes.dtype}), out2({dtype}), {kernel.types}, in1(int64), in1(int64), int64, {work}, {work}, {work}, "
        "int64, int64",
    )

    def compute(plane: np.ndarray, out: np.ndarray, top: int, first: int, last: int) -> None:
        rows = row_index[top : top + len(out) + sum(widths[0])]
        run(plane, out, *kernel.operands, rows, column_index, channels, fill, *rounding, first - top, last - top)

    return compute, planes[0].size * (kernel.taps + 1)


@implements(correlate_sum, "cupy")
def _sum_cuda(image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    work = work_dtype(image)
    total: Any = None
    for weights_y, weights_x in products:
        passes = ((weights_y, axes[0]), (weights_x, axes[1]))
        made = correlate_axes_cuda(image, passes, border, fill, work)
        total = made if total is None else total + made
    return saturate(total, dtype)
