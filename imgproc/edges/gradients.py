"""First derivatives at unit slope, and their length and direction."""

from typing import Literal

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_array, check_border, check_choice, check_image, check_same_shape
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives import gradient as primitive
from imgproc.typing import ArrayT, Border

CENTRAL_DIFFERENCE = (-0.5, 0.0, 0.5)
SMOOTHING = {
    "sobel": (0.25, 0.5, 0.25),
    "scharr": (3 / 16, 10 / 16, 3 / 16),
    "prewitt": (1 / 3, 1 / 3, 1 / 3),
}
"""Each sums to 1, so that the ramp f(x, y) = x has the slope 1."""


def sobel(image: ArrayT, *, border: Border = "reflect", fill: float = 0.0) -> tuple[ArrayT, ArrayT]:
    """Differentiate along x and y with Sobel's kernel, 1/8 of [-1 0 1] × [1 2 1].

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    gx, gy : float32 or float64, shape of `image`
        Intensity per pixel; the ramp f(x, y) = x gives gx = 1.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. Both derivatives are exact for polynomials of degree 2.

    References
    ----------
    .. [1] I. Sobel and G. Feldman, "An isotropic 3x3 image gradient operator", Stanford AI Project, 1968.

    Examples
    --------
    >>> ramp = np.arange(4.0) * np.ones((3, 1))
    >>> gx, gy = sobel(ramp, border="edge")
    >>> gx[1].tolist(), gy[1].tolist()
    ([0.5, 1.0, 1.0, 0.5], [0.0, 0.0, 0.0, 0.0])
    """
    return _gradient(image, "sobel", border, fill)


def scharr(image: ArrayT, *, border: Border = "reflect", fill: float = 0.0) -> tuple[ArrayT, ArrayT]:
    """Differentiate along x and y with Scharr's kernel, 1/32 of [-1 0 1] × [3 10 3].

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    gx, gy : float32 or float64, shape of `image`
        Intensity per pixel; the ramp f(x, y) = x gives gx = 1.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. Its direction errs less than Sobel's on patterns a few pixels wide.

    References
    ----------
    .. [1] H. Scharr, "Optimal operators in digital image processing", PhD thesis, Heidelberg, 2000, section 9.

    Examples
    --------
    >>> step = np.zeros((3, 4)); step[:, 2:] = 1
    >>> scharr(step)[0][1].tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    return _gradient(image, "scharr", border, fill)


def prewitt(image: ArrayT, *, border: Border = "reflect", fill: float = 0.0) -> tuple[ArrayT, ArrayT]:
    """Differentiate along x and y with Prewitt's kernel, 1/6 of [-1 0 1] × [1 1 1].

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    gx, gy : float32 or float64, shape of `image`
        Intensity per pixel; the ramp f(x, y) = x gives gx = 1.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. It is the slope of the plane fitted to the 3×3 window by least squares.

    References
    ----------
    .. [1] J. M. S. Prewitt, "Object enhancement and extraction", in Picture Processing and Psychopictorics, 1970.

    Examples
    --------
    >>> step = np.zeros((3, 4)); step[:, 2:] = 1
    >>> prewitt(step)[0][1].round(12).tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    return _gradient(image, "prewitt", border, fill)


def _gradient(image: ArrayT, kernel: str, border: Border, fill: float) -> tuple[ArrayT, ArrayT]:
    check_image(image)
    outside = check_border(border, fill, image)
    return primitive.gradient(image, SMOOTHING[kernel], CENTRAL_DIFFERENCE, spatial_axes(image), border, outside)


def gaussian_gradient(
    image: ArrayT, sigma: float, *, truncate: float = 4.0, border: Border = "reflect", fill: float = 0.0
) -> tuple[ArrayT, ArrayT]:
    """Differentiate along x and y at the scale `sigma`: derivatives of a Gaussian-smoothed image.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma : pixels, > 0
        Width of the Gaussian.
    truncate : sigmas, > 0
        The sampled kernel reaches floor(truncate * sigma + 1/2) pixels, at least 1.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    gx, gy : float32 or float64, shape of `image`
        Intensity per pixel; the taps are scaled so that the ramp f(x, y) = x gives gx = 1 exactly.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `sigma` or `truncate` no number.
    ValueError
        `image` is empty or of another rank; `sigma` or `truncate` is not positive; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. A sharp step of height A peaks at about A / (sigma sqrt(2 pi)).

    References
    ----------
    .. [1] J. Canny, "A computational approach to edge detection", PAMI 8(6), 1986, section VI.

    Examples
    --------
    >>> ramp = np.arange(9.0) * np.ones((9, 1))
    >>> gaussian_gradient(ramp, 1.0)[0][4, 4].round(12).item()
    1.0
    """
    check_image(image)
    outside = check_border(border, fill, image)
    smoothing, derivative = gradient_weights(*check_sigma(sigma, truncate, above=0.0))
    return primitive.gradient(image, smoothing, derivative, spatial_axes(image), border, outside)


def gradient_weights(sigma: float, truncate: float = 4.0) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the taps of a Gaussian and of its derivative, of one length."""
    derivative = gaussian_weights(sigma, truncate, 1)
    smoothing = gaussian_weights(sigma, truncate)
    missing = (len(derivative) - len(smoothing)) // 2
    return (0.0,) * missing + smoothing + (0.0,) * missing, derivative


def magnitude(gx: ArrayT, gy: ArrayT) -> ArrayT:
    """Return the length of the gradient, sqrt(gx² + gy²).

    Parameters
    ----------
    gx, gy : arrays of one kind and shape, any real dtype

    Returns
    -------
    float32 or float64, shape of `gx`
        Right also where a square would leave the range of the float.

    Raises
    ------
    TypeError
        They are of different libraries, or of no real dtype.
    ValueError
        Their shapes differ, or they are empty.

    Notes
    -----
    Differentiable; the gradient at (0, 0) is 0.

    Examples
    --------
    >>> magnitude(np.array([[3.0, 0.0]]), np.array([[4.0, 0.0]])).tolist()
    [[5.0, 0.0]]
    """
    _check_pair(gx, gy)
    return primitive.magnitude(gx, gy)  # type: ignore[no-any-return]


def direction(gx: ArrayT, gy: ArrayT) -> ArrayT:
    """Return the direction of steepest ascent, atan2(gy, gx), from +x towards +y (down).

    Parameters
    ----------
    gx, gy : arrays of one kind and shape, any real dtype

    Returns
    -------
    float32 or float64, shape of `gx`
        Radians in [-pi, pi]; 0 where both are 0.

    Raises
    ------
    TypeError
        They are of different libraries, or of no real dtype.
    ValueError
        Their shapes differ, or they are empty.

    Notes
    -----
    Differentiable, with a finite gradient at (0, 0).

    Examples
    --------
    >>> direction(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])).round(4).tolist()
    [[1.5708, 0.0]]
    """
    _check_pair(gx, gy)
    return primitive.direction(gx, gy)  # type: ignore[no-any-return]


def _check_pair(gx: ArrayT, gy: ArrayT) -> None:
    check_array(gx, "gx")
    check_array(gy, "gy")
    check_same_shape(gx=gx, gy=gy)


def gradient_magnitude(
    image: ArrayT,
    *,
    kernel: Literal["sobel", "scharr", "prewitt"] = "sobel",
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Return the length of the gradient of an image in one pass, without the two derivatives in between.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    kernel : "sobel", "scharr" or "prewitt"
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`
        Intensity per pixel; equal to `magnitude(*sobel(image))`.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank; `kernel`, `border` or `fill` is none of theirs.

    Notes
    -----
    Differentiable; the gradient at flat places is 0.

    Examples
    --------
    >>> step = np.zeros((3, 4)); step[:, 2:] = 1
    >>> gradient_magnitude(step)[1].tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    check_image(image)
    check_choice(kernel, tuple(SMOOTHING), "kernel")
    outside = check_border(border, fill, image)
    axes = spatial_axes(image)
    return primitive.gradient_magnitude(image, SMOOTHING[kernel], CENTRAL_DIFFERENCE, axes, border, outside)  # type: ignore[no-any-return]
