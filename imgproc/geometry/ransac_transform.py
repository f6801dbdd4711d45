"""The transform that most pairs of points agree on."""

from functools import partial
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import (
    check_choice,
    check_finite,
    check_integer,
    check_number,
    check_points,
    check_rng,
    check_same_shape,
)
from imgproc.geometry.consensus import Estimator, find_consensus
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.transform_fits import SAMPLE_SIZES, rounding_of
from imgproc.primitives.consensus_costs import residuals
from imgproc.primitives.four_points import solve_four_points
from imgproc.primitives.refit_transform import fit_samples, refit_transforms
from imgproc.primitives.transform_fits import TransformKind, scale_homography
from imgproc.typing import ArrayT


def ransac_transform(
    kind: TransformKind,
    source: ArrayT,
    target: ArrayT,
    *,
    threshold: float = 3.0,
    confidence: float = 0.999,
    max_trials: int = 10_000,
    rng: int | np.random.Generator = 0,
) -> tuple[ArrayT, ArrayT]:
    """Return the matrix of a kind that most pairs of points agree on, and which pairs those are.

    Parameters
    ----------
    kind : "translation", "euclidean", "similarity", "affine" or "projective"
    source, target : (N, 2); any real dtype
        (x, y) in pixels, pair by pair; some of the pairs are wrong.
    threshold : pixels, > 0
        Largest distance in the target of a pair that agrees: some three times the noise.
    confidence : 0 to 1
        With which a sample without wrong pairs has been drawn when the search ends.
    max_trials : int, at least 1
        Most samples.
    rng : int or numpy.random.Generator
        Draws come from it on every library: one seed gives one answer.

    Returns
    -------
    matrix : (3, 3); float32, or float64 where an operand is float64 or a wide integer
        Source to target, refitted to the pairs that agree, those near the threshold counting less (Tukey's weights);
        H[2, 2] is 1, or the norm where that is 0.
    inliers : (N,) bool
        True where the distance under `matrix`, as returned, is at most `threshold`.

    Raises
    ------
    DegenerateError
        Too few points, or no sample of them determines a matrix: they coincide or lie on one line.
    TypeError
        Operands are no arrays of real dtypes and of one library.
    ValueError
        `kind` is unknown, shapes differ, or a number is not finite or out of range.

    Notes
    -----
    Not differentiable. Samples are taken as RANSAC does [1]_ and judged by the biweight cost of their distances, which
    falls smoothly to the threshold as that of MAGSAC++ does [2]_. The best are improved on the way, and the last one by
    least squares of distances, not of algebraic errors. Waits for the device to compare costs.

    References
    ----------
    .. [1] M. Fischler and R. Bolles, "Random sample consensus", Communications of the ACM 24(6), 1981.
    .. [2] D. Barath et al., "MAGSAC++, a fast, reliable and accurate robust estimator", CVPR 2020, section 3.

    Examples
    --------
    >>> source = np.array([[0, 0], [9, 0], [9, 9], [0, 9], [4, 5], [7, 2]])
    >>> target = source + [5, 3]
    >>> target[4] = [50, 60]
    >>> matrix, inliers = ransac_transform("translation", source, target)
    >>> matrix.round(9).tolist(), inliers.tolist()
    ([[1.0, 0.0, 5.0], [0.0, 1.0, 3.0], [0.0, 0.0, 1.0]], [True, True, True, True, False, True])
    """
    check_choice(kind, tuple(SAMPLE_SIZES), "kind")
    check_points(source, "source")
    check_points(target, "target")
    check_same_shape(source=source, target=target)
    check_number(threshold, "threshold", above=0.0)
    check_number(confidence, "confidence", at_least=0.0, at_most=1.0)
    check_integer(max_trials, "max_trials", at_least=1)
    generator = check_rng(rng)
    check_finite(wait=True, source=source, target=target)
    exact_source, exact_target = (_held(cast_to(x, "float64")) for x in (source, target))
    rounding = rounding_of(source, target)
    search: dict[str, Any] = {"threshold": threshold, "confidence": confidence, "max_trials": max_trials}
    if kind == "projective":
        exact = _find_homography(exact_source, exact_target, rounding, **search, rng=generator)
    else:
        refit = partial(refit_transforms, kind=kind, rounding=rounding)
        estimator = Estimator(SAMPLE_SIZES[kind], partial(fit_samples, kind=kind, rounding=rounding), refit, "transfer")
        exact = find_consensus(estimator, exact_source, exact_target, **search, rng=generator)
    matrix = cast_to(exact, parameter_dtype(source, target))
    return matrix, residuals(cast_to(matrix, "float64"), exact_source, exact_target, "transfer") <= threshold


def _held(x: Any) -> Any:
    return x.detach() if hasattr(x, "detach") else x


def _find_homography(source: Any, target: Any, rounding: float, **search: Any) -> Any:
    """Search about the middle of the points and in units of the source's spread; distances in the target stay."""
    xp = namespace(source)
    if source.shape[0] == 0:
        raise DegenerateError("points must be at least 4, got 0")
    before, after = xp.mean(source, axis=0), xp.mean(target, axis=0)
    spread = xp.sqrt(xp.mean((source - before) ** 2))
    small = 1 / xp.where(spread > 0, spread, xp.ones_like(spread))
    refit = partial(refit_transforms, kind="projective", rounding=rounding)
    estimator = Estimator(4, partial(solve_four_points, rounding=rounding), refit, "transfer")
    h = find_consensus(estimator, (source - before) * small, target - after, **search)
    scaled = h * xp.stack([small, small, xp.ones_like(small)])[None, :]
    return scale_homography(scaled[None, ...], before[None, :], after[None, :])[0, ...]
