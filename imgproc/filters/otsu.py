"""The threshold between two classes of grey."""

from typing import Any

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_image, check_integer
from imgproc.primitives.histogram import histogram
from imgproc.primitives.tone_counts import split_counts
from imgproc.typing import ArrayT


def otsu(image: ArrayT, *, bins: int = 256) -> ArrayT:
    """Find the threshold that best parts each plane into a dark and a bright class.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    bins : int, 2 to 65536
        For floats and wide integers, between the minimum and the maximum of each plane. 8- and 16-bit integers and
        masks are counted by value.

    Returns
    -------
    float32 or float64; (), (C,) or (N, C)
        ``image > threshold`` is the bright class: of integers, the greatest value of the dark class; else the edge
        between two bins. Of several equally good thresholds, the least. NaN where a plane holds NaN or infinity.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `bins` no integer.
    ValueError
        `image` is empty or of another rank; `bins` is out of range.

    Notes
    -----
    Not differentiable. Maximises the variance between the classes; a constant plane is its own threshold.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9(1), 1979, section II.

    Examples
    --------
    >>> float(otsu(np.array([[10, 12, 11, 90, 91, 93]], np.uint8)))
    12.0
    """
    check_image(image)
    count = check_integer(bins, "bins", at_least=2, at_most=65536)
    axes, name = spatial_axes(image), dtype_name(image)
    if name in ("bool", "uint8", "int8", "uint16", "int16"):
        low, high = integer_range(name)
        counts = histogram(image, axes, high - low + 1, low - 0.5, high + 0.5)
        threshold: Any = split_counts(counts) + low
    else:
        threshold = _threshold_of_floats(image, axes, count)
    shape = tuple(n for axis, n in enumerate(image.shape) if axis not in axes)  # type: ignore[attr-defined]
    return namespace(image).reshape(cast_to(threshold, work_dtype(image)), shape)  # type: ignore[no-any-return]


def _threshold_of_floats(image: Any, axes: tuple[int, int], bins: int) -> Any:
    """Count between the extremes of each plane, which are brought to 0 and 1 so that nothing waits for the device."""
    xp = namespace(image)
    exact = lift(image)
    extremes = xp.min(exact, axis=axes, keepdims=True), xp.max(exact, axis=axes, keepdims=True)
    is_finite = xp.isfinite(extremes[0]) & xp.isfinite(extremes[1])
    least, greatest = (cast_to(xp.where(is_finite, x, xp.zeros_like(x)), "float64") for x in extremes)
    span = greatest - least
    scaled = (cast_to(exact, "float64") - least) / xp.where(span > 0, span, xp.ones_like(span))
    split = cast_to(split_counts(histogram(scaled, axes, bins, 0.0, 1.0)), "float64")
    low, width = xp.reshape(least, (-1,)), xp.reshape(span, (-1,))
    threshold = low + width * ((split + 1) / bins)
    return xp.where(xp.reshape(is_finite, (-1,)), threshold, xp.full_like(threshold, float("nan")))
