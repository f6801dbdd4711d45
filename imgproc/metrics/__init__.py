"""How far results are from the truth: images, label maps, homographies, disparities."""

from imgproc.metrics.bad_pixels import bad_pixels
from imgproc.metrics.boundary_f1 import boundary_f1
from imgproc.metrics.corner_error import corner_error
from imgproc.metrics.mse import mse, psnr
from imgproc.metrics.partitions import rand_index, variation_of_information
from imgproc.metrics.ssim import ms_ssim, ssim

__all__ = [
    "bad_pixels",
    "boundary_f1",
    "corner_error",
    "ms_ssim",
    "mse",
    "psnr",
    "rand_index",
    "ssim",
    "variation_of_information",
]
