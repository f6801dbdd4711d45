"""The essential matrix that most pairs of points agree on."""

from functools import partial
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_matrix
from imgproc.geometry.consensus import Estimator, find_consensus
from imgproc.geometry.epipolar import sampson_distance
from imgproc.geometry.epipolar_refit import check_determined, polish
from imgproc.geometry.essential import make_essential, onto_plane, rotations_and_translation
from imgproc.geometry.fundamental import inverse_intrinsics
from imgproc.geometry.ransac_fundamental import check_outlying, check_search
from imgproc.primitives.epipolar_basis import epipolar_basis
from imgproc.primitives.epipolar_step import essential_directions, essential_equations, refit_essentials
from imgproc.primitives.five_point import five_point
from imgproc.primitives.sampson_moments import sampson_moments
from imgproc.typing import Array, ArrayT


def ransac_essential(
    points1: ArrayT,
    points2: ArrayT,
    K1: Array,
    K2: Array,
    *,
    threshold: float = 1.0,
    confidence: float = 0.999,
    max_trials: int = 10_000,
    rng: int | np.random.Generator = 0,
) -> tuple[ArrayT, ArrayT]:
    """Find the essential matrix that most pairs of points obey, and which pairs do.

    Parameters
    ----------
    points1, points2 : (N, 2), N at least 6; any real dtype
        (x, y) in pixels, row by row thought to be the same point of the scene; some pairs may be wrong.
    K1, K2 : (3, 3)
        Intrinsics of the cameras.
    threshold : pixels, > 0
        Pairs within it are inliers: the root of `sampson_distance` to the fundamental matrix of E. About twice the
        noise of a coordinate.
    confidence : 0 to 1
        Probability with which a sample without outliers has been drawn when the search ends.
    max_trials : int, >= 1
        Most samples drawn.
    rng : int or numpy.random.Generator
        Draws come from it on every library: one seed gives one answer.

    Returns
    -------
    E : (3, 3); float32, or float64 where an operand is float64 or a wide integer
        For points on the plane z = 1, with singular values (1, 1, 0) and its largest entry positive; in the end
        fitted with Tukey's weights, which are 0 from 4.7 times the noise of the inliers on.
    inliers : (N,) bool
        True where the root of the Sampson distance to K2^-T E K1^-1, E as returned, is at most `threshold`.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or `K1` or `K2` is of another library than they and NumPy.
    ValueError
        Shapes do not fit, there is NaN or infinity, `K1` or `K2` is singular, or a number is out of range.
    DegenerateError
        Fewer than six pairs; pairs that do not determine E, such as those of cameras at one place.

    Notes
    -----
    Not differentiable. Samples of five pairs, each model that beats the best improved by Gauss and Newton's method
    among essential matrices. On a device it waits for each batch of samples.

    References
    ----------
    .. [1] D. Nister, "An efficient solution to the five-point relative pose problem", PAMI 26(6), 2004.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scene = np.c_[rng.uniform(-1, 1, (60, 2)), rng.uniform(3, 5, 60)]
    >>> x1, x2 = 500 * scene[:, :2] / scene[:, 2:], 500 * (scene[:, :2] - (1, 0)) / scene[:, 2:]
    >>> x2[:20] = rng.uniform(-200, 200, (20, 2))
    >>> E, inliers = ransac_essential(x1, x2, np.diag([500, 500, 1]), np.diag([500, 500, 1]))
    >>> (E.round(6) + 0.0).tolist(), int(inliers[20:].sum())  # moved along x
    ([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]], 40)
    """
    generator = check_search(threshold, confidence, max_trials, rng)
    first, second = check_outlying(points1, points2, least=6)
    inverses = inverse_intrinsics(K1, "K1", first), inverse_intrinsics(K2, "K2", first)
    intrinsics = check_matrix(K1, "K1", first), check_matrix(K2, "K2", first)
    xp = namespace(first)
    outer = xp.matrix_transpose(inverses[1]), inverses[0]
    refit = partial(refit_essentials, K1=intrinsics[0], K2=intrinsics[1], inverse1=inverses[0], inverse2=inverses[1])
    model = find_consensus(
        Estimator(5, partial(_solve, inverses, outer), refit, "sampson"), first, second,
        threshold=threshold, confidence=confidence, max_trials=max_trials, rng=generator,
    )  # fmt: skip
    model = polish(refit, model, first, second, threshold)
    exact = make_essential(xp.matrix_transpose(intrinsics[1]) @ model @ intrinsics[0])
    E = cast_to(exact, parameter_dtype(points1, points2))
    F = outer[0] @ cast_to(E, "float64") @ outer[1]
    inliers = xp.sqrt(sampson_distance(F, first, second)) <= threshold
    moments = sampson_moments(first, second, xp.astype(inliers, F.dtype), F)
    R, _, t = rotations_and_translation(exact)
    directions = xp.reshape(outer[0] @ essential_directions(R, t) @ outer[1], (5, 9))
    check_determined(essential_equations(directions, moments), "an essential")
    return E, inliers


def _solve(inverses: tuple[Any, Any], outer: tuple[Any, Any], points1: Any, points2: Any) -> Any:
    """Return ten matrices of pixels for each sample (S, 5, 2), NaN where there are fewer."""
    rays = onto_plane(points1, inverses[0]), onto_plane(points2, inverses[1])
    E = five_point(epipolar_basis(*rays))
    return namespace(E).reshape(outer[0] @ E @ outer[1], (-1, 3, 3))
