"""Two views: points of a made scene, 1000 where pictures are 512², 10,000 where they are 2048²; 40 % of pairs wrong."""

from typing import Any

import cv2
import numpy as np

from benchmarks.case import Case, Peer
from imgproc import geometry

_K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
_R = cv2.Rodrigues(np.array([0.08, -0.15, 0.05]))[0]
_T = np.array([-0.97, 0.1, 0.22]) / np.linalg.norm([-0.97, 0.1, 0.22])
_E = np.cross(np.eye(3), -_T) @ _R
_P1, _P2 = _K @ np.eye(3, 4), _K @ np.column_stack((_R, 1.2 * _T))
_NOISE, _WRONG, _THRESHOLD, _CONFIDENCE = 0.5, 0.4, 1.0, 0.999
_FEW = 1000


def _scene(photo: np.ndarray, wrong: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of points in pixels, with noise."""
    count = _FEW if photo.shape[0] < 1000 else 10 * _FEW
    rng = np.random.default_rng(0)
    scene = np.column_stack((rng.uniform([-2, -1.5, 4], [2, 1.5, 8], (count, 3)), np.ones(count)))
    points1, points2 = (x[:, :2] / x[:, 2:] + rng.normal(0, _NOISE, (count, 2)) for x in (scene @ _P1.T, scene @ _P2.T))
    bad = rng.random(count) < wrong
    points2[bad] = rng.uniform([0, 0], [640, 480], (count, 2))[bad]
    return points1, points2


def _mixed(photo: np.ndarray) -> tuple[Any, ...]:
    return _scene(photo, _WRONG)


def _count(points1: np.ndarray, *others: Any) -> str:
    return f"{len(points1):,} pairs"


def _degrees(E: np.ndarray, exact: np.ndarray) -> float:
    """Return the greater of the angles between rotations and between translations."""
    R1, R2, t = geometry.decompose_essential(E)
    turned = min(float(np.linalg.norm(cv2.Rodrigues(R @ _R.T)[0])) for R in (R1, R2))
    return float(np.degrees(max(turned, np.arccos(min(abs(float(t @ _T)), 1)))))


def _essential(F: Any, dtype: str) -> np.ndarray:
    return geometry.essential_from_fundamental(np.asarray(F), _K, _K)


_FUNDAMENTAL = Case(
    "ransac_fundamental",
    "the pose the scene was seen from; errors are degrees, the greater of rotation and direction",
    lambda a, b: _essential(geometry.ransac_fundamental(a, b, threshold=_THRESHOLD)[0], ""),
    lambda a, b: _E,
    (
        Peer(
            "OpenCV",
            lambda a, b: cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, _THRESHOLD, _CONFIDENCE, 10_000)[0],
            note="USAC_MAGSAC",
            finish=_essential,
        ),
    ),
    operands=_mixed,
    dtypes=("float32",),
    layouts=("gray",),
    error=_degrees,
    remark=_count,
)
_ESSENTIAL = Case(
    "ransac_essential",
    "the pose the scene was seen from; errors are degrees, the greater of rotation and direction",
    lambda a, b: geometry.ransac_essential(a, b, _K, _K, threshold=_THRESHOLD)[0],
    lambda a, b: _E,
    (
        Peer(
            "OpenCV",
            lambda a, b: cv2.findEssentialMat(a, b, _K, cv2.USAC_MAGSAC, _CONFIDENCE, _THRESHOLD)[0],
            note="USAC_MAGSAC",
            finish=lambda E, dtype: np.asarray(E)[:3],
        ),
    ),
    operands=_mixed,
    dtypes=("float32",),
    layouts=("gray",),
    error=_degrees,
    remark=_count,
)

# triangulate


def _linear(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    found = cv2.triangulatePoints(_P1, _P2, points1.T, points2.T)
    return np.asarray((found[:3] / found[3]).T)


def _corrected(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    F = geometry.fundamental_from_cameras(_P1, _P2)
    first, second = cv2.correctMatches(F, points1[None], points2[None])
    return _linear(first[0], second[0])


_TRIANGULATE = Case(
    "triangulate",
    "the points of least image error, by the polynomial of Hartley and Sturm",
    lambda a, b: geometry.triangulate(_P1, _P2, a, b),
    _corrected,
    (
        Peer("OpenCV", _linear, differs="least algebraic error, not image error"),
        Peer("OpenCV, corrected", _corrected, note="correctMatches, then triangulatePoints"),
    ),
    operands=_scene,
    dtypes=("float32",),
    layouts=("gray",),
    remark=_count,
)

# recover_pose


def _pose(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    return np.column_stack(geometry.recover_pose(_E, points1, points2, _K, _K)[:2])


def _pose_by_opencv(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    _, R, t, _ = cv2.recoverPose(_E, points1, points2, _K)
    return np.column_stack((R, t))


_POSE = Case(
    "recover_pose",
    "the pose the scene was seen from",
    _pose,
    lambda a, b: np.column_stack((_R, _T)),
    (Peer("OpenCV", _pose_by_opencv),),
    operands=_scene,
    dtypes=("float32",),
    layouts=("gray",),
    remark=_count,
)

# fundamental_8point


def _norm_one(F: Any, dtype: str) -> np.ndarray:
    F = np.asarray(F)
    return np.asarray(F / np.linalg.norm(F) * np.sign(F.flat[np.abs(F).argmax()]))


_EIGHT_POINTS = Case(
    "fundamental_8point",
    "the matrix of the scene; noise makes the error, and how points are scaled decides about its share",
    geometry.fundamental_8point,
    lambda a, b: geometry.fundamental_from_cameras(_P1, _P2),
    (
        Peer(
            "OpenCV",
            lambda a, b: cv2.findFundamentalMat(a, b, cv2.FM_8POINT)[0],
            note="scales points to a mean distance of sqrt(2)",
            finish=_norm_one,
        ),
    ),
    operands=_scene,
    dtypes=("float32",),
    layouts=("gray",),
    remark=_count,
)

CASES = (_FUNDAMENTAL, _ESSENTIAL, _TRIANGULATE, _POSE, _EIGHT_POINTS)
