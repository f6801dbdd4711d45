"""Spectra, filters in the frequency domain, fast convolution, cosine transforms and phase correlation."""

from imgproc.fourier.band_filters import band_pass, band_stop, high_pass, low_pass
from imgproc.fourier.compress_dct import compress_dct
from imgproc.fourier.dct import dct2, idct2
from imgproc.fourier.fft_convolve import fft_convolve
from imgproc.fourier.hybrid_image import hybrid_image
from imgproc.fourier.notch import notch
from imgproc.fourier.phase_correlation import phase_correlation
from imgproc.fourier.power_spectrum_slope import power_spectrum_slope
from imgproc.fourier.transfer_function import transfer_function
from imgproc.fourier.transforms import fft2, ifft2, spectrum

__all__ = [
    "band_pass",
    "band_stop",
    "compress_dct",
    "dct2",
    "fft2",
    "fft_convolve",
    "high_pass",
    "hybrid_image",
    "idct2",
    "ifft2",
    "low_pass",
    "notch",
    "phase_correlation",
    "power_spectrum_slope",
    "spectrum",
    "transfer_function",
]
