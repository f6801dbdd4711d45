"""Colour."""

from collections.abc import Callable

import cv2
import kornia
import numpy as np
import skimage.color

from benchmarks.case import Case, Peer
from imgproc import color


def _unit(x: np.ndarray) -> np.ndarray:
    return x / 255.0 if x.dtype == np.uint8 else x.astype(np.float64)


def _lab(x: np.ndarray) -> np.ndarray:
    """Return CIE Lab of the textbook, by the white of the matrix."""
    t = skimage.color.rgb2xyz(_unit(x)) / (0.950456, 1.0, 1.088754)
    f = np.where(t > 216 / 24389, np.cbrt(t), t * 841 / 108 + 4 / 29)
    return np.stack((116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])), -1)


def _ycbcr(x: np.ndarray) -> np.ndarray:
    r, g, b = np.moveaxis(_unit(x), -1, 0)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return np.stack((y, (b - y) / 1.772 + 0.5, (r - y) / 1.402 + 0.5), -1)


def _decoded(x: np.ndarray) -> np.ndarray:
    unit = _unit(x)
    return np.where(unit > 0.04045, ((unit + 0.055) / 1.055) ** 2.4, unit / 12.92)


_FLOAT = ("float32",)
_SCALE_360 = (np.pi * 2, 1.0, 1.0)


def _cv2(code: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: cv2.cvtColor(x, code)


CASES = (
    Case(
        "rgb_to_gray",
        "0.299 R + 0.587 G + 0.114 B",
        color.rgb_to_gray,
        lambda x: x.astype(np.float64) @ [0.299, 0.587, 0.114],
        (
            Peer(
                "OpenCV", lambda x: cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), note="uint8 weights of 14 bits, ties upwards"
            ),
            Peer(
                "scikit-image",
                skimage.color.rgb2gray,
                differs="Rec. 709 weights; uint8 gives float64",
                finish=lambda result, dtype: result * (255 if dtype == "uint8" else 1),
            ),
            Peer("kornia", kornia.color.rgb_to_grayscale, dtypes=("float32",), on="torch"),
        ),
        layouts=("rgb",),
    ),
    Case(
        "gray_to_rgb",
        "three equal channels",
        color.gray_to_rgb,
        lambda x: np.stack((x, x, x), -1).astype(np.float64),
        (
            Peer("OpenCV", lambda x: cv2.cvtColor(x, cv2.COLOR_GRAY2RGB)),
            Peer("scikit-image", skimage.color.gray2rgb),
            Peer("kornia", kornia.color.grayscale_to_rgb, dtypes=("float32",), on="torch"),
        ),
        layouts=("gray",),
    ),
    Case(
        "rgb_to_lab",
        "CIE L*a*b* under D65, white exactly (100, 0, 0)",
        color.rgb_to_lab,
        _lab,
        (
            Peer("OpenCV", _cv2(cv2.COLOR_RGB2LAB), dtypes=_FLOAT, differs="a table in place of the roots"),
            Peer("scikit-image", skimage.color.rgb2lab, note="white at (100, -0.0025, 0.0047)"),
            Peer("kornia", kornia.color.rgb_to_lab, dtypes=_FLOAT, on="torch", note="white as scikit-image"),
        ),
        layouts=("rgb",),
        with_memory=True,
    ),
    Case(
        "lab_to_rgb",
        "the inverse, unclipped",
        color.lab_to_rgb,
        lambda lab: color.lab_to_rgb(lab.astype(np.float64)),
        (
            Peer("OpenCV", _cv2(cv2.COLOR_LAB2RGB), dtypes=_FLOAT, differs="a table in place of the roots"),
            Peer("scikit-image", skimage.color.lab2rgb, dtypes=_FLOAT, note="clips; another white"),
            Peer("kornia", kornia.color.lab_to_rgb, dtypes=_FLOAT, on="torch", note="clips; another white"),
        ),
        operands=lambda x: (color.rgb_to_lab(x),),
        dtypes=_FLOAT,
        layouts=("rgb",),
    ),
    Case(
        "rgb_to_hsv",
        "hue in turns, saturation, value",
        color.rgb_to_hsv,
        lambda x: skimage.color.rgb2hsv(_unit(x)),
        (
            Peer(
                "OpenCV", _cv2(cv2.COLOR_RGB2HSV), dtypes=_FLOAT, finish=lambda y, _: y / np.float32([360, 1, 1]),
                note="hue in degrees",
            ),
            Peer("scikit-image", skimage.color.rgb2hsv),
            Peer(
                "kornia", kornia.color.rgb_to_hsv, dtypes=_FLOAT, on="torch", note="hue in radians",
                finish=lambda y, _: y / y.new_tensor(_SCALE_360)[:, None, None],
            ),
        ),
        layouts=("rgb",),
    ),
    Case(
        "hsv_to_rgb",
        "the inverse",
        color.hsv_to_rgb,
        lambda hsv: skimage.color.hsv2rgb(hsv.astype(np.float64)),
        (
            Peer("OpenCV", lambda x: cv2.cvtColor(x, cv2.COLOR_HSV2RGB), dtypes=_FLOAT, differs="hue in degrees"),
            Peer("scikit-image", skimage.color.hsv2rgb, dtypes=_FLOAT),
            Peer("kornia", kornia.color.hsv_to_rgb, dtypes=_FLOAT, on="torch", differs="hue in radians"),
        ),
        operands=lambda x: (color.rgb_to_hsv(x),),
        dtypes=_FLOAT,
        layouts=("rgb",),
    ),
    Case(
        "rgb_to_xyz",
        "linearised, then the matrix of Rec. 709",
        color.rgb_to_xyz,
        lambda x: skimage.color.rgb2xyz(_unit(x)),
        (
            Peer("OpenCV", _cv2(cv2.COLOR_RGB2XYZ), dtypes=_FLOAT, differs="not linearised"),
            Peer("scikit-image", skimage.color.rgb2xyz),
            Peer("kornia", kornia.color.rgb_to_xyz, dtypes=_FLOAT, on="torch", differs="not linearised"),
        ),
        layouts=("rgb",),
    ),
    Case(
        "rgb_to_ycbcr",
        "Rec. 601, full range",
        color.rgb_to_ycbcr,
        _ycbcr,
        (
            Peer(
                "OpenCV", _cv2(cv2.COLOR_RGB2YCrCb), dtypes=_FLOAT, finish=lambda y, _: y[..., [0, 2, 1]],
                note="chroma in the other order; factors of 3 digits",
            ),
            Peer("scikit-image", skimage.color.rgb2ycbcr, differs="studio range"),
            Peer("kornia", kornia.color.rgb_to_ycbcr, dtypes=_FLOAT, on="torch", note="factors of 3 digits"),
        ),
        layouts=("rgb",),
    ),
    Case(
        "srgb_to_linear",
        "the curve of IEC 61966-2-1",
        color.srgb_to_linear,
        _decoded,
        (Peer("kornia", kornia.color.rgb_to_linear_rgb, dtypes=_FLOAT, on="torch"),),
        layouts=("rgb",),
    ),
    Case(
        "rgb_to_bgr",
        "red and blue exchanged",
        color.rgb_to_bgr,
        lambda x: x[..., ::-1].astype(np.float64),
        (
            Peer("OpenCV", _cv2(cv2.COLOR_RGB2BGR)),
            Peer("kornia", kornia.color.rgb_to_bgr, dtypes=_FLOAT, on="torch"),
        ),
        layouts=("rgb",),
    ),
    Case(
        "delta_e",
        "CIEDE2000",
        color.delta_e,
        lambda *labs: skimage.color.deltaE_ciede2000(*(lab.astype(np.float64) for lab in labs)),
        (Peer("scikit-image", skimage.color.deltaE_ciede2000, dtypes=_FLOAT),),
        operands=lambda x: (color.rgb_to_lab(x), color.rgb_to_lab(x[::-1].copy())),
        dtypes=_FLOAT,
        layouts=("rgb",),
    ),
)  # fmt: skip
