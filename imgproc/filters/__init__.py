"""Linear, rank and tone filters."""

from imgproc.filters.bilateral import bilateral
from imgproc.filters.box import box
from imgproc.filters.clahe import clahe
from imgproc.filters.convolve import convolve
from imgproc.filters.correlate import correlate
from imgproc.filters.difference_of_gaussians import difference_of_gaussians
from imgproc.filters.equalize import equalize
from imgproc.filters.gabor import gabor
from imgproc.filters.gaussian import gaussian
from imgproc.filters.laplacian import laplacian, laplacian_of_gaussian
from imgproc.filters.median import median
from imgproc.filters.otsu import otsu
from imgproc.filters.savgol import savgol
from imgproc.filters.savgol2d import savgol2d
from imgproc.filters.savgol_coefficients import savgol_coefficients
from imgproc.filters.unsharp_mask import unsharp_mask

__all__ = [
    "bilateral",
    "box",
    "clahe",
    "convolve",
    "correlate",
    "difference_of_gaussians",
    "equalize",
    "gabor",
    "gaussian",
    "laplacian",
    "laplacian_of_gaussian",
    "median",
    "otsu",
    "savgol",
    "savgol2d",
    "savgol_coefficients",
    "unsharp_mask",
]
