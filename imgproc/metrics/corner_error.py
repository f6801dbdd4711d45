"""How far apart two homographies are."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_array, check_integer, check_matrix
from imgproc.geometry.points import transform_points
from imgproc.typing import Array, ArrayT


def corner_error(H: ArrayT, H_true: Array, size: tuple[int, int]) -> ArrayT:
    """Average the distances between the corners of an image moved by one homography and by another.

    Parameters
    ----------
    H : (3, 3) or (B, 3, 3)
        Estimated, source to target.
    H_true : (3, 3) or (B, 3, 3)
        True ones; one serves all of a batch.
    size : (height, width)
        Of the source image.

    Returns
    -------
    pixels, () or (B,)
        Over the centres of the four corner pixels; float32 where both are, or narrower, else float64.

    Raises
    ------
    TypeError
        A matrix is no array of a real dtype, or they are of two libraries other than NumPy.
    ValueError
        A matrix has another shape or holds NaN or infinity; `size` is no pair of positive integers.

    Notes
    -----
    Differentiable with respect to both; the gradient is 0 where the corners agree. A homography that sends a corner to
    infinity gives inf or NaN.

    References
    ----------
    .. [1] D. DeTone, T. Malisiewicz and A. Rabinovich, "Deep image homography estimation", 2016, section V.

    Examples
    --------
    >>> float(corner_error(np.array([[1.0, 0, 3], [0, 1, 4], [0, 0, 1]]), np.eye(3), (480, 640)))
    5.0
    """
    check_array(H, "H")
    found = check_matrix(H, "H", H, batch=True)
    wanted = check_matrix(H_true, "H_true", H, batch=True)
    if wanted.ndim > found.ndim or (wanted.ndim == found.ndim == 3 and wanted.shape[0] != found.shape[0]):
        raise ValueError(
            f"H_true must be (3, 3) or one for each H, got shape {tuple(wanted.shape)} for {tuple(found.shape)}"
        )
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}")
    height, width = (check_integer(side, "size", at_least=1) for side in size)
    xp: Any = namespace(found)
    right, bottom = width - 1.0, height - 1.0
    corners = np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])
    points = xp.asarray(np.broadcast_to(corners, (*found.shape[:-2], 4, 2)).copy(), device=found.device)
    wanted = xp.broadcast_to(wanted, found.shape)
    difference = transform_points(found, points) - transform_points(wanted, points)
    squared = xp.sum(difference * difference, axis=-1)
    is_zero = squared == 0
    distance = xp.sqrt(xp.where(is_zero, xp.ones_like(squared), squared))
    distance = xp.where(is_zero, xp.zeros_like(distance), distance)
    means = xp.mean(xp.reshape(distance, (-1, 4)), axis=1)
    return cast_to(means if found.ndim == 3 else means[0, ...], parameter_dtype(H))  # type: ignore[no-any-return]
