"""The end of a search for an epipolar matrix: weights for the noise there is, and whether the points determine it."""

import math
from collections.abc import Callable
from typing import Any

from imgproc._array.kinds import namespace
from imgproc.geometry.degenerate import DegenerateError
from imgproc.primitives.consensus_costs import residuals

_EFFICIENT = 4.685 / 0.6745
"""Of the median error: Tukey's weights out to here lose 5 % of the accuracy that least squares has without outliers."""

_LAST_STEPS, _JUDGED, _LEAST = 8, 2000, 1e-6
"""Most steps at the end, points by which the noise is judged, and the least share of the threshold it may be."""

_UNDETERMINED = 1e-12
"""Share of the eigenvalues of normal equations, which are squares, that rounding and damping can give."""


def polish(refit: Callable[..., Any], F: Any, points1: Any, points2: Any, threshold: float) -> Any:
    """Refit F with weights for the noise that the inliers show, which is what is known only at the end.

    Where they have none, outliers that happen to be within the threshold lose all influence. Waits for the device.
    """
    xp = namespace(F)
    step = max(1, points1.shape[0] // _JUDGED)
    some1, some2 = points1[::step, :], points2[::step, :]
    cut = math.inf
    for _ in range(_LAST_STEPS):
        errors = residuals(F, some1, some2, "sampson")
        is_inlier = errors <= threshold
        middle = int(xp.count_nonzero(is_inlier)) // 2
        median = float(xp.sort(xp.where(is_inlier, errors, xp.full_like(errors, math.inf)))[middle])
        before, cut = cut, min(_EFFICIENT * median, 2 * threshold)
        F = refit(F[None, ...], points1, points2, (max(cut, _LEAST * threshold),))[0, ...]
        if cut > 0.98 * before:
            break
    return F


def check_determined(normal: Any, name: str) -> None:
    """Require that a change of the matrix in any direction changes its errors, by their normal equations.

    Waits for the device.
    """
    xp = namespace(normal)
    sizes = xp.linalg.eigvalsh(normal)
    if not bool(sizes[0] > _UNDETERMINED * xp.sum(sizes)):
        raise DegenerateError(
            f"points do not determine {name} matrix: they repeat one another or lie on a plane, or the cameras agree"
        )
