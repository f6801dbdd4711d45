"""Structural similarity."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_number, check_span
from imgproc.filters.gaussian import check_sigma
from imgproc.metrics.mse import check_pair, per_image
from imgproc.primitives.decimate import decimate
from imgproc.primitives.structural_similarity import structural_similarity
from imgproc.typing import ArrayT

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of five scales, finest first: Wang et al. 2003, section 3.2."""


def ssim(
    first: ArrayT,
    second: ArrayT,
    *,
    sigma: float = 1.5,
    truncate: float = 3.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_range: float | tuple[float, float] | None = None,
) -> ArrayT:
    """Compare the light, contrast and structure of two images window by window.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); one real dtype
        Of one shape.
    sigma : pixels, > 0
        Of the Gaussian window.
    truncate : sigmas, > 0
        The window reaches floor(truncate * sigma + 1/2) pixels: 11 x 11 by default.
    k1, k2 : >= 0
        The constants that steady the ratios are (k1 * span)² and (k2 * span)².
    data_range : number or (low, high), optional
        The span of the values, or black and white. Floats, masks, uint8 and uint16 have one of their own ([0, 1] for
        floats), other integers need it.

    Returns
    -------
    float32, () or (N,)
        From -1 to 1, exactly 1 for equal images: the mean over all windows that fit, and over the channels; float64 for
        float64 and integers of 32 bits and more. NaN where an image holds one.

    Raises
    ------
    TypeError
        The images are no arrays of one library and one real dtype, or a parameter is no number.
    ValueError
        They are empty, of another rank or of two shapes; `sigma`, `truncate`, `k1`, `k2` or `data_range` is out of
        range.

    Notes
    -----
    Differentiable. The definition of the paper: variances of the population, no part of a window outside the image.
    Along a side shorter than the window it reaches into the mirrored border.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image quality assessment: from error visibility to
       structural similarity", IEEE Trans. Image Processing 13(4), 2004, section III.B.

    Examples
    --------
    >>> flat = np.full((16, 16), 0.5)
    >>> float(ssim(flat, flat)), round(float(ssim(flat, flat + 0.1)), 4)
    (1.0, 0.9836)
    """
    check_pair(first, second)
    weights = _window(sigma, truncate)
    found, _ = _similarity(first, second, weights, _constants(k1, k2, check_span(data_range, first)))
    return cast_to(per_image(first, found), work_dtype(first))  # type: ignore[no-any-return]


def ms_ssim(
    first: ArrayT,
    second: ArrayT,
    *,
    weights: Sequence[float] = WEIGHTS,
    sigma: float = 1.5,
    truncate: float = 3.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_range: float | tuple[float, float] | None = None,
) -> ArrayT:
    """Compare the structure of two images at several scales.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); one real dtype
        Of one shape.
    weights : numbers > 0, finest scale first
        Exponents of the scales; each halves the one before.
    sigma, truncate, k1, k2, data_range
        As in `ssim`.

    Returns
    -------
    float32, () or (N,)
        From 0 to 1, exactly 1 for equal images: the product, over the scales, of the mean factor of contrast and
        structure to the power of its weight, of which the coarsest has light too; averaged over the channels. float64
        for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        The images are no arrays of one library and one real dtype, or a parameter is no number.
    ValueError
        They are empty, of another rank, of two shapes, or too small to be halved so often; a parameter is out of range.

    Notes
    -----
    Differentiable. Scales are halved by averaging squares of four pixels, an odd last row or column left out. A mean
    factor below 0, of images that are each other's negatives, counts as 0.

    References
    ----------
    .. [1] Z. Wang, E. P. Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality assessment",
       Asilomar Conf. Signals, Systems and Computers, 2003, equation 7.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((64, 64))
    >>> float(ms_ssim(image, image)), bool(ms_ssim(image, image[::-1]) < 0.1)
    (1.0, True)
    """
    check_pair(first, second)
    exponents = _check_weights(weights)
    window, constants = _window(sigma, truncate), _constants(k1, k2, check_span(data_range, first))
    if min(size_of(first)) < 2 ** (len(exponents) - 1):
        sizes = f"{size_of(first)} for {len(exponents)} weights"
        raise ValueError(f"first must have sides of at least 2 ** (number of weights - 1), got {sizes}")
    one, other = lift(first), lift(second)
    product: Any = 1.0
    for scale, exponent in enumerate(exponents):
        found, contrast = _similarity(one, other, window, constants)
        factor = found if scale == len(exponents) - 1 else contrast
        product = product * _power(factor, exponent)
        if scale < len(exponents) - 1:
            one, other = _halved(one), _halved(other)
    return cast_to(per_image(first, product), work_dtype(first))  # type: ignore[no-any-return]


def _window(sigma: object, truncate: object) -> tuple[float, ...]:
    width, cut = check_sigma(sigma, truncate, above=0.0)
    reach = math.floor(cut * width + 0.5)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return tuple((taps / taps.sum()).tolist())


def _constants(k1: object, k2: object, span: float) -> tuple[float, float, float]:
    """Return half the span, about which values are centred, and the two constants."""
    first, second = (check_number(k, name, at_least=0.0) for k, name in ((k1, "k1"), (k2, "k2")))
    return span / 2, (first * span) ** 2, (second * span) ** 2


def _similarity(first: Any, second: Any, weights: tuple[float, ...], constants: tuple[float, float, float]) -> Any:
    return structural_similarity(first, second, weights, spatial_axes(first), *constants)


def _check_weights(weights: object) -> tuple[float, ...]:
    if not isinstance(weights, Sequence | np.ndarray) or isinstance(weights, str) or len(weights) == 0:
        raise ValueError(f"weights must be a sequence of numbers, one for each scale, got {weights!r}")
    return tuple(check_number(float(w) if isinstance(w, np.floating) else w, "weights", above=0.0) for w in weights)


def _power(factor: Any, exponent: float) -> Any:
    xp = namespace(factor)
    is_positive = factor > 0
    known = xp.where(is_positive, factor, xp.ones_like(factor)) ** exponent
    return xp.where(is_positive | xp.isnan(factor), xp.where(xp.isnan(factor), factor, known), xp.zeros_like(factor))


def _halved(image: Any) -> Any:
    """Average squares of four pixels."""
    axes = spatial_axes(image)
    for axis in axes:
        image = image[(slice(None),) * axis + (slice(image.shape[axis] // 2 * 2), ...)]
    return decimate(image, (0.5, 0.5), 2, axes, "edge", 0.0, work_dtype(image))
