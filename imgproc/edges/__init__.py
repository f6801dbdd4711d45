"""Derivatives, gradients and edges."""

from imgproc.edges.canny import canny
from imgproc.edges.gradients import direction, gaussian_gradient, gradient_magnitude, magnitude, prewitt, scharr, sobel
from imgproc.edges.hysteresis import hysteresis
from imgproc.edges.laplacian_zero_crossings import laplacian_zero_crossings
from imgproc.edges.non_maximum_suppression import non_maximum_suppression

__all__ = [
    "canny",
    "direction",
    "gaussian_gradient",
    "gradient_magnitude",
    "hysteresis",
    "laplacian_zero_crossings",
    "magnitude",
    "non_maximum_suppression",
    "prewitt",
    "scharr",
    "sobel",
]
