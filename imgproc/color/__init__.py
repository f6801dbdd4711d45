"""Colour spaces; colour is RGB unless a name says otherwise."""

from imgproc.color.channel_order import bgr_to_rgb, rgb_to_bgr
from imgproc.color.delta_e import delta_e
from imgproc.color.gray import gray_to_rgb, rgb_to_gray
from imgproc.color.hsv import hsv_to_rgb, rgb_to_hsv
from imgproc.color.lab import lab_to_rgb, rgb_to_lab
from imgproc.color.pca import pca_color
from imgproc.color.transfer import linear_to_srgb, srgb_to_linear
from imgproc.color.xyz import rgb_to_xyz, xyz_to_rgb
from imgproc.color.ycbcr import rgb_to_ycbcr, ycbcr_to_rgb

__all__ = [
    "bgr_to_rgb",
    "delta_e",
    "gray_to_rgb",
    "hsv_to_rgb",
    "lab_to_rgb",
    "linear_to_srgb",
    "pca_color",
    "rgb_to_bgr",
    "rgb_to_gray",
    "rgb_to_hsv",
    "rgb_to_lab",
    "rgb_to_xyz",
    "rgb_to_ycbcr",
    "srgb_to_linear",
    "xyz_to_rgb",
    "ycbcr_to_rgb",
]
