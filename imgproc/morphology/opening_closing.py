"""Opening and closing: what a footprint does not fit into goes, the rest stays as it was."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.morphology.footprints import check_footprint
from imgproc.primitives.opening import window_closing, window_opening
from imgproc.typing import Array, ArrayT, Border


def opening(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Remove what is bright and smaller than the footprint: erode, then dilate.

    Parameters
    ----------
    image : image or batch, any real dtype
        Each channel is opened by itself. A mask keeps the union of all footprints that fit into it.
    footprint : (rows, columns)
        As of `erode`. Where its anchor lies does not matter.
    border, fill
        As of `erode`. The image is extended once, before both steps, so that no pixel becomes brighter, whatever the
        border.

    Returns
    -------
    shape and dtype of `image`

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable. Never above the image, and the same once more: a second opening changes nothing if the border wraps
    round or is constant, or mirrors a footprint that is its own mirror image, left to right and top to bottom.

    References
    ----------
    .. [1] J. Serra, "Image Analysis and Mathematical Morphology", 1982, chapters II and XII.

    Examples
    --------
    >>> opening(np.array([[0, 9, 0, 5, 5, 5, 0]]), [[1, 1, 1]]).tolist()
    [[0, 0, 0, 5, 5, 5, 0]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    return window_opening(image, cells, spatial_axes(image), border, outside)  # type: ignore[no-any-return]


def closing(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Fill what is dark and smaller than the footprint: dilate, then erode.

    Parameters
    ----------
    image : image or batch, any real dtype
        Each channel is closed by itself.
    footprint : (rows, columns)
        As of `erode`. Where its anchor lies does not matter.
    border, fill
        As of `erode`. The image is extended once, before both steps, so that no pixel becomes darker, whatever the
        border.

    Returns
    -------
    shape and dtype of `image`

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable. Never below the image, and the same once more, as `opening`. With a constant border of 0, OpenCV and
    SciPy darken the edge here: they extend the dilated image anew.

    References
    ----------
    .. [1] J. Serra, "Image Analysis and Mathematical Morphology", 1982, chapters II and XII.

    Examples
    --------
    >>> closing(np.array([[5, 0, 5, 0, 0, 0, 5]]), [[1, 1, 1]]).tolist()
    [[5, 5, 5, 0, 0, 0, 5]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    return window_closing(image, cells, spatial_axes(image), border, outside)  # type: ignore[no-any-return]
