"""The Laplacian, of five points and of a smoothed image."""

from imgproc._array.dtypes import work_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives.correlate_sum import Product, correlate_sum
from imgproc.typing import ArrayT, Border

_FIVE_POINTS = (((1.0, -2.0, 1.0), (1.0,)), ((1.0,), (1.0, -2.0, 1.0)))


def laplacian(image: ArrayT, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Add up the second derivatives along x and y: the four neighbours minus four times the pixel.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`
        Intensity per pixel²: 4 on x² + y². Positive in dark spots, negative in bright ones.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. scikit-image's `laplace` has the opposite sign.

    Examples
    --------
    >>> y, x = np.mgrid[:3, :4]
    >>> laplacian(x**2 + y**2)[1, 1:3].tolist()
    [4.0, 4.0]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    return correlate_sum(image, _FIVE_POINTS, spatial_axes(image), border, outside, work_dtype(image))  # type: ignore[no-any-return]


def laplacian_of_gaussian(
    image: ArrayT, sigma: float, *, truncate: float = 4.0, border: Border = "reflect", fill: float = 0.0
) -> ArrayT:
    """Smooth with a Gaussian and take the Laplacian, in one pass.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma : pixels, > 0
        Standard deviation of the Gaussian.
    truncate : sigmas, > 0
        The sampled kernel reaches floor(truncate * sigma + 1/2) pixels, at least 1.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`
        Intensity per pixel²: 4 on x² + y², exactly 0 where the image is constant. Negative on bright blobs; a disk of
        radius r answers most at sigma = r / sqrt(2), by sigma**2 times this result.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `sigma` or `truncate` no number.
    ValueError
        `image` is empty or of another rank; `sigma` or `truncate` is not positive; `border` or `fill` is no border.

    Notes
    -----
    Differentiable. Sum of `gaussian` of orders (2, 0) and (0, 2), whose taps are exact on polynomials; sampled
    derivatives without that correction, as SciPy's `gaussian_laplace`, miss the 4 by some thousandths, and
    are not zero on constants.

    References
    ----------
    .. [1] D. Marr and E. Hildreth, "Theory of edge detection", Proc. R. Soc. B 207, 1980, section 2.

    Examples
    --------
    >>> y, x = np.mgrid[:9, :9]
    >>> laplacian_of_gaussian(x**2 + y**2, 1.0)[4, 4].round(12).item()
    4.0
    """
    check_image(image)
    outside = check_border(border, fill, image)
    products = laplacian_of_gaussian_products(sigma, truncate)
    return correlate_sum(image, products, spatial_axes(image), border, outside, work_dtype(image))  # type: ignore[no-any-return]


def laplacian_of_gaussian_products(sigma: float, truncate: float) -> tuple[Product, Product]:
    """Check the two and return the kernels whose correlations add up to the Laplacian of a Gaussian."""
    width, cut = check_sigma(sigma, truncate, above=0.0)
    smoothing, bending = gaussian_weights(width, cut), gaussian_weights(width, cut, 2)
    return (bending, smoothing), (smoothing, bending)
