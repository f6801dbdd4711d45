"""Derivatives, gradients and edges."""

from dataclasses import replace
from typing import Any

import cv2
import kornia
import numpy as np
import skimage.feature
import skimage.filters
from scipy import ndimage
from skimage.feature import _canny_cy

from benchmarks.case import Case, Peer
from benchmarks.cases.filters import gaussian_taps, separable
from imgproc import edges
from imgproc._dispatch import reference_only

_DIFFERENCE = np.array([-0.5, 0.0, 0.5])
_SMOOTHING = np.array([0.25, 0.5, 0.25])
_LOW, _HIGH = 0.02, 0.06
"""Canny's thresholds, as shares of the range per pixel."""
_ANOTHER_CANNY = "gradient by Sobel, maxima along four directions without interpolation"
_REFLECT = cv2.BORDER_REFLECT_101


def _range(x: Any) -> float:
    return 255.0 if x.dtype == np.uint8 else 1.0


def _per_range(factor: float) -> Any:
    """Scale back what scikit-image made of the range [0, 1], and to unit slope."""
    return lambda result, dtype: np.asarray(result) * (factor * (255.0 if dtype == "uint8" else 1.0))


# sobel


def _exact_sobel(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return separable(x, _SMOOTHING, _DIFFERENCE), separable(x, _DIFFERENCE, _SMOOTHING)


def _sobel_by_opencv(x: np.ndarray) -> tuple[Any, ...]:
    return tuple(
        cv2.Sobel(x, cv2.CV_32F, *order, ksize=3, scale=1 / 8, borderType=_REFLECT) for order in ((1, 0), (0, 1))
    )


def _sobel_by_scipy(x: np.ndarray) -> tuple[Any, ...]:
    if x.ndim == 2:
        return tuple(ndimage.sobel(x, axis, np.float32, mode="mirror") for axis in (1, 0))
    planes = [[ndimage.sobel(x[..., c], axis, np.float32, mode="mirror") for c in range(3)] for axis in (1, 0)]
    return np.stack(planes[0], -1), np.stack(planes[1], -1)


def _parts(result: Any, dtype: str) -> tuple[Any, ...]:
    return result[:, :, 0], result[:, :, 1]


_SOBEL = Case(
    "sobel",
    "both derivatives at unit slope, mirrored at the border",
    edges.sobel,
    _exact_sobel,
    (
        Peer("OpenCV", _sobel_by_opencv),
        Peer("SciPy", _sobel_by_scipy, finish=lambda result, dtype: tuple(part / 8 for part in result)),
        Peer(
            "scikit-image",
            lambda x: (
                skimage.filters.sobel(x, axis=1, mode="mirror"),
                skimage.filters.sobel(x, axis=0, mode="mirror"),
            ),
            layouts=("gray",),
            finish=lambda result, dtype: tuple(_per_range(0.5)(part, dtype) for part in result),
            note="uint8 gives float64",
        ),
        Peer(
            "kornia",
            lambda x: kornia.filters.spatial_gradient(x, "sobel"),
            dtypes=("float32",),
            on="torch",
            finish=_parts,
            margin=1,
            note="edge repeated at the border, left out of its error",
        ),
    ),
    with_memory=True,
)

# gradient_magnitude


def _magnitude_by_opencv(x: np.ndarray) -> Any:
    gx, gy = _sobel_by_opencv(x)
    return cv2.magnitude(gx, gy)


def _magnitude_by_scipy(x: np.ndarray) -> Any:
    return np.hypot(*_sobel_by_scipy(x))


_GRADIENT_MAGNITUDE = Case(
    "gradient_magnitude",
    "length of Sobel's gradient",
    edges.gradient_magnitude,
    lambda x: np.hypot(*_exact_sobel(x)),
    (
        Peer("OpenCV", _magnitude_by_opencv, note="Sobel twice, magnitude"),
        Peer("SciPy", _magnitude_by_scipy, finish=lambda result, dtype: result / 8, note="sobel twice, np.hypot"),
        Peer(
            "scikit-image",
            lambda x: skimage.filters.sobel(x, mode="mirror"),
            layouts=("gray",),
            finish=_per_range(2**-0.5),
            note="uint8 gives float64",
        ),
        Peer(
            "kornia",
            kornia.filters.sobel,
            dtypes=("float32",),
            on="torch",
            margin=1,
            differs="adds 1e-6 under the root, so flat places give 0.001",
        ),
    ),
    with_memory=True,
)

# magnitude and direction of given derivatives


def _derivatives(image: np.ndarray) -> tuple[Any, ...]:
    return edges.sobel(image)


def _angle(result: np.ndarray, exact: np.ndarray) -> float:
    """Return the greatest angle between two directions."""
    difference = np.abs(result.astype(np.float64) - exact)
    return float(np.minimum(difference, np.abs(2 * np.pi - difference)).max())


_MAGNITUDE = Case(
    "magnitude",
    "sqrt(gx² + gy²) of float32 derivatives",
    edges.magnitude,
    lambda gx, gy: np.hypot(gx.astype(np.float64), gy.astype(np.float64)),
    (Peer("OpenCV", cv2.magnitude), Peer("NumPy", np.hypot)),
    operands=_derivatives,
    dtypes=("float32",),
)
_DIRECTION = Case(
    "direction",
    "atan2(gy, gx) of float32 derivatives",
    edges.direction,
    lambda gx, gy: np.arctan2(gy.astype(np.float64), gx.astype(np.float64)),
    (
        Peer("OpenCV", lambda gx, gy: cv2.phase(gx, gy), note="0 to 2 pi"),
        Peer("NumPy", lambda gx, gy: np.arctan2(gy, gx)),
    ),
    operands=_derivatives,
    dtypes=("float32",),
    error=_angle,
)

# gaussian_gradient


def _exact_gaussian_gradient(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    smoothing = gaussian_taps(1.0)
    k = np.arange(-(len(smoothing) // 2), len(smoothing) // 2 + 1)
    derivative = k * smoothing / (k**2 * smoothing).sum()  # the ramp gives 1
    return separable(x, smoothing, derivative), separable(x, derivative, smoothing)


def _gaussian_gradient_by_scipy(x: np.ndarray) -> tuple[Any, ...]:
    return tuple(
        ndimage.gaussian_filter(x, 1.0, order=order, output=np.float32, mode="mirror", axes=(0, 1))
        for order in ((0, 1), (1, 0))
    )


_GAUSSIAN_GRADIENT = Case(
    "gaussian_gradient, sigma 1",
    "Gaussian and its derivative, taps scaled so that a ramp gives its slope",
    lambda x: edges.gaussian_gradient(x, 1.0),
    _exact_gaussian_gradient,
    (Peer("SciPy", _gaussian_gradient_by_scipy, differs="taps unscaled: a ramp of slope 1 gives 0.9995"),),
    with_memory=True,
)

# non_maximum_suppression


def _thinned_by_skimage(gx: np.ndarray, gy: np.ndarray) -> Any:
    lengths = np.hypot(gx, gy)
    inside = np.ones(gx.shape, bool)
    inside[[0, -1]] = inside[:, [0, -1]] = False
    return _canny_cy._nonmaximum_suppression_bilinear(gy, gx, lengths, inside.astype(np.uint8), 0.0)


def _exact_thinned(gx: np.ndarray, gy: np.ndarray) -> Any:
    with reference_only():
        return edges.non_maximum_suppression(gx.astype(np.float64), gy.astype(np.float64))


_THINNING = Case(
    "non_maximum_suppression",
    "our reference body in float64; the error is the share of pixels kept by one of the two only",
    edges.non_maximum_suppression,
    _exact_thinned,
    (
        Peer(
            "scikit-image",
            _thinned_by_skimage,
            differs="private function of its canny; both pixels of a tie stay, none at the border",
        ),
    ),
    operands=_derivatives,
    dtypes=("float32",),
    layouts=("gray",),
    error=lambda result, exact: float(((result > 0) != (exact > 0)).mean()),
    with_memory=True,
)

# hysteresis


def _strength(image: np.ndarray) -> tuple[Any, ...]:
    lengths = edges.gradient_magnitude(image)
    strength = np.clip(np.rint(lengths), 0, 255).astype(np.uint8) if image.dtype == np.uint8 else lengths
    return strength, _LOW * _range(image), _HIGH * _range(image)


def _linked_by_scipy(strength: np.ndarray, low: float, high: float) -> Any:
    labels, count = ndimage.label(strength >= low, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[labels[strength >= high]] = True
    strong[0] = False
    return strong[labels]


def _linked_by_opencv(strength: np.ndarray, low: float, high: float) -> Any:
    count, labels = cv2.connectedComponents((strength >= low).view(np.uint8), connectivity=8)
    strong = np.zeros(count, bool)
    strong[labels[strength >= high]] = True
    strong[0] = False
    return strong[labels]


_HYSTERESIS = Case(
    "hysteresis",
    "8-connected, by SciPy's label; the error is the share of pixels that differ",
    edges.hysteresis,
    _linked_by_scipy,
    (
        Peer("OpenCV", _linked_by_opencv, note="connectedComponents and a table"),
        Peer("SciPy", _linked_by_scipy, note="label and a table"),
        Peer("scikit-image", skimage.filters.apply_hysteresis_threshold, differs="4-connected, above the thresholds"),
    ),
    operands=_strength,
    layouts=("gray",),
    with_memory=True,
)

# laplacian_zero_crossings


def _crossings_by_scipy(x: np.ndarray) -> Any:
    response = ndimage.gaussian_laplace(x, 1.5, output=np.float32, mode="mirror")
    signs = response > 0
    return signs ^ ndimage.binary_erosion(signs, border_value=1)


def _exact_crossings(x: np.ndarray) -> Any:
    with reference_only():
        return edges.laplacian_zero_crossings(x.astype(np.float64), 1.5)


_ZERO_CROSSINGS = Case(
    "laplacian_zero_crossings, sigma 1.5",
    "our reference body in float64; the error is the share of pixels that differ",
    lambda x: edges.laplacian_zero_crossings(x, 1.5),
    _exact_crossings,
    (
        Peer(
            "SciPy",
            _crossings_by_scipy,
            differs="the pixel above zero of every change, nearer or not; gaussian_laplace and binary_erosion",
        ),
    ),
    layouts=("gray",),
    with_memory=True,
)

# canny


def _exact_canny(x: np.ndarray, **options: Any) -> Any:
    with reference_only():
        return edges.canny(x.astype(np.float64), **options)


def _canny_by_opencv(x: np.ndarray) -> Any:
    smooth = cv2.GaussianBlur(x, (9, 9), 1.0, borderType=_REFLECT)
    return cv2.Canny(smooth, 8 * 255 * _LOW, 8 * 255 * _HIGH, L2gradient=True)


def _canny_by_opencv_with_quantiles(x: np.ndarray) -> Any:
    smooth = cv2.GaussianBlur(x, (9, 9), 1.0, borderType=_REFLECT)
    gx, gy = (cv2.Sobel(smooth, cv2.CV_16S, *order, borderType=_REFLECT) for order in ((1, 0), (0, 1)))
    low, high = np.quantile(cv2.magnitude(gx.astype(np.float32), gy.astype(np.float32)), (0.6, 0.9))
    return cv2.Canny(gx, gy, low, high, L2gradient=True)


def _canny_by_skimage(x: np.ndarray) -> Any:
    # its Sobel is not scaled to unit slope: thresholds are 8 times ours
    return skimage.feature.canny(x, 1.0, 8 * _LOW * _range(x), 8 * _HIGH * _range(x), mode="mirror")


_CANNY_OPENCV = Peer(
    "OpenCV",
    _canny_by_opencv,
    dtypes=("uint8",),
    differs=_ANOTHER_CANNY,
    finish=lambda result, dtype: result > 0,
    note="GaussianBlur and Canny with fixed thresholds, L2",
)
_CANNY = Case(
    "canny, fixed thresholds",
    "our reference body in float64; the error is the share of pixels that differ",
    lambda x: edges.canny(x, 1.0, low=_LOW * _range(x), high=_HIGH * _range(x)),
    lambda x: _exact_canny(x, low=_LOW * _range(x), high=_HIGH * _range(x)),
    (
        _CANNY_OPENCV,
        Peer("scikit-image", _canny_by_skimage, differs="gradient by Sobel; both pixels of a tie stay"),
        Peer(
            "kornia",
            lambda x: kornia.filters.canny(x, 8 * _LOW, 8 * _HIGH, 9)[1],
            dtypes=("float32",),
            on="torch",
            differs="gradient by Sobel, eight directions; hysteresis by repeated dilation",
            finish=lambda result, dtype: result > 0,
        ),
    ),
    layouts=("gray",),
    with_memory=True,
)
_CANNY_DEFAULT = Case(
    "canny, default",
    "our reference body in float64; the error is the share of pixels that differ",
    edges.canny,
    _exact_canny,
    (
        _CANNY_OPENCV,
        replace(
            _CANNY_OPENCV,
            library="OpenCV, quantiles",
            call=_canny_by_opencv_with_quantiles,
            note="GaussianBlur, Sobel, NumPy's quantiles 0.6 and 0.9 of all lengths, Canny of the derivatives, L2",
        ),
        Peer(
            "scikit-image",
            lambda x: skimage.feature.canny(x, 1.0, 0.6, 0.9, mode="mirror", use_quantiles=True),
            differs="gradient by Sobel; quantiles 0.6 and 0.9 of all lengths",
        ),
    ),
    layouts=("gray",),
    with_memory=True,
)

CASES = (
    _SOBEL,
    _GRADIENT_MAGNITUDE,
    _MAGNITUDE,
    _DIRECTION,
    _GAUSSIAN_GRADIENT,
    _THINNING,
    _HYSTERESIS,
    _ZERO_CROSSINGS,
    _CANNY,
    _CANNY_DEFAULT,
)
