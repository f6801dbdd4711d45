"""Intrinsics and distortion of a camera from views of a known object."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import describe_type, find_kind, kind, namespace
from imgproc._checks import (
    can_look,
    check_choice,
    check_finite,
    check_integer,
    check_matrix,
    check_points,
    check_same_kind,
)
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.distortion import COUNTS, check_intrinsics
from imgproc.typing import Array, ArrayT

_LEAST_POINTS = 4
_UNDETERMINED = 1e-9
"""Least eigenvalue of the normalised normal equations of intrinsics and poses: what a rounding error could make."""

_MAX_ITERATIONS = 500
_SETTLED = 1e-13


@dataclass(frozen=True)
class Calibration:
    """A camera, and where it saw the object from.

    Attributes
    ----------
    K : (3, 3)
        Intrinsics, without skew.
    distortion : (D,)
        Coefficients as in `distort_points`.
    rotations, translations : (V, 3, 3) and (V, 3)
        Of each view, from the object to the camera: X' = R X + t.
    rms : float
        Root of the mean squared distance between points seen and projected, in pixels.
    """

    K: Array
    distortion: Array
    rotations: Array
    translations: Array
    rms: float


def calibrate_camera(
    object_points: Sequence[ArrayT],
    image_points: Sequence[ArrayT],
    size: tuple[int, int],
    *,
    K: Array | None = None,
    coefficients: Literal[0, 4, 5, 8] = 5,
) -> Calibration:
    """Calibrate a camera from several views of points whose places on an object are known.

    Parameters
    ----------
    object_points : V arrays (N, 3), or one array (V, N, 3); any real dtype
        (X, Y, Z) on the object, such as corners of a chessboard, where Z is 0. At least four for each view.
    image_points : V arrays (N, 2), or one array (V, N, 2); any real dtype
        (x, y) in pixels, row by row where the view shows them.
    size : (height, width)
        Of the images.
    K : (3, 3), optional
        First guess of the intrinsics; needed where the object is not the plane Z = 0.
    coefficients : 0, 4, 5 or 8
        How many to estimate of the distortion; the others are zero.

    Returns
    -------
    Calibration
        Of the library of the points; float32 where all of them are float32 or narrower, else float64.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or lie on a device (convert them with
        `arrays.to_numpy`); `size` is no pair of integers.
    ValueError
        Lists differ in length, or shapes do not fit; a view has fewer than four points; there is NaN or infinity;
        `size`, `K` or `coefficients` is out of range; the object is not the plane Z = 0 and `K` is not given.
    DegenerateError
        The views do not determine the camera: a single view, boards that are all parallel, points on a line.

    Notes
    -----
    Not differentiable. From Zhang's closed form, Levenberg and Marquardt's method goes to the least sum of squared
    distances, in float64. The result is that of OpenCV's function, to the rounding of its float32 points.

    References
    ----------
    .. [1] Z. Zhang, "A flexible new technique for camera calibration", PAMI 22(11), 2000.

    Examples
    --------
    >>> from imgproc.geometry import project_points
    >>> board = np.array([[x, y, 0.0] for y in range(6) for x in range(9)])
    >>> K = [[500, 0, 320], [0, 500, 240], [0, 0, 1]]
    >>> nod, shake = [[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]], [[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]]
    >>> turns = nod, shake, np.transpose(nod)
    >>> views = [project_points(board, K, R, [-4, -2, 20]) for R in turns]
    >>> found = calibrate_camera([board] * 3, views, (480, 640), coefficients=0)
    >>> found.K.round(6).tolist(), found.rms < 1e-9
    ([[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]], True)
    """
    scenes, images = _check_views(object_points, 3, "object_points"), _check_views(image_points, 2, "image_points")
    dtype = _check_pairs(scenes, images)
    frame = _check_frame(size)
    count = check_choice(coefficients, COUNTS, "coefficients")
    guess = None if K is None else _check_guess(K, scenes[0])
    host = [tuple(np.ascontiguousarray(_on_host(x)) for x in pair) for pair in zip(scenes, images, strict=True)]
    if guess is None and any(np.ptp(scene[:, 2]) > 0 or scene[0, 2] != 0 for scene, _ in host):
        raise ValueError("K must be given for an object that is not the plane Z = 0, got None")
    if any(_is_a_line(part) for pair in host for part in pair):
        raise DegenerateError("object_points must not lie on a line, got points that do not determine a camera")
    state, rms = _refine(_Problem(host, count), _start(host, frame, guess))
    return _as_calibration(state, rms, count, scenes[0], dtype)


def _check_views(views: Any, dim: int, name: str) -> list[Any]:
    if find_kind(views) is not None:
        if views.ndim != 3:
            raise ValueError(f"{name} must be V arrays (N, {dim}) or one (V, N, {dim}), got shape {tuple(views.shape)}")
        views = [views[i, ...] for i in range(views.shape[0])]
    if not isinstance(views, list | tuple):
        raise TypeError(f"{name} must be a list of arrays, got {describe_type(views)}")
    if not views:
        raise ValueError(f"{name} must have at least one view, got ()")
    for view in views:
        check_points(view, name, dim=dim)
        if kind(view) == "cupy" or getattr(view, "is_cuda", False):
            raise TypeError(f"{name} must be on the host, got {describe_type(view)}: convert it with arrays.to_numpy")
        if view.shape[0] < _LEAST_POINTS:
            shape = tuple(view.shape)
            raise ValueError(f"{name} must have at least {_LEAST_POINTS} points in a view, got shape {shape}")
        check_finite(**{name: view})
    return list(views)


def _check_pairs(scenes: list[Any], images: list[Any]) -> str:
    if len(scenes) != len(images):
        raise ValueError(f"image_points must be as many views as object_points, got ({len(images)}, {len(scenes)})")
    for scene, image in zip(scenes, images, strict=True):
        check_same_kind(object_points=scenes[0], image_points=image)
        check_same_kind(object_points=scenes[0], others=scene)
        if scene.shape[0] != image.shape[0]:
            shapes = f"{tuple(image.shape)} and {tuple(scene.shape)}"
            raise ValueError(f"image_points must be as many as object_points in each view, got {shapes}")
    return parameter_dtype(*scenes, *images)


def _check_frame(size: Any) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"size must be (height, width), got {size!r}")
    height, width = (check_integer(side, "size", at_least=2, at_most=2**30) for side in size)
    return height, width


def _check_guess(K: Any, like: Any) -> np.ndarray:
    check_matrix(K, "K", like)
    matrix = check_intrinsics(K, like)
    if not can_look(matrix):
        raise TypeError(f"K must be on the host, got {describe_type(K)}: convert it with arrays.to_numpy")
    guess = _on_host(matrix)
    if guess[0, 1] != 0 or guess[1, 0] != 0 or guess[0, 0] <= 0 or guess[1, 1] <= 0:
        raise ValueError(f"K must have positive focal lengths and no skew, got {K}")
    return guess


def _on_host(x: Any) -> np.ndarray:
    """Return points or a matrix as NumPy's float64, axes as they are."""
    exact = cast_to(x, "float64")
    return np.asarray(exact.detach().numpy() if kind(x) == "torch" else exact)


def _is_a_line(points: np.ndarray) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] <= 1e-9 * spread[0])


class _Problem:
    """The views and how many coefficients are free: what residuals and their derivatives are taken of.

    A state is fx, fy, cx, cy, eight coefficients, and three of rotation and three of translation for each view.
    """

    def __init__(self, views: list[tuple[np.ndarray, ...]], count: int) -> None:
        self.views = views
        free = [*range(4 + count), *range(12, 12 + 6 * len(views))]
        self.free = np.array(free)

    def project(self, state: np.ndarray, view: int) -> tuple[np.ndarray, np.ndarray]:
        import cv2

        K = np.array([[state[0], 0, state[2]], [0, state[1], state[3]], [0, 0, 1]])
        turn, shift = state[12 + 6 * view : 15 + 6 * view], state[15 + 6 * view : 18 + 6 * view]
        points, jacobian = cv2.projectPoints(self.views[view][0], turn, shift, K, state[4:12])
        # columns: rotation, translation, focal lengths, middle, coefficients
        return points.reshape(-1, 2) - self.views[view][1], np.asarray(jacobian)

    def cost(self, state: np.ndarray) -> float:
        return sum(float(np.sum(self.project(state, view)[0] ** 2)) for view in range(len(self.views)))

    def normal_equations(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = len(state)
        gram, slope = np.zeros((size, size)), np.zeros(size)
        for view in range(len(self.views)):
            residual, jacobian = self.project(state, view)
            own = slice(12 + 6 * view, 18 + 6 * view)
            shared, pose = jacobian[:, 6:18], jacobian[:, :6]
            gram[:12, :12] += shared.T @ shared
            gram[:12, own] = shared.T @ pose
            gram[own, :12] = gram[:12, own].T
            gram[own, own] = pose.T @ pose
            slope[:12] += shared.T @ residual.ravel()
            slope[own] = pose.T @ residual.ravel()
        return gram[np.ix_(self.free, self.free)], slope[self.free]


def _start(views: list[tuple[np.ndarray, ...]], size: tuple[int, int], guess: np.ndarray | None) -> np.ndarray:
    """Return a state to start from: no distortion, and each pose by itself."""
    import cv2

    K = _guess_intrinsics(views, size) if guess is None else guess
    poses = []
    for scene, image in views:
        is_found, turn, shift = cv2.solvePnP(scene, image, K, None, flags=cv2.SOLVEPNP_SQPNP)
        if not is_found:
            raise DegenerateError("object_points must determine where they are seen from, got a view that does not")
        poses.append(np.concatenate((turn, shift)).ravel())
    return np.concatenate(([K[0, 0], K[1, 1], K[0, 2], K[1, 2]], np.zeros(8), *poses))


def _guess_intrinsics(views: list[tuple[np.ndarray, ...]], size: tuple[int, int]) -> np.ndarray:
    """Return Zhang's closed form for focal lengths, the principal point being the middle; the rest of it is refined."""
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    rows, values = [], []
    for scene, image in views:
        H = _homography(scene[:, :2], image - middle)
        # the images of x and y, and of both diagonals between them, are of right angles: linear in 1/fx² and 1/fy²
        for a, b in ((H[:, 0], H[:, 1]), (H[:, 0] + H[:, 1], H[:, 0] - H[:, 1])):
            length = np.linalg.norm(a) * np.linalg.norm(b)
            rows.append(a[:2] * b[:2] / length)
            values.append(-a[2] * b[2] / length)
    solution = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    usual = float(max(size))
    focal = np.where(solution > 0, 1 / np.sqrt(np.where(solution > 0, solution, 1)), usual)
    focal = np.clip(focal, usual / 20, usual * 20)  # what noise may make of views from nearly one side
    return np.array([[focal[0], 0, middle[0]], [0, focal[1], middle[1]], [0, 0, 1]])


def _homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Fit a homography by the direct linear transform of points of about unit size; of norm 1."""
    scales = []
    for points in (source, target):
        center = points.mean(axis=0)
        spread = np.sqrt(np.mean(np.sum((points - center) ** 2, axis=1)) / 2)
        scales.append(np.array([[1 / spread, 0, -center[0] / spread], [0, 1 / spread, -center[1] / spread], [0, 0, 1]]))
    (x, y, _), (u, v, _) = (
        scale @ np.column_stack((points, np.ones(len(points)))).T
        for scale, points in zip(scales, (source, target), strict=True)
    )
    one, zero = np.ones_like(x), np.zeros_like(x)
    design = np.concatenate((
        np.stack((x, y, one, zero, zero, zero, -u * x, -u * y, -u), axis=1),
        np.stack((zero, zero, zero, x, y, one, -v * x, -v * y, -v), axis=1),
    ))  # fmt: skip
    normalised = np.linalg.svd(design)[2][-1].reshape(3, 3)
    H = np.linalg.inv(scales[1]) @ normalised @ scales[0]
    return np.asarray(H / np.linalg.norm(H))


def _refine(problem: _Problem, state: np.ndarray) -> tuple[np.ndarray, float]:
    """Go to the least sum of squares; return the state and its root mean square."""
    if not np.isfinite(state).all():
        raise DegenerateError("object_points must determine a camera, got views that do not")
    cost, damping = problem.cost(state), 1e-4
    for _ in range(_MAX_ITERATIONS):
        gram, slope = problem.normal_equations(state)
        scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        step = np.linalg.solve(gram / np.outer(scale, scale) + damping * np.eye(len(scale)), -slope / scale) / scale
        moved = state.copy()
        moved[problem.free] += step
        after = problem.cost(moved)
        if after < cost:
            state, cost, damping = moved, after, damping / 10
        else:
            damping *= 10
        if np.max(np.abs(step * scale)) <= _SETTLED * np.linalg.norm(scale) or damping > 1e10:
            break
    _check_determined(problem, state)
    return state, float(np.sqrt(cost / sum(len(scene) for scene, _ in problem.views)))


def _check_determined(problem: _Problem, state: np.ndarray) -> None:
    """Refuse views that leave intrinsics and poses a direction to move in without any point moving.

    Asked of a camera without distortion: its bends would hide that, and hold the answer as loosely as noise allows.
    """
    pinhole = state.copy()
    pinhole[4:12] = 0
    gram, _ = problem.normal_equations(pinhole)
    kept = np.flatnonzero((problem.free < 4) | (problem.free >= 12))
    gram = gram[np.ix_(kept, kept)]
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    least = np.linalg.eigvalsh(gram / np.outer(scale, scale))[0]
    if not least > _UNDETERMINED:
        raise DegenerateError(
            f"object_points must be seen from several sides, got {len(problem.views)} views that do not determine K"
        )


def _as_calibration(state: np.ndarray, rms: float, count: int, like: Any, dtype: str) -> Calibration:
    import cv2

    K = np.array([[state[0], 0, state[2]], [0, state[1], state[3]], [0, 0, 1]])
    poses = state[12:].reshape(-1, 6)
    rotations = np.stack([cv2.Rodrigues(pose[:3])[0] for pose in poses])
    xp = namespace(like)
    made = [cast_to(xp.asarray(x.copy()), dtype) for x in (K, state[4 : 4 + count], rotations, poses[:, 3:])]
    return Calibration(made[0], made[1], made[2], made[3], rms)
