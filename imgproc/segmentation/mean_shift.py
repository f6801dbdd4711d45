"""Clusters around the modes of a density."""

from typing import Any, Literal

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_choice, check_finite, check_integer, check_number
from imgproc.primitives.mean_shift_points import shift_to_point_modes
from imgproc.segmentation.kmeans import check_features
from imgproc.typing import ArrayT

_MOST_STEPS = 2**31 - 1


def mean_shift(
    features: ArrayT,
    bandwidth: float,
    *,
    kernel: Literal["flat", "gaussian"] = "flat",
    max_iterations: int = 300,
    tolerance: float = 1e-3,
) -> tuple[ArrayT, ArrayT]:
    """Divide points by the mode of their density that each climbs to; their number need not be known.

    Parameters
    ----------
    features : (N, D); any real dtype, finite
        Points, as rows.
    bandwidth : units of `features`, > 0
        Radius of the flat kernel, or sigma of the Gaussian.
    kernel : "flat" or "gaussian"
        How much points count by their distance: all alike up to the bandwidth, or exp(-distance² / (2 bandwidth²)), cut
        off at 5 bandwidths.
    max_iterations : int, >= 1
    tolerance : bandwidths, >= 0
        A point has arrived when it moves no farther.

    Returns
    -------
    (modes, labels)
        `modes` (M, D), float32, or float64 for float64 and integers of 32 bits and more, that of most points first;
        `labels` (N,) int32, the rows of `modes`.

    Raises
    ------
    TypeError
        `features` is no array of a real dtype, or a parameter is of another type.
    ValueError
        `features` is empty, of another rank or not finite; a parameter is out of range.

    Notes
    -----
    Not differentiable. Every point starts a climb: a step leads to the mean of what is near. Of the places where climbs
    end, the one with most around it is a mode, and so on with those that are not closer than `bandwidth` to a mode;
    a point belongs to the mode nearest to where its climb ends. The order of the points has no say: it permutes the
    labels alone. Points that repeat climb once. Waits for a device in every iteration.

    References
    ----------
    .. [1] D. Comaniciu and P. Meer, "Mean shift: a robust approach toward feature space analysis", PAMI 24(5), 2002,
       section 2.

    Examples
    --------
    >>> modes, labels = mean_shift(np.array([[0.0], [9.0], [1.0], [10.0], [2.0]]), 2.0)
    >>> modes.tolist(), labels.tolist()
    ([[1.0], [9.5]], [0, 1, 0, 1, 0])
    """
    check_features(features, batch=False)
    width = check_number(bandwidth, "bandwidth", above=0.0)
    check_choice(kernel, ("flat", "gaussian"), "kernel")
    most = check_integer(max_iterations, "max_iterations", at_least=1, at_most=_MOST_STEPS)
    share = check_number(tolerance, "tolerance", at_least=0.0)
    check_finite(wait=True, features=features)
    xp: Any = namespace(features)
    points, counts, places = _distinct(cast_to(features, "float64"))
    ends, masses = shift_to_point_modes(points, counts, width, kernel, most, share)
    modes = _merge(ends, masses, width)
    nearest = _nearest(ends, modes)
    populations = _count(nearest, counts, modes.shape[0])
    order = xp.argsort(-populations, stable=True)
    ranks = xp.argsort(order)
    labels = xp.take(xp.take(ranks, nearest, axis=0), places, axis=0)
    return cast_to(xp.take(modes, order, axis=0), parameter_dtype(features)), cast_to(labels, "int32")


def _distinct(points: Any) -> tuple[Any, Any, Any]:
    """Return distinct points, sorted, how often each occurs, and the row of each point among them."""
    xp = namespace(points)
    order = _lexicographic(points)
    rows = xp.take(points, order, axis=0)
    differs = xp.any(rows[1:, :] != rows[:-1, :], axis=1)
    is_first = xp.concat([xp.ones(1, dtype=xp.bool, device=points.device), differs])
    firsts = xp.nonzero(is_first)[0]
    ends = xp.concat([firsts[1:], xp.full(1, points.shape[0], dtype=firsts.dtype, device=points.device)])
    numbers = xp.cumulative_sum(cast_to(is_first, "int64")) - 1
    places = xp.take(numbers, xp.argsort(order), axis=0)
    return xp.take(rows, firsts, axis=0), cast_to(ends - firsts, "float64"), places


def _lexicographic(points: Any) -> Any:
    """Return the order of rows by the first column, then the second, and so on."""
    xp = namespace(points)
    order = xp.arange(points.shape[0], dtype=xp.int64, device=points.device)
    for d in range(points.shape[1] - 1, -1, -1):
        order = xp.take(order, xp.argsort(xp.take(points[:, d], order, axis=0), stable=True), axis=0)
    return order


def _merge(ends: Any, masses: Any, bandwidth: float) -> Any:
    """Return the modes among `ends`: that of the greatest mass, then of those not closer than the bandwidth to one."""
    xp = namespace(ends)
    order = _lexicographic(ends)
    order = xp.take(order, xp.argsort(-xp.take(masses, order, axis=0), stable=True), axis=0)
    waiting, modes = xp.take(ends, order, axis=0), []
    while waiting.shape[0] > 0:
        mode = waiting[:1, :]
        modes.append(mode)
        is_apart = xp.sum((waiting - mode) ** 2, axis=1) >= bandwidth * bandwidth
        is_apart = is_apart & (xp.arange(waiting.shape[0], device=ends.device) > 0)  # however small the bandwidth is
        waiting = xp.take(waiting, xp.nonzero(is_apart)[0], axis=0)
    return xp.concat(modes)


def _nearest(ends: Any, modes: Any) -> Any:
    """Return the row of the nearest mode, of equals the first."""
    xp = namespace(ends)
    rows = max(1, (1 << 22) // modes.shape[0])
    found = []
    for first in range(0, ends.shape[0], rows):
        squares: Any = 0.0
        for d in range(ends.shape[1]):
            difference = ends[first : first + rows, d][:, None] - modes[:, d][None, :]
            squares = squares + difference * difference
        found.append(cast_to(xp.argmin(squares, axis=1), "int64"))
    return xp.concat(found)


def _count(labels: Any, weights: Any, count: int) -> Any:
    """Return the sum of `weights` of each label."""
    xp = namespace(labels)
    order = xp.argsort(labels, stable=True)
    running = xp.cumulative_sum(xp.take(weights, order, axis=0))
    running = xp.concat([xp.zeros_like(running[:1]), running])
    bounds = xp.searchsorted(
        xp.take(labels, order, axis=0), xp.arange(count + 1, dtype=labels.dtype, device=labels.device)
    )
    at = xp.take(running, bounds, axis=0)
    return at[1:] - at[:-1]
