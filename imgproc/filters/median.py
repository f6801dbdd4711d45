"""The median filter: noise and specks vanish, edges stay."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_odd_size
from imgproc.primitives.window_median import window_median
from imgproc.typing import ArrayT, Border


def median(image: ArrayT, size: int | tuple[int, int] = 3, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Replace each pixel by the median of the window around it.

    Parameters
    ----------
    image : image or batch, any real dtype
        Each channel is filtered by itself. A mask gives the majority of its window.
    size : odd, pixels
        The side of a square window, or its (height, width).
    border : {"reflect", "symmetric", "edge", "wrap", "constant"}
        What lies beyond the edge of the image.
    fill : value of the image
        What "constant" means; it takes part as a pixel, so it is rounded to an integer image's values and saturated.

    Returns
    -------
    shape and dtype of `image`
        Values of the image itself, of 64-bit integers too. NaN where the window holds one.

    Raises
    ------
    TypeError
        `image` is no array of real numbers, or `size` or `fill` no number.
    ValueError
        `image` is empty or of a wrong rank; `size` is even or less than 1; `border` is unknown; `fill` is not finite
        although `image` holds integers.

    Notes
    -----
    Differentiable: each window hands its gradient to its median. On NumPy, small windows run through sorting networks
    that share sorted columns as in [1]_ and large ones through ranks [2]_; 5 x 5 and bytes under squares through
    OpenCV. All give the same values.

    References
    ----------
    .. [1] A. Adams, "Fast median filters using separable sorting networks", ACM Transactions on Graphics 40(4), 2021.
    .. [2] J. Suomela, "Median filtering is equivalent to sorting", arXiv:1406.1717, 2014.

    Examples
    --------
    >>> speck = np.zeros((5, 5), np.uint8); speck[2, 2] = 255
    >>> int(median(speck).max())
    0
    >>> tuple(median(torch.rand(3, 8, 9), (1, 5), border="edge").shape)
    (3, 8, 9)
    """
    check_image(image)
    pair = check_odd_size(size)
    value = check_border(border, fill, image)
    return window_median(image, pair, spatial_axes(image), border, value)  # type: ignore[no-any-return]
