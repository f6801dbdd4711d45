"""Sums of separable correlations in one pass: Laplacians, differences of Gaussians, sharpening."""

from typing import Any

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
    """Serve one kernel that bends and one that smooths, each way round: a Laplacian, or that of a Gaussian."""
    (bending, smoothing), *others = products
    if others != [(smoothing, bending)] or parity_of(bending) != 2:
        return NotImplemented
    from imgproc.primitives import _laplacian_numba

    work, half, widths = work_dtype(image), len(bending) // 2, (reach(bending), reach(bending))
    function: Any
    kernels: tuple[Any, ...]
    if smoothing == (1.0,) and half == 1 and dtype == work:
        function, kernels, types = _laplacian_numba.five_points, (bending[0],), work
    elif parity_of(smoothing) == 1 and len(smoothing) == len(bending):
        function, types = _laplacian_numba.bend_and_smooth, f"in1({work}), in1({work})"
        kernels = (np.array(smoothing[half:], work), np.array(bending[half:], work))
    else:
        return NotImplemented
    return _over_planes(image, axes, border, fill, dtype, widths, 2 * len(bending), function, kernels, types)


@implements(correlate_sum, "numpy")
def _sum_numba(image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    from imgproc.primitives import _correlate_sum_numba

    work, widths = work_dtype(image), _widest(products)
    kernels = [weights for product in products for weights in _without_factor(product)]
    ends = np.cumsum([0] + [len(weights) for weights in kernels])
    arguments = (
        np.concatenate([np.array(weights, work) for weights in kernels]), ends,
        np.array([parity_of(weights) for weights in kernels], np.int64), widths[0][0], widths[1][0],
    )  # fmt: skip
    return _over_planes(
        image, axes, border, fill, dtype, widths, int(ends[-1]) // 2, _correlate_sum_numba.sum_of_products, arguments,
        f"in1({work}), in1(int64), in1(int64), int64, int64",
    )  # fmt: skip


def _over_planes(
    image: Any, axes: Axes, border: Border, fill: float, dtype: str,
    widths: tuple[tuple[int, int], tuple[int, int]], taps: int, function: Any, kernels: tuple[Any, ...], types: str,
) -> Any:  # fmt: skip
    """Run a numba function of (source, out, kernels ..., border, rounding, rows) over the bands of every plane."""
    planes, channels = as_planes(image, axes)
    work = work_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(planes.shape, made)
    height, width = planes.shape[1], planes.shape[2] // channels
    arguments = (
        *kernels, border_indices(height, *widths[0], border), border_indices(width, *widths[1], border), channels,
        fill, *rounding_range(made),
    )  # fmt: skip
    kernel = compiled(
        function,
        f"in2({planes.dtype}), out2({made}), {types}, in1(int64), in1(int64), int64, {work}, {work}, {work}, int64, "
        "int64",
    )
    cost = out[0].size * (taps + 1)
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made_plane, *arguments, first, last), height, cost)  # noqa: B023
    return saturate(out.reshape(image.shape), dtype)


@implements(correlate_sum, "cupy")
def _sum_cuda(image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str) -> Any:
    work = work_dtype(image)
    total: Any = None
    for weights_y, weights_x in products:
        passes = ((weights_y, axes[0]), (weights_x, axes[1]))
        made = correlate_axes_cuda(image, passes, border, fill, work)
        total = made if total is None else total + made
    return saturate(total, dtype)
