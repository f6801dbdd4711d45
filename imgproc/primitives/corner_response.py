"""How much of a corner every pixel is: the structure tensor of derivatives averaged over a window, in one number."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import work_dtype
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices
from imgproc.primitives.correlate import Axes, Weights, correlate_separable, reach
from imgproc.primitives.gradient import gradient, magnitude
from imgproc.typing import Border


@dispatched
def corner_response(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    window: Weights,
    k: float | None,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    """Return det - k trace² of the averaged structure tensor, or its lesser eigenvalue where `k` is None.

    The image is continued beyond its edge by `border` and `fill` for the derivatives (kernels of 3 weights), and their
    products by `border` and 0 for the average.
    """
    gx, gy = gradient(image, smoothing, derivative, axes, border, fill)
    xx, xy, yy = (
        correlate_separable(product, window, window, axes, border, 0.0, work_dtype(product))
        for product in (gx * gx, gx * gy, gy * gy)
    )
    trace = xx + yy
    if k is None:
        return 0.5 * trace - magnitude(0.5 * (xx - yy), xy)  # whose gradient is finite where both eigenvalues agree
    return (xx * yy - xy * xy) - k * (trace * trace)


@implements(corner_response, "numpy")
def _response_numba(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    window: Weights,
    k: float | None,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    planes, channels = as_planes(image, axes)
    if channels > 1 or len(smoothing) != 3:
        return NotImplemented
    from imgproc.primitives import _corner_response_numba

    work = work_dtype(image)
    out = np.empty(planes.shape, work)
    height, width = planes.shape[1:]
    around = reach(window)
    arguments = (
        np.array(smoothing, work), np.array(derivative, work), np.array(window, work),
        border_indices(height, 1, 1, border), border_indices(width, 1, 1, border),
        border_indices(height, *around, border), border_indices(width, *around, border),
        fill, k is None, 0.0 if k is None else k,
    )  # fmt: skip
    kernel = compiled(
        _corner_response_numba.respond,
        f"in2({planes.dtype}), out2({work}), in1({work}), in1({work}), in1({work}), in1(int64), in1(int64), "
        f"in1(int64), in1(int64), {work}, boolean, {work}, int64, int64",
    )
    cost = out[0].size * (3 * len(window) + 12)
    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made, *arguments, first, last), height, cost)  # noqa: B023
    return out.reshape(image.shape)
