"""Between the coded values of sRGB and linear light."""

from imgproc._checks import check_data_range, check_image
from imgproc.primitives.transfer import decode_srgb, encode_srgb
from imgproc.typing import ArrayT


def srgb_to_linear(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give linear light of coded values, so that sums and means are those of light.

    Parameters
    ----------
    image : any image or batch; any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        0 stays 0 and 1 stays 1; odd below 0 and not clipped above 1, so that `linear_to_srgb` gives the values back.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `data_range` no pair of numbers.
    ValueError
        `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, section 5.2.

    Examples
    --------
    >>> srgb_to_linear(np.array([[0.0, 0.5, 1.0]])).round(4).tolist()
    [[0.0, 0.214, 1.0]]
    """
    check_image(image)
    return decode_srgb(image, *check_data_range(data_range, image))  # type: ignore[no-any-return]


def linear_to_srgb(image: ArrayT, *, data_range: tuple[float, float] | None = None) -> ArrayT:
    """Give coded values of linear light: the inverse of `srgb_to_linear`.

    Parameters
    ----------
    image : any image or batch; any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
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
        `data_range` is missing or not increasing.

    Notes
    -----
    Differentiable; near black the curve is a line of slope 12.92, so gradients stay finite.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, section 5.2.

    Examples
    --------
    >>> linear_to_srgb(np.array([[0.0, 0.18, 1.0]])).round(4).tolist()
    [[0.0, 0.4614, 1.0]]
    """
    check_image(image)
    return encode_srgb(image, *check_data_range(data_range, image))  # type: ignore[no-any-return]
