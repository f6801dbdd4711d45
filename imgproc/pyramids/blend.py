"""Blending of two images through a mask, band by band."""

from typing import Any

from imgproc._array.dtypes import dtype_name, is_float, lift, restore, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, drop_channel, is_batch, size_of, spatial_axes
from imgproc._checks import check_border, check_gray, check_image, check_same_kind, check_same_shape
from imgproc.primitives.decimate import BINOMIAL, decimate
from imgproc.pyramids.gaussian_pyramid import check_levels
from imgproc.pyramids.laplacian_pyramid import join_bands, split_bands
from imgproc.typing import ArrayT, Border

_LEAST_SIDE = 4
"""Pixels of the shorter side that the four weights of `reduce` need."""


def blend(
    first: ArrayT,
    second: ArrayT,
    mask: ArrayT,
    *,
    levels: int | None = None,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Join two images along a mask without a seam: coarse parts fade over a wide zone, details over a narrow one.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Of one shape.
    mask : (H, W), or one channel; bool, or weights in [0, 1] of a float dtype
        1 takes `first`, 0 takes `second`. One for each image of a batch, or one for all.
    levels : int, 1 to 32, optional
        Bands to part the images into; 1 is a plain weighted mean. By default as many as leave the shorter side of all
        but the coarsest at least four pixels.
    border, fill
        What lies beyond the edge of the images; `fill` is the value of "constant". The mask goes on as at its edge
        then.

    Returns
    -------
    dtype and shape of `first`
        Rounded and saturated once; float32 for masks.

    Raises
    ------
    TypeError
        An operand is no array of a real dtype or of another library, or `mask` is neither bool nor of a float dtype.
    ValueError
        `first` is empty or of another rank, `second` is of another shape, `mask` does not fit them, or `levels`,
        `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. Every band of a Laplacian pyramid is mixed by the same level of the Gaussian pyramid of the mask.
    Since all that is linear, one pyramid will do, that of the difference, which is added to `second`. Values may leave
    the range of both images a little where their details meet.

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "A multiresolution spline with application to image mosaics", ACM Trans.
       Graphics 2(4), 1983, section 3.2.

    Examples
    --------
    >>> black, white = np.zeros((16, 64)), np.ones((16, 64))
    >>> mask = np.arange(64) < 32
    >>> row = blend(white, black, mask * np.ones((16, 1), bool), levels=3)[8]
    >>> row[[0, 31, 32, 63]].round(3).tolist()
    [1.0, 0.586, 0.414, 0.0]
    """
    check_image(first, "first")
    check_image(second, "second")
    check_same_shape(first=first, second=second)
    weights = _check_mask(mask, first)
    check_border(border, fill, first)
    count = _levels_that_fit(size_of(first)) if levels is None else check_levels(levels)
    base = lift(second)
    *bands, coarse = split_bands(lift(first) - base, count, border, 0.0)
    mixed = []
    for band in bands:
        mixed.append(weights * band)
        weights = decimate(
            weights, BINOMIAL, 2, spatial_axes(weights), "edge" if border == "constant" else border, 0.0,
            work_dtype(weights),
        )  # fmt: skip
    # beyond the edge the images are alike: the fill value cancels in their difference
    return restore(base + join_bands(mixed, weights * coarse, border, 0.0), first)  # type: ignore[no-any-return]


def _levels_that_fit(size: tuple[int, int]) -> int:
    count, side = 1, min(size)
    while side >= _LEAST_SIDE:
        count, side = count + 1, (side + 1) // 2
    return count


def _check_mask(mask: Any, image: Any) -> Any:
    """Require weights of the size of `image`; return them as floats that spread over its channels and its batch."""
    check_gray(mask, "mask")
    if dtype_name(mask) != "bool" and not is_float(mask):
        raise TypeError(f"mask must be bool, or weights of a float dtype, got {dtype_name(mask)}")
    check_same_kind(first=image, mask=mask)
    if size_of(mask) != size_of(image) or (is_batch(mask) and mask.shape[0] not in (1, image.shape[0])):
        raise ValueError(f"mask must fit the shape of first, got {tuple(mask.shape)} and {tuple(image.shape)}")
    if is_batch(mask) and not is_batch(image):
        raise ValueError(f"mask must be one as first is, got shapes {tuple(mask.shape)} and {tuple(image.shape)}")
    weights, axis = lift(drop_channel(mask)), channel_axis(image)
    if axis is None or is_batch(mask):
        return weights
    weights = namespace(image).expand_dims(weights, axis=axis - is_batch(image))
    return namespace(image).expand_dims(weights, axis=0) if is_batch(image) else weights
