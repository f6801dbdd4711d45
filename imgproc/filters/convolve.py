"""Convolution with a kernel given by the caller."""

from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.filters.correlate import check_kernel
from imgproc.primitives.correlate import correlate_full, kernel_shape
from imgproc.typing import Array, ArrayT, Border


def convolve(image: ArrayT, kernel: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Convolve with a kernel: every pixel spreads the kernel, scaled by its value, about itself.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    kernel : (rows, columns), finite
        A NumPy array or nested sequence for any kind of image, or an array of the image's library (gradients flow to a
        tensor). Its element (rows // 2, columns // 2) stays on the pixel.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`
        `correlate` with the kernel turned by 180° about that element.

    Raises
    ------
    TypeError
        `image` or `kernel` is no array of a real dtype, or `kernel` is of a third library.
    ValueError
        `image` is empty or of another rank; `kernel` is not two-dimensional, empty or not finite; `border` or `fill` is
        no border.

    Notes
    -----
    Differentiable with respect to both. A NaN reaches every pixel whose window holds it, under zeros of the kernel too.
    On the host, a kernel that is the product of a column and a row is passed over both, and a large one goes through
    Fourier transforms of blocks where that is cheaper and the image finite; the error stays below 1e-5 (float64: 1e-12)
    of the image's range times the sum of the kernel's magnitudes.

    Examples
    --------
    >>> impulse = np.zeros((3, 4)); impulse[1, 1] = 1
    >>> convolve(impulse, [[1, 2, 3]], border="edge")[1].tolist()
    [1.0, 2.0, 3.0, 0.0]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    weights = check_kernel(kernel, image)
    rows, columns = kernel_shape(weights)
    if isinstance(weights, tuple):
        turned = tuple(row[::-1] for row in weights[::-1])
    else:
        turned = namespace(weights).flip(weights, axis=(0, 1))
    anchor = (rows - 1 - rows // 2, columns - 1 - columns // 2)
    return correlate_full(image, turned, anchor, spatial_axes(image), border, outside)  # type: ignore[no-any-return]
