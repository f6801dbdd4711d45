"""Erosion and dilation: the least and the greatest value under a footprint."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.morphology.footprints import check_footprint
from imgproc.primitives.rank import mirrored, window_maximum, window_minimum
from imgproc.typing import Array, ArrayT, Border


def erode(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Give each pixel the least value under the footprint: what is bright shrinks.

    Parameters
    ----------
    image : image or batch, any real dtype
        Each channel is eroded by itself. A mask keeps the pixels around which the footprint fits.
    footprint : (rows, columns)
        The cells that are not zero count; the cell at (rows // 2, columns // 2) lies on the pixel. NumPy or nested
        lists for any kind of image; one on a device is copied to the host, which waits for it.
    border : {"reflect", "symmetric", "edge", "wrap", "constant"}
        What lies beyond the edge of the image. Under disks and rectangles of odd sides the first three add no value of
        their own: only pixels of the image count.
    fill : value of the image
        What "constant" means, rounded to an integer image's values and saturated: at least the greatest value of the
        image, it does not count in erosion, at most the least, not in dilation.

    Returns
    -------
    shape and dtype of `image`
        Values of the image itself, of 64-bit integers too. NaN where the footprint holds one.

    Raises
    ------
    TypeError
        `image` is no array of real numbers; `footprint` holds none; `fill` is no number.
    ValueError
        `image` is empty or of a wrong rank; `footprint` is not two-dimensional or holds no cell that is not zero;
        `border` is unknown; `fill` is not finite although `image` holds integers.

    Notes
    -----
    Differentiable: each pixel hands its gradient to the pixel whose value it took. With `dilate` it is a pair (an
    adjunction): ``dilate(a) <= b`` holds everywhere just if ``a <= erode(b)`` does, where the border does not count or
    wraps round.

    References
    ----------
    .. [1] J. Serra, "Image Analysis and Mathematical Morphology", 1982, chapters II and XII.

    Examples
    --------
    >>> erode(np.array([[3, 1, 4, 1, 5, 9]]), [[1, 1, 1]]).tolist()
    [[1, 1, 1, 1, 1, 5]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    return window_minimum(image, cells, spatial_axes(image), border, outside)  # type: ignore[no-any-return]


def dilate(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Give each pixel the greatest value under the mirrored footprint: what is bright grows.

    Parameters
    ----------
    image : image or batch, any real dtype
        Each channel is dilated by itself. A mask becomes the union of footprints placed on its pixels.
    footprint : (rows, columns)
        As of `erode`; it is turned by half a turn about its anchor, so a single bright pixel becomes the footprint.
    border, fill
        As of `erode`.

    Returns
    -------
    shape and dtype of `image`
        Values of the image itself, of 64-bit integers too. NaN where the footprint holds one.

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable: each pixel hands its gradient to the pixel whose value it took. SciPy and scikit-image mirror as
    well, OpenCV does not.

    References
    ----------
    .. [1] J. Serra, "Image Analysis and Mathematical Morphology", 1982, chapters II and XII.

    Examples
    --------
    >>> dilate(np.array([[0, 0, 7, 0, 0]]), [[0, 1, 1]]).tolist()
    [[0, 0, 7, 7, 0]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    return window_maximum(image, mirrored(cells), spatial_axes(image), border, outside)  # type: ignore[no-any-return]
