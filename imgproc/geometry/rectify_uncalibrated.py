"""Two views levelled from their fundamental matrix alone."""

from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_finite, check_matrix
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.epipolar import check_pairs
from imgproc.geometry.rectify import check_frame, normalised
from imgproc.primitives.null_vector import null_vector
from imgproc.typing import Array, ArrayT

_COLLINEAR = 1e-10


def rectify_uncalibrated(F: Array, points1: ArrayT, points2: ArrayT, size: tuple[int, int]) -> tuple[ArrayT, ArrayT]:
    """Find matrices that level the epipolar lines of two images, whose cameras are not known.

    Parameters
    ----------
    F : (3, 3)
        Fundamental matrix, x2' F x1 = 0.
    points1, points2 : (N, 2), N at least 3; any real dtype
        (x, y) in pixels, row by row the same point of the scene; no outliers.
    size : (height, width)
        Of both images.

    Returns
    -------
    H1, H2 : (3, 3); float32, or float64 for float64 and wide integers
        For ``warp(first, H1)`` and ``warp(second, H2)``: a point is then on one row of both. `H2` leaves the middle of
        its image nearly as it is, and `H1` makes the disparities of `points1` and `points2` as small as can be, in the
        sense of least squares; then it moves the first image to the right until none of them is negative.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, `F` is of another library than they and NumPy, or `size`
        is no pair of integers.
    ValueError
        Shapes do not fit, there are fewer than three points, or one of them or `F` holds NaN or infinity.
    DegenerateError
        An epipole lies in the second image, or the points lie on a line.

    Notes
    -----
    Not differentiable, and waits for a device. With intrinsics and pose `rectify` does better: without them shapes come
    out sheared.

    References
    ----------
    .. [1] R. Hartley, "Theory and practice of projective rectification", IJCV 35(2), 1999, sections 5 and 6.

    Examples
    --------
    >>> sideways = [[0, 0, 0], [0, 0, -1], [0, 1, 0]]
    >>> left = np.array([[10.0, 5.0], [30.0, 8.0], [20.0, 25.0], [40.0, 30.0]])
    >>> H1, H2 = rectify_uncalibrated(sideways, left, left - [[4.0, 0.0]], (40, 50))
    >>> H2.round(9).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    check_pairs(points1, points2, batch=False)
    if points1.shape[0] < 3:  # type: ignore[attr-defined]
        raise ValueError(f"points1 must be at least 3 points, got shape {tuple(points1.shape)}")  # type: ignore[attr-defined]
    exact = check_matrix(F, "F", points1)
    check_finite(wait=True, F=exact, points1=points1, points2=points2)
    frame = check_frame(size)
    second = _send_to_infinity(exact, frame)
    first = _match_rows(exact, second, cast_to(points1, "float64"), cast_to(points2, "float64"), frame)
    dtype = parameter_dtype(points1, points2)
    return cast_to(normalised(first), dtype), cast_to(normalised(second), dtype)


def _send_to_infinity(F: Any, size: tuple[int, int]) -> Any:
    """Return the matrix of the second image that sends its epipole to infinity along x, and keeps its middle."""
    xp = namespace(F)
    epipole, _ = null_vector(xp.matrix_transpose(F))
    x, y = (size[1] - 1) / 2, (size[0] - 1) / 2
    a, b, c = epipole[0] - x * epipole[2], epipole[1] - y * epipole[2], epipole[2]
    sign = xp.where(a < 0, -xp.ones_like(a), xp.ones_like(a))  # turn by less than a quarter
    length = xp.sqrt(a * a + b * b)
    cosine, sine, bend = sign * a / length, sign * b / length, -sign * c / length
    # the third coordinate is 1 in the middle, and must stay positive to the corners
    reach = abs(float(bend * cosine)) * x + abs(float(bend * sine)) * y
    if not reach < 1:
        raise DegenerateError(f"F must have its epipoles outside the images, got {F}")
    zero, one = xp.zeros_like(a), xp.ones_like(a)
    # turn about the middle, then bend: a third row (bend, 0, 1) in turned coordinates from the middle
    turned = [xp.stack((cosine, sine, -cosine * x - sine * y)), xp.stack((-sine, cosine, sine * x - cosine * y))]
    third = bend * turned[0] + xp.stack((zero, zero, one))
    return xp.stack((turned[0] + x * third, turned[1] + y * third, third))


def _match_rows(F: Any, second: Any, points1: Any, points2: Any, size: tuple[int, int]) -> Any:
    """Return the matrix of the first image whose rows are those of `second`, with the least disparities."""
    xp = namespace(F)
    epipole, _ = null_vector(xp.matrix_transpose(F))
    # F = [e]× M for M = -[e]× F, and any multiple of e added to M: that changes the first row of second @ M alone
    rows = xp.matmul(second, -xp.matmul(_cross_matrix(epipole), F))[1:, :]
    ones = xp.ones_like(points1[:, :1])
    lifted, other = xp.concat((points1, ones), axis=1), xp.concat((points2, ones), axis=1)
    scale = max(size)
    # as numbers of about 1, so that the normal equations lose little
    unit = xp.asarray(
        [[1 / scale, 0.0, -0.5], [0.0, 1 / scale, -0.5], [0.0, 0.0, 1.0]], dtype=xp.float64, device=F.device
    )
    depth = xp.matmul(lifted, rows[1, :])
    design = xp.matmul(lifted, xp.matrix_transpose(unit)) / depth[:, None] * xp.mean(xp.abs(depth))
    moved = xp.matmul(other, xp.matrix_transpose(second))
    wanted = moved[:, 0] / moved[:, 2]
    gram = xp.matmul(xp.matrix_transpose(design), design)
    if not bool(xp.linalg.det(gram) > _COLLINEAR * (xp.sum(xp.linalg.diagonal(gram)) / 3) ** 3):
        raise DegenerateError(f"points1 must not lie on a line, got {points1.shape[0]} points that do not determine H1")
    fitted = xp.linalg.solve(gram, xp.matmul(xp.matrix_transpose(design), wanted)[:, None])[:, 0]
    behind = xp.max(wanted - xp.matmul(design, fitted))
    row = xp.matmul(fitted * xp.mean(xp.abs(depth)), unit)
    shift = xp.where(behind > 0, behind, xp.zeros_like(behind))
    return xp.stack((row + shift * rows[1, :], rows[0, :], rows[1, :]))


def _cross_matrix(v: Any) -> Any:
    """Return the matrix of v × ."""
    xp = namespace(v)
    zero = xp.zeros_like(v[0])
    rows = (zero, -v[2], v[1]), (v[2], zero, -v[0]), (-v[1], v[0], zero)
    return xp.stack([xp.stack(row) for row in rows])
