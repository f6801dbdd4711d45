"""Homographies that stay finite over an image, and cameras that see what they should."""

import math

import numpy as np
from hypothesis import strategies as st

from imgproc._checks import check_number
from imgproc.testing._sizes import Size, check_size

_DEGENERATE_SHIFT = 0.25
"""Three corners that each move by a quarter of the side can end on one line."""


def homographies(*, size: Size = 64, max_shift: float = 0.2) -> st.SearchStrategy[np.ndarray]:
    """Draw homographies that move each corner of an image a little way of its own.

    Parameters
    ----------
    size : int or (height, width) of the image
    max_shift : 0 <= max_shift < 0.25
        Furthest move of a corner pixel along each axis, as a share of the side.

    Returns
    -------
    hypothesis.strategies.SearchStrategy of (3, 3) float64
        NumPy, as matrices may be for an image of any kind; H[2, 2] = 1. Invertible, and without a horizon inside the
        image: the moved corners span a convex quadrilateral. Shrinks towards the identity.

    Raises
    ------
    ValueError
        `max_shift` is out of range.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(H=homographies(size=64))
    ... def the_horizon_stays_outside(H):
    ...     assert (H[2] @ [[0, 63, 0, 63], [0, 0, 63, 63], [1, 1, 1, 1]] > 0).all()
    >>> the_horizon_stays_outside()
    """
    height, width = check_size(size, "size")
    reach = check_number(max_shift, "max_shift", at_least=0.0)
    if reach >= _DEGENERATE_SHIFT:
        raise ValueError(f"max_shift must be below {_DEGENERATE_SHIFT}, got {max_shift!r}")
    scale = np.array([max(width - 1, 1), max(height - 1, 1), 1.0])
    shifts = st.lists(st.floats(-reach, reach), min_size=8, max_size=8)
    return shifts.map(lambda moved: _from_unit_square(np.reshape(moved, (4, 2))) * scale[:, None] / scale)


def _from_unit_square(shifts: np.ndarray) -> np.ndarray:
    """Return the homography of the unit square to its shifted corners, H[2, 2] = 1."""
    source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    rows, wanted = [], []
    for (x, y), (u, v) in zip(source, source + shifts, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return np.append(np.linalg.solve(rows, wanted), 1.0).reshape(3, 3)


def cameras(
    *, size: Size = (480, 640), max_angle: float = 0.5
) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Draw cameras (K, R, t) that see every point within 1 of the origin.

    Parameters
    ----------
    size : int or (height, width) of the image
    max_angle : radians, 0 to pi
        Furthest turn of the camera, about any axis.

    Returns
    -------
    hypothesis.strategies.SearchStrategy of (3, 3), (3, 3), (3,) float64
        A point X of the world is at ``R @ X + t`` before the camera, on the pixel that ``K`` makes of it: in front and
        inside the image where ``norm(X) <= 1``. No skew; the principal point is near the middle. Shrinks towards an
        unturned camera before the origin.

    Raises
    ------
    ValueError
        `size` or `max_angle` is out of range.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(camera=cameras(size=(480, 640)))
    ... def the_origin_is_in_the_picture(camera):
    ...     K, R, t = camera
    ...     x, y, depth = K @ t
    ...     assert 0 < x / depth < 639 and 0 < y / depth < 479
    >>> the_origin_is_in_the_picture()
    """
    check_size(size, "size")
    check_number(max_angle, "max_angle", at_least=0.0, at_most=math.pi)
    return _cameras(check_size(size, "size"), float(max_angle))


@st.composite
def _cameras(draw: st.DrawFn, size: tuple[int, int], max_angle: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    aspect, off_x, off_y = draw(st.floats(0.5, 2.0)), draw(st.floats(-0.1, 0.1)), draw(st.floats(-0.1, 0.1))
    focal = draw(st.floats(0.5, 2.0)) * max(size)
    extent = np.array([size[1] - 1.0, size[0] - 1.0]).clip(min=0.5)
    center = extent * (0.5 + np.array([off_x, off_y]))
    K = np.array([[focal, 0, center[0]], [0, focal * aspect, center[1]], [0, 0, 1.0]])
    R = _rotation(np.array([draw(st.floats(-1, 1)) for _ in range(3)]), draw(st.floats(0, max_angle)))
    aside = np.array([draw(st.floats(-0.25, 0.25)) for _ in range(2)])
    # the slope of the steepest ray that still meets the image on its nearer side
    slope = (0.4 * extent / np.array([focal, focal * aspect])).min()
    depth = draw(st.floats(1.125, 4.0)) * (1 + (1 + float(np.abs(aside).max())) / float(slope))
    return K, R, np.append(aside, depth)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Turn about `axis` by Rodrigues' formula; a vanishing axis is taken for z."""
    length = float(np.linalg.norm(axis))
    x, y, z = axis / length if length > 1e-6 else np.array([0.0, 0.0, 1.0])
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: np.ndarray = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return turned
