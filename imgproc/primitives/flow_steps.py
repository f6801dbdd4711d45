"""Steps of dense optical flow on one level of a pyramid."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.gradient import gradient
from imgproc.primitives.sample import sample
from imgproc.primitives.window_mean import window_mean

_AXES = (1, 2)
_DAMPING = 1e-4
"""Share of the mean squared gradient that holds the flow where it is: enough for flat places, too little for others."""


@dispatched(differentiable=False)
def flow_steps(first: Any, second: Any, u: Any, v: Any, window: int, steps: int) -> tuple[Any, Any]:
    """Improve the flow (u, v) from `first` to `second`, all (N, H, W) of one float dtype, by so many steps.

    Each step reads the second image where the flow points, and solves for the flow that is constant over the window
    and explains the remaining difference best, to first order about the flow of each pixel in it. Where the flow leaves
    the image, there is no difference.
    """
    xp = namespace(first)
    gx, gy = _derivatives(first)
    xx, xy, yy, damping = _tensor(gx, gy, window)
    determinant = xx * yy - xy * xy
    height, width = first.shape[1:]
    rows = xp.arange(height, dtype=xp.float64, device=first.device)[None, :, None]
    columns = xp.arange(width, dtype=xp.float64, device=first.device)[None, None, :]
    for _ in range(steps):
        x, y = columns + cast_to(u, "float64"), rows + cast_to(v, "float64")
        is_inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        difference = first - sample(second[:, None, ...], x, y, (2, 3), "linear", "edge", 0.0)[:, 0, ...]
        rest = xp.where(is_inside, difference, xp.zeros_like(difference)) + (gx * u + gy * v)
        along_x = window_mean(gx * rest, (window, window), _AXES, "symmetric", 0.0) + damping * u
        along_y = window_mean(gy * rest, (window, window), _AXES, "symmetric", 0.0) + damping * v
        u, v = (yy * along_x - xy * along_y) / determinant, (xx * along_y - xy * along_x) / determinant
    return u, v


def _derivatives(image: Any) -> tuple[Any, Any]:
    return gradient(image, (0.0, 1.0, 0.0), (-0.5, 0.0, 0.5), _AXES, "edge", 0.0)


def _tensor(gx: Any, gy: Any, window: int) -> tuple[Any, Any, Any, Any]:
    """Return the averaged products of derivatives, damped, and the damping of each image; 1 where all is flat."""
    xp = namespace(gx)
    mean = xp.mean(gx * gx + gy * gy, axis=_AXES, keepdims=True)
    damping = xp.where(mean > 0, _DAMPING * mean, xp.ones_like(mean))
    xx, xy, yy = (
        window_mean(product, (window, window), _AXES, "symmetric", 0.0) for product in (gx * gx, gx * gy, gy * gy)
    )
    return xx + damping, xy, yy + damping, damping


@implements(flow_steps, "numpy")
def _steps_numba(first: Any, second: Any, u: Any, v: Any, window: int, steps: int) -> Any:
    from imgproc.primitives import _flow_numba

    work = dtype_name(first)
    first, second = (np.ascontiguousarray(x, work) for x in (first, second))
    u, v = np.array(u, work, order="C"), np.array(v, work, order="C")
    gx, gy = _derivatives(first)
    xx, xy, yy, damping = _tensor(gx, gy, window)
    along_x, along_y = np.empty_like(first), np.empty_like(first)
    planes = ", ".join([f"in2({work})"] * 6)
    remain = compiled(_flow_numba.remain, f"{planes}, out2({work}), out2({work}), int64, int64")
    solve = compiled(
        _flow_numba.solve,
        f"{', '.join([f'in2({work})'] * 5)}, {work}, out2({work}), out2({work}), int64, int64",
    )
    height, cost = first.shape[1], 16 * first[0].size
    for _ in range(steps):
        for n in range(len(first)):
            places = first[n], second[n], gx[n], gy[n], u[n], v[n], along_x[n], along_y[n]
            run_bands(lambda top, end: remain(*places, top, end), height, cost)  # noqa: B023
        sums = [window_mean(x, (window, window), _AXES, "symmetric", 0.0) for x in (along_x, along_y)]
        for n in range(len(first)):
            places = xx[n], xy[n], yy[n], sums[0][n], sums[1][n], damping[n, 0, 0], u[n], v[n]
            run_bands(lambda top, end: solve(*places, top, end), height, cost)  # noqa: B023
    return u, v
