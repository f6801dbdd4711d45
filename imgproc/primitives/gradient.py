"""Derivatives along both axes, their length, and its maxima along the gradient.

Each derivative smooths across its direction first, then differentiates, so that a transposed image gives the transposed
result to the last bit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch, strides_below
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, Weights, correlate_axes_cuda, correlate_valid, reach
from imgproc.typing import Border

_MOST_CHANNELS = 16


@dispatched
def gradient(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> tuple[Any, Any]:
    """Return (gx, gy): `derivative` along one axis of what `smoothing` made along the other.

    Both kernels are odd and of one length, `smoothing` symmetric and `derivative` antisymmetric.
    """
    padded = pad(lift(image), axes, (reach(smoothing), reach(smoothing)), border, fill)
    row, column = axes
    gx = correlate_valid(correlate_valid(padded, smoothing, row), derivative, column)
    gy = correlate_valid(correlate_valid(padded, smoothing, column), derivative, row)
    return gx, gy


@dispatched
def magnitude(gx: Any, gy: Any) -> Any:
    """Return hypot(gx, gy); its gradient at (0, 0) is 0."""
    xp = namespace(gx)
    gx, gy = lift(gx), lift(gy)
    flat = (gx == 0) & (gy == 0)
    return xp.where(flat, xp.zeros_like(gx), xp.hypot(xp.where(flat, xp.ones_like(gx), gx), gy))


@dispatched
def gradient_magnitude(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> Any:
    """Return the length of `gradient`."""
    return magnitude(*gradient(image, smoothing, derivative, axes, border, fill))


@dispatched
def suppress_non_maxima(gx: Any, gy: Any, axes: Axes) -> Any:
    """Return hypot(gx, gy), zero where it is no maximum along the gradient, NaN where that cannot be told."""
    xp = namespace(gx)
    signed = _signed(gx, gy, axes)
    return xp.where(signed < 0, xp.zeros_like(signed), signed)


@dispatched
def signed_strength(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> Any:
    """Return the gradient's length, negative where it is no maximum along the gradient."""
    return _signed(*gradient(image, smoothing, derivative, axes, border, fill), axes)


def _signed(gx: Any, gy: Any, axes: Axes) -> Any:
    xp = namespace(gx)
    gx, gy = lift(gx), lift(gy)
    strength = magnitude(gx, gy)
    padded = pad(strength, axes, ((1, 1), (1, 1)), "constant", 0.0)

    def neighbour(dy: int, dx: int) -> Any:
        height, width = gx.shape[axes[0]], gx.shape[axes[1]]
        before = (slice(None),) * axes[0]
        return padded[(*before, slice(1 + dy, 1 + dy + height), slice(1 + dx, 1 + dx + width), ...)]

    along_x, along_y = xp.abs(gx), xp.abs(gy)
    falling, steep = (gx >= 0) == (gy >= 0), along_y > along_x
    greater, lesser = xp.where(steep, along_y, along_x), xp.where(steep, along_x, along_y)
    share = lesser / xp.where(greater > 0, greater, xp.ones_like(greater))
    sides = []
    for side in (-1, 1):  # towards -x (or -y of a steep gradient), then the other way
        straight = xp.where(steep, neighbour(side, 0), neighbour(0, side))
        rising_corner = xp.where(steep, neighbour(side, -side), neighbour(-side, side))
        corner = xp.where(falling, neighbour(side, side), rising_corner)
        sides.append(straight * (1 - share) + corner * share)
    stays = (strength > sides[0]) & (strength >= sides[1])
    told = ~(xp.isnan(strength) | xp.isnan(sides[0]) | xp.isnan(sides[1]))
    return xp.where(told, xp.where(stays, strength, -strength), xp.full_like(strength, float("nan")))


def _over_bands(kernel_name: str, outputs: int) -> Callable[..., Any]:
    """Make a NumPy body that runs a numba kernel of image -> `outputs` float planes over bands of rows."""

    def body(image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float) -> Any:
        from imgproc.primitives import _gradient_numba

        planes, channels = as_planes(image, axes)
        work = work_dtype(image)
        made = [np.empty(planes.shape, work) for _ in range(outputs)]
        height, width = planes.shape[1], planes.shape[2] // channels
        arguments = (
            np.array(smoothing, work), np.array(derivative, work), border_indices(height, *reach(smoothing), border),
            border_indices(width, *reach(smoothing), border), channels, fill,
        )  # fmt: skip
        kernel = compiled(
            getattr(_gradient_numba, kernel_name),
            f"in2({dtype_name(planes)}), {f'out2({work}), ' * outputs}in1({work}), in1({work}), in1(int64), "
            f"in1(int64), int64, {work}, int64, int64",
        )
        cost = planes[0].size * (2 * len(smoothing) + 10)
        for plane, *outs in zip(planes, *made, strict=True):
            run_bands(lambda first, last: kernel(plane, *outs, *arguments, first, last), height, cost)  # noqa: B023
        shaped = tuple(out.reshape(image.shape) for out in made)
        return shaped if outputs > 1 else shaped[0]

    body.__name__ = body.__qualname__ = f"_{kernel_name}_numba"
    return body


implements(gradient, "numpy")(_over_bands("gradient", 2))
implements(gradient_magnitude, "numpy")(_over_bands("gradient_magnitude", 1))
implements(signed_strength, "numpy")(_over_bands("signed_strength", 1))


@implements(magnitude, "numpy")
def _magnitude_numba(gx: Any, gy: Any) -> Any:
    from imgproc.primitives import _gradient_numba

    work = work_dtype(gx)
    # interleaved channels make rows of a few elements: take those of the image
    row = gx.shape[-1] if gx.ndim < 3 or gx.shape[-1] > _MOST_CHANNELS else gx.shape[-2] * gx.shape[-1]
    rows_x, rows_y = (np.ascontiguousarray(g, work).reshape(-1, row) for g in (gx, gy))
    out = np.empty(rows_x.shape, work)
    kernel = compiled(_gradient_numba.magnitude, f"in2({work}), in2({work}), out2({work}), int64, int64")
    run_bands(lambda first, last: kernel(rows_x, rows_y, out, first, last), len(out), out.size * 2)
    return out.reshape(gx.shape)


@implements(suppress_non_maxima, "numpy")
def _suppress_numba(gx: Any, gy: Any, axes: Axes) -> Any:
    from imgproc.primitives import _gradient_numba

    work = work_dtype(gx)
    planes_x, channels = as_planes(gx, axes, work)
    planes_y, _ = as_planes(gy, axes, work)
    out = np.empty(planes_x.shape, work)
    kernel = compiled(_gradient_numba.suppress, f"in2({work}), in2({work}), out2({work}), int64, int64, int64")
    for x, y, made in zip(planes_x, planes_y, out, strict=True):
        run_bands(lambda first, last: kernel(x, y, made, channels, first, last), len(made), made.size * 10)  # noqa: B023
    return out.reshape(gx.shape)


@implements(gradient, "cupy")
def _gradient_cuda(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> tuple[Any, Any]:
    row, column = axes
    work = work_dtype(image)
    return (
        correlate_axes_cuda(image, ((smoothing, row), (derivative, column)), border, fill, work),
        correlate_axes_cuda(image, ((smoothing, column), (derivative, row)), border, fill, work),
    )


@implements(gradient_magnitude, "cupy")
def _gradient_magnitude_cuda(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> Any:
    return magnitude(*gradient(image, smoothing, derivative, axes, border, fill))


@implements(signed_strength, "cupy")
def _signed_strength_cuda(
    image: Any, smoothing: Weights, derivative: Weights, axes: Axes, border: Border, fill: float
) -> Any:
    return _launch_suppress(*gradient(image, smoothing, derivative, axes, border, fill), axes, is_signed=True)


@implements(suppress_non_maxima, "cupy")
def _suppress_cuda(gx: Any, gy: Any, axes: Axes) -> Any:
    return _launch_suppress(gx, gy, axes, is_signed=False)


def _launch_suppress(gx: Any, gy: Any, axes: Axes, *, is_signed: bool) -> Any:
    x, y = for_kernel(lift(gx)), for_kernel(lift(gy))
    out = namespace(x).empty_like(x)
    work = work_dtype(x)
    launch(
        cuda_kernel("gradient.cu", "suppress", work, work), x.size,
        x, y, out, x.size, x.shape[axes[0]], x.shape[axes[1]], strides_below(x.shape, axes)[1], np.int32(is_signed),
    )  # fmt: skip
    return out


@implements(magnitude, "cupy")
def _magnitude_cuda(gx: Any, gy: Any) -> Any:
    return namespace(gx).hypot(lift(gx), lift(gy))


@dispatched
def direction(gx: Any, gy: Any) -> Any:
    """Return atan2(gy, gx); 0 with a finite gradient at (0, 0)."""
    xp = namespace(gx)
    gx, gy = lift(gx), lift(gy)
    flat = (gx == 0) & (gy == 0)
    return xp.atan2(xp.where(flat, xp.zeros_like(gy), gy), xp.where(flat, xp.ones_like(gx), gx))


_STRIP_ELEMENTS = 1 << 16
"""Whose sums wait for their angle: in the cache."""


@implements(direction, "numpy")
def _direction_bands(gx: Any, gy: Any) -> Any:
    rows_x, rows_y = (lift(np.asarray(g)).reshape(-1, g.shape[-1]) for g in (gx, gy))
    out = np.empty(rows_x.shape, rows_x.dtype)
    tall = max(1, _STRIP_ELEMENTS // rows_x.shape[1])

    def band(first: int, last: int) -> None:
        for top in range(first, last, tall):
            rows = slice(top, min(top + tall, last))
            # adding +0 turns -0 into +0, so that flat places give 0 and not pi
            np.arctan2(rows_y[rows] + 0.0, np.add(rows_x[rows], 0.0, out=out[rows]), out=out[rows])

    run_bands(band, len(out), out.size * 8)
    return out.reshape(gx.shape)
