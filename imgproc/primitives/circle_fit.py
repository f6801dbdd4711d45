"""Circles fitted to edges: the radius that most edges agree on, then least squares of distances."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel
from imgproc.primitives._planes import compiled
from imgproc.primitives.edge_points import UNIT

ALIGNED = 0.9
"""Least cosine between the gradient of an edge and the radius through it: 26 degrees."""

_FITS = 6
_THREADS = 128


@dispatched(differentiable=False)
def fit_circles(edges: Any, rows: Any, starts: Any, low: float, high: float, slack: float) -> Any:
    """Fit a circle to the edges around each start; float64 (K, 4) of x, y, radius and the share of its outline.

    An edge supports a circle if it is within a tolerance of it and its gradient points along the radius. The first
    radius is the middle of that bin of `slack` pixels where the outline, over the radius, with that of both
    neighbours, is longest. From there each step of Gauss and Newton takes the supporters to within a tolerance that
    falls from 1.5 `slack` + 1 to 1 pixel. The share is that of the supporters within 1 pixel at the end; 0 where there
    are too few to determine a circle.

    Parameters
    ----------
    edges : (N, 5), float64
        x, y, the unit vector of the gradient, and the outline that the edge stands for: an integer, in units of
        1 / UNIT pixel.
    rows : (N,), int64
        Ascending; y is within half a pixel of it.
    starts : (K, 2), float64
        x and y of centres, to within `slack`.
    low, high : pixels
        Of radii.
    slack : pixels, >= 1
    """
    xp = namespace(edges)
    fitted = [
        _fit_one(edges, starts[k : k + 1, 0], starts[k : k + 1, 1], low, high, slack) for k in range(starts.shape[0])
    ]
    return xp.stack(fitted) if fitted else xp.zeros((0, 4), dtype=xp.float64, device=edges.device)


def bins_of(low: float, high: float, slack: float) -> int:
    """Count the bins of radii from `low` - 2 `slack` on that reach over `high` + 2 `slack`."""
    return math.ceil((high - low) / slack) + 5


def _fit_one(edges: Any, x: Any, y: Any, low: float, high: float, slack: float) -> Any:
    # numbers are arrays (1,): NumPy would turn a sum into a scalar
    xp = namespace(edges)
    length, nothing = edges[:, 4], xp.zeros_like(edges[:, 4])

    def look(x: Any, y: Any) -> tuple[Any, Any, Any, Any]:
        """Return distance and direction of every edge from the centre, and its length, 0 where it is not aligned."""
        dx, dy = edges[:, 0] - x, edges[:, 1] - y
        distance = xp.sqrt(dx * dx + dy * dy)
        aligned = (xp.abs(dx * edges[:, 2] + dy * edges[:, 3]) >= ALIGNED * distance) & (distance > 0)
        safe = xp.where(distance > 0, distance, xp.ones_like(distance))
        return distance, dx / safe, dy / safe, xp.where(aligned, length, nothing)

    distance, _, _, weight = look(x, y)
    first, count = low - 2 * slack, bins_of(low, high, slack)
    bins = xp.floor((distance - first) / slack)
    outline = xp.stack([xp.sum(xp.where(bins == b, weight, nothing)) for b in range(count)])
    middles = first + (xp.arange(1, count - 1, dtype=xp.float64, device=edges.device) + 0.5) * slack
    share = (outline[:-2] + outline[1:-1] + outline[2:]) / xp.where(middles < 1, xp.ones_like(middles), middles)
    radius = xp.take(middles, xp.reshape(xp.argmax(share), (1,)), axis=0)
    good = radius > 0
    for k in range(_FITS):
        distance, ux, uy, weight = look(x, y)
        off = distance - radius
        weight = xp.where(xp.abs(off) <= tolerance_of(k, slack), weight, nothing)
        wx, wy = weight * ux, weight * uy
        sums = [
            xp.sum(term, keepdims=True)
            for term in (weight, wx, wy, wx * ux, wx * uy, wy * uy, weight * off, wx * off, wy * off)
        ]
        dx, dy, grown, solved = _solve(*sums)
        good = good & solved & (xp.abs(dx) + xp.abs(dy) + xp.abs(grown) <= 4 * slack)
        x, y, radius = (xp.where(good, value + step, value) for value, step in ((x, dx), (y, dy), (radius, grown)))
    distance, _, _, weight = look(x, y)
    support = xp.sum(xp.where(xp.abs(distance - radius) <= 1.0, weight, nothing), keepdims=True) / UNIT
    good = good & (radius > 0.5)
    share = xp.where(
        good, support / (2 * math.pi * xp.where(good, radius, xp.ones_like(radius))), xp.zeros_like(radius)
    )
    return xp.concat((x, y, radius, share))


def tolerance_of(k: int, slack: float) -> float:
    """Return how far from the circle supporters of step k may be."""
    return max(1.0, (1.5 * slack + 1) * 0.5**k)


def _solve(n: Any, x: Any, y: Any, xx: Any, xy: Any, yy: Any, e: Any, ex: Any, ey: Any) -> tuple[Any, Any, Any, Any]:
    """Solve the normal equations of u · step + growth = off by Cramer's rule, and say whether that can be done."""
    xp = namespace(n)
    a, b, c = yy * n - y * y, x * y - xy * n, xy * y - yy * x
    determinant = xx * a + xy * b + x * c
    solved = determinant > 1e-6 * n * n * n
    safe = xp.where(solved, determinant, xp.ones_like(determinant))
    dx = (ex * a + ey * b + e * c) / safe
    dy = (ex * b + ey * (xx * n - x * x) + e * (xy * x - xx * y)) / safe
    grown = (ex * c + ey * (xy * x - xx * y) + e * (xx * yy - xy * xy)) / safe
    return dx, dy, grown, solved


@implements(fit_circles, "numpy")
def _fit_numba(edges: Any, rows: Any, starts: Any, low: float, high: float, slack: float) -> Any:
    from imgproc.primitives import _circles_numba

    fitted = np.zeros((len(starts), 4))
    tolerances = np.array([tolerance_of(k, slack) for k in range(_FITS)])
    begins = np.searchsorted(rows, np.arange(rows[-1] + 2 if len(rows) else 1))
    arguments = (
        np.ascontiguousarray(edges), begins, np.ascontiguousarray(starts), low, high, slack,
        bins_of(low, high, slack), tolerances, fitted,
    )  # fmt: skip
    fit = compiled(
        _circles_numba.fit_circles,
        "in2(float64), in1(int64), in2(float64), float64, float64, float64, int64, in1(float64), out2(float64), int64, "
        "int64",
    )
    run_bands(lambda first, last: fit(*arguments, first, last), len(starts), len(starts) * (len(edges) + 1))
    return fitted


@implements(fit_circles, "cupy")
def _fit_cuda(edges: Any, rows: Any, starts: Any, low: float, high: float, slack: float) -> Any:
    import cupy

    fitted = cupy.zeros((len(starts), 4))
    bins = bins_of(low, high, slack)
    if len(starts) > 0:
        cuda_kernel("circles.cu", "fit_circles", "uint8", "float64")(
            (len(starts),), (_THREADS,),
            (for_kernel(edges), np.int64(len(edges)), for_kernel(starts), np.float64(low), np.float64(slack),
             np.int32(bins), np.int32(_FITS), fitted),
            shared_mem=8 * bins,
        )  # fmt: skip
    return fitted
