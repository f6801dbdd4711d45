"""The transform that fits pairs of points best."""

from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import (
    can_look,
    check_array,
    check_choice,
    check_finite,
    check_points,
    check_same_kind,
    check_same_shape,
)
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.transform_fits import SAMPLE_SIZES, rounding_of
from imgproc.primitives.transform_fits import TransformKind, fit_transform
from imgproc.typing import ArrayT


def estimate_transform(kind: TransformKind, source: ArrayT, target: ArrayT, *, weights: ArrayT | None = None) -> ArrayT:
    """Return the matrix of a kind that moves points closest to others, by least squares.

    Parameters
    ----------
    kind : "translation", "euclidean", "similarity", "affine" or "projective"
        2, 3, 4, 6 and 8 degrees of freedom; takes at least 1, 2, 2, 3 and 4 pairs.
    source, target : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels, pair by pair.
    weights : (N,), or (B, N) for batches, at least 0, optional
        Of the squared errors of the pairs.

    Returns
    -------
    (3, 3) or (B, 3, 3); float32, or float64 where an operand is float64 or a wide integer
        Source to target. H[2, 2] is 1; a projective matrix whose H[2, 2] would be 0 has norm 1 instead.

    Raises
    ------
    DegenerateError
        Too few points, or points that do not determine the matrix: they coincide or lie on one line. On a device, where
        nothing is looked at, the matrix is NaN instead.
    TypeError
        Operands are no arrays of real dtypes and of one library.
    ValueError
        `kind` is unknown, shapes differ, a number is not finite or a weight negative.

    Notes
    -----
    Differentiable once, with respect to points and weights. Solved in float64, about the weighted middles. Up to affine
    the errors are distances in the target. Projective matrices minimise the algebraic error of points scaled as in
    [1]_, which is exact on exact points and near the least distance on noisy ones. Euclidean matrices and similarities
    never mirror.

    References
    ----------
    .. [1] R. Hartley, "In defense of the eight-point algorithm", PAMI 19(6), 1997.
    .. [2] S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 13(4),
       1991; in two dimensions the singular values are those of one angle.

    Examples
    --------
    >>> square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    >>> estimate_transform("similarity", square, 2 * square + [5, 0]).round(12).tolist()
    [[2.0, 0.0, 5.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    """
    check_choice(kind, tuple(SAMPLE_SIZES), "kind")
    check_points(source, "source", batch=True)
    check_points(target, "target", batch=True)
    check_same_shape(source=source, target=target)
    check_finite(source=source, target=target)
    if weights is not None:
        _check_weights(weights, source)
    operands = (source, target) if weights is None else (source, target, weights)
    exact_source, exact_target, *rest = (cast_to(x, "float64") for x in operands)
    if weights is None:
        rest = [namespace(exact_source).ones_like(exact_source[..., 0])]
    count = source.shape[-2]  # type: ignore[attr-defined]
    if count < SAMPLE_SIZES[kind]:
        raise DegenerateError(f"source must have at least {SAMPLE_SIZES[kind]} points for {kind}, got {count}")
    is_single = exact_source.ndim == 2
    problems = [x[None, ...] if is_single else x for x in (exact_source, exact_target, *rest)]
    matrix, is_determined = fit_transform(kind, problems[0], problems[1], problems[2], rounding_of(source, target))
    if can_look(*operands) and not bool(namespace(matrix).all(is_determined)):
        raise DegenerateError(
            f"points must determine the matrix ({kind}), got some that coincide, lie on a line or have no weight"
        )
    return cast_to(matrix[0, ...] if is_single else matrix, parameter_dtype(*operands))  # type: ignore[no-any-return]


def _check_weights(weights: Any, source: Any) -> None:
    check_array(weights, "weights")
    check_same_kind(source=source, weights=weights)
    if weights.shape != source.shape[:-1]:
        raise ValueError(f"weights must have shape {tuple(source.shape[:-1])}, got {tuple(weights.shape)}")
    check_finite(weights=weights)
    if can_look(weights) and bool(namespace(weights).any(weights < 0)):
        raise ValueError("weights must be at least 0, got a negative one")
