"""The cosine transform of images."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_image
from imgproc.primitives.cosine_transform import cosine_transform
from imgproc.typing import ArrayT


def dct2(image: ArrayT) -> ArrayT:
    """Compute the orthonormal cosine transform of each channel.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Of any size, odd ones too.

    Returns
    -------
    float32, shape of `image`
        float64 for float64 and integers of 32 bits and more. Entry (k, l) holds k / 2H cycles per pixel in y and l / 2W
        in x; (0, 0) is the mean times sqrt(H W). Energy is kept: the squares sum to those of the image.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank.

    Notes
    -----
    Differentiable. Type II, the transform of JPEG.

    References
    ----------
    .. [1] J. Makhoul, "A fast cosine transform in one and two dimensions", IEEE Trans. ASSP 28(1), 1980, section II.

    Examples
    --------
    >>> dct2(np.array([[1.0, 1.0, 1.0, 1.0]])).round(12).tolist()
    [[2.0, 0.0, 0.0, 0.0]]
    """
    check_image(image)
    return cosine_transform(image, spatial_axes(image), inverse=False)  # type: ignore[no-any-return]


def idct2(coefficients: ArrayT) -> ArrayT:
    """Return the image whose orthonormal cosine transform is given.

    Parameters
    ----------
    coefficients : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        What `dct2` gives.

    Returns
    -------
    float32, shape of `coefficients`
        float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        `coefficients` is no array of a real dtype.
    ValueError
        `coefficients` is empty or of another rank.

    Notes
    -----
    Differentiable. The inverse of `dct2` is its transpose (type III).

    Examples
    --------
    >>> idct2(np.array([[2.0, 0.0, 0.0, 0.0]])).round(12).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    check_image(coefficients, "coefficients")
    return cosine_transform(coefficients, spatial_axes(coefficients), inverse=True)  # type: ignore[no-any-return]
