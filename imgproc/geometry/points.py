"""Points and boxes moved by a matrix."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_matrix, check_points
from imgproc.typing import Array, ArrayT


def transform_points(matrix: Array, points: ArrayT) -> ArrayT:
    """Move points by a matrix.

    Parameters
    ----------
    matrix : (3, 3), or (B, 3, 3) for a batch of point sets
        Acts on columns (x, y, 1), source to target.
    points : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels, whole numbers at pixel centres.

    Returns
    -------
    shape of `points`; float32, or float64 for float64 and wide integers
        Worked out in float64. A point that a projective matrix sends to infinity comes out as inf or NaN.

    Raises
    ------
    TypeError
        `points` is no array of a real dtype, or `matrix` is of another library than it and NumPy.
    ValueError
        `matrix` or `points` has another shape, or `matrix` holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable with respect to both. A NaN in a point makes that point NaN.

    Examples
    --------
    >>> transform_points([[0, -1, 5], [1, 0, 0], [0, 0, 1]], np.array([[2.0, 1.0]])).tolist()
    [[4.0, 2.0]]
    """
    check_points(points, batch=True)
    exact = _matrix_for(matrix, points)
    wide: Any = cast_to(points, "float64")
    x, y, depth = _homogeneous(exact, wide[..., 0], wide[..., 1])
    return cast_to(_divided(x, y, depth), parameter_dtype(points))  # type: ignore[no-any-return]


def transform_boxes(matrix: Array, boxes: ArrayT) -> ArrayT:
    """Return the boxes around moved boxes.

    Parameters
    ----------
    matrix : (3, 3), or (B, 3, 3) for a batch of box sets
        Acts on points (x, y, 1), source to target, as in `transform_points`.
    boxes : (N, 4) or (B, N, 4); any real dtype
        (x1, y1, x2, y2) in edge coordinates: the pixel whose centre is the point (0, 0) is the box (0, 0, 1, 1).

    Returns
    -------
    shape of `boxes`; float32, or float64 for float64 and wide integers
        The least upright boxes that hold the four moved corners. A box that the horizon of a projective matrix crosses
        has no image: it comes out as NaN.

    Raises
    ------
    TypeError
        `boxes` is no array of a real dtype, or `matrix` is of another library than it and NumPy.
    ValueError
        `matrix` or `boxes` has another shape, or `matrix` holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable with respect to both, almost everywhere. Edge coordinates are half a pixel more than those of
    points, which the matrix acts on: a rotation about the middle of an image, which is the point
    ((width - 1) / 2, (height - 1) / 2), turns the box of the whole image onto itself.

    Examples
    --------
    >>> quarter_turn = [[0, -1, 1], [1, 0, 0], [0, 0, 1]]  # about (0.5, 0.5), the middle of 2 × 2 pixels
    >>> transform_boxes(quarter_turn, np.array([[0, 0, 2, 2], [0, 0, 2, 1]])).tolist()
    [[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 2.0, 2.0]]
    """
    check_points(boxes, "boxes", dim=4, batch=True)
    exact = _matrix_for(matrix, boxes)
    xp = namespace(boxes)
    edges: Any = cast_to(boxes, "float64") - 0.5
    left, top, right, bottom = (edges[..., i] for i in range(4))
    x = xp.stack([left, right, right, left], axis=-1)
    y = xp.stack([top, top, bottom, bottom], axis=-1)
    a, b, depth = _homogeneous(exact[..., None, :, :], x, y)
    corners = _divided(a, b, depth)
    hull = xp.concat([xp.min(corners, axis=-2), xp.max(corners, axis=-2)], axis=-1) + 0.5
    is_whole = (xp.min(depth, axis=-1) > 0) | (xp.max(depth, axis=-1) < 0)
    moved = xp.where(is_whole[..., None], hull, xp.full_like(hull, float("nan")))
    return cast_to(moved, parameter_dtype(boxes))  # type: ignore[no-any-return]


def _matrix_for(matrix: Any, points: Any) -> Any:
    """Require one matrix, or one for each set of points; return it so that rows stand before an axis of points."""
    exact = check_matrix(matrix, "matrix", points, batch=True)
    if exact.ndim == 3 and (points.ndim != 3 or exact.shape[0] != points.shape[0]):
        raise ValueError(
            f"matrix must be (3, 3) or one for each set of points, "
            f"got shape {tuple(exact.shape)} for {tuple(points.shape)}"
        )
    return exact[..., None, :, :]


def _homogeneous(matrix: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return `matrix` (..., 3, 3) times (x, y, 1)."""
    rows = (tuple(matrix[..., i, j] for j in range(3)) for i in range(3))
    first, second, third = (a * x + b * y + c for a, b, c in rows)
    return first, second, third


def _divided(x: Any, y: Any, depth: Any) -> Any:
    """Return (x, y) / depth on a last axis of two; infinite where the depth is zero."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return namespace(x).stack([x / depth, y / depth], axis=-1)
