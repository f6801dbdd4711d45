"""Corner responses: two numbers that are great where the image changes in every direction."""

from typing import Any

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_border, check_gray, check_number
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives.corner_response import corner_response
from imgproc.typing import ArrayT, Border

_SMOOTHING = (0.25, 0.5, 0.25)
_DERIVATIVE = (-0.5, 0.0, 0.5)
_TRUNCATE = 4.0


def harris(
    image: ArrayT, sigma: float = 1.0, *, k: float = 0.05, border: Border = "reflect", fill: float = 0.0
) -> ArrayT:
    """Measure how much of a corner every pixel is, as Harris and Stephens do: det - k trace² of the structure tensor.

    Parameters
    ----------
    image : (H, W), or an image or batch of one channel; any real dtype
    sigma : pixels, > 0
        Width of the Gaussian over which the tensor is averaged: the size of the corners looked for.
    k : 0 to 1/4
        What straight edges are held down by; 0.04 to 0.06 are usual. At 1/4 no corner is left.
    border, fill
        What lies beyond the edge of the image; `fill` is the value of "constant". The tensor is continued by the same
        word, and is 0 beyond the edge for "constant".

    Returns
    -------
    float32 or float64, (H, W) or (N, H, W, 1); torch (N, 1, H, W)
        Positive at corners, negative along edges, 0 where the image is flat; (intensity per pixel)⁴.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or has several channels; `sigma` or `k` is out of range; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. The tensor holds the products of Sobel's derivatives at unit slope. With squares of both its
    eigenvalues in it, the response of a picture twice as bright is 16 times as great: set thresholds relative to the
    greatest, as `corners` does. For the same `sigma`, scikit-image's `corner_harris` of a float image is 4096 times as
    great, since Sobel's kernels are not scaled to unit slope there.

    References
    ----------
    .. [1] C. Harris and M. Stephens, "A combined corner and edge detector", Alvey Vision Conference, 1988, section 3.

    Examples
    --------
    >>> square = np.zeros((16, 16)); square[6:, 6:] = 1
    >>> response = harris(square)
    >>> [index.item() for index in np.unravel_index(response.argmax(), response.shape)]
    [6, 6]
    >>> bool(response[12, 6] < 0), response[0, 0].item()
    (True, 0.0)
    """
    check_gray(image)
    weight = check_number(k, "k", at_least=0.0, at_most=0.25)
    return _respond(image, sigma, weight, border, fill)  # type: ignore[no-any-return]


def shi_tomasi(image: ArrayT, sigma: float = 1.0, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Measure how much of a corner every pixel is, as Shi and Tomasi do: the lesser eigenvalue of the structure tensor.

    Parameters
    ----------
    image : (H, W), or an image or batch of one channel; any real dtype
    sigma : pixels, > 0
        Width of the Gaussian over which the tensor is averaged: the size of the corners looked for.
    border, fill
        What lies beyond the edge of the image; `fill` is the value of "constant". The tensor is continued by the same
        word, and is 0 beyond the edge for "constant".

    Returns
    -------
    float32 or float64, (H, W) or (N, H, W, 1); torch (N, 1, H, W)
        (Intensity per pixel)²: how steep the image is, on average, in the direction in which it is least so. 0 along
        straight edges and where the image is flat, up to rounding.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `sigma` is no number.
    ValueError
        `image` is empty or has several channels; `sigma` is out of range; `border` or `fill` is no border.

    Notes
    -----
    Differentiable; where both eigenvalues agree, the gradient is that of their mean. The tensor holds the products of
    Sobel's derivatives at unit slope.

    References
    ----------
    .. [1] J. Shi and C. Tomasi, "Good features to track", CVPR 1994, section 3.

    Examples
    --------
    >>> square = np.zeros((16, 16)); square[6:, 6:] = 1
    >>> response = shi_tomasi(square)
    >>> [index.item() for index in np.unravel_index(response.argmax(), response.shape)]
    [6, 6]
    >>> round(response[12, 6].item(), 6), response[0, 0].item()
    (0.0, 0.0)
    """
    check_gray(image)
    return _respond(image, sigma, None, border, fill)  # type: ignore[no-any-return]


def _respond(image: Any, sigma: Any, k: float | None, border: Border, fill: Any) -> Any:
    outside = check_border(border, fill, image)
    width, cut = check_sigma(sigma, _TRUNCATE, above=0.0)
    window = gaussian_weights(width, cut, 0)
    axes = spatial_axes(image)
    return drop_channel(corner_response(image, _SMOOTHING, _DERIVATIVE, window, k, axes, border, outside))
