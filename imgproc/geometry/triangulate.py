"""Points of space from their places in two images."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import can_look
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.epipolar import check_pairs, matrix_for
from imgproc.geometry.fundamental import raw_fundamental
from imgproc.primitives.triangulation import triangulation
from imgproc.typing import Array, ArrayT


def triangulate(P1: Array, P2: Array, points1: ArrayT, points2: ArrayT) -> ArrayT:
    """Find the points of space whose images are nearest to pairs of points.

    Parameters
    ----------
    P1, P2 : (3, 4), or (B, 3, 4) for a batch of point sets
        Cameras: a point X of the scene is seen at P (X, 1).
    points1, points2 : (N, 2) or (B, N, 2); any real dtype
        (x, y) in pixels, row by row the same point of the scene.

    Returns
    -------
    (N, 3) or (B, N, 3); float32, or float64 for float64 and wide integers
        (X, Y, Z) of least sum of squared distances, in pixels, between its images and the points: the best there is for
        noise that is the same in all directions. inf where the rays are parallel; NaN for a point on both epipoles.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or a matrix is of another library than they and NumPy.
    ValueError
        Shapes do not fit, or a matrix holds NaN or infinity (not looked for on a device).
    DegenerateError
        The cameras are at one place, or one is no camera (of rank below 3). On a device the points are NaN.

    Notes
    -----
    Differentiable with respect to all. A NaN in a pair makes its point NaN. The least is found by the steps of
    Lindstrom [1]_, which start at the points: with errors as large as the distance to an epipole it may be a local one.

    References
    ----------
    .. [1] P. Lindstrom, "Triangulation made easy", CVPR 2010.

    Examples
    --------
    >>> P1, P2 = np.eye(3, 4), np.eye(3, 4)
    >>> P2[0, 3] = -1  # one to the right of the first
    >>> triangulate(P1, P2, np.array([[0.5, 0.25]]), np.array([[0.0, 0.25]])).tolist()
    [[1.0, 0.5, 2.0]]
    """
    check_pairs(points1, points2, batch=True)
    first = matrix_for(P1, "P1", points1, (3, 4))
    second = matrix_for(P2, "P2", points1, (3, 4))
    xp = namespace(points1)
    if first.ndim != second.ndim:
        shape = (*(first if first.ndim == 3 else second).shape[:1], 3, 4)
        first, second = xp.broadcast_to(first, shape), xp.broadcast_to(second, shape)
    F, is_determined = raw_fundamental(first, second)
    if can_look(F) and not bool(xp.all(is_determined)):
        raise DegenerateError("P1 and P2 must be cameras at two places, got equal centres or a rank below 3")
    F = xp.where(is_determined[..., None, None], F, xp.full_like(F, math.nan))
    wide1, wide2 = (cast_to(x, "float64") for x in (points1, points2))
    points: Any = triangulation(wide1, wide2, F, first, second)
    return cast_to(points, parameter_dtype(points1, points2))  # type: ignore[no-any-return]
