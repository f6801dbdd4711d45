"""Hue, saturation and value."""

from typing import cast

from imgproc._array.layout import channel_axis
from imgproc._checks import check_data_range, check_rgb
from imgproc.primitives.color_spaces import hsv_of_rgb, rgb_of_hsv
from imgproc.typing import ArrayT


def rgb_to_hsv(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give hue, saturation and value of every pixel, all in [0, 1].

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        Hue in turns, 0 red, 1/3 green, 2/3 blue, 0 for gray; saturation (max - min) / max, 0 for black; the maximum.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable; at gray the gradient of hue and at black that of saturation are taken as 0. Nothing is clipped. A
    NaN makes its pixel NaN.

    References
    ----------
    .. [1] A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.

    Examples
    --------
    >>> rgb_to_hsv(np.array([[[255, 0, 0], [0, 102, 0], [51, 51, 51]]], np.uint8))[0].round(3).tolist()
    [[0.0, 1.0, 1.0], [0.3330000042915344, 1.0, 0.4000000059604645], [0.0, 0.0, 0.20000000298023224]]
    """
    check_rgb(image)
    low, high = check_data_range(data_range, image)
    return hsv_of_rgb(image, low, high, cast("int", channel_axis(image)))  # type: ignore[no-any-return]


def hsv_to_rgb(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give red, green and blue of hue, saturation and value: the inverse of `rgb_to_hsv`.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Hue in turns, any number of them; floats mean [0, 1], uint8 and uint16 their full range in every channel.
    data_range : (low, high), optional
        Values that mean 0 and 1; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        RGB, in [0, 1] where saturation and value are.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.

    Examples
    --------
    >>> hsv_to_rgb(np.array([[[0.5, 1.0, 1.0], [-0.5, 0.5, 1.0]]])).tolist()
    [[[0.0, 1.0, 1.0], [0.5, 1.0, 1.0]]]
    """
    check_rgb(image)
    low, high = check_data_range(data_range, image)
    return rgb_of_hsv(image, low, high, cast("int", channel_axis(image)))  # type: ignore[no-any-return]
