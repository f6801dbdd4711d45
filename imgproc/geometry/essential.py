"""The essential matrix E = [t]x R of two calibrated views: F of points on the plane z = 1."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import can_look, check_finite, check_matrix
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.epipolar import check_operand, check_pairs, line_of
from imgproc.geometry.fundamental import as_list, inverse_intrinsics
from imgproc.geometry.transform_fits import rounding_of
from imgproc.primitives.epipolar_basis import epipolar_basis, epipolar_design
from imgproc.primitives.five_point import five_point
from imgproc.primitives.leading_sign import towards_positive
from imgproc.typing import Array, ArrayT

_ROUNDINGS = 64.0
"""Equations that differ by no more than so many roundings of the coordinates are one."""

_NOTHING = 1e-12
"""Of the greatest singular value: one this small is none."""


def essential_5point(
    points1: ArrayT, points2: ArrayT, K1: Array | None = None, K2: Array | None = None
) -> list[ArrayT]:
    """Find every essential matrix that obeys five pairs of points.

    Parameters
    ----------
    points1, points2 : (N, 2), N at least 5; any real dtype
        Row by row the same point of the scene. Of more than five, the essential matrices are sought in the span of the
        four matrices that obey them best.
    K1, K2 : (3, 3), optional
        Intrinsics, with which points are in pixels; without, points are on the plane z = 1 before each camera.

    Returns
    -------
    list of none to ten (3, 3); float32, or float64 for float64 and wide integers
        E with x2' E x1 = 0, singular values (1, 1, 0) and its largest entry positive, ordered by their first entry.
        Exact pairs have at least one.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or `K1` or `K2` is of another library than they and NumPy.
    ValueError
        Shapes do not fit; one of `K1` and `K2` is missing; NaN, infinity, or a singular `K1` or `K2` (not looked for on
        a device).
    DegenerateError
        Fewer than five pairs, or pairs that repeat one another (not looked for on a device).

    Notes
    -----
    Not differentiable. On a device it waits to learn how many solutions there are. Of 10,000 random problems without
    noise, the median error is 3e-15 and the greatest 1e-11. Of points on a plane or ahead of a moving camera, 1 in 5000
    has solutions so near to each other that they are missed.

    References
    ----------
    .. [1] D. Nister, "An efficient solution to the five-point relative pose problem", PAMI 26(6), 2004.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scene = np.c_[rng.uniform(-1, 1, (5, 2)), rng.uniform(3, 5, 5)]
    >>> moved = scene - (1, 0, 0)  # the camera moves along x
    >>> found = essential_5point(scene[:, :2] / scene[:, 2:], moved[:, :2] / moved[:, 2:])
    >>> min(abs(E - np.array([[0, 0, 0], [0, 0, 1], [0, -1, 0]])).max() for E in found) < 1e-12
    np.True_
    """
    check_pairs(points1, points2, batch=False, least=5)
    check_finite(points1=points1, points2=points2)
    if (K1 is None) != (K2 is None):
        raise ValueError("K1 and K2 must be given both or neither, got one")
    first, second = (cast_to(x, "float64") for x in (points1, points2))
    if K1 is not None:
        first = onto_plane(first, inverse_intrinsics(K1, "K1", points1))
        second = onto_plane(second, inverse_intrinsics(K2, "K2", points1))
    basis = _free_matrices(first, second, rounding_of(points1, points2))
    E = five_point(basis)[0, ...]
    xp = namespace(E)
    is_found = ~xp.isnan(E[:, :1, :1])
    exact = make_essential(xp.where(is_found, E, xp.eye(3, dtype=E.dtype, device=E.device)))
    E = xp.where(is_found, exact, xp.full_like(E, xp.nan))
    return as_list(E, parameter_dtype(points1, points2))


def _free_matrices(points1: Any, points2: Any, rounding: float) -> Any:
    """Return four orthonormal matrices (1, 4, 3, 3) that obey all pairs, or do so best."""
    xp = namespace(points1)
    if points1.shape[0] == 5 and not can_look(points1):
        return epipolar_basis(points1[None, ...], points2[None, ...])
    rows = epipolar_design(points1, points2)
    if rows.shape[0] > 9:
        rows = xp.linalg.qr(rows).R
    _, sizes, vectors = xp.linalg.svd(rows)
    if can_look(rows) and not sizes[4] > _ROUNDINGS * rounding * sizes[0]:
        raise DegenerateError("points do not determine an essential matrix: some pairs repeat others")
    return xp.reshape(vectors[5:, :], (1, 4, 3, 3))


def onto_plane(points: Any, inverse: Any) -> Any:
    """Return where the rays of pixels (..., 2) meet the plane z = 1; `inverse` of the intrinsics."""
    x, y, z = line_of(inverse, points)
    return namespace(points).stack([x / z, y / z], axis=-1)


def make_essential(E: Any) -> Any:
    """Return the nearest matrix with singular values (1, 1, 0) but for its scale, greatest entry positive."""
    xp = namespace(E)
    left, _, right = xp.linalg.svd(E)
    return towards_positive(left[..., :, :2] @ right[..., :2, :], 2)


def check_rank(E: Any, name: str) -> Any:
    """Require two singular values at least: no pose has a matrix of rank 1.

    Returns zeros to add to the result, (...,); where nothing can be looked at, NaN stands for the error.
    """
    xp = namespace(E)
    sizes = xp.linalg.svdvals(E)
    is_pose = sizes[..., 1] > _NOTHING * sizes[..., 0]
    if can_look(E) and not bool(xp.all(is_pose)):
        raise DegenerateError(f"{name} must have rank 2 or more, got singular values {sizes}")
    none = xp.zeros_like(sizes[..., 0])
    return xp.where(is_pose, none, xp.full_like(none, math.nan))


def essential_from_fundamental(F: ArrayT, K1: Array, K2: Array) -> ArrayT:
    """Turn a fundamental matrix into the essential matrix nearest to K2' F K1.

    Parameters
    ----------
    F : (3, 3) or (B, 3, 3); any real dtype
        Fundamental matrix of pixels, x2' F x1 = 0.
    K1, K2 : (3, 3)
        Intrinsics of the cameras.

    Returns
    -------
    shape of `F`; float32, or float64 for float64 and wide integers
        E with singular values (1, 1, 0), its largest entry positive.

    Raises
    ------
    TypeError
        `F` is no array of a real dtype, or `K1` or `K2` is of another library than it and NumPy.
    ValueError
        Shapes do not fit, or there is NaN or infinity (not looked for on a device).
    DegenerateError
        K2' F K1 has rank 1 or 0 (not looked for on a device).

    Notes
    -----
    Not differentiable.

    Examples
    --------
    >>> F = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    >>> K = [[100, 0, 50], [0, 100, 40], [0, 0, 1]]
    >>> (essential_from_fundamental(F, K, K) + 0.0).round(9).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    exact = check_operand(F, "F")
    xp = namespace(exact)
    E = xp.matrix_transpose(check_matrix(K2, "K2", exact)) @ exact @ check_matrix(K1, "K1", exact)
    unknown = check_rank(E, "K2' F K1")
    return cast_to(make_essential(E) + unknown[..., None, None], parameter_dtype(F))  # type: ignore[no-any-return]


def decompose_essential(E: ArrayT) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Take an essential matrix apart into the four poses that it may come from.

    Parameters
    ----------
    E : (3, 3) or (B, 3, 3); any real dtype
        Essential matrix; of another one the nearest is taken.

    Returns
    -------
    R1, R2 : (3, 3) or (B, 3, 3); float32, or float64 for float64 and wide integers
        Rotations. E is [t]x R1 and -[t]x R2, but for its scale.
    t : (3,) or (B, 3)
        Of norm 1, its largest entry positive. Camera 2 sees X2 = R X1 + t, with (R1, t), (R1, -t), (R2, t) or (R2, -t):
        `recover_pose` tells which.

    Raises
    ------
    TypeError
        `E` is no array of a real dtype.
    ValueError
        `E` has another shape, or holds NaN or infinity (not looked for on a device).
    DegenerateError
        `E` has rank 1 or 0 (not looked for on a device).

    Notes
    -----
    Not differentiable.

    References
    ----------
    .. [1] B. K. P. Horn, "Recovering baseline and orientation from essential matrix", 1990: R = cof E - [t]x E.

    Examples
    --------
    >>> R1, R2, t = decompose_essential(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]))
    >>> t.tolist()
    [1.0, 0.0, 0.0]
    >>> np.diag(R1).tolist(), np.diag(R2).tolist()  # unturned, or turned by half about t
    ([1.0, 1.0, 1.0], [1.0, -1.0, -1.0])
    """
    exact = check_operand(E, "E")
    unknown = check_rank(exact, "E")
    dtype = parameter_dtype(E)
    R1, R2, t = rotations_and_translation(exact)
    R1, R2 = (cast_to(R + unknown[..., None, None], dtype) for R in (R1, R2))
    return R1, R2, cast_to(t + unknown[..., None], dtype)


def rotations_and_translation(E: Any) -> tuple[Any, Any, Any]:
    """Return R1, R2 and t of float64 matrices (..., 3, 3), which need not be essential."""
    xp = namespace(E)
    left, _, right = xp.linalg.svd(E)
    E = left[..., :, :2] @ right[..., :2, :]
    columns = [E[..., :, j] for j in range(3)]
    turned = xp.stack([cross(columns[(j + 1) % 3], columns[(j + 2) % 3]) for j in range(3)], axis=-1)  # cof E
    t = towards_positive(left[..., :, 2], 1)
    along = xp.stack([cross(t, column) for column in columns], axis=-1)
    return turned - along, turned + along, t


def cross(a: Any, b: Any) -> Any:
    """Return the vector product over the last axis."""
    xp = namespace(a)
    p = [(a[..., (i + 1) % 3], a[..., (i + 2) % 3], b[..., (i + 1) % 3], b[..., (i + 2) % 3]) for i in range(3)]
    return xp.stack([y * w - z * v for y, z, v, w in p], axis=-1)
