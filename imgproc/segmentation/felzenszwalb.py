"""Regions by merging along the lightest edges first."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_data_range, check_finite, check_image, check_integer, check_number
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives._stack import stack_images, unstack_labels
from imgproc.primitives.correlate import correlate_separable
from imgproc.primitives.felzenszwalb import merge_by_edges
from imgproc.primitives.limits import limit
from imgproc.typing import ArrayT

_STEPS = 65535.0
"""Values are rounded to this part of the range, of which those of uint8 and uint16 are whole multiples."""

_LEVEL = _STEPS / 255.0
"""Steps of one of the 255 levels in which the paper counts."""

_FARTHEST = 2.0**40
"""Steps from zero at which values are cut off, far beyond any picture: squares and sums stay finite."""

_NARROW = ("bool", "uint8", "int8", "uint16", "int16")

_TAP = 2.0**-16
"""Taps are multiples of it, so that sums of products of steps are exact in float64, in any order."""


def felzenszwalb(
    image: ArrayT,
    scale: float = 100.0,
    *,
    sigma: float = 0.8,
    min_size: int = 20,
    data_range: float | tuple[float, float] | None = None,
) -> ArrayT:
    """Cut into regions whose boundary is heavier than what lies inside, by Felzenszwalb and Huttenlocher.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1. Channels are looked at together.
    scale : levels of 0-255, >= 0
        The k of the paper: what a region of one pixel may be joined across; of n pixels, a n-th of it more than its
        heaviest edge. Larger gives larger regions.
    sigma : pixels, >= 0
        Width of the Gaussian that smooths first.
    min_size : pixels, >= 1
        Smaller regions are joined to the neighbour across their lightest edge.
    data_range : number or (low, high), optional
        Distance between black and white, or both; needed for integers other than uint8 and uint16.

    Returns
    -------
    int32, (H, W) or (N, H, W, 1); torch (H, W) or (N, 1, H, W)
        Regions, from 0 in the order of their first pixels in raster order.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty, of another rank, or has NaN or infinity; a parameter is out of range, or `data_range` missing.

    Notes
    -----
    Not differentiable. Pixels are joined to their eight neighbours by edges as heavy as their Euclidean distance over
    channels, on 0-255 whatever the dtype; of equal edges, that of the earlier pixel in raster order comes first. Values
    are rounded to 1/65535 of the range before and after smoothing: uint8, uint16 and floats of one picture give the
    same labels, and so does every library.

    Edges are sorted where the image lies. Merging follows them one by one, on the host: a device is waited for, 32
    bytes a pixel come down and the labels go up. Memory on the host: about 50 bytes a pixel for RGB. The cost grows
    with the number of pixels.

    scikit-image divides `scale` by 255 and takes floats as they are, so that floats on 0-255 hardly feel it.

    References
    ----------
    .. [1] P. F. Felzenszwalb and D. P. Huttenlocher, "Efficient graph-based image segmentation", IJCV 59(2), 2004,
       algorithm 1 and section 5.

    Examples
    --------
    >>> halves = np.zeros((4, 6)); halves[:, 3:] = 1
    >>> felzenszwalb(halves, sigma=0, min_size=1)[0].tolist()
    [0, 0, 0, 1, 1, 1]
    """
    check_image(image)
    merged = check_number(scale, "scale", at_least=0.0)
    width, _ = check_sigma(sigma, 4.0)
    least = check_integer(min_size, "min_size", at_least=1)
    low, span = _check_range(data_range, image)
    check_finite(image=image, wait=True)
    steps = _count_steps(image, low, span)
    if width > 0:
        taps = _exact_weights(width)
        steps = correlate_separable(steps, taps, taps, spatial_axes(image), "reflect", 0.0, "float64")
    labels = merge_by_edges(stack_images(steps), merged * _LEVEL, least)
    return unstack_labels(labels, image)  # type: ignore[no-any-return]


def _check_range(data_range: Any, image: Any) -> tuple[float, float]:
    """Require (low, high), a positive distance, or a dtype with a range of its own; return low and the distance."""
    if data_range is None or isinstance(data_range, tuple | list):
        low, high = check_data_range(data_range, image)
        return low, high - low
    return 0.0, check_number(data_range, "data_range", above=0.0)


def _count_steps(image: Any, low: float, span: float) -> Any:
    """Round to whole steps, in float64."""
    exact = cast_to(image, "float64")
    exact = exact - low if low else exact
    if dtype_name(image) in _NARROW and (_STEPS / span).is_integer() and low.is_integer():
        exact *= _STEPS / span  # of a copy: whole and near already
        return exact
    scaled = exact * _STEPS / span  # in this order integers stay exact up to the division
    return limit(namespace(scaled).round(scaled), -_FARTHEST, _FARTHEST)


def _exact_weights(sigma: float) -> tuple[float, ...]:
    """Return Gaussian taps rounded to multiples of _TAP that still sum to 1."""
    taps = np.rint(np.array(gaussian_weights(sigma)) / _TAP)
    taps[len(taps) // 2] += 1 / _TAP - taps.sum()
    return tuple((taps * _TAP).tolist())
