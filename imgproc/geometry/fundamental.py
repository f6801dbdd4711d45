"""The fundamental matrix F of two views, x2' F x1 = 0: from pairs of points, from cameras, from E."""

import math
from typing import Any

import numpy as np

from imgproc._array.convert import copied, to_numpy
from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import find_kind, namespace
from imgproc._checks import can_look, check_finite, check_matrix, check_same_kind
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.epipolar import check_operand, check_pairs
from imgproc.geometry.transform_fits import rounding_of
from imgproc.primitives.eight_point import centre_points, eight_point, scale_fundamental
from imgproc.primitives.epipolar_basis import epipolar_basis, epipolar_design
from imgproc.primitives.seven_point import seven_point
from imgproc.typing import Array, ArrayT

_ROUNDINGS = 64.0
"""Equations that differ by no more than so many roundings of the coordinates are one."""

_APART = 1e-9
"""Matrices of norm 1 that differ less are one solution."""

_CENTRES = 1e-12
"""Of the product of the cameras' sizes: a fundamental matrix this small is rounding."""


def fundamental_8point(points1: ArrayT, points2: ArrayT, *, weights: ArrayT | None = None) -> ArrayT:
    """Fit the fundamental matrix to eight pairs of points or more, by the normalised eight-point algorithm.

    Parameters
    ----------
    points1, points2 : (N, 2) or (B, N, 2), N at least 8; any real dtype
        (x, y) in pixels, row by row the same point of the scene.
    weights : (N,) or (B, N), at least 0, optional
        How much each pair's squared equation counts.

    Returns
    -------
    (3, 3) or (B, 3, 3); float32, or float64 for float64 and wide integers
        F with x2' F x1 = 0, of rank 2 and norm 1, its largest entry positive.

    Raises
    ------
    TypeError
        Operands are no arrays of a real dtype and one library.
    ValueError
        Shapes do not fit, or there is NaN, infinity or a negative weight (not looked for on a device).
    DegenerateError
        Fewer than eight pairs; pairs that do not determine F, such as those of a plane or of cameras at one place. On a
        device F is NaN for the latter.

    Notes
    -----
    Differentiable. Points are moved to their mean and scaled to a root mean square of sqrt(2) [1]_.

    References
    ----------
    .. [1] R. Hartley, "In defense of the eight-point algorithm", PAMI 19(6), 1997.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scene = np.c_[rng.uniform(-1, 1, (20, 2)), rng.uniform(3, 5, 20)]
    >>> moved = scene - (1, 0, 0)  # the camera moves along x: rows stay rows
    >>> F = fundamental_8point(scene[:, :2] / scene[:, 2:], moved[:, :2] / moved[:, 2:])
    >>> np.abs(F - np.array([[0, 0, 0], [0, 0, 0.5**0.5], [0, -(0.5**0.5), 0]])).max() < 1e-12
    np.True_
    """
    check_pairs(points1, points2, batch=True, least=8)
    check_finite(points1=points1, points2=points2)
    xp = namespace(points1)
    wide1, wide2 = cast_to(points1, "float64"), cast_to(points2, "float64")
    F, sizes, offset = eight_point(wide1, wide2, _shares(weights, points1))
    is_determined = sizes[..., 7] > _blur(rounding_of(points1, points2), offset) * sizes[..., 0]
    if not can_look(F):
        F = xp.where(is_determined[..., None, None], F, xp.full_like(F, math.nan))
    elif not bool(xp.all(is_determined)):
        raise DegenerateError("points do not determine a fundamental matrix: they lie on a plane, or the cameras agree")
    return cast_to(F, parameter_dtype(points1, points2))  # type: ignore[no-any-return]


def _blur(rounding: float, offset: Any) -> Any:
    """Return the relative rounding of centred points whose mean lies `offset` times their spread from the origin."""
    return _ROUNDINGS * rounding * (1 + offset)


def _shares(weights: Any, points: Any) -> Any:
    """Return the weights over their sum (..., N), float64; equal ones where none are given."""
    xp = namespace(points)
    count = points.shape[-2]
    if weights is None:
        return xp.full(points.shape[:-1], 1 / count, dtype=xp.float64, device=points.device)
    check_same_kind(points1=points, weights=weights)
    if weights.shape != points.shape[:-1]:
        raise ValueError(f"weights must be one for each pair, got {tuple(weights.shape)} for {tuple(points.shape)}")
    check_finite(weights=weights)
    exact = cast_to(weights, "float64")
    if can_look(exact) and bool(xp.any(exact < 0)):
        raise ValueError(f"weights must be at least 0, got {float(xp.min(exact))}")
    total = xp.sum(exact, axis=-1, keepdims=True)
    return exact / xp.where(total > 0, total, xp.ones_like(total))


def fundamental_7point(points1: ArrayT, points2: ArrayT) -> list[ArrayT]:
    """Find every fundamental matrix that obeys seven pairs of points.

    Parameters
    ----------
    points1, points2 : (7, 2); any real dtype
        (x, y) in pixels, row by row the same point of the scene.

    Returns
    -------
    list of one to three (3, 3); float32, or float64 for float64 and wide integers
        Scaled as `fundamental_8point`, ordered by their first entry.

    Raises
    ------
    TypeError
        Operands are no arrays of a real dtype and one library.
    ValueError
        Shapes do not fit, or there is NaN or infinity (not looked for on a device).
    DegenerateError
        Fewer than seven pairs, or pairs that repeat one another (not looked for on a device).

    Notes
    -----
    Not differentiable. On a device it waits to learn how many solutions there are.

    References
    ----------
    .. [1] R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., 2004, section 11.1.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x1, x2 = rng.uniform(0, 100, (2, 7, 2))
    >>> from imgproc.geometry import sampson_distance
    >>> [round(float(sampson_distance(F, x1, x2).max()), 9) for F in fundamental_7point(x1, x2)]
    [0.0, 0.0, 0.0]
    """
    check_pairs(points1, points2, batch=False, least=7)
    check_finite(points1=points1, points2=points2)
    wide1, wide2 = cast_to(points1, "float64"), cast_to(points2, "float64")
    if wide1.shape[0] > 7:
        raise ValueError(f"points1 must be 7, got shape {tuple(wide1.shape)}")
    xp = namespace(wide1)
    shares = _shares(None, wide1)
    first, T1, offset1 = centre_points(wide1, shares)
    second, T2, offset2 = centre_points(wide2, shares)
    if can_look(first):
        sizes = xp.linalg.svdvals(epipolar_design(first, second))
        if not sizes[6] > _blur(rounding_of(points1, points2), xp.maximum(offset1, offset2)) * sizes[0]:
            raise DegenerateError("points do not determine a fundamental matrix: some pairs repeat others")
    F = seven_point(epipolar_basis(first[None, ...], second[None, ...]))[0, ...]
    F = scale_fundamental(xp.matrix_transpose(T2) @ F @ T1)
    return as_list(F, parameter_dtype(points1, points2))


def as_list(matrices: Any, dtype: str) -> list[Any]:
    """Return those of the matrices (M, 3, 3) that are no NaN, each once, by their first entry."""
    xp = namespace(matrices)
    keys = [float(matrices[k, 0, 0]) for k in range(matrices.shape[0])]
    kept: list[Any] = []
    for k in sorted((k for k, key in enumerate(keys) if not math.isnan(key)), key=keys.__getitem__):
        if all(float(xp.max(xp.abs(matrices[k, ...] - other))) > _APART for other in kept):
            kept.append(matrices[k, ...])
    return [cast_to(copied(one), dtype) for one in kept]


def fundamental_from_essential(E: ArrayT, K1: Array, K2: Array) -> ArrayT:
    """Turn an essential matrix into the fundamental matrix of pixels.

    Parameters
    ----------
    E : (3, 3) or (B, 3, 3); any real dtype
        Essential matrix, for points on the plane z = 1.
    K1, K2 : (3, 3)
        Intrinsics of the cameras.

    Returns
    -------
    shape of `E`; float32, or float64 for float64 and wide integers
        K2^-T E K1^-1, of norm 1, its largest entry positive.

    Raises
    ------
    TypeError
        `E` is no array of a real dtype, or `K1` or `K2` is of another library than it and NumPy.
    ValueError
        Shapes do not fit; NaN, infinity, or a singular `K1` or `K2` (not looked for on a device).

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> E = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    >>> K = [[100, 0, 50], [0, 100, 40], [0, 0, 1]]
    >>> (fundamental_from_essential(E, K, K) * 2**0.5).round(9).tolist()  # rows are rows in pixels too
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    exact = check_operand(E, "E")
    xp = namespace(exact)
    inverse1, inverse2 = inverse_intrinsics(K1, "K1", exact), inverse_intrinsics(K2, "K2", exact)
    F = scale_fundamental(xp.matrix_transpose(inverse2) @ exact @ inverse1)
    return cast_to(F, parameter_dtype(E))  # type: ignore[no-any-return]


def inverse_intrinsics(K: Any, name: str, like: Any) -> Any:
    """Require an invertible (3, 3); return its inverse, by cofactors, which no library must wait for."""
    exact = check_matrix(K, name, like)
    xp = namespace(exact)
    a, b, c = (exact[i, :] for i in range(3))
    columns = xp.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=-1)
    determinant = xp.sum(a * columns[:, 0])
    is_host = find_kind(K) in (None, "numpy")
    if is_host or can_look(exact):  # before it went to a device, where that is possible
        looked_at = np.asarray(K, dtype=np.float64) if is_host else to_numpy(exact)
        found = float(np.linalg.det(looked_at))
        if abs(found) <= 1e-12 * float(np.prod(np.linalg.norm(looked_at, axis=1))):
            raise ValueError(f"{name} must be invertible, got determinant {found:g}")
    return columns / determinant


def _cross(a: Any, b: Any) -> Any:
    xp = namespace(a)
    return xp.stack([a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3] for i in range(3)])


def fundamental_from_cameras(P1: ArrayT, P2: ArrayT) -> ArrayT:
    """Return the fundamental matrix of two cameras.

    Parameters
    ----------
    P1, P2 : (3, 4) or (B, 3, 4); any real dtype
        Cameras: a point X of the scene is seen at P (X, 1).

    Returns
    -------
    (3, 3) or (B, 3, 3); float32, or float64 for float64 and wide integers
        F with x2' F x1 = 0, of norm 1, its largest entry positive.

    Raises
    ------
    TypeError
        Operands are no arrays of a real dtype and one library.
    ValueError
        Shapes do not fit, or there is NaN or infinity (not looked for on a device).
    DegenerateError
        The cameras are at one place, or one is no camera (of rank below 3). On a device F is NaN or rounding.

    Notes
    -----
    Differentiable. Each entry is a determinant of two rows of one camera and two of the other [1]_, so that affine
    cameras are served too.

    References
    ----------
    .. [1] R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., 2004, equation 17.3.

    Examples
    --------
    >>> P1, P2 = np.eye(3, 4), np.eye(3, 4)
    >>> P2[0, 3] = -1  # one to the right of the first
    >>> (fundamental_from_cameras(P1, P2) * 2**0.5).round(9).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    first, second = check_operand(P1, "P1", (3, 4)), check_operand(P2, "P2", (3, 4))
    check_same_kind(P1=P1, P2=P2)
    if first.shape != second.shape:
        raise ValueError(f"P2 must have the shape of P1, got {tuple(second.shape)} and {tuple(first.shape)}")
    F, is_determined = raw_fundamental(first, second)
    xp = namespace(F)
    if can_look(F) and not bool(xp.all(is_determined)):
        raise DegenerateError("P1 and P2 must be cameras at two places, got equal centres or a rank below 3")
    return cast_to(scale_fundamental(F), parameter_dtype(P1, P2))  # type: ignore[no-any-return]


def raw_fundamental(P1: Any, P2: Any) -> tuple[Any, Any]:
    """Return F of two cameras (..., 3, 4) without its scale, and whether it is more than rounding."""
    xp = namespace(P1)
    first, second = _line_coordinates(P1), _line_coordinates(P2)
    signs = (1, -1, 1, 1, -1, 1)
    F = sum(
        sign * second[5 - k][..., :, None] * first[k][..., None, :] for k, sign in enumerate(signs)
    )  # Laplace's expansion by the rows of the first
    sizes = [xp.sqrt(sum(xp.sum(x * x, axis=-1) for x in lines)) for lines in (first, second)]
    norm = xp.sqrt(xp.sum(F * F, axis=(-2, -1)))
    return F, norm > _CENTRES * sizes[0] * sizes[1]


def _line_coordinates(P: Any) -> list[Any]:
    """Return six of (..., 3): the minors of rows i + 1 and i + 2 of a camera, which are the line seen as axis i."""
    xp = namespace(P)
    pairs = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    rows = [(P[..., (i + 1) % 3, :], P[..., (i + 2) % 3, :]) for i in range(3)]
    return [xp.stack([a[..., p] * b[..., q] - a[..., q] * b[..., p] for a, b in rows], axis=-1) for p, q in pairs]
