"""What lies beyond the edge of an image: one piece of index arithmetic for every body and every library."""

import functools
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, integer_range, is_float
from imgproc._array.kinds import namespace
from imgproc.typing import Border


@functools.lru_cache(maxsize=256)
def border_indices(length: int, before: int, after: int, border: Border) -> np.ndarray:
    """Map the positions -before ... length + after - 1 to positions inside, -1 where the fill value stands.

    Right for any reach, also many times the length; the words are `numpy.pad`'s.

    Examples
    --------
    >>> border_indices(4, 3, 2, "reflect").tolist()
    [3, 2, 1, 0, 1, 2, 3, 2, 1]
    """
    position = np.arange(-before, length + after)
    if border == "constant":
        index = np.where((position < 0) | (position >= length), -1, position)
    elif border == "edge":
        index = np.clip(position, 0, length - 1)
    elif border == "wrap":
        index = position % length
    elif border == "symmetric":
        folded = position % (2 * length)
        index = np.minimum(folded, 2 * length - 1 - folded)
    else:
        period = max(2 * length - 2, 1)
        folded = position % period
        index = np.minimum(folded, period - folded) if length > 1 else np.zeros_like(position)
    index = index.astype(np.int64)
    index.flags.writeable = False
    return index


def pad(image: Any, axes: tuple[int, ...], widths: tuple[tuple[int, int], ...], border: Border, fill: float) -> Any:
    """Extend `image` along `axes` by `widths` = (before, after) of each, in the array API standard.

    `fill` is taken to the dtype of the image.
    """
    xp = namespace(image)
    outside = None
    for axis, (before, after) in zip(axes, widths, strict=True):
        if before == after == 0:
            continue
        index = border_indices(image.shape[axis], before, after, border)
        image = xp.take(image, _upload(np.maximum(index, 0), image), axis=axis)
        if border == "constant":
            shape = [1] * image.ndim
            shape[axis] = len(index)
            here = xp.reshape(_upload(index < 0, image), tuple(shape))
            outside = here if outside is None else outside | here
    if outside is None:
        return image
    return xp.where(outside, xp.full((), fill, dtype=image.dtype, device=image.device), image)


def _upload(values: np.ndarray, image: Any) -> Any:
    """Copy small host values to where `image` lies."""
    return namespace(image).asarray(np.array(values), device=image.device)


def fill_value(fill: float, image: Any) -> bool | int | float:
    """Take `fill` to the dtype of `image`: rounded half to even and saturated; infinities are an integer's extremes."""
    if is_float(image):
        return fill
    least, greatest = integer_range(dtype_name(image))
    if fill <= least or fill >= greatest:
        return least if fill <= least else greatest
    return round(fill)
