"""Colour."""

import cv2
import kornia
import numpy as np
import skimage.color

from benchmarks.case import Case, Peer
from imgproc import color

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
)
