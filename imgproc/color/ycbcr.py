"""Luma and two colour differences, as video and JPEG store them."""

from typing import Literal, cast

from imgproc._array.layout import channel_axis
from imgproc._checks import check_choice, check_data_range, check_rgb
from imgproc.primitives.color_spaces import rgb_of_ycbcr, ycbcr_of_rgb
from imgproc.typing import ArrayT

# scale and offset of luma, then of chroma
LEVELS = {"full": (1.0, 0.0, 1.0, 0.5), "studio": (219 / 255, 16 / 255, 224 / 255, 128 / 255)}


def rgb_to_ycbcr(
    image: ArrayT,
    *,
    range: Literal["full", "studio"] = "full",  # noqa: A002
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Give Y', Cb and Cr of Rec. 601.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    range : "full" or "studio"
        Full: all three in [0, 1], chroma of gray 0.5. Studio: the levels of 8-bit video over 255, luma in
        [16, 235] / 255, chroma in [16, 240] / 255 about 128 / 255.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, `range` is none of the two, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable. Taken from the coded values, not from linear light.

    References
    ----------
    .. [1] ITU-R BT.601-7, sections 2.5.1 to 2.5.3.

    Examples
    --------
    >>> (255 * rgb_to_ycbcr(np.array([[[1.0, 0.0, 0.0]]]), range="studio")).round(1).tolist()
    [[[81.5, 90.2, 240.0]]]
    """
    check_rgb(image)
    check_choice(range, tuple(LEVELS), "range")
    low, high = check_data_range(data_range, image)
    return ycbcr_of_rgb(image, low, high, cast("int", channel_axis(image)), LEVELS[range])  # type: ignore[no-any-return]


def ycbcr_to_rgb(
    image: ArrayT,
    *,
    range: Literal["full", "studio"] = "full",  # noqa: A002
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Give red, green and blue of Y', Cb and Cr: the inverse of `rgb_to_ycbcr`.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats as `rgb_to_ycbcr` gives them, uint8 and uint16 over their full range.
    range : "full" or "studio"
        As in `rgb_to_ycbcr`.
    data_range : (low, high), optional
        Values that mean 0 and 1; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        RGB, not clipped.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, `range` is none of the two, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] ITU-R BT.601-7, sections 2.5.1 to 2.5.3.

    Examples
    --------
    >>> ycbcr_to_rgb(np.array([[[0.25, 0.5, 0.5]]])).tolist()
    [[[0.25, 0.25, 0.25]]]
    """
    check_rgb(image)
    check_choice(range, tuple(LEVELS), "range")
    low, high = check_data_range(data_range, image)
    return rgb_of_ycbcr(image, low, high, cast("int", channel_axis(image)), LEVELS[range])  # type: ignore[no-any-return]
