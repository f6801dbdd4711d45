"""Lens distortion of points: OpenCV's model of 4, 5 or 8 coefficients, there and back."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import find_kind, namespace
from imgproc._checks import can_look, check_matrix, check_points
from imgproc.primitives.lens_distortion import Pair, distort, linear_determinant, to_pixels, to_plane, undistort_plane
from imgproc.typing import Array, ArrayT

COUNTS = (0, 4, 5, 8)


def distort_points(points: ArrayT, K: Array, distortion: Array) -> ArrayT:
    """Move points from where a camera without distortion sees them to where the lens puts them.

    Parameters
    ----------
    points : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels.
    K : (3, 3), or (B, 3, 3) for a batch of point sets
        Intrinsics, last row (0, 0, 1).
    distortion : (D,) or (B, D), D 4, 5 or 8
        OpenCV's (k1, k2, p1, p2, k3, k4, k5, k6); what is missing is zero, and none at all is no distortion.

    Returns
    -------
    shape of `points`; float32, or float64 for float64 and wide integers

    Raises
    ------
    TypeError
        `points` is no array of a real dtype, or `K` or `distortion` is of another library than it and NumPy.
    ValueError
        `points`, `K` or `distortion` has another shape; `K` is singular or has another last row, or one of them holds
        NaN or infinity (none of which is looked for on a device).

    Notes
    -----
    Differentiable with respect to all three. A NaN in a point makes that point NaN. For a point (x, y) on the plane
    z = 1, with r² = x² + y²::

        radial = (1 + k1 r² + k2 r⁴ + k3 r⁶) / (1 + k4 r² + k5 r⁴ + k6 r⁶)
        x' = x radial + 2 p1 x y + p2 (r² + 2 x²)
        y' = y radial + p1 (r² + 2 y²) + 2 p2 x y

    References
    ----------
    .. [1] D. Brown, "Decentering distortion of lenses", Photogrammetric Engineering 32(3), 1966; the quotient is
       OpenCV's.

    Examples
    --------
    >>> K = [[100, 0, 50], [0, 100, 40], [0, 0, 1]]
    >>> distort_points(np.array([[50.0, 40.0], [150.0, 40.0]]), K, [-0.25, 0, 0, 0]).tolist()  # a barrel
    [[50.0, 40.0], [125.0, 40.0]]
    """
    check_points(points, batch=True)
    matrix, k = check_intrinsics(K, points), check_distortion(distortion, points)
    x, y = to_plane(_split(points), matrix)
    return _join(to_pixels(distort((x, y), k), matrix), points)  # type: ignore[no-any-return]


def undistort_points(points: ArrayT, K: Array, distortion: Array) -> ArrayT:
    """Move points from where the lens puts them to where a camera without distortion would see them.

    Parameters
    ----------
    points : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels.
    K : (3, 3), or (B, 3, 3) for a batch of point sets
        Intrinsics, last row (0, 0, 1).
    distortion : (D,) or (B, D), D 4, 5 or 8
        As in `distort_points`, whose inverse this is, to rounding.

    Returns
    -------
    shape of `points`; float32, or float64 for float64 and wide integers
        NaN where the lens puts no point: a strong barrel bends the plane back at some radius, and nothing lies beyond.

    Raises
    ------
    TypeError, ValueError
        As `distort_points`.

    Notes
    -----
    Differentiable with respect to all three. Newton's method with the exact Jacobian, until nothing changes (on a
    device and under torch's transforms, always 30 steps). A NaN in a point makes that point NaN.

    Examples
    --------
    >>> K = [[100, 0, 50], [0, 100, 40], [0, 0, 1]]
    >>> undistort_points(np.array([[50.0, 40.0], [125.0, 40.0]]), K, [-0.25, 0.0, 0.0, 0.0]).round(9).tolist()
    [[50.0, 40.0], [150.0, 40.0]]
    """
    check_points(points, batch=True)
    matrix, k = check_intrinsics(K, points), check_distortion(distortion, points)
    x, y = to_plane(_split(points), matrix)
    return _join(to_pixels(undistort_plane((x, y), k), matrix), points)  # type: ignore[no-any-return]


def check_intrinsics(K: Any, like: Any, name: str = "K") -> Any:
    """Require an invertible (3, 3), or one for each set of points, last row (0, 0, 1); return it beside `like`."""
    matrix = check_matrix(K, name, like, batch=True)
    _check_count(matrix, 2, like, f"{name} must be (3, 3)")
    looked_at = np.asarray(K, np.float64) if find_kind(K) in (None, "numpy") else matrix
    if can_look(looked_at):  # before it went to a device, where that is possible
        check_invertible(looked_at, name)
    return matrix


def check_invertible(K: Any, name: str) -> None:
    """Require invertible matrices with the last row (0, 0, 1)."""
    xp = namespace(K)
    bottom = K[..., 2, :]
    is_bottom = bool(xp.all(bottom[..., :2] == 0)) and bool(xp.all(bottom[..., 2] == 1))
    if not is_bottom or bool(xp.any(linear_determinant(K) == 0)):
        raise ValueError(f"{name} must be invertible with the last row (0, 0, 1), got {K}")


def check_distortion(distortion: Any, like: Any) -> list[Any]:
    """Require 0, 4, 5 or 8 coefficients, or as many for each set of points; return all eight, ready to broadcast."""
    given = _given_coefficients(distortion, like)
    _check_count(given, 1, like, "distortion must be (D,)")
    return [given[..., i, None] if i < given.shape[-1] else 0.0 for i in range(8)]


def intrinsics_for(K: Any, image: Any) -> Any:
    """Require an invertible (3, 3), last row (0, 0, 1), of one camera; return it beside `image`."""
    check_matrix(K, "K", image)
    return check_intrinsics(K, image)


def coefficients_for(distortion: Any, image: Any) -> Any:
    """Require 0, 4, 5 or 8 coefficients of one camera; return eight beside `image`."""
    given = _given_coefficients(distortion, image)
    if given.ndim != 1:
        raise ValueError(f"distortion must be (D,), got shape {tuple(given.shape)}")
    xp = namespace(given)
    return xp.concat((given, xp.zeros(8 - given.shape[0], dtype=xp.float64, device=given.device)))


def _given_coefficients(distortion: Any, like: Any) -> Any:
    shape = np.shape(distortion) if isinstance(distortion, list | tuple) else tuple(getattr(distortion, "shape", ()))
    count = shape[-1:]
    if count and count[0] not in COUNTS:
        raise ValueError(f"distortion must be 4, 5 or 8 coefficients, got {count[0]}")
    return check_matrix(distortion, "distortion", like, shape=count or (4,), batch=True)


def _check_count(given: Any, rank: int, like: Any, rule: str) -> None:
    """Require one operand, or one for each set of points."""
    if given.ndim > rank and (like.ndim != 3 or given.shape[0] != like.shape[0]):
        shapes = f"{tuple(given.shape)} for {tuple(like.shape)}"
        raise ValueError(f"{rule} or one for each set of points, got shape {shapes}")


def _split(points: Any) -> Pair:
    exact = cast_to(points, "float64")
    return exact[..., 0], exact[..., 1]


def _join(point: Pair, points: Any) -> Any:
    return cast_to(namespace(points).stack(point, axis=-1), parameter_dtype(points))
