"""The fundamental matrix that most pairs of points agree on."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_finite, check_integer, check_number, check_rng
from imgproc.geometry.consensus import Estimator, find_consensus
from imgproc.geometry.epipolar import check_pairs, sampson_distance
from imgproc.geometry.epipolar_refit import check_determined, polish
from imgproc.primitives.eight_point import scale_fundamental
from imgproc.primitives.epipolar_basis import epipolar_basis
from imgproc.primitives.epipolar_step import fundamental_equations, refit_fundamentals
from imgproc.primitives.sampson_moments import sampson_moments
from imgproc.primitives.seven_point import seven_point
from imgproc.typing import ArrayT


def ransac_fundamental(
    points1: ArrayT,
    points2: ArrayT,
    *,
    threshold: float = 1.0,
    confidence: float = 0.999,
    max_trials: int = 10_000,
    rng: int | np.random.Generator = 0,
) -> tuple[ArrayT, ArrayT]:
    """Find the fundamental matrix that most pairs of points obey, and which pairs do.

    Parameters
    ----------
    points1, points2 : (N, 2), N at least 8; any real dtype
        (x, y) in pixels, row by row thought to be the same point of the scene; some pairs may be wrong.
    threshold : pixels, > 0
        Pairs within it are inliers: the root of `sampson_distance`. About twice the noise of a coordinate.
    confidence : 0 to 1
        Probability with which a sample without outliers has been drawn when the search ends.
    max_trials : int, >= 1
        Most samples drawn.
    rng : int or numpy.random.Generator
        Draws come from it on every library: one seed gives one answer.

    Returns
    -------
    F : (3, 3); float32, or float64 where an operand is float64 or a wide integer
        x2' F x1 = 0, of rank 2 and norm 1, its largest entry positive; in the end fitted with Tukey's weights, which
        are 0 from 4.7 times the noise of the inliers on.
    inliers : (N,) bool
        True where the root of the Sampson distance to F, as returned, is at most `threshold`.

    Raises
    ------
    TypeError
        Operands are no arrays of a real dtype and one library.
    ValueError
        Shapes do not fit, there is NaN or infinity, or a number is out of range.
    DegenerateError
        Fewer than eight pairs; pairs that do not determine F, such as those of a plane or of cameras at one place.

    Notes
    -----
    Not differentiable. Samples of seven pairs, each model that beats the best improved by Gauss and Newton's method. On
    a device it waits for each batch of samples.

    References
    ----------
    .. [1] O. Chum, J. Matas and J. Kittler, "Locally optimized RANSAC", DAGM 2003.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scene = np.c_[rng.uniform(-1, 1, (60, 2)), rng.uniform(3, 5, 60)]
    >>> x1, x2 = 500 * scene[:, :2] / scene[:, 2:], 500 * (scene[:, :2] - (1, 0)) / scene[:, 2:]
    >>> x2[:20] = rng.uniform(-200, 200, (20, 2))
    >>> F, inliers = ransac_fundamental(x1, x2)
    >>> ((F * 2**0.5).round(6) + 0.0).tolist(), int(inliers[20:].sum())  # rows stay rows
    ([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]], 40)
    """
    generator = check_search(threshold, confidence, max_trials, rng)
    first, second = check_outlying(points1, points2, least=8)
    xp = namespace(first)
    middle1, middle2 = xp.mean(first, axis=0), xp.mean(second, axis=0)
    centred1, centred2 = first - middle1, second - middle2
    # one scale for both images, so that distances stay in one unit
    scale = float(math.sqrt(4 / (xp.mean(xp.sum(centred1**2 + centred2**2, axis=1)) or 1.0)))
    near1, near2 = centred1 * scale, centred2 * scale
    model = find_consensus(
        Estimator(7, _solve, refit_fundamentals, "sampson"), near1, near2,
        threshold=threshold * scale, confidence=confidence, max_trials=max_trials, rng=generator,
    )  # fmt: skip
    model = polish(refit_fundamentals, model, near1, near2, threshold * scale)
    exact = scale_fundamental(xp.matrix_transpose(_shift(middle2, scale)) @ model @ _shift(middle1, scale))
    F = cast_to(exact, parameter_dtype(points1, points2))
    inliers = xp.sqrt(sampson_distance(F, first, second)) <= threshold
    moments = sampson_moments(near1, near2, xp.astype(inliers, model.dtype), model)
    check_determined(fundamental_equations(model, moments)[0], "a fundamental")
    return F, inliers


def check_search(threshold: Any, confidence: Any, max_trials: Any, rng: Any) -> np.random.Generator:
    """Require the options of a search; return the generator of its samples."""
    check_number(threshold, "threshold", above=0.0)
    check_number(confidence, "confidence", at_least=0.0, at_most=1.0)
    check_integer(max_trials, "max_trials", at_least=1)
    return check_rng(rng)


def check_outlying(points1: Any, points2: Any, *, least: int) -> tuple[Any, Any]:
    """Require `least` pairs or more, without NaN; return them as float64, without gradients."""
    check_pairs(points1, points2, batch=False, least=least)
    check_finite(wait=True, points1=points1, points2=points2)
    first, second = (cast_to(x, "float64") for x in (points1, points2))
    return (first.detach(), second.detach()) if hasattr(first, "detach") else (first, second)


def _solve(points1: Any, points2: Any) -> Any:
    """Return three matrices for each sample (S, 7, 2), NaN where there are fewer."""
    return namespace(points1).reshape(seven_point(epipolar_basis(points1, points2)), (-1, 3, 3))


def _shift(middle: Any, scale: float) -> Any:
    """Return the matrix that moves `middle` to the origin and scales."""
    xp = namespace(middle)
    rows = np.array([[scale, 0, 0], [0, scale, 0], [0, 0, 1.0]])
    matrix = xp.asarray(rows, device=middle.device)
    column = xp.concat([-scale * middle, xp.zeros_like(middle[:1])])
    return matrix + xp.concat([xp.zeros_like(matrix[:, :2]), column[:, None]], axis=1)
