"""Errors pixel by pixel."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch
from imgproc._checks import check_image, check_same_dtype, check_same_shape, check_span
from imgproc.typing import ArrayT


def mse(first: ArrayT, second: ArrayT) -> ArrayT:
    """Average the squared differences of two images.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); one real dtype
        Of one shape.

    Returns
    -------
    float32, () or (N,)
        Over the pixels and channels of each image, in squared image units; float64 for float64 and integers of 32 bits
        and more. NaN where an image holds one.

    Raises
    ------
    TypeError
        The images are no arrays of one library and one real dtype.
    ValueError
        They are empty, of another rank or of two shapes.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> float(mse(np.array([[0, 250]], np.uint8), np.array([[4, 250]], np.uint8)))
    8.0
    """
    check_pair(first, second)
    return cast_to(_mean_square(first, second), work_dtype(first))  # type: ignore[no-any-return]


def psnr(first: ArrayT, second: ArrayT, *, data_range: float | tuple[float, float] | None = None) -> ArrayT:
    """Compare the error of an image with its range, in decibels.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); one real dtype
        Of one shape.
    data_range : number or (low, high), optional
        The span of the values, or black and white. Floats, masks, uint8 and uint16 have one of their own ([0, 1] for
        floats), other integers need it.

    Returns
    -------
    float32, () or (N,)
        10 log10(span² / `mse`), inf for equal images; float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        The images are no arrays of one library and one real dtype, or `data_range` is no number.
    ValueError
        They are empty, of another rank or of two shapes; `data_range` is empty, or missing where it is needed.

    Notes
    -----
    Differentiable; the gradient is 0 where the images are equal.

    Examples
    --------
    >>> round(float(psnr(np.array([[0.5, 0.5]]), np.array([[0.6, 0.4]]))), 6)
    20.0
    """
    check_pair(first, second)
    span = check_span(data_range, first)
    error = _mean_square(first, second)
    xp = namespace(error)
    known = xp.where(error == 0, xp.ones_like(error), error)
    decibels = xp.where(error == 0, xp.full_like(error, math.inf), 20 * math.log10(span) - 10 * xp.log10(known))
    return cast_to(decibels, work_dtype(first))  # type: ignore[no-any-return]


def check_pair(first: Any, second: Any) -> None:
    """Require two images of one library, dtype and shape."""
    check_image(first, "first")
    check_image(second, "second")
    check_same_shape(first=first, second=second)
    check_same_dtype(first=first, second=second)


def per_image(image: Any, per_plane: Any) -> Any:
    """Average numbers of planes, in order, over the channels of each image: () or (N,)."""
    xp = namespace(per_plane)
    means = xp.mean(xp.reshape(per_plane, (image.shape[0] if is_batch(image) else 1, -1)), axis=1)
    return means if is_batch(image) else means[0, ...]


def _mean_square(first: Any, second: Any) -> Any:
    xp = namespace(first)
    difference = lift(first) - lift(second)
    # in float64, so that the order of the sum, which hangs on the strides, does not show
    squares = cast_to(difference * difference, "float64")
    means = xp.mean(xp.reshape(squares, (first.shape[0] if is_batch(first) else 1, -1)), axis=1)
    return means if is_batch(first) else means[0, ...]
