"""CIE L*a*b*, where equal distances look about equally different."""

from typing import cast

from imgproc._array.layout import channel_axis
from imgproc._checks import check_data_range, check_rgb
from imgproc.primitives.color_spaces import lab_of_rgb, rgb_of_lab
from imgproc.typing import ArrayT


def rgb_to_lab(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give CIE L*a*b* under D65 of sRGB.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        L in [0, 100], a and b signed, within 110 for colours of sRGB. White is exactly (100, 0, 0), and every gray has
        a = b = 0.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable. The white of Lab is that of the RGB matrix, (0.950456, 1, 1.088754), so that white has no colour;
    scikit-image divides by (0.95047, 1, 1.08883) and has white at (100, -0.0025, 0.0047). Values outside [0, 1] are
    not clipped, those below 0 decoded as odd, so that `lab_to_rgb` returns them. A NaN makes its pixel NaN.

    References
    ----------
    .. [1] CIE 15:2004, "Colorimetry", section 8.2.1; the constants are the fractions 216/24389 and 841/108.
    .. [2] IEC 61966-2-1:1999, section 5.2 (the transfer curve of sRGB).

    Examples
    --------
    >>> rgb_to_lab(np.array([[[255, 255, 255], [255, 0, 0]]], np.uint8)).round(2).tolist()[0][0]
    [100.0, 0.0, 0.0]
    """
    check_rgb(image)
    low, high = check_data_range(data_range, image)
    return lab_of_rgb(image, low, high, cast("int", channel_axis(image)))  # type: ignore[no-any-return]


def lab_to_rgb(image: ArrayT) -> ArrayT:
    """Give sRGB of CIE L*a*b* under D65: the inverse of `rgb_to_lab`.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        L, a and b as they stand, L of white 100.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        RGB, white 1. Colours outside the gamut lie outside [0, 1]: clip them, or let `arrays.to_uint8` do so.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` has not three channels.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] CIE 15:2004, "Colorimetry", section 8.2.1.

    Examples
    --------
    >>> lab_to_rgb(np.array([[[100.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])).tolist()
    [[[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]]
    """
    check_rgb(image)
    return rgb_of_lab(image, 0.0, 1.0, cast("int", channel_axis(image)))  # type: ignore[no-any-return]
