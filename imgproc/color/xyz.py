"""CIE XYZ, light as three sums over its spectrum."""

from typing import cast

from imgproc._array.layout import channel_axis
from imgproc._checks import check_data_range, check_rgb
from imgproc.primitives.color_spaces import rgb_of_xyz, xyz_of_rgb
from imgproc.typing import ArrayT


def rgb_to_xyz(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give CIE XYZ under D65 of sRGB, linearised first.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        White is (0.950456, 1, 1.088754).

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `image` has not three channels, or `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable. OpenCV and kornia skip the linearisation; `xyz_to_rgb` inverts this function, not theirs.

    References
    ----------
    .. [1] ITU-R BT.709-6, section 1 (primaries and white); IEC 61966-2-1:1999, section 5.2 (the transfer curve).

    Examples
    --------
    >>> rgb_to_xyz(np.full((1, 1, 3), 0.5)).round(4).tolist()
    [[[0.2034, 0.214, 0.233]]]
    """
    check_rgb(image)
    low, high = check_data_range(data_range, image)
    return xyz_of_rgb(image, low, high, cast("int", channel_axis(image)))  # type: ignore[no-any-return]


def xyz_to_rgb(image: ArrayT) -> ArrayT:
    """Give sRGB of CIE XYZ under D65: the inverse of `rgb_to_xyz`.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        X, Y and Z as they stand, Y of white 1.

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
    .. [1] ITU-R BT.709-6, section 1 (primaries and white); IEC 61966-2-1:1999, section 5.2 (the transfer curve).

    Examples
    --------
    >>> xyz_to_rgb(np.array([[[0.950456, 1.0, 1.088754]]])).round(12).tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    check_rgb(image)
    return rgb_of_xyz(image, 0.0, 1.0, cast("int", channel_axis(image)))  # type: ignore[no-any-return]
