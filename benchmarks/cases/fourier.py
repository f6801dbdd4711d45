"""Transforms, and filters in the frequency domain."""

import os
from typing import Any

import cv2
import numpy as np
import scipy.fft
import scipy.signal
from skimage.registration import phase_cross_correlation

from benchmarks.case import Case, Peer
from imgproc import filters, fourier

_LOW, _HIGH = 0.05, 0.2
_SIDE = 31
_KERNEL = np.random.default_rng(0).normal(size=(_SIDE, _SIDE)) / _SIDE
_WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
_SHIFT = (-7, 5)


def _band_gain(height: int, width: int) -> np.ndarray:
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    squared = fy**2 + fx**2
    gain: np.ndarray = np.exp(-squared / (2 * _HIGH**2)) * (1 - np.exp(-squared / (2 * _LOW**2)))
    return gain


def _with_gain(image: np.ndarray) -> tuple[Any, ...]:
    return image, _band_gain(*image.shape[:2]).astype(np.float32)


def _bare_transforms(x: np.ndarray, gain: np.ndarray) -> np.ndarray:
    spectrum = scipy.fft.rfft2(x, workers=_WORKERS)
    spectrum *= gain
    return scipy.fft.irfft2(spectrum, s=x.shape, workers=_WORKERS)  # type: ignore[no-any-return]


_BAND_PASS = Case(
    "band_pass, Gaussian",
    f"frequencies from {_LOW} to {_HIGH}, as a transform repeats the image",
    lambda x, gain: fourier.band_pass(x, _LOW, _HIGH),
    lambda x, gain: np.fft.irfft2(np.fft.rfft2(x) * _band_gain(*x.shape[:2]), s=x.shape),
    (Peer("SciPy", _bare_transforms, note="two bare transforms and one product with a gain made before"),),
    operands=_with_gain,
    dtypes=("float32",),
    layouts=("gray",),
    with_memory=True,
)


def _full_by_opencv(x: np.ndarray) -> np.ndarray:
    return cv2.filter2D(x, cv2.CV_32F, _KERNEL[::-1, ::-1], borderType=cv2.BORDER_REFLECT_101)


def _full_by_scipy(x: np.ndarray) -> np.ndarray:
    wide = np.pad(x, _SIDE // 2, "reflect").astype(np.float32)
    return scipy.signal.oaconvolve(wide, _KERNEL.astype(np.float32), mode="valid")  # type: ignore[no-any-return]


_CONVOLVE = Case(
    f"fft_convolve, {_SIDE}×{_SIDE}",
    "the direct sum; mirrored at the border",
    lambda x: fourier.fft_convolve(x, _KERNEL),
    lambda x: scipy.signal.fftconvolve(np.pad(x, _SIDE // 2, "reflect"), _KERNEL, mode="valid"),
    (Peer("OpenCV", _full_by_opencv), Peer("SciPy", _full_by_scipy, note="overlap-add")),
    layouts=("gray",),
)

_DCT = Case(
    "dct2",
    "type II, orthonormal",
    fourier.dct2,
    lambda x: scipy.fft.dctn(x, norm="ortho"),
    (
        Peer("OpenCV", cv2.dct, dtypes=("float32",)),
        Peer("SciPy", lambda x: scipy.fft.dctn(x.astype(np.float32, copy=False), norm="ortho", workers=_WORKERS)),
    ),
    layouts=("gray",),
)


def _pair(image: np.ndarray) -> tuple[Any, ...]:
    smooth = filters.gaussian(image, 1.0)
    return smooth, np.roll(smooth, _SHIFT[::-1], (0, 1))


def _phase_by_opencv(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    return cv2.phaseCorrelate(first, second)[0]


_PHASE = Case(
    "phase_correlation",
    "the shift of a photo rolled by whole pixels",
    lambda first, second: fourier.phase_correlation(first, second)[0][None],
    lambda first, second: np.array([_SHIFT], float),
    (
        Peer("OpenCV", _phase_by_opencv, finish=lambda result, dtype: np.array([result])),
        Peer(
            "scikit-image",
            lambda first, second: phase_cross_correlation(first, second, upsample_factor=100)[0],
            finish=lambda result, dtype: -np.array([result[::-1]]),
            note="to a hundredth",
        ),
    ),
    operands=_pair,
    dtypes=("float32",),
    layouts=("gray",),
)


def _jpeg_by_opencv(x: np.ndarray) -> np.ndarray:
    file = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)


_COMPRESS = Case(
    "compress_dct, quality 75",
    "no independent definition",
    lambda x: fourier.compress_dct(x, quality=75)[0],
    None,
    (Peer("OpenCV", _jpeg_by_opencv, note="writes a JPEG and reads it", differs="integer transform"),),
    dtypes=("uint8",),
    layouts=("gray",),
)

CASES = (_BAND_PASS, _CONVOLVE, _DCT, _PHASE, _COMPRESS)
