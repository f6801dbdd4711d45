"""What erosion, dilation, opening and closing take away: contours, and details smaller than the footprint."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.morphology.footprints import check_footprint
from imgproc.primitives.difference import subtract_saturated
from imgproc.primitives.opening import window_closing, window_opening
from imgproc.primitives.window_span import window_span
from imgproc.typing import Array, ArrayT, Border


def morphological_gradient(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Subtract the eroded from the dilated image: the span of values around each pixel.

    Parameters
    ----------
    image : image or batch, any real dtype
    footprint : (rows, columns)
        As of `erode`; two pixels wide edges come of 3 x 3.
    border, fill
        As of `erode`.

    Returns
    -------
    shape and dtype of `image`
        Saturated where a difference leaves the range of an integer dtype. Of a mask, True where the two differ.

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] J.-F. Rivest, P. Soille and S. Beucher, "Morphological gradients", Journal of Electronic Imaging 2(4), 1993.

    Examples
    --------
    >>> morphological_gradient(np.array([[1, 1, 1, 6, 6, 6]]), [[1, 1, 1]]).tolist()
    [[0, 0, 5, 5, 0, 0]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    return window_span(image, cells, spatial_axes(image), border, outside)  # type: ignore[no-any-return]


def white_tophat(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Subtract the opening: what is bright and smaller than the footprint.

    Parameters
    ----------
    image : image or batch, any real dtype
    footprint : (rows, columns)
        As of `opening`.
    border, fill
        As of `opening`.

    Returns
    -------
    shape and dtype of `image`
        At least 0; saturated where a difference leaves the range of an integer dtype.

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] F. Meyer, "Iterative image transformations for an automatic screening of cervical smears", 1979.

    Examples
    --------
    >>> white_tophat(np.array([[1, 9, 1, 5, 5, 5, 0]]), [[1, 1, 1]]).tolist()
    [[0, 8, 0, 0, 0, 0, 0]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    opened = window_opening(image, cells, spatial_axes(image), border, outside)
    return subtract_saturated(image, opened, opened)  # type: ignore[no-any-return]


def black_tophat(image: ArrayT, footprint: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Subtract from the closing: what is dark and smaller than the footprint.

    Parameters
    ----------
    image : image or batch, any real dtype
    footprint : (rows, columns)
        As of `closing`.
    border, fill
        As of `closing`.

    Returns
    -------
    shape and dtype of `image`
        At least 0; saturated where a difference leaves the range of an integer dtype.

    Raises
    ------
    TypeError, ValueError
        As `erode`.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] F. Meyer, "Iterative image transformations for an automatic screening of cervical smears", 1979.

    Examples
    --------
    >>> black_tophat(np.array([[9, 1, 9, 9, 0, 0, 0]]), [[1, 1, 1]]).tolist()
    [[0, 8, 0, 0, 0, 0, 0]]
    """
    check_image(image)
    cells = check_footprint(footprint)
    outside = check_border(border, fill, image)
    closed = window_closing(image, cells, spatial_axes(image), border, outside)
    return subtract_saturated(closed, image, closed)  # type: ignore[no-any-return]
