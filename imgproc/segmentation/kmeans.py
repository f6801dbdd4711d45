"""k-means clustering."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_array, check_finite, check_integer, check_number, check_rng
from imgproc.primitives.cell_means import cell_means
from imgproc.primitives.joined_clusters import move_and_join
from imgproc.primitives.nearest_center import (
    as_columns,
    assign_to_centers,
    center_potentials,
    lesser_squares,
)
from imgproc.typing import Array, ArrayT

_WORTH_CONDENSING = 4
"""How many times as many points there must be as of those that stand for them while starts are improved."""

_LEAST_SAMPLE, _SAMPLE_A_CLUSTER = 1 << 14, 256

_LEAST_CELLS, _CELL_SHARES = 4, {1: 2.0**-20, 2: 2.0**-16, 3: 2.0**-13}
"""Of a cluster: its cells, and by dimension the share that one may have in its scatter. In more dimensions nearly each
point has a cell of its own."""

_REHEARSED, _WIDENED, _NARROWED = 20, 5, 8
"""Iterations of a start, and of a try with added centres and without them."""

_AT_ONCE, _MOST_ROUNDS, _ROUNDS_A_CLUSTER, _MOST_SEARCHED = 2, 32, 3, 26
"""Tries side by side in a round, rounds, and how many iterations of the whole all tries may cost."""


@dataclass(frozen=True)
class KMeans:
    """Clusters: `centers` (k, D), the `labels` (N,) of the points, and the sum of squared distances to the centres.

    `inertia` is () or, for B problems, (B,); `iterations` how often the centres were moved, the most of all problems.
    """

    centers: Array
    labels: Array
    inertia: Array
    iterations: int


def kmeans(
    features: ArrayT,
    k: int,
    *,
    rng: int | np.random.Generator = 0,
    n_init: int = 1,
    max_iterations: int = 100,
    tolerance: float = 1e-4,
) -> KMeans:
    """Divide points into k clusters, so that the squared distances to the clusters' means are small.

    Parameters
    ----------
    features : (N, D) or (B, N, D); any real dtype, finite
        Points, as rows; B problems are solved one by one.
    k : int, 1 to N
    rng : int or numpy.random.Generator
        Of the first centres; an int starts every problem afresh.
    n_init : int, >= 1
        How many times to start; the least inertia wins.
    max_iterations : int, >= 1
    tolerance : >= 0
        Stop when the centres move, in sum of squares, by less than this share of the mean variance of the dimensions.

    Returns
    -------
    KMeans
        `centers` (k, D) and `inertia` float32, or float64 for float64 and integers of 32 bits and more; `labels` int32;
        B leads. Each label is that of the nearest centre, of equal ones the first.

    Raises
    ------
    TypeError
        `features` is no array of a real dtype, or a parameter is of another type.
    ValueError
        `features` is empty, of another rank or not finite; a parameter is out of range.

    Warns
    -----
    UserWarning
        There are fewer distinct points than k: the last centres repeat others, and no point has their labels.

    Notes
    -----
    Not differentiable. First centres are drawn by greedy k-means++ [1]_: 2 + log k candidates each, with
    probabilities proportional to the squared distance to those there are; then Lloyd's iterations, exact. A cluster
    that runs empty is moved to the point farthest from its centre. Of 65,536 points and more, fewer stand for all while
    each start is iterated [2]_ and improved: the means of cells that are smaller where there are more points, each
    weighed by how many it holds, or in more than three dimensions a sample. Up to half as many centres again are added
    where squares are large, the clusters that cost least to join are joined, and what lowers the inertia stays [3]_.
    Waits for a device in every iteration.

    References
    ----------
    .. [1] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, section 2 and
       conclusion. S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28(2), 1982.
    .. [2] P. Bradley and U. Fayyad, "Refining initial points for k-means clustering", ICML 1998.
    .. [3] T. Kaukoranta, P. Fränti and O. Nevalainen, "Iterative split-and-merge algorithm for vector quantization
       codebook generation", Optical Engineering 37(10), 1998. B. Fritzke, "The breathing k-means algorithm",
       arXiv:2006.15666, 2020.

    Examples
    --------
    >>> found = kmeans(np.array([[0.0], [1.0], [9.0], [10.0]]), 2)
    >>> sorted(found.centers.ravel().tolist()), float(found.inertia)
    ([0.5, 9.5], 1.0)
    """
    check_features(features)
    points: Any = features
    count = check_integer(k, "k", at_least=1, at_most=points.shape[-2])
    starts, most, share = check_kmeans_options(n_init, max_iterations, tolerance)
    check_rng(rng)
    check_finite(wait=True, features=features)
    xp = namespace(points)
    problems = [points] if points.ndim == 2 else [points[i, ...] for i in range(points.shape[0])]
    found = []
    for problem in problems:
        columns = as_columns(lift(problem))
        weights = xp.ones(columns.shape[1], dtype=xp.float64, device=columns.device)
        found.append(cluster(columns, weights, count, rng, (starts, most, share), warns=True))
    iterations = max(f.iterations for f in found)
    if points.ndim == 2:
        return found[0]
    centers, labels, inertia = (
        xp.stack([getattr(f, name) for f in found]) for name in ("centers", "labels", "inertia")
    )
    return KMeans(centers, labels, inertia, iterations)


def cluster(
    columns: Any, weights: Any, k: int, rng: Any, options: tuple[int, int, float], *, warns: bool = False
) -> KMeans:
    """Cluster points (D, N) that count `weights` (N,) times; see `kmeans`."""
    starts, most, share = options
    xp, draws = namespace(columns), check_rng(rng)
    origin = xp.zeros((1, columns.shape[0]), dtype=xp.float64, device=columns.device)
    _, _, sums, total = assign_to_centers(columns, weights, origin)
    unknown = xp.full(columns.shape[1], math.inf, dtype=columns.dtype, device=columns.device)
    variance = center_potentials(columns, weights, unknown, sums / total)[0, ...] / (total[0, ...] * columns.shape[0])
    limit = share * float(variance)
    fewer = _condensed(columns, weights, k, float(variance), draws)
    best: KMeans | None = None
    for _ in range(starts):
        distinct = 0
        if fewer is not None:
            centers, distinct = _rehearse(fewer, k, draws, _MOST_SEARCHED * columns.shape[1])
        if distinct < k:
            centers, distinct = _first_centers(columns, weights, k, draws)
        if warns and distinct < k:
            warnings.warn(f"k is {k}, but there are only {distinct} distinct points", UserWarning, stacklevel=3)
            warns = False
        found = _lloyd(columns, weights, centers, most, limit)
        if best is None or float(found.inertia) < float(best.inertia):
            best = found
    assert best is not None
    return best


def _condensed(
    columns: Any, weights: Any, k: int, variance: float, draws: np.random.Generator
) -> tuple[Any, Any] | None:
    """Return fewer points and weights that stand for many: the means of cells, or a sample; None of few points."""
    xp, (dimensions, count) = namespace(columns), columns.shape
    size = max(_LEAST_SAMPLE, _SAMPLE_A_CLUSTER * k)
    if count < _WORTH_CONDENSING * size:
        return None
    if dimensions in _CELL_SHARES and 0 < variance < math.inf:
        limit = _CELL_SHARES[dimensions] * variance * float(xp.sum(weights)) / k
        means, held = cell_means(columns, weights, limit)
        if _LEAST_CELLS * k <= held.shape[0] <= count // _WORTH_CONDENSING:
            return means, held
    sample = xp.take(columns, _draw(weights, np.sort(draws.random(size))), axis=1)
    return sample, xp.ones(size, dtype=xp.float64, device=columns.device)


def _rehearse(fewer: tuple[Any, Any], k: int, draws: np.random.Generator, worth: int) -> tuple[Any, int]:
    """Return centres (k, D) to start from, and how many of them differ.

    `fewer` are the points and weights that stand for all; to improve the centres about `worth` of them are assigned.
    """
    xp, (columns, weights) = namespace(fewer[0]), fewer
    centers, distinct = _first_centers(columns, weights, k, draws)
    if distinct < k or k == 1:
        return centers, distinct
    moved, inertia = move_and_join(columns, weights, xp.stack([centers]), k, (0, _REHEARSED))
    rounds = min(_MOST_ROUNDS, _ROUNDS_A_CLUSTER * k, worth // (_AT_ONCE * (_WIDENED + _NARROWED) * columns.shape[1]))
    return _searched(columns, weights, (moved[0, ...], float(inertia[0, ...])), draws, rounds)[0], k


def _searched(
    columns: Any, weights: Any, best: tuple[Any, float], draws: np.random.Generator, rounds: int
) -> tuple[Any, float]:
    """Leave local minima, by adding centres and joining as many clusters, fewer each round; the inertia never grows.

    `best` are centres (k, D) in float64 and the inertia of clusters whose means they are.
    """
    xp, k = namespace(columns), best[0].shape[0]
    squares = assign_to_centers(columns, weights, best[0])[1]
    for left in range(rounds, 0, -1):
        added = -(-k * left // (2 * rounds))
        places = _draw(cast_to(squares, "float64") * weights, draws.random(_AT_ONCE * added))
        rows = cast_to(xp.matrix_transpose(xp.take(columns, places, axis=1)), "float64")
        tries = [xp.concat([best[0], rows[i * added : (i + 1) * added, :]]) for i in range(_AT_ONCE)]
        moved, inertia = move_and_join(columns, weights, xp.stack(tries), k, (_WIDENED, _NARROWED))
        least = int(xp.argmin(inertia))
        if float(inertia[least, ...]) < best[1]:
            best = moved[least, ...], float(inertia[least, ...])
            squares = assign_to_centers(columns, weights, best[0])[1]
    return best


def _first_centers(columns: Any, weights: Any, k: int, draws: np.random.Generator) -> tuple[Any, int]:
    """Draw k points by greedy k-means++; return them (k, D) and how many of them differ."""
    xp, distinct = namespace(columns), k
    trials = 2 + int(math.log(k))
    chosen = [_draw(weights, draws.random(1))]
    squares = xp.full(columns.shape[1], math.inf, dtype=columns.dtype, device=columns.device)
    for n in range(1, k + 1):
        center = xp.matrix_transpose(xp.take(columns, chosen[-1], axis=1))
        squares = lesser_squares(columns, squares, center)
        if n == k:
            break
        if float(xp.max(cast_to(squares, "float64") * weights)) == 0:
            distinct = n
            chosen += [chosen[0]] * (k - n)
            break
        chosen.append(_candidate(columns, weights, squares, trials, draws))
    return cast_to(xp.matrix_transpose(xp.take(columns, xp.concat(chosen), axis=1)), "float64"), distinct


def _candidate(columns: Any, weights: Any, squares: Any, trials: int, draws: np.random.Generator) -> Any:
    """Draw points with probabilities proportional to their squares; return the place (1,) of that which lowers most."""
    xp = namespace(columns)
    candidates = _draw(cast_to(squares, "float64") * weights, draws.random(trials))
    rows = xp.matrix_transpose(xp.take(columns, candidates, axis=1))
    best = xp.argmin(center_potentials(columns, weights, squares, rows))
    return xp.take(candidates, xp.reshape(best, (1,)))


def _draw(weights: Any, shares: np.ndarray) -> Any:
    """Return the places at which the running sum of `weights` passes the `shares` of its end."""
    xp = namespace(weights)
    running = xp.cumulative_sum(weights)
    wanted = xp.asarray(shares, device=weights.device) * running[-1]
    place = xp.searchsorted(running, wanted, side="right")
    return xp.where(place >= weights.shape[0], xp.full_like(place, weights.shape[0] - 1), place)


def _lloyd(columns: Any, weights: Any, centers: Any, most: int, limit: float) -> KMeans:
    xp = namespace(columns)
    iterations, has_settled = 0, False
    while True:
        labels, squares, sums, counts = assign_to_centers(columns, weights, centers)
        if has_settled or iterations == most:
            break
        is_empty = counts == 0
        moved = sums / xp.where(is_empty, xp.ones_like(counts), counts)[:, None]
        moved = xp.where(is_empty[:, None], centers, moved)
        if bool(xp.any(is_empty)):
            moved = _repaired(moved, is_empty, columns, squares)
        has_settled = float(xp.sum((moved - centers) ** 2)) <= limit
        centers, iterations = moved, iterations + 1
    inertia = xp.sum(cast_to(squares, "float64") * weights)
    dtype = parameter_dtype(columns)
    held = cast_to(xp.stack([inertia]), dtype)[0, ...]
    return KMeans(cast_to(centers, dtype), labels, held, iterations)


def _repaired(centers: Any, is_empty: Any, columns: Any, squares: Any) -> Any:
    """Move empty clusters to the points farthest from their centres, as far as there are some."""
    xp = namespace(centers)
    missing = int(xp.sum(xp.astype(is_empty, xp.int64)))
    order = xp.argsort(squares, descending=True)[:missing]
    far = xp.take(squares, order) > 0
    points = cast_to(xp.matrix_transpose(xp.take(columns, order, axis=1)), "float64")
    rank = xp.cumulative_sum(xp.astype(is_empty, xp.int64)) - 1
    rank = xp.where(is_empty & (rank < points.shape[0]), rank, xp.zeros_like(rank))
    use = is_empty & xp.take(far, rank)
    return xp.where(use[:, None], xp.take(points, rank, axis=0), centers)


def check_features(features: Any, *, batch: bool = True) -> None:
    """Require points as rows: (N, D), and (B, N, D) with `batch`."""
    check_array(features, "features")
    if features.ndim not in ((2, 3) if batch else (2,)):
        wanted = "(N, D) or (B, N, D)" if batch else "(N, D)"
        raise ValueError(f"features must have shape {wanted}, got {tuple(features.shape)}")


def check_kmeans_options(n_init: Any, max_iterations: Any, tolerance: Any) -> tuple[int, int, float]:
    """Check what says how long to go on."""
    return (
        check_integer(n_init, "n_init", at_least=1),
        check_integer(max_iterations, "max_iterations", at_least=1),
        check_number(tolerance, "tolerance", at_least=0.0),
    )
