"""Global contrast by the histogram."""

from typing import Any

from imgproc._array.dtypes import image_dtype, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, size_of, spatial_axes
from imgproc._checks import check_data_range, check_image, check_integer, check_mask, check_same_kind
from imgproc.primitives.histogram import histogram
from imgproc.primitives.tone_counts import equalizing_tables
from imgproc.primitives.tone_tables import is_counted_by_value, map_through_tables
from imgproc.typing import ArrayT


def equalize(
    image: ArrayT,
    *,
    bins: int = 256,
    mask: ArrayT | None = None,
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Spread the values of each channel evenly over the range.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    bins : int, 2 to 65536
        For floats and wide integers. 8- and 16-bit integers are counted by value.
    mask : bool, (H, W) or of one channel, optional
        Which pixels are counted, for all channels alike; all are mapped.
    data_range : (low, high), optional
        Values of black and white; needed for integers other than uint8 and uint16. What lies outside is not counted and
        becomes black or white.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Integers: low + (high - low) * (c(v) - c0) / (c1 - c0), with c(v) the count up to v, c0 that of the least
        value and c1 of all, rounded once. Floats: the share of values below, straight between the edges of bins. A
        plane of one value, or without any counted pixel, is unchanged. NaN stays NaN.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, `mask` is not bool or of another library, or `bins` is no integer.
    ValueError
        `image` is empty or of another rank; `bins`, `data_range` or the shape of `mask` is out of range.

    Notes
    -----
    Not differentiable. On uint8 it is OpenCV's `equalizeHist` but for that one's float32 rounding; scikit-image's
    `equalize_hist` leaves c0 in.

    Examples
    --------
    >>> equalize(np.array([[50, 51, 52, 53, 53, 54]], np.uint8)).tolist()
    [[0, 51, 102, 204, 204, 255]]
    """
    check_image(image)
    count = check_integer(bins, "bins", at_least=2, at_most=65536)
    low, high = check_data_range(data_range, image)
    by_value = is_counted_by_value(image, low, high)
    if by_value:
        count = int(high - low) + 1
    axes = spatial_axes(image)
    bounds = (low - 0.5, high + 0.5) if by_value else (low, high)
    counted = image if mask is None else _blank(image, check_counted(mask, image))
    counts = histogram(counted, axes, count, *bounds)
    tables = equalizing_tables(counts, low, high, by_value, work_dtype(image))
    shaped = namespace(image).reshape(tables, (-1, 1, 1, tables.shape[-1]))
    return map_through_tables(image, shaped, axes, size_of(image), low, high, image_dtype(image))  # type: ignore[no-any-return]


def check_counted(mask: Any, image: Any) -> Any:
    """Require a mask over the pixels of `image`; return it so that it broadcasts over channels."""
    check_mask(mask)
    check_same_kind(image=image, mask=mask)
    axis = channel_axis(image)
    shape = tuple(1 if k == axis else n for k, n in enumerate(image.shape))
    flat = tuple(n for k, n in enumerate(image.shape) if k != axis)
    if tuple(mask.shape) not in (shape, flat):
        raise ValueError(
            f"mask must have the rows and columns of image, got {tuple(mask.shape)} and {tuple(image.shape)}"
        )
    return namespace(mask).reshape(mask, shape)


def _blank(image: Any, mask: Any) -> Any:
    """Make NaN, which no bin counts, of what the mask leaves out."""
    exact = lift(image)
    xp = namespace(exact)
    return xp.where(mask, exact, xp.full_like(exact, float("nan")))
