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
def _sum_numba(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    from imgproc.primitives import _correlate_sum_numba

    planes, channels = as_planes(image, axes)
    work = work_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(planes.shape, made)
    height, width = planes.shape[1], planes.shape[2] // channels
    vertical, horizontal = _widest(products)
    kernels = [weights for product in products for weights in product]
    ends = np.cumsum([0] + [len(weights) for weights in kernels])
    arguments = (
        np.concatenate([np.array(weights, work) for weights in kernels]), ends,
        np.array([parity_of(weights) for weights in kernels], np.int64),
        border_indices(height, *vertical, border), border_indices(width, *horizontal, border), vertical[0],
        horizontal[0], channels, fill, *rounding_range(made),
    )  # fmt: skip
    kernel = compiled(
        _correlate_sum_numba.sum_of_products,
        f"in2({planes.dtype}), out2({made}), in1({work}), in1(int64), in1(int64), in1(int64), in1(int64), int64, int64, "
        f"int64, {work}, {work}, {work}, int64, int64",
    )
    cost = out[0].size * (int(ends[-1]) + 2) // 2
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made_plane, *arguments, first, last), height, cost)  # noqa: B023
    return saturate(out.reshape(image.shape), dtype)


@implements(correlate_sum, "cupy")
def _sum_cuda(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    work = work_dtype(image)
    total: Any = None
    for weights_y, weights_x in products:
        passes = ((weights_y, axes[0]), (weights_x, axes[1]))
        made = correlate_axes_cuda(image, passes, border, fill, work)
        total = made if total is None else total + made
    return saturate(total, dtype)
