"""Waves of one direction and length, and where they are."""

import math

import numpy as np

from imgproc._array.dtypes import parameter_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_number
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives.correlate_sum import correlate_sum
from imgproc.typing import ArrayT, Border


def gabor(
    image: ArrayT,
    frequency: float,
    angle: float = 0.0,
    *,
    sigma: float | None = None,
    truncate: float = 3.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> tuple[ArrayT, ArrayT]:
    """Correlate with a cosine and a sine under a Gaussian: how strong a wave is about each pixel, and its phase.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    frequency : cycles per pixel, above 0 to 0.5
    angle : radians
        Of the wave's direction, from +x towards +y.
    sigma : pixels, > 0, optional
        Width of the Gaussian; by default 0.56 / `frequency`, a bandwidth of one octave.
    truncate : sigmas, > 0
        The kernel reaches floor(truncate * sigma + 1/2) pixels.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    even, odd : float32 or float64, shape of `image`
        On cos(2 pi `frequency` t + p) along `angle` about half the cosine and half the sine of its phase there, so that
        `edges.magnitude(even, odd)` is half the amplitude and `edges.direction(even, odd)` the phase.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `frequency`, `sigma`, `truncate`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. The Gaussian's taps sum to 1. The even kernel's own sum is exp(-2 (pi sigma frequency)²), 0.2
    percent by default, which a constant image leaves behind. A wave under a round Gaussian is two products of waves
    along x and y, so the cost grows with the kernel's side, not with its area.

    References
    ----------
    .. [1] J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and orientation optimized by
       two-dimensional visual cortical filters", JOSA A 2(7), 1985.

    Examples
    --------
    >>> x = np.arange(64.0)
    >>> even, odd = gabor(np.cos(2 * np.pi * x / 8)[None, :] * np.ones((64, 1)), 1 / 8)
    >>> even[32, [32, 34, 36]].round(3).tolist(), odd[32, [33, 34, 35]].round(3).tolist()
    ([0.501, 0.0, -0.501], [0.353, 0.499, 0.353])
    """
    check_image(image)
    outside = check_border(border, fill, image)
    cycles = check_number(frequency, "frequency", above=0.0, at_most=0.5)
    width, cut = check_sigma(_OCTAVE / cycles if sigma is None else sigma, truncate, above=0.0)
    turned = check_number(angle, "angle")
    bell = np.array(gaussian_weights(width, cut))
    places = np.arange(len(bell)) - len(bell) // 2
    (cos_x, sin_x), (cos_y, sin_y) = (
        _waves(bell, 2 * math.pi * cycles * share * places) for share in (math.cos(turned), math.sin(turned))
    )
    less_sin_y, less_cos_y = (tuple(-w for w in wave) for wave in (sin_y, cos_y))
    axes, dtype = spatial_axes(image), parameter_dtype(image)
    even = correlate_sum(image, ((cos_y, cos_x), (less_sin_y, sin_x)), axes, border, outside, dtype)
    odd = correlate_sum(image, ((less_cos_y, sin_x), (less_sin_y, cos_x)), axes, border, outside, dtype)
    return even, odd


_OCTAVE = 3 * math.sqrt(math.log(2) / 2) / math.pi
"""Width times frequency at which the response is half at frequencies in the ratio of two."""


def _waves(bell: np.ndarray, phases: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the taps of the cosine and of the sine."""
    return tuple((bell * np.cos(phases)).tolist()), tuple((bell * np.sin(phases)).tolist())
