"""Transforms of points: 1000 pairs where pictures are 512², 10,000 where they are 2048²; 40 % wrong for the robust."""

from typing import Any, Literal

import cv2
import numpy as np
import skimage.measure
import skimage.transform

from benchmarks.case import Case, Peer
from imgproc import geometry

_H = np.array([[1.1, 0.1, 5], [-0.1, 0.9, 3], [1e-4, 2e-4, 1]])
_A = geometry.affine((1.2, 0.8), 0.4, 0.3, (30, -20))
_CORNERS = np.array([[0.0, 0], [1000, 0], [1000, 1000], [0, 1000]])
_NOISE, _WRONG, _THRESHOLD, _CONFIDENCE, _TRIALS = 1.0, 0.4, 3.0, 0.999, 10_000
_FEW, _PROBLEMS = 1000, 1000


def _pairs(photo: np.ndarray, matrix: np.ndarray, noise: float, wrong: float) -> tuple[Any, ...]:
    count = _FEW if photo.shape[0] < 1000 else 10 * _FEW
    rng = np.random.default_rng(0)
    source = rng.uniform(0, 1000, (count, 2))
    target = geometry.transform_points(matrix, source) + rng.normal(0, noise, (count, 2))
    bad = rng.random(count) < wrong
    target[bad] = rng.uniform(0, 1000, (count, 2))[bad]
    return source, target


def _count(source: np.ndarray, *others: Any) -> str:
    return f"{source.shape[0]:,} {'problems' if source.ndim == 3 else 'pairs'}"


def _in_corners(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the greatest distance, in pixels, of a corner of a square of 1000 pixels."""
    moved = (geometry.transform_points(np.asarray(matrix), _CORNERS) for matrix in (found, exact))
    return float(np.linalg.norm(np.subtract(*moved), axis=1).max())


def _whole(matrix: Any, dtype: str) -> np.ndarray:
    return np.concatenate((matrix, [[0.0, 0, 1]]))


_HOMOGRAPHY = Case(
    "estimate_transform, projective",
    "the matrix that moved the points; errors are pixels in the corners",
    lambda s, t: geometry.estimate_transform("projective", s, t),
    lambda s, t: _H,
    (
        Peer("OpenCV", lambda s, t: cv2.findHomography(s, t)[0], note="float32 inside"),
        Peer("scikit-image", lambda s, t: skimage.transform.ProjectiveTransform.from_estimate(s, t).params),
    ),
    operands=lambda photo: _pairs(photo, _H, 0.0, 0.0),
    dtypes=("float32",),
    layouts=("gray",),
    error=_in_corners,
    remark=_count,
)
_AFFINE = Case(
    "estimate_transform, affine",
    "the matrix that moved the points; errors are pixels in the corners",
    lambda s, t: geometry.estimate_transform("affine", s, t),
    lambda s, t: _A,
    (Peer("scikit-image", lambda s, t: skimage.transform.AffineTransform.from_estimate(s, t).params),),
    operands=lambda photo: _pairs(photo, _A, 0.0, 0.0),
    dtypes=("float32",),
    layouts=("gray",),
    error=_in_corners,
    remark=_count,
)


def _problems(photo: np.ndarray) -> tuple[Any, ...]:
    square = np.array([[0.0, 0], [100, 0], [100, 100], [0, 100]])
    source = square + np.random.default_rng(0).normal(0, 10, (_PROBLEMS, 4, 2))
    return source, geometry.transform_points(_H, source)


_MANY = Case(
    "estimate_transform, four points",
    "the matrices that moved the points",
    lambda s, t: geometry.estimate_transform("projective", s, t),
    lambda s, t: np.broadcast_to(_H, (_PROBLEMS, 3, 3)),
    (
        Peer("OpenCV", lambda s, t: np.stack([cv2.findHomography(a, b)[0] for a, b in zip(s, t, strict=True)])),
        Peer(
            "scikit-image",
            lambda s, t: np.stack(
                [skimage.transform.ProjectiveTransform.from_estimate(a, b).params for a, b in zip(s, t, strict=True)]
            ),
        ),
    ),
    operands=_problems,
    dtypes=("float32",),
    layouts=("gray",),
    remark=_count,
)


def _by_scikit_image(model: Any, size: int) -> Any:
    def search(source: np.ndarray, target: np.ndarray) -> Any:
        found, _ = skimage.measure.ransac((source, target), model, size, _THRESHOLD, max_trials=100, rng=0)
        return found.params

    return search


def _robust(kind: Literal["affine", "projective"], matrix: np.ndarray, peers: tuple[Peer, ...]) -> Case:
    return Case(
        f"ransac_transform, {kind}",
        "the matrix that moved the right pairs; errors are pixels in the corners",
        lambda s, t: geometry.ransac_transform(kind, s, t, threshold=_THRESHOLD)[0],
        lambda s, t: matrix,
        peers,
        operands=lambda photo: _pairs(photo, matrix, _NOISE, _WRONG),
        dtypes=("float32",),
        layouts=("gray",),
        error=_in_corners,
        remark=_count,
    )


_ROBUST_HOMOGRAPHY = _robust(
    "projective",
    _H,
    (
        Peer(
            "OpenCV",
            lambda s, t: cv2.findHomography(
                s, t, cv2.USAC_MAGSAC, _THRESHOLD, maxIters=_TRIALS, confidence=_CONFIDENCE
            )[0],
            note="USAC_MAGSAC",
        ),
        Peer(
            "scikit-image",
            _by_scikit_image(skimage.transform.ProjectiveTransform, 4),
            note="100 trials",
        ),
    ),
)
_ROBUST_AFFINE = _robust(
    "affine",
    _A,
    (
        Peer(
            "OpenCV",
            lambda s, t: cv2.estimateAffine2D(
                s, t, method=cv2.USAC_MAGSAC, ransacReprojThreshold=_THRESHOLD, maxIters=_TRIALS, confidence=_CONFIDENCE
            )[0],
            note="USAC_MAGSAC",
            finish=_whole,
        ),
        Peer("scikit-image", _by_scikit_image(skimage.transform.AffineTransform, 3), note="100 trials"),
    ),
)
CASES = (_HOMOGRAPHY, _AFFINE, _MANY, _ROBUST_HOMOGRAPHY, _ROBUST_AFFINE)
