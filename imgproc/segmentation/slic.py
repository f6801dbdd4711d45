"""Superpixels by local k-means in colour and place."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, dtype_name, lift
from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, drop_channel, is_batch, size_of, spatial_axes
from imgproc._checks import (
    check_data_range,
    check_finite,
    check_image,
    check_integer,
    check_mask,
    check_number,
    check_same_kind,
)
from imgproc.filters.gaussian import check_sigma, gaussian_weights
from imgproc.primitives._stack import stack_images
from imgproc.primitives.color_steps import STEPS, count_steps
from imgproc.primitives.correlate import correlate_separable
from imgproc.primitives.slic import cluster_on_grid, grid_for, join_small_parts
from imgproc.typing import ArrayT

_LEAST_PART = 0.25
"""Share of a cell of the grid below which a part is joined to its neighbour."""


def slic(
    image: ArrayT,
    n_segments: int,
    *,
    compactness: float = 10.0,
    sigma: float = 0.0,
    max_iterations: int = 10,
    mask: ArrayT | None = None,
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Cut into connected superpixels of about equal size: k-means in colour and place, each centre near its cell.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Three channels are RGB and compared in Lab; others as they are, on 0-100. Floats mean [0, 1], uint8 and uint16
        their full range, bool 0 and 1.
    n_segments : int >= 1
        About how many superpixels each image is cut into.
    compactness : units of Lab, > 0
        Difference of colour that counts as much as the side of a cell. Larger gives squarer superpixels, smaller ones
        follow colour more closely.
    sigma : pixels, >= 0
        Width of a Gaussian that smooths first.
    max_iterations : int >= 1
    mask : bool, (H, W) or one channel; for a batch (N, H, W, 1), optional
        Where superpixels may lie.
    data_range : (low, high), optional
        Values that mean black and white; needed for integers other than uint8 and uint16.

    Returns
    -------
    int32, (H, W) or (N, H, W, 1); torch (H, W) or (N, 1, H, W)
        Superpixels, from 0 in the order of their first pixels in raster order; -1 outside `mask`. Each is 4-connected.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, `mask` is not bool or of another library, or a parameter is no number.
    ValueError
        `image` is empty, of another rank, or has NaN or infinity; `mask` has another size or no pixel; a parameter is
        out of range, or `data_range` missing.

    Notes
    -----
    Not differentiable. A pixel is compared with the centres of its own cell of a regular grid and of the eight around,
    rather than with all within a square about each centre: the same but for centres that wander off by more than a
    cell. Parts smaller than a quarter of a cell are joined to the neighbour with which they share the longest boundary,
    so the number of superpixels may differ from the request, on photos by some percent. Colours are rounded to 1/64 of
    a unit, so that sums are exact, and the result is that of every library.

    Joining goes one part after the other, on the host: a device is waited for, and its labels come down and go up.

    References
    ----------
    .. [1] R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", PAMI 34(11), 2012,
       algorithm 1.
    .. [2] C. Y. Ren, V. A. Prisacariu and I. D. Reid, "gSLICr: SLIC superpixels at over 250 Hz", 2015.

    Examples
    --------
    >>> halves = np.zeros((6, 12, 3)); halves[:, 6:] = 1
    >>> slic(halves, 2)[0].tolist()
    [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    """
    check_image(image)
    count = check_integer(n_segments, "n_segments", at_least=1)
    spread = check_number(compactness, "compactness", above=0.0, at_most=1e6)
    width, _ = check_sigma(sigma, 4.0)
    rounds = check_integer(max_iterations, "max_iterations", at_least=1)
    low, high = check_data_range(data_range, image)
    allowed = None if mask is None else _check_mask(mask, image)
    check_finite(image=image, wait=True)
    colors = count_steps(stack_images(_smooth(image, width)), low, high)
    xp = namespace(colors)
    labels = []
    for i in range(colors.shape[0]):
        inside = None if allowed is None else allowed[i, ...]
        share = 1.0 if inside is None else _count_inside(inside) / math.prod(inside.shape)
        grid = grid_for(size_of(image), count / share)
        cell = math.prod(size_of(image)) / math.prod(grid)
        weight = (spread * STEPS) ** 2 / cell
        clusters = cluster_on_grid(colors[i, ...], inside, grid, weight, rounds)
        labels.append(join_small_parts(clusters, math.ceil(_LEAST_PART * cell)))
    if not is_batch(image):
        return labels[0]  # type: ignore[no-any-return]
    return xp.expand_dims(xp.stack(labels), axis=channel_axis(image))  # type: ignore[no-any-return]


def _check_mask(mask: Any, image: Any) -> Any:
    """Return a mask as (N, H, W)."""
    check_mask(mask)
    check_same_kind(image=image, mask=mask)
    if size_of(mask) != size_of(image) or is_batch(mask) != is_batch(image):
        raise ValueError(f"mask must have the size of image, got {tuple(mask.shape)} and {tuple(image.shape)}")
    plane = drop_channel(mask)
    if is_batch(mask):
        if mask.shape[0] != image.shape[0]:
            raise ValueError(f"mask must have the size of image, got {tuple(mask.shape)} and {tuple(image.shape)}")
        return namespace(mask).squeeze(plane, axis=channel_axis(mask))
    return plane[None, ...]


def _count_inside(mask: Any) -> int:
    """Count the pixels of a mask, for which a device is waited for."""
    xp = namespace(mask)
    count = int(xp.sum(cast_to(mask, "int64")))
    if count == 0:
        raise ValueError(f"mask must have a pixel in every image, got none in shape {tuple(mask.shape)}")
    return count


def _smooth(image: Any, sigma: float) -> Any:
    if sigma == 0:
        return image
    exact = lift(image)
    taps = gaussian_weights(sigma)
    return correlate_separable(exact, taps, taps, spatial_axes(image), "reflect", 0.0, dtype_name(exact))
