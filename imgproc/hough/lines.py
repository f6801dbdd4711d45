"""Straight lines: the peaks of the votes, fitted to the pixels that cast them."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._checks import check_flag, check_integer, check_number
from imgproc.hough.accumulator import cast_votes, check_angles, check_cells, check_one_mask
from imgproc.primitives.apart import select_rows, thin_lines
from imgproc.primitives.line_pixels import line_moments
from imgproc.primitives.peaks import strongest_peaks
from imgproc.typing import Array, ArrayT

_NO_LIMIT = 2**31 - 1
_HALF = 0.499999
"""Share of the greatest count that peaks are above: exactly half of it counts."""

_FITS = 6
"""Rounds of the fit: the first sees the part of a line within a pixel of the peak's, the second nearly all of it."""


@dataclass(frozen=True)
class Lines:
    """Lines x cos(theta) + y sin(theta) = rho, most votes first.

    Attributes
    ----------
    rho : float32, (N,)
        Signed distance from the centre of pixel (0, 0).
    theta : float32, (N,)
        Direction of the normal, from +x towards +y, in [-pi/2, pi/2).
    votes : int32, (N,)
        Pixels in the bin of the peak.
    """

    rho: Any
    theta: Any
    votes: Any


def hough_lines(
    mask: ArrayT,
    *,
    angles: Array | None = None,
    rho_step: float = 1.0,
    threshold: int | None = None,
    min_distance: float = 9.0,
    min_angle: float = 0.17,
    max_lines: int | None = None,
    subbin: bool = True,
) -> Lines:
    """Find straight lines by the Hough transform: bins with more votes than those around, one for each line.

    Parameters
    ----------
    mask : bool, (H, W), or one image of one channel
        Such as `canny` gives.
    angles : (A,), radians, optional
        Directions of normals to try, increasing, within half a turn; by default 180, a degree apart.
    rho_step : pixels, > 0
        Height of a bin of rho.
    threshold : votes, >= 1, optional
        Least votes of a line; by default half those of the strongest.
    min_distance, min_angle : pixels and radians, >= 0
        Of two lines nearer than both, the one with fewer votes goes. Distances are those of rho measured from the
        centre of the image, so that a mirrored mask has the mirrored lines. A line turned by pi is the line of -rho.
    max_lines : int >= 1, optional
        The strongest so many are given.
    subbin : bool
        Fit each line to the pixels around it, else give the middle of its bin.

    Returns
    -------
    Lines
        `rho` and `theta` float32, `votes` int32, each (N,); most votes first, none at all for an empty mask.

    Raises
    ------
    TypeError
        `mask` is not bool, or a parameter is no number.
    ValueError
        `mask` is empty, a batch or of several channels; `angles` do not increase or reach over pi; a parameter is
        out of range, or `rho_step` so small that there would be more than 2**28 cells.

    Notes
    -----
    Not differentiable. A peak has no fewer votes than its eight neighbours, and more than those before it in the order
    of angle and rho; the last angle has the first, turned by pi, as a neighbour where they are no further apart than
    angles are. On a device, the number of lines is waited for.

    A peak says to within half a bin where a line is, but a long line rarely is at one of the angles: its votes spread
    over several bins, and the middle of the greatest may be pixels off at its ends. With `subbin` the line of least
    squares of perpendicular distances is taken through the pixels within `rho_step` (at least one pixel) of it, six
    times over. Two peaks of one line then coincide, and the second goes. Fits that turn past the next two angles,
    or leave the middle of the pixels first seen, are not believed: the middle of the bin stays.

    References
    ----------
    .. [1] R. O. Duda and P. E. Hart, "Use of the Hough transformation to detect lines and curves in pictures",
       CACM 15(1), 1972.

    Examples
    --------
    >>> mask = np.zeros((40, 60), bool); mask[np.arange(30), 10 + np.arange(30)] = True  # x - y = 10
    >>> lines = hough_lines(mask)
    >>> round(lines.rho.item(), 3), round(np.degrees(lines.theta).item(), 3), lines.votes.item()
    (7.071, -45.0, 30)
    """
    plane = check_one_mask(mask, "lines")
    turns = _check_increasing(check_angles(angles))
    step = check_number(rho_step, "rho_step", above=0.0)
    check_cells(plane, turns, step)
    least = None if threshold is None else check_integer(threshold, "threshold", at_least=1)
    apart = check_number(min_distance, "min_distance", at_least=0.0), check_number(min_angle, "min_angle", at_least=0.0)
    limit = _NO_LIMIT if max_lines is None else check_integer(max_lines, "max_lines", at_least=1)
    is_fitted = check_flag(subbin, "subbin")
    rho, theta, votes = _find_peaks(plane, turns, step, least)
    stays = _thin(plane, rho, theta, apart, _NO_LIMIT if is_fitted else limit)
    rho, theta, votes = select_rows(stays, rho, theta, votes)
    if is_fitted and rho.shape[0] > 0:
        rho, theta = _fit(plane, rho, theta, max(step, 1.0), _widest_step(turns))
        stays = _thin(plane, rho, theta, apart, limit)
        rho, theta, votes = select_rows(stays, rho, theta, votes)
    rho, theta = _in_half_a_turn(rho, theta)
    return Lines(cast_to(rho, "float32"), cast_to(theta, "float32"), votes)


def _check_increasing(turns: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in itertools.pairwise(turns)) or not turns[-1] - turns[0] < math.pi:
        raise ValueError(f"angles must increase and lie within half a turn, got {turns[0]:g} to {turns[-1]:g}")
    return turns


def _widest_step(turns: tuple[float, ...]) -> float:
    return max((b - a for a, b in itertools.pairwise(turns)), default=math.pi / 180)


def _find_peaks(plane: Any, turns: tuple[float, ...], step: float, least: int | None) -> tuple[Any, Any, Any]:
    """Return rho, theta (float64) and votes (int32) of the local maxima, most votes first."""
    xp = namespace(plane)
    votes, reach = cast_votes(plane, turns, step)
    # float32 holds every count below 2**24
    exact = cast_to(votes, "float32" if plane.shape[0] * plane.shape[1] < 2**24 else "float64")
    wraps = turns[0] + math.pi - turns[-1] <= 1.5 * _widest_step(turns)
    beside = xp.flip(exact[-1:, :], axis=1), xp.flip(exact[:1, :], axis=1)
    nothing = xp.zeros_like(beside[0])
    framed = xp.concat((beside[0] if wraps else nothing, exact, beside[1] if wraps else nothing))
    # bins beyond the least and greatest rho, which no pixel can have
    margin = xp.zeros((framed.shape[0], 1), dtype=framed.dtype, device=framed.device)
    framed = xp.concat((margin, framed, margin), axis=1)
    threshold, share = (0.0, _HALF) if least is None else (least - 0.5, 0.0)
    found = strongest_peaks(framed, None, threshold, share, 0.0, _NO_LIMIT)
    a, bin_of_rho = found // framed.shape[1] - 1, found % framed.shape[1] - 1
    counts = xp.take(xp.reshape(votes, (-1,)), a * votes.shape[1] + bin_of_rho, axis=0)
    theta = xp.take(xp.asarray(turns, dtype=xp.float64, device=plane.device), a, axis=0)
    return cast_to(bin_of_rho - reach, "float64") * step, theta, counts


def _thin(plane: Any, rho: Any, theta: Any, apart: tuple[float, float], limit: int) -> Any:
    """Say which lines stay of those near each other, with rho measured from the centre of the image."""
    xp = namespace(plane)
    cx, cy = (plane.shape[1] - 1) / 2, (plane.shape[0] - 1) / 2
    rho = rho - cx * xp.cos(theta) - cy * xp.sin(theta)
    return thin_lines(xp.stack(_in_half_a_turn(rho, theta), axis=-1), *apart, limit)


def _in_half_a_turn(rho: Any, theta: Any) -> tuple[Any, Any]:
    """Return the same lines with theta in [-pi/2, pi/2), also once rounded to float32."""
    xp = namespace(theta)
    half_turns = xp.floor(theta / math.pi + 0.5)
    theta = theta - half_turns * math.pi
    # what would round to +pi/2
    turned = theta >= math.pi / 2 - 1e-7
    theta = xp.where(turned, xp.full_like(theta, -math.pi / 2), theta)
    is_odd = (half_turns - 2 * xp.floor(half_turns / 2) > 0.5) ^ turned
    return xp.where(is_odd, -rho, rho), theta


def _fit(plane: Any, rho: Any, theta: Any, width: float, turn: float) -> tuple[Any, Any]:
    """Return the lines of least squares through the pixels near the given ones."""
    xp = namespace(plane)
    first_rho, first_theta = rho, theta
    first_x, first_y = None, None
    for _ in range(_FITS):
        sums = cast_to(line_moments(plane, xp.stack((xp.cos(theta), xp.sin(theta), rho), axis=-1), width), "float64")
        count, sx, sy, sxx, sxy, syy = (sums[:, i] for i in range(6))
        count = xp.where(count > 0, count, xp.ones_like(count))
        mx, my = sx / count, sy / count
        if first_x is None:
            first_x, first_y = mx, my
        fitted = 0.5 * xp.atan2(2 * (sxy - sx * my), (sxx - sx * mx) - (syy - sy * my)) + math.pi / 2
        # of the two ways to write its normal, the one near the first
        fitted = fitted - math.pi * xp.floor((fitted - first_theta) / math.pi + 0.5)
        fitted_rho = mx * xp.cos(fitted) + my * xp.sin(fitted)
        moved = xp.abs(first_x * xp.cos(fitted) + first_y * xp.sin(fitted) - fitted_rho)
        good = (xp.abs(fitted - first_theta) <= 2 * turn) & (moved <= width) & (sums[:, 0] >= 2)
        rho = xp.where(good, fitted_rho, first_rho)
        theta = xp.where(good, fitted, first_theta)
    return rho, theta
