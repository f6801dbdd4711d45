"""The mean of a window."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_odd_size
from imgproc.primitives.window_mean import window_mean
from imgproc.typing import ArrayT, Border


def box(image: ArrayT, size: int | tuple[int, int] = 3, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Replace each pixel by the mean of the window around it.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    size : odd, pixels
        The side of a square window, or its (height, width).
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `size` or `fill` no number.
    ValueError
        `image` is empty or of another rank; `size` is even or less than 1; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. The cost hardly depends on `size`, yet no sum runs on from window to window: a NaN reaches exactly
    the windows that hold it, and rounding errors do not pile up along a row as in `scipy.ndimage.uniform_filter`.

    References
    ----------
    .. [1] M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels",
       Pattern Recognition Letters 13(7), 1992, section 2: windows as two parts of blocks.

    Examples
    --------
    >>> box(np.array([[0, 0, 6, 0, 0]], np.uint8), (1, 3)).tolist()
    [[0, 2, 2, 2, 0]]
    """
    check_image(image)
    pair = check_odd_size(size)
    outside = check_border(border, fill, image)
    return window_mean(image, pair, spatial_axes(image), border, outside)  # type: ignore[no-any-return]
