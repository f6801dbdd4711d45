"""Two views turned until what one row of the left image shows lies on the same row of the right."""

from dataclasses import dataclass
from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_finite, check_integer, check_number, check_same_kind
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.distortion import check_invertible
from imgproc.geometry.epipolar import check_operand
from imgproc.typing import Array, ArrayT


@dataclass(frozen=True)
class Rectification:
    """How to rectify two images, and the cameras that would have taken them so.

    Attributes
    ----------
    H1, H2 : (3, 3)
        For ``warp(left, H1)`` and ``warp(right, H2)``, or the `matrix` of `undistort`.
    P1, P2 : (3, 4)
        Cameras of the rectified images: of equal intrinsics, and ``P2[0, 3]`` is -focal * baseline.
    Q : (4, 4)
        For `reproject`.
    """

    H1: Array
    H2: Array
    P1: Array
    P2: Array
    Q: Array


def rectify(
    K1: ArrayT, K2: ArrayT, R: ArrayT, t: ArrayT, size: tuple[int, int], *, alpha: float = 0.0
) -> Rectification:
    """Rectify two calibrated cameras: turn both as little as possible until their rows agree.

    Parameters
    ----------
    K1, K2 : (3, 3); any real dtype
        Intrinsics of the left and of the right camera, last row (0, 0, 1). Of images without distortion: where there
        is one, let `undistort` take it out with H1 or H2 as its `matrix`.
    R, t : (3, 3) and (3,)
        Pose that maps camera 1 to camera 2, X2 = R X1 + t. The right camera must lie to the right of the left one: t is
        about (-baseline, 0, 0).
    size : (height, width)
        Of both images, and of the results.
    alpha : 0 to 1
        0 zooms in until no pixel of the results looks outside its image, 1 out until every pixel of the images shows.

    Returns
    -------
    Rectification
        float32 where all operands are float32 or narrower, else float64.

    Raises
    ------
    TypeError
        An operand is no array of a real dtype, they are of two libraries, or `size` is no pair of integers.
    ValueError
        An operand has another shape, or holds NaN or infinity; `K1` or `K2` is singular; `size` or `alpha` is out of
        range; the right camera lies to the left.
    DegenerateError
        The cameras lie at one place, or so that their images cannot be turned side by side: an epipole lies in one of
        them.

    Notes
    -----
    Not differentiable, and waits for a device. Each camera takes half of `R`, then both are turned by the least angle
    that puts the baseline on the x axis. Both have the same intrinsics, whose principal point keeps the images in the
    middle; at `alpha` 0 and 1 its focal length is exactly the least and the greatest that does what is said, and is
    blended between.

    References
    ----------
    .. [1] J.-Y. Bouguet's method, in G. Bradski and A. Kaehler, "Learning OpenCV", 2008, chapter 12.

    Examples
    --------
    >>> K = np.array([[100.0, 0.0, 50.0], [0.0, 100.0, 40.0], [0.0, 0.0, 1.0]])
    >>> side_by_side = rectify(K, K, np.eye(3), np.array([-0.5, 0.0, 0.0]), (81, 101))
    >>> side_by_side.H1.round(9).tolist(), float(side_by_side.P2[0, 3])
    ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], -50.0)
    """
    first, second, turn, shift = _check_cameras(K1, K2, R, t)
    height, width = check_frame(size)
    share = check_number(alpha, "alpha", at_least=0.0, at_most=1.0)
    xp = namespace(first)
    half = _half_turn(turn)
    baseline = xp.matmul(half, -xp.matmul(xp.matrix_transpose(turn), shift))  # of the right camera, seen from between
    length = xp.sqrt(xp.sum(baseline * baseline))
    _check_baseline(baseline, length)
    level = _turn_to_x(baseline / length)
    views = [
        xp.matmul(xp.matmul(level, half), _invert_intrinsics(first)),
        xp.matmul(xp.matmul(level, xp.matrix_transpose(half)), _invert_intrinsics(second)),
    ]
    focal, center = _frame(views, (height, width), share)
    zero, one = xp.zeros_like(focal), xp.ones_like(focal)
    K = xp.stack((xp.stack((focal, zero, center[0])), xp.stack((zero, focal, center[1])), xp.stack((zero, zero, one))))
    matrices = [normalised(xp.matmul(K, view)) for view in views]
    nothing = xp.zeros((3, 1), dtype=xp.float64, device=K.device)
    moved = xp.reshape(xp.stack((-focal * length, zero, zero)), (3, 1))
    Q = xp.stack((
        xp.stack((one, zero, zero, -center[0])), xp.stack((zero, one, zero, -center[1])),
        xp.stack((zero, zero, zero, focal)), xp.stack((zero, zero, one / length, zero)),
    ))  # fmt: skip
    results = (*matrices, xp.concat((K, nothing), axis=1), xp.concat((K, moved), axis=1), Q)
    return Rectification(*(cast_to(x, parameter_dtype(K1, K2, R, t)) for x in results))


def _check_cameras(K1: Any, K2: Any, R: Any, t: Any) -> list[Any]:
    made = []
    for x, name, shape in ((K1, "K1", (3, 3)), (K2, "K2", (3, 3)), (R, "R", (3, 3)), (t, "t", (3,))):
        exact = check_operand(x, name, shape)
        check_finite(**{name: exact}, wait=True)
        check_same_kind(**{"K1": K1, name: x})
        if exact.ndim != len(shape):
            raise ValueError(f"{name} must have shape {shape}, got {tuple(exact.shape)}")
        made.append(exact)
    for x, name in zip(made, ("K1", "K2"), strict=False):
        check_invertible(x, name)
    xp = namespace(made[2])
    eye = xp.eye(3, dtype=xp.float64, device=made[2].device)
    product = xp.matmul(made[2], xp.matrix_transpose(made[2]))
    if bool(xp.any(xp.abs(product - eye) > 1e-3)):
        raise ValueError(f"R must be a rotation, got {R}")
    return made


def check_frame(size: Any) -> tuple[int, int]:
    """Require (height, width) of an image whose corners are four points."""
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"size must be (height, width), got {size!r}")
    height, width = (check_integer(side, "size", at_least=2, at_most=2**30) for side in size)
    return height, width


def _check_baseline(baseline: Any, length: Any) -> None:
    if not bool(length > 0):
        raise DegenerateError("t must not be zero, got two cameras at one place: t and R do not determine the rows")
    if bool(baseline[0] <= 0):
        raise ValueError(
            f"t must put camera 2 to the right of camera 1, got camera 2 at {[float(x) for x in baseline]}: swap them"
        )


def _half_turn(R: Any) -> Any:
    """Return the square root of a rotation: of its quaternion q, that of q + 1."""
    xp = namespace(R)
    trace = R[0, 0] + R[1, 1] + R[2, 2]
    # the scalar part is that of half the angle; stereo cameras never look backwards, so it is far from 0
    scalar = xp.sqrt(1 + trace) / 2
    axis = xp.stack((R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1])) / (4 * scalar)
    size = xp.sqrt(xp.sum(axis * axis) + (1 + scalar) ** 2)
    return _turn((1 + scalar) / size, axis / size)


def _turn(scalar: Any, vector: Any) -> Any:
    """Return the rotation of a unit quaternion."""
    xp = namespace(vector)
    x, y, z = vector[0], vector[1], vector[2]
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * scalar), 2 * (x * z + y * scalar)),
        (2 * (x * y + z * scalar), 1 - 2 * (x * x + z * z), 2 * (y * z - x * scalar)),
        (2 * (x * z - y * scalar), 2 * (y * z + x * scalar), 1 - 2 * (x * x + y * y)),
    )
    return xp.stack([xp.stack(row) for row in rows])


def _turn_to_x(direction: Any) -> Any:
    """Return the rotation of least angle that takes a unit vector, of positive x, to the x axis."""
    xp = namespace(direction)
    # about direction × x; the quaternion of half the angle is (1 + cos, direction × x), normalised
    zero = xp.zeros_like(direction[0])
    vector = xp.stack((zero, direction[2], -direction[1]))
    scalar = 1 + direction[0]
    size = xp.sqrt(scalar * scalar + xp.sum(vector * vector))
    return _turn(scalar / size, vector / size)


def _invert_intrinsics(K: Any) -> Any:
    """Invert a matrix with last row (0, 0, 1)."""
    xp = namespace(K)
    a, b, c, d, e, f = (K[i, j] for i in range(2) for j in range(3))
    determinant = a * e - b * d
    one = xp.ones_like(a)
    return xp.stack((
        xp.stack((e, -b, b * f - e * c)) / determinant, xp.stack((-d, a, d * c - a * f)) / determinant,
        xp.stack((0 * one, 0 * one, one)),
    ))  # fmt: skip


def _frame(views: list[Any], size: tuple[int, int], share: float) -> tuple[Any, Any]:
    """Return the focal length and the principal point of the rectified images."""
    xp = namespace(views[0])
    height, width = size
    corners = [_corners(view, size) for view in views]
    if any(bool(xp.any(xp.isnan(depth))) for _, depth in corners):
        raise DegenerateError("R and t must leave an epipole outside both images, got one that cannot be turned away")
    quads = [points for points, _ in corners]
    middle = xp.asarray([(width - 1) / 2, (height - 1) / 2], dtype=xp.float64, device=views[0].device)
    # the middle of both images, at a focal length of 1, should come to lie in the middle of the results
    offset = (xp.mean(quads[0], axis=0) + xp.mean(quads[1], axis=0)) / 2
    right, bottom = width - 1, height - 1
    held = [[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]]
    frame = xp.asarray(held, dtype=xp.float64, device=views[0].device)
    # the frame of the results, in pixels from its middle, must lie within the images scaled by s for alpha 0
    within = [_scale_within(quad - offset, frame - middle) for quad in quads]
    least = xp.maximum(within[0], within[1])
    reach = xp.concat([quad - offset for quad in quads], axis=0)
    room = xp.where(reach > 0, frame[2, :] - middle, middle) / xp.maximum(xp.abs(reach), xp.full_like(reach, 1e-300))
    greatest = xp.min(room)
    made = (1 - share) * least + share * greatest
    return made, middle - made * offset


def _corners(view: Any, size: tuple[int, int]) -> tuple[Any, Any]:
    """Return the corner pixels of an image on the plane z = 1 of its turned camera, in order, and their depths."""
    xp = namespace(view)
    right, bottom = size[1] - 1, size[0] - 1
    corners = [[0.0, 0.0, 1.0], [right, 0.0, 1.0], [right, bottom, 1.0], [0.0, bottom, 1.0]]
    seen = xp.matmul(xp.asarray(corners, dtype=xp.float64, device=view.device), xp.matrix_transpose(view))
    depth = xp.where(seen[:, 2] > 0, seen[:, 2], xp.full_like(seen[:, 2], float("nan")))
    return seen[:, :2] / depth[:, None], depth


def _scale_within(quad: Any, frame: Any) -> Any:
    """Return the least scale of a convex quadrilateral, corners in order, that makes it hold all points of `frame`."""
    xp = namespace(quad)
    following = xp.concat((quad[1:, :], quad[:1, :]), axis=0)
    edge = following - quad
    normal = xp.stack(
        (-edge[:, 1], edge[:, 0]), axis=1
    )  # points inside: corners follow one another clockwise on screen
    distance = -xp.sum(normal * quad, axis=1)  # of the origin, positive inside
    needed = -xp.matmul(frame, xp.matrix_transpose(normal)) / distance
    return xp.max(xp.where(distance > 0, needed, xp.full_like(needed, float("nan"))))


def normalised(H: Any) -> Any:
    """Scale so that H[2, 2] = 1."""
    return H / H[2, 2]
