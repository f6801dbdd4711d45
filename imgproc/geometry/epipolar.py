"""Where a point of one image can lie in the other: epipoles, epipolar lines, and the distance to them."""

from typing import Any, Literal

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import describe_type, find_kind, namespace
from imgproc._checks import check_choice, check_matrix, check_points, check_same_kind
from imgproc.geometry.degenerate import DegenerateError
from imgproc.primitives.leading_sign import towards_positive
from imgproc.primitives.null_vector import null_vector
from imgproc.typing import Array, ArrayT


def epipoles(F: ArrayT) -> tuple[ArrayT, ArrayT]:
    """Find the image of each camera's centre in the other image.

    Parameters
    ----------
    F : (3, 3) or (B, 3, 3); any real dtype
        Fundamental matrix, x2' F x1 = 0.

    Returns
    -------
    e1, e2 : (3,) or (B, 3); float32, or float64 for float64 and wide integers
        Homogeneous, of norm 1, greatest entry positive: F e1 = 0 and F' e2 = 0, in the sense of least squares where F
        has rank 3. The point is (x / w, y / w); w is 0 where the other camera is seen at infinity.

    Raises
    ------
    TypeError
        `F` is no array of a real dtype.
    ValueError
        `F` has another shape, or holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> sideways = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # moved along x: lines are rows
    >>> epipoles(sideways)[0].tolist()
    [1.0, 0.0, 0.0]
    """
    exact = check_operand(F, "F")
    xp = namespace(exact)
    right, _ = null_vector(exact)
    left, _ = null_vector(xp.matrix_transpose(exact))
    dtype = parameter_dtype(F)
    return cast_to(towards_positive(right, 1), dtype), cast_to(towards_positive(left, 1), dtype)


def epipolar_lines(F: Array, points: ArrayT, *, of: Literal[1, 2] = 1) -> ArrayT:
    """Return the line of the other image on which each point's partner lies.

    Parameters
    ----------
    F : (3, 3), or (B, 3, 3) for a batch of point sets
        Fundamental matrix, x2' F x1 = 0.
    points : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels.
    of : 1 or 2
        The image in which `points` are; the lines are in the other one.

    Returns
    -------
    (N, 3) or (B, N, 3); float32, or float64 for float64 and wide integers
        (a, b, c) with a x + b y + c = 0 and a² + b² = 1, so that this is the signed distance of a point (x, y).

    Raises
    ------
    TypeError
        `points` is no array of a real dtype, or `F` is of another library than it and NumPy.
    ValueError
        `F`, `points` or `of` is not one of the above, or `F` holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable. A NaN in a point makes its line NaN; the epipole has no line, and NaN for it.

    Examples
    --------
    >>> sideways = [[0, 0, 0], [0, 0, -1], [0, 1, 0]]
    >>> epipolar_lines(sideways, np.array([[5.0, 7.0]])).tolist()  # y = 7
    [[0.0, -1.0, 7.0]]
    """
    check_points(points, batch=True)
    check_choice(of, (1, 2), "of")
    exact = matrix_for(F, "F", points)
    xp = namespace(points)
    a, b, c = line_of(exact if of == 1 else xp.matrix_transpose(exact), cast_to(points, "float64"))
    with np.errstate(divide="ignore", invalid="ignore"):
        lines = xp.stack([a, b, c], axis=-1) / xp.sqrt(a * a + b * b)[..., None]
    return cast_to(lines, parameter_dtype(points))  # type: ignore[no-any-return]


def sampson_distance(F: Array, points1: ArrayT, points2: ArrayT) -> ArrayT:
    """Measure how far pairs of points are from obeying x2' F x1 = 0: squared, to first order.

    Parameters
    ----------
    F : (3, 3), or (B, 3, 3) for a batch of point sets
        Fundamental matrix, of any scale.
    points1, points2 : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels, row by row the same point of the scene.

    Returns
    -------
    (N,) or (B, N); float32, or float64 for float64 and wide integers
        Squared pixels: about the least sum of squares by which both points must move to obey; 0 where both are
        epipoles.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or `F` is of another library than they and NumPy.
    ValueError
        Shapes do not fit, or `F` holds NaN or infinity (not looked for on a device).

    Notes
    -----
    Differentiable. A NaN in a pair makes its distance NaN.

    References
    ----------
    .. [1] R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., 2004, equation 11.9.

    Examples
    --------
    >>> sideways = [[0, 0, 0], [0, 0, -1], [0, 1, 0]]
    >>> sampson_distance(sideways, np.array([[5.0, 7.0]]), np.array([[1.0, 9.0]])).tolist()  # each moves one row
    [2.0]
    """
    check_pairs(points1, points2, batch=True)
    exact = matrix_for(F, "F", points1)
    xp = namespace(points1)
    first, second = (cast_to(x, "float64") for x in (points1, points2))
    a, b, c = line_of(exact, first)
    d, e, _ = line_of(xp.matrix_transpose(exact), second)
    off = a * second[..., 0] + b * second[..., 1] + c
    size = a * a + b * b + d * d + e * e
    is_free = size == 0
    squared = xp.where(is_free, 0 * off, off * off) / xp.where(is_free, xp.ones_like(size), size)
    return cast_to(squared, parameter_dtype(points1, points2))  # type: ignore[no-any-return]


def line_of(matrix: Any, points: Any) -> tuple[Any, Any, Any]:
    """Return `matrix` (..., 3, 3) times (x, y, 1) of points (..., N, 2): three of (..., N)."""
    x, y = points[..., 0], points[..., 1]
    a, b, c = (matrix[..., i, 0, None] * x + matrix[..., i, 1, None] * y + matrix[..., i, 2, None] for i in range(3))
    return a, b, c


def check_operand(matrix: Any, name: str, shape: tuple[int, ...] = (3, 3)) -> Any:
    """Require an array of `shape` or a batch; return it as float64."""
    if find_kind(matrix) is None:
        raise TypeError(f"{name} must be a NumPy, CuPy or torch array, got {describe_type(matrix)}")
    return check_matrix(matrix, name, matrix, shape=shape, batch=True)


def check_pairs(points1: Any, points2: Any, *, batch: bool, least: int = 0) -> None:
    """Require two arrays of points of one shape and library, at least so many of them."""
    check_points(points1, "points1", batch=batch)
    check_points(points2, "points2", batch=batch)
    check_same_kind(points1=points1, points2=points2)
    if points1.shape != points2.shape:
        raise ValueError(f"points2 must be as many as points1, got {tuple(points2.shape)} and {tuple(points1.shape)}")
    if points1.shape[-2] < least:
        raise DegenerateError(f"points1 must be at least {least}, got shape {tuple(points1.shape)}")


def matrix_for(matrix: Any, name: str, points: Any, shape: tuple[int, ...] = (3, 3)) -> Any:
    """Require one matrix, or one for each set of points; return it as float64 beside them."""
    exact = check_matrix(matrix, name, points, shape=shape, batch=True)
    if exact.ndim == 3 and (points.ndim != 3 or exact.shape[0] != points.shape[0]):
        raise ValueError(
            f"{name} must be {shape} or one for each set of points, "
            f"got shape {tuple(exact.shape)} for {tuple(points.shape)}"
        )
    return exact
