"""Edges where the second derivative changes sign."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_number
from imgproc.filters.laplacian import laplacian_of_gaussian_products
from imgproc.primitives.zero_crossings import sum_crossings
from imgproc.typing import ArrayT, Border


def laplacian_zero_crossings(
    image: ArrayT,
    sigma: float,
    *,
    threshold: float = 0.0,
    truncate: float = 4.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Find edges as closed curves: where the smoothed Laplacian changes sign.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma : pixels, > 0
        Width of the Gaussian; larger sees only broader edges.
    threshold : intensity per pixel², >= 0
        A change of sign counts if the two sides differ by more than this.
    truncate : sigmas, > 0
        The sampled kernel reaches floor(truncate * sigma + 1/2) pixels, at least 1.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    bool, shape of `image`
        True on the pixel of each change that is nearer to zero (of equals, the one towards -x or -y). A NaN is no edge.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `sigma`, `threshold`, `truncate`, `border` or `fill` is out of range.

    Notes
    -----
    Not differentiable. `laplacian_of_gaussian` is exactly zero on constants, so that flat places give no edges. A sharp
    step of height A changes by up to A / (2 sigma**3) from pixel to pixel.

    References
    ----------
    .. [1] D. Marr and E. Hildreth, "Theory of edge detection", Proc. R. Soc. B 207, 1980, section 2.

    Examples
    --------
    >>> step = np.zeros((3, 8)); step[:, 4:] = 1
    >>> np.flatnonzero(laplacian_zero_crossings(step, 1.0)[1]).tolist()
    [3]
    """
    least = check_number(threshold, "threshold", at_least=0.0)
    check_image(image)
    outside = check_border(border, fill, image)
    products = laplacian_of_gaussian_products(sigma, truncate)
    return sum_crossings(image, products, spatial_axes(image), border, outside, least)  # type: ignore[no-any-return]
