"""Circles: the centres that gradients point at, and the outlines that edges draw around them."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch, spatial_axes
from imgproc._checks import check_gray, check_integer, check_number
from imgproc.edges.canny import canny
from imgproc.edges.gradients import gaussian_gradient
from imgproc.hough.accumulator import check_row
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.apart import select_rows, thin_points
from imgproc.primitives.circle_fit import fit_circles
from imgproc.primitives.edge_points import locate_edges
from imgproc.primitives.hough_votes import vote_centres
from imgproc.primitives.peaks import strongest_peaks
from imgproc.primitives.window_mean import window_mean
from imgproc.typing import Array, ArrayT

_NO_LIMIT = 2**31 - 1
_GROWTH = 1.25
"""Radii up to this ratio vote together: more would blur one another, fewer would cost more planes."""

_RADII_A_CELL = 40
"""Centres are counted in cells of this part of the radius: a gradient is right to a few hundredths of a radian."""

_WEIGHT = 1 << 14
"""Votes of a radius weigh _WEIGHT / radius, so that small circles count as much as large ones."""

_FOUND = 0.5
"""Share of the votes of the weakest circle looked for that must come together to be looked at closely."""


@dataclass(frozen=True)
class Circles:
    """Circles, best first.

    Attributes
    ----------
    x, y : float32 or float64, (N,)
        Centres; pixel centres are at integers.
    radius : float32 or float64, (N,)
    score : float32 or float64, (N,)
        Share of the outline that edges support, about 1 for a full circle.
    """

    x: Any
    y: Any
    radius: Any
    score: Any


def hough_circles(
    image: ArrayT,
    radii: Array,
    *,
    sigma: float = 1.0,
    low: float | None = None,
    high: float | None = None,
    quantiles: bool = False,
    threshold: float = 0.4,
    min_distance: float | None = None,
    max_circles: int | None = None,
) -> Circles:
    """Find circles: edges vote for centres along their gradients, and circles are fitted to those that agree.

    Parameters
    ----------
    image : (H, W), or one image of one channel; any real dtype
    radii : (R,), pixels, >= 1
        Radii to look for, in any order. A circle is found if its radius is within one pixel of one of them.
    sigma : pixels, > 0
        Width of the Gaussian of the edges, as in `canny`.
    low, high : intensity per pixel, 0 <= low <= high
        Thresholds of the edges, as in `canny`.
    quantiles : bool
        `low` and `high` are quantiles of gradients, 0 to 1, rather than gradients.
    threshold : share of the outline, 0 < threshold <= 1
        Least score of a circle.
    min_distance : pixels, >= 0, optional
        Of two circles with centres nearer than this the better stays; by default the least radius, so that of
        concentric circles one is given.
    max_circles : int >= 1, optional
        The best so many are given.

    Returns
    -------
    Circles
        `x`, `y`, `radius` and `score`, each (N,), float32, or float64 for float64 and wide integers; best first.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty, a batch or of several channels; a parameter is out of range.

    Notes
    -----
    Not differentiable. Bright and dark circles are found alike. The score counts against the whole outline: of a circle
    cut by the edge of the image, what lies outside is not supported. Centres outside the image are not looked for.
    Pixels whose gradient is NaN are no edges. On a device, the number of edges, of centres and of circles is waited
    for.

    Edges are located between pixels, at the top of the parabola through three gradients along the gradient. Radii of up
    to 1.25 times the least vote together, in a plane of cells that grow with the radius; so memory is that of `canny`,
    both derivatives, one plane of votes and some 100 bytes for each edge, whatever the number of radii. Where votes
    come together, the circle of least squares of distances is fitted to the edges: centre and radius are not those of
    a grid. A blurred disk of radius r appears smaller by about (sigma² + blur²) / (2 r).

    References
    ----------
    .. [1] C. Kimme, D. Ballard and J. Sklansky, "Finding circles by an array of accumulators", CACM 18(2), 1975.
    .. [2] F. Devernay, "A non-maxima suppression method for edge detection with sub-pixel accuracy", INRIA RR-2724,
       1995.

    Examples
    --------
    >>> y, x = np.mgrid[:60, :80]
    >>> disk = np.clip(15.5 - np.hypot(x - 40.3, y - 29.6), 0, 1)
    >>> found = hough_circles(disk, range(10, 20))
    >>> found.x.round(1).tolist(), found.y.round(1).tolist(), found.radius.round().tolist()
    ([40.3], [29.6], [15.0])
    """
    check_gray(image)
    if is_batch(image):
        shape = tuple(image.shape)  # type: ignore[attr-defined]
        raise ValueError(f"image must be one image, since each has its own number of circles, got shape {shape}")
    sizes = _check_radii(radii)
    share = check_number(threshold, "threshold", above=0.0, at_most=1.0)
    apart = sizes[0] if min_distance is None else check_number(min_distance, "min_distance", at_least=0.0)
    limit = _NO_LIMIT if max_circles is None else check_integer(max_circles, "max_circles", at_least=1)
    plane = stack_planes(image, spatial_axes(image))[0, ...]
    found = canny(plane, sigma, low=low, high=high, quantiles=quantiles)
    edges, rows = locate_edges(found, *gaussian_gradient(plane, sigma))
    del found
    xp = namespace(edges)
    size = plane.shape[0], plane.shape[1]
    fitted = xp.concat([_find_in_shell(edges, rows, shell, share, size) for shell in _shells(sizes)])
    (fitted,) = select_rows(_is_wanted(fitted, sizes, share, size), fitted)
    fitted = xp.take(fitted, xp.argsort(fitted[:, 3], descending=True, stable=True), axis=0)
    (fitted,) = select_rows(thin_points(fitted[:, :2], apart, limit), fitted)
    return Circles(*(cast_to(fitted[:, i], parameter_dtype(image)) for i in range(4)))


def _check_radii(radii: Any) -> tuple[float, ...]:
    """Require radii of a pixel and more; return them ascending, each once."""
    row = check_row(list(radii) if isinstance(radii, range) else radii, "radii")
    for radius in row:
        check_number(radius, "radii", at_least=1.0, at_most=2.0**20)
    return tuple(sorted(set(row)))


def _shells(sizes: tuple[float, ...]) -> list[tuple[float, ...]]:
    """Cut ascending radii into groups that vote together."""
    shells: list[list[float]] = []
    for radius in sizes:
        if not shells or radius > max(_GROWTH * shells[-1][0], shells[-1][0] + 2):
            shells.append([])
        shells[-1].append(radius)
    return [tuple(shell) for shell in shells]


def _find_in_shell(edges: Any, rows: Any, shell: tuple[float, ...], share: float, size: tuple[int, int]) -> Any:
    """Return the circles (K, 4) fitted wherever votes of a group of radii come together."""
    xp = namespace(edges)
    cell = float(max(1, round(shell[0] / _RADII_A_CELL)))
    height, width = (math.ceil(length / cell) + 2 for length in size)
    weights = tuple(max(1, round(_WEIGHT / radius)) for radius in shell)
    votes = cast_to(vote_centres(edges, shell, weights, cell, height, width), "float32")
    mean = window_mean(votes, (3, 3), (0, 1), "constant", 0.0)
    # every pixel of an outline votes next to the centre with each radius that is off by less than a cell
    together = min(sum(abs(radius - other) <= cell for other in shell) for radius in shell)
    least = _FOUND * share * 2 * math.pi * _WEIGHT * together / 9
    peaks = strongest_peaks(mean - xp.mean(votes), None, least, 0.0, 2.0, height * width)
    x, y = (cast_to(part, "float64") for part in (peaks % width, peaks // width))
    starts = xp.stack(((x - 0.5) * cell - 0.5, (y - 0.5) * cell - 0.5), axis=-1)
    return fit_circles(edges, rows, starts, shell[0], shell[-1], cell)


def _is_wanted(fitted: Any, sizes: tuple[float, ...], share: float, size: tuple[int, int]) -> Any:
    """Say which circles are good enough, of one of the radii, and centred in the image."""
    xp = namespace(fitted)
    x, y, radius, score = (fitted[:, i] for i in range(4))
    inside = (x >= -0.5) & (x < size[1] - 0.5) & (y >= -0.5) & (y < size[0] - 0.5)
    fits = score < 0
    for first, last in _ranges(sizes):
        fits = fits | ((radius >= first - 1) & (radius <= last + 1))
    return inside & fits & (score >= share) & xp.isfinite(radius)


def _ranges(sizes: tuple[float, ...]) -> list[tuple[float, float]]:
    """Join ascending radii no more than two pixels apart: whatever lies between is within a pixel of one."""
    cuts = [i for i, (a, b) in enumerate(itertools.pairwise(sizes), 1) if b - a > 2]
    return [(sizes[a], sizes[b - 1]) for a, b in itertools.pairwise([0, *cuts, len(sizes)])]
