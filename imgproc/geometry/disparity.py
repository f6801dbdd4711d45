"""Dense disparity of a rectified stereo pair."""

from typing import Any, Literal

from imgproc._array.dtypes import cast_to, dtype_name, lift, work_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, channels_of, is_batch, size_of
from imgproc._checks import check_choice, check_flag, check_image, check_integer, check_number, check_same_shape
from imgproc.primitives.census import census, census_bits
from imgproc.primitives.disparity import block_match, semi_global_match
from imgproc.primitives.disparity_support import keep_supported
from imgproc.primitives.mix_channels import mix_channels
from imgproc.typing import ArrayT

_GRAY = (77 / 256, 150 / 256, 29 / 256)
"""Rec. 601 to eight bits, so that the gray of integers is exact on every library."""

_GREATEST_COST = 255
"""Of a pixel and two penalties: paths are kept in bytes."""

_WIDEST = {"sgm": 11, "block": 51}
_BLOCK_CODE = 5
_SUPPORT_REACH, _SUPPORT_SHARE = 4, 3


def disparity(
    left: ArrayT,
    right: ArrayT,
    *,
    max_disparity: int = 64,
    method: Literal["sgm", "block"] = "sgm",
    window: int = 5,
    subpixel: bool = True,
    tolerance: float | None = 1.0,
    penalties: tuple[float, float] | None = None,
) -> ArrayT:
    """Measure how far each pixel of the left image moves to the left in the right one.

    Parameters
    ----------
    left, right : (H, W), or images or batches of one or three channels, of one shape; any real dtype
        Rectified: what one row of `left` shows lies on the same row of `right`. Brightness and contrast may differ.
    max_disparity : pixels, 1 to 4096
        The greatest disparity that is tried; time and memory grow with it.
    method : "sgm" or "block"
        Semi-global matching, smooth along four paths through each pixel; or the best match of a square by itself.
    window : odd
        Side of the square around a pixel that is compared: 3 to 11 for "sgm", 3 to 51 for "block", which wants 9 or
        more.
    subpixel : bool
        Refine whole disparities by the costs of their two neighbours.
    tolerance : pixels, >= 0, or None
        Greatest difference of the whole disparities found from the left and from the right; None keeps every pixel,
        occluded and unsupported ones as well.
    penalties : (small, large), optional
        Of "sgm", in neighbours compared differently: for a disparity that changes by one pixel along a path, and for
        any greater jump. Whole numbers, 1 <= small <= large, that with window² - 1 add up to 255 at most. By default
        half and twice the window² - 1 neighbours, as far as these fit.

    Returns
    -------
    (H, W), or a batch of one channel; float32, or float64 for float64 and wide integers
        x left - x right, from 0 to `max_disparity`. NaN where it is unknown: where the two images disagree (occlusions,
        chance matches), where too few of the neighbours have a similar disparity, and left of what the right image
        shows.

    Raises
    ------
    TypeError
        `left` or `right` is no array of a real dtype, they are of two libraries, or a parameter is no number.
    ValueError
        The images differ in shape, are empty or have another number of channels; a parameter is out of range.

    Notes
    -----
    Not differentiable. A pixel is described by which of its neighbours are darker (the census transform of its gray,
    in which NaN is never the darker); two are as different as the number of neighbours on which they disagree. That
    does not change with brightness or contrast, so no dtype has thresholds of its own. "block" sums these numbers, of
    5 × 5 pixels, over the window. A disparity has support where a third of the 9 × 9 pixels around agree within one.
    The numbers are the same to the last bit on every library. On NumPy and torch tensors of the host the memory needed
    grows with width × `max_disparity` × sqrt(height), on a device with the number of pixels × `max_disparity`.

    References
    ----------
    .. [1] H. Hirschmüller, "Stereo processing by semiglobal matching and mutual information", PAMI 30(2), 2008,
       section 2.3. Departs from it in taking four paths, left, right, up and down, which on Middlebury's pairs are as
       good as eight, and in a penalty for jumps that does not depend on the image.
    .. [2] R. Zabih and J. Woodfill, "Non-parametric local transforms for computing visual correspondence", ECCV 1994.

    Examples
    --------
    >>> right = np.random.default_rng(0).random((20, 40))
    >>> left = np.roll(right, 6, axis=1)
    >>> found = disparity(left, right, max_disparity=12)
    >>> found[10, 20:24].round().tolist()
    [6.0, 6.0, 6.0, 6.0]
    """
    _check_pair(left, right)
    greatest = check_integer(max_disparity, "max_disparity", at_least=1, at_most=4096)
    check_choice(method, ("sgm", "block"), "method")
    side = check_integer(window, "window", at_least=3, at_most=_WIDEST[method])
    if side % 2 == 0:
        raise ValueError(f"window must be odd, got {window!r}")
    check_flag(subpixel, "subpixel")
    limit = -1 if tolerance is None else int(min(check_number(tolerance, "tolerance", at_least=0.0), greatest))
    steps = _check_penalties(penalties, census_bits(side)) if method == "sgm" or penalties is not None else (0, 0)
    code = side if method == "sgm" else _BLOCK_CODE
    first, second = (census(_gray_planes(x), code) for x in (left, right))
    levels = min(greatest + 1, size_of(left)[1])
    if method == "sgm":
        found = semi_global_match(first, second, levels, census_bits(code), steps, bool(subpixel), limit)
    else:
        found = block_match(first, second, levels, census_bits(code), side, bool(subpixel), limit)
    if limit >= 0:
        found = keep_supported(found, _SUPPORT_REACH, _SUPPORT_SHARE)
    return _as_image(cast_to(found, work_dtype(left)), left)  # type: ignore[no-any-return]


def _check_pair(left: Any, right: Any) -> None:
    for x, name in ((left, "left"), (right, "right")):
        check_image(x, name)
        if channels_of(x) not in (1, 3):
            raise ValueError(f"{name} must have one or three channels, got shape {tuple(x.shape)}")
    check_same_shape(left=left, right=right)


def _check_penalties(penalties: Any, bits: int) -> tuple[int, int]:
    if penalties is None:
        small = bits // 2
        return small, min(2 * bits, _GREATEST_COST - bits - small)
    if not isinstance(penalties, tuple | list) or len(penalties) != 2:
        raise TypeError(f"penalties must be a pair (small, large), got {penalties!r}")
    numbers = [check_number(value, "penalties", at_least=1.0, at_most=_GREATEST_COST) for value in penalties]
    if not all(number.is_integer() for number in numbers) or numbers[0] > numbers[1]:
        raise ValueError(f"penalties must be whole numbers, small <= large, got {penalties!r}")
    if bits + sum(numbers) > _GREATEST_COST:
        raise ValueError(f"penalties must add up to {_GREATEST_COST - bits} at most for this window, got {penalties!r}")
    return int(numbers[0]), int(numbers[1])


def _gray_planes(image: Any) -> Any:
    """Return the gray of an image or batch as (B, H, W) in uint8, float32 or float64."""
    axis = channel_axis(image)
    if axis is not None and channels_of(image) == 3:
        image, shape = mix_channels(image, _GRAY, axis), size_of(image)
    else:
        shape = size_of(image)
    planes = namespace(image).reshape(image, (-1, *shape))
    return cast_to(planes, "uint8") if dtype_name(planes) in ("bool", "uint8") else lift(planes)


def _as_image(planes: Any, image: Any) -> Any:
    """Return (B, H, W) as (H, W), or as a batch of one channel in the layout of `image`."""
    xp = namespace(planes)
    if not is_batch(image):
        return planes[0, ...]
    return xp.expand_dims(planes, axis=1 if kind(image) == "torch" else 3)
