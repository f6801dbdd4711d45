"""Opening and closing: what a footprint does not fit into goes, the rest stays as it was."""

from typing import Any

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.morphology.footprints import check_footprint, mirrored
from imgproc.primitives.borders import fill_value, pad
from imgproc.primitives.rank import Footprint, window_maximum, window_minimum
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
    return open_image(image, cells, border, outside)  # type: ignore[no-any-return]


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
    return close_image(image, cells, border, outside)  # type: ignore[no-any-return]


def open_image(image: Any, footprint: Footprint, border: Border, fill: float) -> Any:
    """Erode, then dilate, the extended image; arguments are checked."""
    return _in_turn(image, footprint, border, fill, window_minimum, footprint, window_maximum, mirrored(footprint))


def close_image(image: Any, footprint: Footprint, border: Border, fill: float) -> Any:
    """Dilate, then erode, the extended image; arguments are checked."""
    return _in_turn(image, footprint, border, fill, window_maximum, mirrored(footprint), window_minimum, footprint)


def _in_turn(
    image: Any, footprint: Footprint, border: Border, fill: float, first: Any, before: Footprint, second: Any,
    after: Footprint,
) -> Any:  # fmt: skip
    axes = spatial_axes(image)
    is_even_handed = footprint == footprint[::-1] == tuple(line[::-1] for line in footprint)
    has_middle = len(footprint) % 2 == len(footprint[0]) % 2 == 1
    if border == "wrap" or (border in ("reflect", "symmetric") and is_even_handed and has_middle):
        # the extended result of the first step is the result of the extended image
        return second(first(image, before, axes, border, fill), after, axes, border, fill)
    reach = len(footprint) - 1, len(footprint[0]) - 1
    extended = pad(image, axes, ((reach[0],) * 2, (reach[1],) * 2), border, fill_value(fill, image))
    wide = second(first(extended, before, axes, "edge", 0.0), after, axes, "edge", 0.0)
    inside = [slice(None)] * image.ndim
    for axis, width in zip(axes, reach, strict=True):
        inside[axis] = slice(width, width + image.shape[axis])
    return wide[tuple(inside)]
