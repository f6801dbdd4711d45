"""Corners, keypoints, their matching, templates and optical flow."""

from typing import Any

import cv2
import numpy as np
import skimage.feature
import skimage.registration
from scipy import ndimage

from benchmarks.case import Case, Peer
from imgproc import color, features
from imgproc._dispatch import reference_only

_RATIO = 0.8
_WINDOW = 15
_TEMPLATE = 32


def _tensor(x: np.ndarray) -> list[np.ndarray]:
    gx, gy = (ndimage.sobel(x.astype(np.float64), axis, mode="mirror") / 8 for axis in (1, 0))
    return [ndimage.gaussian_filter(p, 1.0, mode="mirror") for p in (gx * gx, gx * gy, gy * gy)]


def _exact_harris(x: np.ndarray) -> np.ndarray:
    xx, xy, yy = _tensor(x)
    return np.asarray(xx * yy - xy**2 - 0.05 * (xx + yy) ** 2)


def _exact_shi_tomasi(x: np.ndarray) -> np.ndarray:
    xx, xy, yy = _tensor(x)
    return np.asarray((xx + yy) / 2 - np.hypot((xx - yy) / 2, xy))


def _share_of_greatest(result: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(result.astype(np.float64) - exact).max() / np.abs(exact).max())


def _unscaled(power: int) -> Any:
    """Scale back Sobel's kernels without their 1/8, and the range [0, 1] made of bytes."""
    return lambda result, dtype: result * ((255.0 if dtype == "uint8" else 1.0) / 8) ** power


_BOX = "averages the tensor over a box of 5, unscaled"
_HARRIS = Case(
    "harris",
    "Sobel's derivatives, Gaussian of sigma 1, k 0.05; errors are shares of the greatest response",
    features.harris,
    _exact_harris,
    (
        Peer("OpenCV", lambda x: cv2.cornerHarris(x, 5, 3, 0.05), differs=_BOX),
        Peer(
            "scikit-image",
            lambda x: skimage.feature.corner_harris(x, k=0.05, sigma=1),
            finish=_unscaled(4),
            margin=6,
            note="uint8 gives float64; edge repeated at the border, left out of its error",
        ),
    ),
    layouts=("gray",),
    error=_share_of_greatest,
    with_memory=True,
)
_SHI_TOMASI = Case(
    "shi_tomasi",
    "lesser eigenvalue of the same tensor; errors are shares of the greatest response",
    features.shi_tomasi,
    _exact_shi_tomasi,
    (
        Peer("OpenCV", lambda x: cv2.cornerMinEigenVal(x, 5, ksize=3), differs=_BOX),
        Peer(
            "scikit-image",
            lambda x: skimage.feature.corner_shi_tomasi(x, sigma=1),
            finish=_unscaled(2),
            margin=6,
            note="uint8 gives float64; edge repeated at the border, left out of its error",
        ),
    ),
    layouts=("gray",),
    error=_share_of_greatest,
    with_memory=True,
)

# corners


def _corners_by_skimage(x: np.ndarray) -> Any:
    response = skimage.feature.corner_shi_tomasi(x, sigma=1)
    return skimage.feature.peak_local_max(response, min_distance=10, threshold_rel=0.01)


_CORNERS = Case(
    "shi_tomasi and corners",
    "maxima above a hundredth of the greatest, 10 pixels apart, to a fraction of a pixel",
    lambda x: features.corners(features.shi_tomasi(x), min_distance=10),
    None,
    (
        Peer(
            "OpenCV",
            lambda x: cv2.goodFeaturesToTrack(x, 0, 0.01, 10, blockSize=5),
            differs="whole pixels; averages the tensor over a box of 5",
        ),
        Peer("scikit-image", _corners_by_skimage, differs="whole pixels; no other maximum in a square of 21"),
    ),
    layouts=("gray",),
)

# detect and match


_DETECT = [
    Case(
        f"detect, {method}",
        "OpenCV's keypoints at places without bias, the strongest 2000",
        lambda x, method=method: features.detect(x, method=method).points,
        None,
        (Peer("OpenCV", call, differs=differs),),
        dtypes=("uint8",),
        layouts=("gray",),
    )
    for method, call, differs in (
        ("sift", lambda x: cv2.SIFT_create(2000).detectAndCompute(x, None)[1], "points off by a quarter of a pixel"),
        ("orb", lambda x: cv2.ORB_create(2000).detectAndCompute(x, None)[1], "points off by up to 1.3 pixels"),
    )
]


def _descriptors(method: str) -> Any:
    def operands(photo: np.ndarray) -> tuple[Any, ...]:
        matrix = cv2.getRotationMatrix2D((photo.shape[1] / 2, photo.shape[0] / 2), 20, 0.9)
        moved = cv2.warpAffine(photo, matrix, photo.shape[1::-1])
        first, second = (features.detect(x, method=method).descriptors for x in (photo, moved))  # type: ignore[arg-type]
        return first, second

    return operands


def _pairs_by_opencv(norm: int) -> Any:
    def pairs(first: np.ndarray, second: np.ndarray) -> Any:
        nearest = cv2.BFMatcher(norm).knnMatch(first, second, k=2)
        return np.array([(a.queryIdx, a.trainIdx) for a, b in nearest if a.distance < _RATIO * b.distance])

    return pairs


def _exact_pairs(first: np.ndarray, second: np.ndarray) -> Any:
    with reference_only():
        return features.match(first, second, ratio=_RATIO, mutual=False)


def _differing_pairs(result: np.ndarray, exact: np.ndarray) -> float:
    found, wanted = (set(map(tuple, np.asarray(x).reshape(-1, 2).tolist())) for x in (result, exact))
    return len(found ^ wanted) / max(1, len(wanted))


_BY_SKIMAGE = (
    Peer("scikit-image", lambda a, b: skimage.feature.match_descriptors(a, b, max_ratio=_RATIO, cross_check=False)),
)
_MATCH = [
    Case(
        f"match, {name}",
        "nearest and unmistakable; our reference body; errors are the share of pairs that differ",
        lambda a, b: features.match(a, b, ratio=_RATIO, mutual=False),
        _exact_pairs if method == "sift" else None,
        (
            Peer("OpenCV", _pairs_by_opencv(norm), note="BFMatcher.knnMatch and the ratio test"),
            *(_BY_SKIMAGE if method == "sift" else ()),
        ),
        operands=_descriptors(method),
        dtypes=("uint8",),
        layouts=("gray",),
        error=_differing_pairs,
        remark=lambda a, b: f"{len(a)} × {len(b)}",
    )
    for name, method, norm in (("SIFT", "sift", cv2.NORM_L2), ("ORB", "orb", cv2.NORM_HAMMING))
]

# match_template


def _with_template(photo: np.ndarray) -> tuple[Any, ...]:
    return photo, photo[100 : 100 + _TEMPLATE, 120 : 120 + _TEMPLATE].copy()


def _exact_template(photo: np.ndarray, template: np.ndarray) -> Any:
    with reference_only():
        return features.match_template(photo.astype(np.float64), template.astype(np.float64))


_MATCH_TEMPLATE = Case(
    "match_template, 32 × 32",
    "correlation coefficient; our reference body in float64",
    features.match_template,
    _exact_template,
    (
        Peer("OpenCV", lambda x, t: cv2.matchTemplate(x, t, cv2.TM_CCOEFF_NORMED)),
        Peer("scikit-image", skimage.feature.match_template, layouts=("gray",), note="uint8 gives float64"),
    ),
    operands=_with_template,
    with_memory=True,
)

# optical_flow


def _truth(shape: tuple[int, ...]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    side = max(shape)
    return np.stack((5 * np.sin(9 * y / side), 4 * np.cos(7 * x / side + 5 * y / side)), axis=-1)


def _moving(photo: np.ndarray) -> tuple[Any, ...]:
    """Return the photo as it was before every pixel moved by the true flow, and the photo, with noise."""
    gray = (color.rgb_to_gray(photo) if photo.ndim == 3 else photo).astype(np.float64)
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]]
    flow = _truth(gray.shape)
    before = ndimage.map_coordinates(gray, [y + flow[..., 1], x + flow[..., 0]], order=3, mode="mirror")
    noise = np.random.default_rng(0).normal(0, 2, (2, *gray.shape))
    first, second = (np.clip(np.rint(z), 0, 255).astype(np.uint8) for z in (before + noise[0], gray + noise[1]))
    return first, second


def _end_point(result: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(result - exact, axis=-1).mean())


_OPTICAL_FLOW = Case(
    "optical_flow",
    "the motion the pictures were made with, noise of 2 of 255 on both; errors are mean distances in pixels",
    features.optical_flow,
    lambda first, second: _truth(first.shape),
    (
        Peer(
            "OpenCV",
            lambda a, b: cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 6, _WINDOW, 3, 5, 1.2, 0),
            differs="Farneback: polynomials instead of differences",
        ),
        Peer(
            "scikit-image",
            lambda a, b: skimage.registration.optical_flow_ilk(a, b, radius=_WINDOW // 2),
            finish=lambda result, dtype: np.stack((result[1], result[0]), axis=-1),
        ),
    ),
    operands=_moving,
    dtypes=("uint8",),
    layouts=("gray",),
    error=_end_point,
    with_memory=True,
)

CASES = (_HARRIS, _SHI_TOMASI, _CORNERS, *_DETECT, *_MATCH, _MATCH_TEMPLATE, _OPTICAL_FLOW)
