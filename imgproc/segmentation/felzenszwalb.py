"""Regions by merging along the lightest edges first."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._checks import check_data_range, check_finite, check_image, check_integer, check_number
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives._stack import stack_images, unstack_labels
from imgproc.primitives.felzenszwalb import merge_by_edges
from imgproc.primitives.smooth_steps import STEPS, TAP
from imgproc.typing import ArrayT

_LEVEL = STEPS / 255.0
"""Steps of one of the 255 levels in which the paper counts."""


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
    bytes a pixel come down and the labels go up. On NumPy tiles are smoothed and merged by themselves, on all cores:
    memory is about 12 bytes a pixel with the labels, and 50 for RGB where `sigma` is above 4. The cost grows with
    the number of pixels.

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
    taps = _exact_weights(width) if width > 0 else ()
    known = cast_to(image, "float32") if dtype_name(image) == "bfloat16" else image  # a dtype that NumPy has, too
    labels = merge_by_edges(stack_images(known), (low, span), taps, merged * _LEVEL, least)
    return unstack_labels(labels, image)  # type: ignore[no-any-return]


def _check_range(data_range: Any, image: Any) -> tuple[float, float]:
    """Require (low, high), a positive distance, or a dtype with a range of its own; return low and the distance."""
    if data_range is None or isinstance(data_range, tuple | list):
        low, high = check_data_range(data_range, image)
        return low, high - low
    return 0.0, check_number(data_range, "data_range", above=0.0)


def _exact_weights(sigma: float) -> tuple[float, ...]:
    """Return Gaussian taps rounded to multiples of TAP that still sum to 1."""
    taps = np.rint(np.array(gaussian_weights(sigma)) / TAP)
    taps[len(taps) // 2] += 1 / TAP - taps.sum()
    return tuple((taps * TAP).tolist())
