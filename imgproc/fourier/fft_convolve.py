"""The convolution theorem at work."""

from imgproc.filters.convolve import convolve
from imgproc.typing import Array, ArrayT, Border


def fft_convolve(image: ArrayT, kernel: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Convolve through Fourier transforms where that is cheaper than the direct sum.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    kernel : (rows, columns)
        A small NumPy array, or a list of rows, also for images of another library. Larger than the image is well.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32, shape of `image`
        float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        `image` or `kernel` is not of a real dtype, or `fill` no number.
    ValueError
        `image` is empty or of another rank; `kernel` is empty, not finite or not two-dimensional; `border` is none.

    Notes
    -----
    Differentiable. Equal to `filters.convolve` to rounding, border by border: the product of two transforms is the
    transform of the convolution. Overlapping blocks are transformed whose size fits the cache [1]_; kernels that are
    products of a column and a row, small ones, and images with NaN or infinity are summed directly, so that those
    spread no farther than the kernel.

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., 2010, section 8.7.3
       (overlap-save).

    Examples
    --------
    >>> fft_convolve(np.array([[0.0, 0, 1, 0, 0]]), [[1, 2, 3]]).tolist()
    [[0.0, 1.0, 2.0, 3.0, 0.0]]
    """
    return convolve(image, kernel, border=border, fill=fill)
