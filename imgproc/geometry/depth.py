"""Depth and points of space from disparity."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, size_of, spatial_axes
from imgproc._checks import check_gray, check_image, check_matrix, check_number
from imgproc.typing import Array, ArrayT


def disparity_to_depth(disparity: ArrayT, focal: float, baseline: float, *, offset: float = 0.0) -> ArrayT:
    """Turn disparities into distances along the optical axis.

    Parameters
    ----------
    disparity : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        x left - x right, in pixels.
    focal : pixels, > 0
        Focal length of the rectified cameras, ``P1[0, 0]``.
    baseline : > 0
        Distance between the cameras, in the unit wanted of the depth; -P2[0, 3] / P2[0, 0].
    offset : pixels
        Added to every disparity: by how much further right the principal point of the right image lies.

    Returns
    -------
    shape of `disparity`; float32, or float64 for float64 and wide integers
        focal * baseline / (disparity + offset). NaN stays NaN, and zero is infinitely far.

    Raises
    ------
    TypeError
        `disparity` is no array of a real dtype, or a parameter no number.
    ValueError
        `disparity` is empty or of another rank, or a parameter is not finite or out of range.

    Notes
    -----
    Differentiable; the gradient is 0 where the depth is infinite.

    Examples
    --------
    >>> disparity_to_depth(np.array([[50.0, 25.0, 0.0]]), focal=1000, baseline=0.1).tolist()
    [[2.0, 4.0, inf]]
    """
    check_image(disparity, "disparity")
    scale = check_number(focal, "focal", above=0.0) * check_number(baseline, "baseline", above=0.0)
    whole: Any = lift(disparity) + check_number(offset, "offset")
    xp = namespace(whole)
    is_far = whole == 0
    depth = scale / xp.where(is_far, xp.ones_like(whole), whole)
    return xp.where(is_far, xp.full_like(whole, float("inf")), depth)  # type: ignore[no-any-return]


def reproject(disparity: ArrayT, Q: Array) -> ArrayT:
    """Turn disparities into points of space.

    Parameters
    ----------
    disparity : (H, W), or an image or batch of one channel; any real dtype
        x left - x right, in pixels.
    Q : (4, 4)
        Takes (x, y, disparity, 1) to homogeneous (X, Y, Z, W), as `Rectification.Q` does.

    Returns
    -------
    (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); float32, or float64 for float64 and wide integers
        (X, Y, Z) in the frame of the rectified left camera, in the unit of the baseline. NaN stays NaN; where W is 0
        the point is infinitely far, with the signs of its direction, and 0 where it has none along an axis.

    Raises
    ------
    TypeError
        `disparity` is no array of a real dtype, or `Q` is of another library than it and NumPy.
    ValueError
        `disparity` is empty or has more than one channel; `Q` has another shape, or holds NaN or infinity (not looked
        for on a device).

    Notes
    -----
    Differentiable with respect to both; the gradient is 0 where the point is infinitely far.

    Examples
    --------
    >>> Q = [[1, 0, 0, -1], [0, 1, 0, 0], [0, 0, 0, 100], [0, 0, 2, 0]]  # middle x 1, focal 100, baseline 1/2
    >>> reproject(np.array([[10.0, 10.0, 0.0]]), Q).tolist()
    [[[-0.05, 0.0, 5.0], [0.0, 0.0, 5.0], [inf, 0.0, inf]]]
    """
    check_gray(disparity, "disparity")
    exact = check_matrix(Q, "Q", disparity, shape=(4, 4))
    d: Any = lift(disparity)
    xp = namespace(d)
    axis = channel_axis(d)
    if axis is None:
        axis = 0 if kind(d) == "torch" else 2
        d = xp.expand_dims(d, axis=axis)
    x, y = _coordinates(d)
    rows = [q[0] * x + (q[1] * y + (q[2] * d + q[3])) for q in _rows(cast_to(exact, dtype_name(d)))]
    is_far = rows[3] == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = xp.where(is_far, xp.ones_like(d), rows[3])
        points = [xp.where(is_far, _towards(row), row / scale) for row in rows[:3]]
    return xp.concat(points, axis=axis)  # type: ignore[no-any-return]


def _coordinates(image: Any) -> tuple[Any, Any]:
    """Return x and y of the pixels of an image, ready to broadcast, in its dtype."""
    xp = namespace(image)
    made = []
    for axis, length in zip(spatial_axes(image)[::-1], size_of(image)[::-1], strict=True):
        shape = [1] * image.ndim
        shape[axis] = length
        made.append(xp.reshape(xp.arange(length, dtype=image.dtype, device=image.device), tuple(shape)))
    return made[0], made[1]


def _towards(direction: Any) -> Any:
    """Return infinity with the sign of `direction`, and 0 for 0."""
    xp = namespace(direction)
    infinite = xp.full_like(direction, float("inf"))
    return xp.where(direction > 0, infinite, xp.where(direction < 0, -infinite, 0 * direction))


def _rows(Q: Any) -> Any:
    return [[Q[i, j] for j in range(4)] for i in range(4)]
