"""Sharpening."""

from imgproc._array.dtypes import image_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_number
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives.correlate_sum import correlate_sum
from imgproc.typing import ArrayT, Border


def unsharp_mask(
    image: ArrayT,
    sigma: float,
    *,
    amount: float = 1.0,
    truncate: float = 4.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Sharpen by adding `amount` times the detail finer than `sigma`.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma : pixels, >= 0
        Width of the Gaussian; the detail is what it takes away.
    amount : float
        0 leaves the image as it is, -1 gives the Gaussian.
    truncate : sigmas, > 0
        The sampled kernel reaches floor(truncate * sigma + 1/2) pixels.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        image + amount * (image - gaussian(image, sigma)), rounded and saturated once for integers; floats are not
        clipped.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `sigma`, `amount`, `truncate`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> step = np.zeros((1, 6), np.uint8); step[:, 3:] = 100
    >>> unsharp_mask(step + 50, 0.5, border="edge").tolist()
    [[50, 50, 39, 161, 150, 150]]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    width, cut = check_sigma(sigma, truncate)
    strength = check_number(amount, "amount")
    weights = gaussian_weights(width, cut)
    products = (((1.0 + strength,), (1.0,)), (tuple(-strength * w for w in weights), weights))
    return correlate_sum(image, products, spatial_axes(image), border, outside, image_dtype(image))  # type: ignore[no-any-return]
