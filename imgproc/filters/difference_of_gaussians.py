"""Details between two scales."""

from imgproc._array.dtypes import work_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives.correlate_sum import correlate_sum
from imgproc.typing import ArrayT, Border

_RATIO = 1.6
"""Of the widths, where the difference is closest to a Laplacian for its bandwidth (Marr and Hildreth, appendix B)."""


def difference_of_gaussians(
    image: ArrayT,
    low_sigma: float,
    high_sigma: float | None = None,
    *,
    truncate: float = 4.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Keep details between two scales: a narrow Gaussian minus a wide one, in one pass.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    low_sigma : pixels, >= 0
        Width of the narrow Gaussian; 0 leaves the image as it is.
    high_sigma : pixels, > low_sigma, optional
        Width of the wide one; by default 1.6 `low_sigma`.
    truncate : sigmas, > 0
        Both kernels reach floor(truncate * sigma + 1/2) pixels.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`
        Positive on bright blobs; 0 on constants to rounding.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `high_sigma` is not above `low_sigma`; `truncate`, `border` or `fill` is
        out of range.

    Notes
    -----
    Differentiable. Divided by (high_sigma² - low_sigma²) / 2 it approximates the negative Laplacian of a Gaussian.

    References
    ----------
    .. [1] D. Marr and E. Hildreth, "Theory of edge detection", Proc. R. Soc. B 207, 1980, appendix B.

    Examples
    --------
    >>> spot = np.zeros((9, 9)); spot[4, 4] = 1
    >>> details = difference_of_gaussians(spot, 0.5, 1.0)
    >>> bool(details[4, 4] > 0), bool(details[4, 6] < 0)
    (True, True)
    """
    check_image(image)
    outside = check_border(border, fill, image)
    narrow, cut = check_sigma(low_sigma, truncate, "low_sigma")
    wide, _ = check_sigma(_RATIO * narrow if high_sigma is None else high_sigma, cut, "high_sigma")
    if wide <= narrow:
        raise ValueError(f"high_sigma must be above low_sigma, got {high_sigma!r} and {low_sigma!r}")
    inner, outer = gaussian_weights(narrow, cut), gaussian_weights(wide, cut)
    products = ((inner, inner), (tuple(-w for w in outer), outer))
    return correlate_sum(image, products, spatial_axes(image), border, outside, work_dtype(image))  # type: ignore[no-any-return]
