"""Pinhole cameras: the matrix that projects, and the points it makes."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_matrix, check_points
from imgproc.geometry.distortion import check_distortion, check_intrinsics
from imgproc.geometry.epipolar import check_operand, matrix_for
from imgproc.primitives.lens_distortion import distort, to_pixels
from imgproc.typing import Array, ArrayT


def camera_matrix(K: ArrayT, R: Array | None = None, t: Array | None = None) -> ArrayT:
    """Compose the projection matrix of a camera, P = K [R, t].

    Parameters
    ----------
    K : (3, 3) or (B, 3, 3); any real dtype
        Intrinsics.
    R : (3, 3) or (B, 3, 3), optional
        Rotation from the world to the camera; none by default.
    t : (3,) or (B, 3), optional
        Translation from the world to the camera, X' = R X + t; none by default.

    Returns
    -------
    (3, 4) or (B, 3, 4); float32, or float64 for float64 and wide integers
        A point X of the world is seen at P (X, 1).

    Raises
    ------
    TypeError
        `K` is no array of a real dtype, or `R` or `t` is of another library than it and NumPy.
    ValueError
        One of them has another shape, or holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable with respect to all three.

    Examples
    --------
    >>> camera_matrix(np.diag([2.0, 2.0, 1.0]), t=[0, 0, 5]).tolist()
    [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 5.0]]
    """
    exact = check_operand(K, "K")
    xp = namespace(exact)
    turn = matrix_for(np.eye(3) if R is None else R, "R", K)
    shift = _shift_for(np.zeros(3) if t is None else t, K)
    turn = xp.broadcast_to(turn, exact.shape)
    column = xp.broadcast_to(shift, exact.shape[:-1])[..., None]
    return cast_to(xp.matmul(exact, xp.concat((turn, column), axis=-1)), parameter_dtype(K))  # type: ignore[no-any-return]


def project_points(
    points: ArrayT, K: Array, R: Array | None = None, t: Array | None = None, *, distortion: Array | None = None
) -> ArrayT:
    """Project points of the world into the image of a camera.

    Parameters
    ----------
    points : (N, 3) or (B, N, 3); any real dtype
        (X, Y, Z).
    K : (3, 3), or (B, 3, 3) for a batch of point sets
        Intrinsics, last row (0, 0, 1).
    R : (3, 3) or (B, 3, 3), optional
        Rotation from the world to the camera; none by default.
    t : (3,) or (B, 3), optional
        Translation from the world to the camera, X' = R X + t; none by default.
    distortion : (D,) or (B, D), D 4, 5 or 8, optional
        Of the lens, as in `distort_points`.

    Returns
    -------
    (N, 2) or (B, N, 2); float32, or float64 for float64 and wide integers
        (x, y) in pixels; NaN for points that are not in front of the camera.

    Raises
    ------
    TypeError
        `points` is no array of a real dtype, or a parameter is of another library than it and NumPy.
    ValueError
        One of them has another shape; `K` is singular or has another last row, or a parameter holds NaN or infinity
        (none of which is looked for on a device).

    Notes
    -----
    Differentiable with respect to all of them. A NaN in a point makes that point NaN.

    Examples
    --------
    >>> K = [[100, 0, 50], [0, 100, 40], [0, 0, 1]]
    >>> project_points(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, -2.0]]), K).tolist()
    [[100.0, 40.0], [nan, nan]]
    """
    check_points(points, dim=3, batch=True)
    matrix = check_intrinsics(K, points)
    k = check_distortion([0.0] * 4 if distortion is None else distortion, points)
    turn = matrix_for(np.eye(3) if R is None else R, "R", points)
    shift = _shift_for(np.zeros(3) if t is None else t, points)
    xp = namespace(points)
    exact: Any = cast_to(points, "float64")
    seen = xp.matmul(exact, xp.matrix_transpose(turn)) + shift[..., None, :]
    depth = seen[..., 2]
    is_before = depth > 0
    safe = xp.where(is_before, depth, xp.ones_like(depth))
    plane = seen[..., 0] / safe, seen[..., 1] / safe
    image = xp.stack(to_pixels(plane if distortion is None else distort(plane, k), matrix), axis=-1)
    projected = xp.where(is_before[..., None], image, xp.full_like(image, float("nan")))
    return cast_to(projected, parameter_dtype(points))  # type: ignore[no-any-return]


def _shift_for(t: Any, like: Any) -> Any:
    """Require one translation, or one for each problem; return it as float64 beside `like`."""
    shift = check_matrix(t, "t", like, shape=(3,), batch=True)
    if shift.ndim == 2 and (like.ndim != 3 or shift.shape[0] != like.shape[0]):
        raise ValueError(
            f"t must be (3,) or one for each problem, got shape {tuple(shift.shape)} for {tuple(like.shape)}"
        )
    return shift
