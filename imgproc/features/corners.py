"""Corners as points: the local maxima of a response, to a fraction of a pixel."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch, size_of, spatial_axes
from imgproc._checks import check_flag, check_gray, check_integer, check_mask, check_number, check_same_kind
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.peaks import strongest_peaks
from imgproc.typing import ArrayT


def corners(
    response: ArrayT,
    *,
    threshold: float | None = None,
    relative_threshold: float = 0.01,
    min_distance: float = 1.0,
    max_points: int | None = None,
    mask: ArrayT | None = None,
    subpixel: bool = True,
) -> ArrayT:
    """Find the local maxima of a response, such as `harris` gives, as points, strongest first.

    Parameters
    ----------
    response : (H, W), or one image of one channel; any real dtype
    threshold : response units, optional
        Corners are above it.
    relative_threshold : 0 to 1
        Corners are above this share of the greatest response.
    min_distance : pixels, > 0
        Of two corners nearer than this, before they are refined, the stronger stays.
    max_points : int >= 1, optional
        The strongest so many are given.
    mask : bool, size of `response`, optional
        Where corners may lie; the greatest response is looked for there too.
    subpixel : bool
        Refine each point, by at most half a pixel, to the top of the quadratic through its 3 × 3 neighbours.

    Returns
    -------
    float32, or float64 for float64 and wide integers; (N, 2)
        Points (x, y), pixel centres at integers.

    Raises
    ------
    TypeError
        `response` is no array of a real dtype, `mask` is not bool or of another library, or a parameter is no number.
    ValueError
        `response` is empty, a batch or of several channels; `mask` has another size; a parameter is out of range.

    Notes
    -----
    Not differentiable. Of a flat top, the pixel first in memory counts. Pixels at the edge of the image are never
    corners, nor is one beside a NaN: what lies around is not known. On a device, the number found is waited for.

    Examples
    --------
    >>> from imgproc.features import harris
    >>> square = np.zeros((20, 20)); square[5:12, 6:15] = 1
    >>> found = corners(harris(square), relative_threshold=0.5, subpixel=False)
    >>> sorted(found.tolist())
    [[6.0, 5.0], [6.0, 11.0], [14.0, 5.0], [14.0, 11.0]]
    """
    check_gray(response, "response")
    if is_batch(response):
        shape = tuple(response.shape)  # type: ignore[attr-defined]
        raise ValueError(f"response must be one image, since each has its own number of corners, got shape {shape}")
    least = -math.inf if threshold is None else check_number(threshold, "threshold")
    share = check_number(relative_threshold, "relative_threshold", at_least=0.0, at_most=1.0)
    distance = check_number(min_distance, "min_distance", above=0.0)
    limit = 2**31 - 1 if max_points is None else check_integer(max_points, "max_points", at_least=1)
    is_refined = check_flag(subpixel, "subpixel")
    allowed = None if mask is None else _plane_of_mask(mask, response)
    plane = stack_planes(response, spatial_axes(response))[0, ...]
    found = strongest_peaks(plane, allowed, least, share, min(distance, 1e6), limit)
    points = _refine(plane, found) if is_refined else _positions(found, plane)
    return cast_to(points, work_dtype(response))  # type: ignore[no-any-return]


def _plane_of_mask(mask: Any, response: Any) -> Any:
    check_mask(mask)
    check_same_kind(response=response, mask=mask)
    if is_batch(mask) or size_of(mask) != size_of(response):
        raise ValueError(f"mask must have the size of response, got {size_of(mask)} and {size_of(response)}")
    return stack_planes(mask, spatial_axes(mask))[0, ...]


def _positions(indices: Any, plane: Any) -> Any:
    """Return (x, y) of flat indices, in float64."""
    width = plane.shape[1]
    return cast_to(namespace(plane).stack((indices % width, indices // width), axis=-1), "float64")


def _refine(plane: Any, indices: Any) -> Any:
    """Move each point to the top of the quadratic that has its values and central differences."""
    xp = namespace(plane)
    flat, width = xp.reshape(lift(plane), (-1,)), plane.shape[1]

    def at(dy: int, dx: int) -> Any:
        return cast_to(xp.take(flat, indices + (dy * width + dx), axis=0), "float64")

    twice = 2 * at(0, 0)
    slope_x, slope_y = (at(0, 1) - at(0, -1)) / 2, (at(1, 0) - at(-1, 0)) / 2
    bend_x, bend_y = at(0, 1) + at(0, -1) - twice, at(1, 0) + at(-1, 0) - twice
    twist = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4
    determinant = bend_x * bend_y - twist * twist
    # where the quadratic has no top, that of the parabola along each axis
    has_top = (determinant > 0) & (bend_x < 0)
    x = xp.where(has_top, _share(twist * slope_y - bend_y * slope_x, determinant), _share(slope_x, -bend_x))
    y = xp.where(has_top, _share(twist * slope_x - bend_x * slope_y, determinant), _share(slope_y, -bend_y))
    return _positions(indices, plane) + xp.stack((x, y), axis=-1)


def _share(step: Any, bend: Any) -> Any:
    """Divide, within half a pixel; 0 where that cannot be done."""
    xp = namespace(step)
    share = step / xp.where(bend > 0, bend, xp.ones_like(bend))
    share = xp.where(share > 0.5, 0.5 * xp.ones_like(share), xp.where(share < -0.5, -0.5 * xp.ones_like(share), share))
    return xp.where((bend > 0) & xp.isfinite(share), share, xp.zeros_like(share))
