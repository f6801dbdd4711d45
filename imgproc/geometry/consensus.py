"""Robust estimation: models from small samples, the best of them improved on all the points that agree with it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.kinds import namespace
from imgproc.geometry.degenerate import DegenerateError
from imgproc.primitives.consensus_costs import Error, consensus_costs, consensus_weights, squared_errors

_FIRST_BATCH, _LARGEST_BATCH = 100, 500
"""Samples solved at once: the first are enough to see that a model with more inliers may be the worse one."""

_FEW = 2000
"""Points, drawn anew for each search, on which models are compared and improved; all points judge the best."""

_PROMISING = 5
"""Models of a batch that are improved."""

_WIDENINGS = (2.0, 1.0, 1.0)
"""Multiples of the threshold, step by step: models of small samples are off by more than the noise."""

_LAST_STEPS, _ENOUGH = 10, 1e-4
"""Refits on all points at most, and the gain below which another is not worth it: a share of the cost of inliers."""


class Pairs(NamedTuple):
    """Points (N, 2) and those they should be moved to; float64 arrays of one library."""

    source: Any
    target: Any


@dataclass(frozen=True)
class Estimator:
    """What the search must know about a kind of model; points come as float64 arrays of one library.

    sample_size: pairs that make a model.
    solve: (S, k, 2), (S, k, 2) → models (M, 3, 3), several or none for a sample; those that are NaN are passed over.
    refit: source (N, 2), target (N, 2), weights (N,), start (3, 3) → (3, 3), NaN where the points do not determine it.
    error: how residuals are measured, see `squared_errors`.
    """

    sample_size: int
    solve: Callable[[Any, Any], Any]
    refit: Callable[[Any, Any, Any, Any], Any]
    error: Error


def find_consensus(
    estimator: Estimator,
    source: Any,
    target: Any,
    *,
    threshold: float,
    confidence: float,
    max_trials: int,
    rng: np.random.Generator,
) -> Any:
    """Return the model (3, 3) of least biweight cost that was found, improved on all points; float64.

    Samples are drawn by the generator in the same order for every library. The search ends when a sample without
    outliers has been drawn with probability `confidence`, judged by the inliers of the best model. The best models of a
    batch are improved by iterated least squares (LO-RANSAC [1]_): those of a small sample carry its noise.

    Raises
    ------
    DegenerateError
        Fewer points than a sample, or no sample determines a model.

    References
    ----------
    .. [1] O. Chum, J. Matas and J. Kittler, "Locally optimized RANSAC", DAGM 2003.
    """
    count = source.shape[0]
    if count < estimator.sample_size:
        raise DegenerateError(f"points must be at least {estimator.sample_size}, got {count}")
    order = _upload(rng.permutation(count), source)
    everything = Pairs(_take(source, order), _take(target, order))
    few = Pairs(*(points[: min(_FEW, count), :] for points in everything))
    best, least, least_raw = None, math.inf, math.inf
    tried, needed, batch = 0, float(max_trials), _FIRST_BATCH
    with np.errstate(all="ignore"):  # a model that goes wrong is NaN and costs infinitely much
        while tried < needed:
            batch = min(batch, math.ceil(needed) - tried)
            samples = _upload(_draw_samples(rng, count, estimator.sample_size, batch), source)
            models = estimator.solve(_take(everything.source, samples), _take(everything.target, samples))
            promising, cost = _cheapest(models, estimator, few, threshold, least_raw)
            if cost < least_raw:
                least_raw = cost
                improved = namespace(source).stack([_improve(estimator, model, few, threshold) for model in promising])
                (found, *_), cost = _cheapest(improved, estimator, everything, threshold, math.inf)
                if cost < least:
                    best, least = found, cost
                    share = _count_inliers(best, estimator, everything, threshold) / count
                    needed = min(max_trials, _trials_for(share, estimator.sample_size, confidence))
            tried += batch
            batch = _LARGEST_BATCH
        if best is None:
            raise DegenerateError(f"points must determine a model, got none from {tried} samples")
        return _settle(estimator, best, least, everything, threshold)


def agreeing(model: Any, source: Any, target: Any, error: Error, threshold: float) -> Any:
    """Return the mask (N,) of pairs within `threshold` pixels under `model`; False where the error is NaN."""
    xp = namespace(model)
    return xp.sqrt(squared_errors(model[None, ...], source, target, error)[0, :]) <= threshold


def _cheapest(
    models: Any, estimator: Estimator, pairs: Pairs, threshold: float, limit: float
) -> tuple[list[Any], float]:
    """Return the few models of least cost, least first, and that least cost; nothing and inf where there is none."""
    if models.shape[0] == 0:
        return [], math.inf
    xp = namespace(models)
    costs = consensus_costs(models, pairs.source, pairs.target, estimator.error, threshold, limit)
    order = xp.argsort(costs)
    ranked = xp.take(models, order[: min(_PROMISING, models.shape[0])], axis=0)
    return [ranked[i, ...] for i in range(ranked.shape[0])], float(xp.min(costs))


def _weights(estimator: Estimator, model: Any, pairs: Pairs, threshold: float) -> Any:
    return consensus_weights(model, pairs.source, pairs.target, estimator.error, threshold)


def _improve(estimator: Estimator, model: Any, pairs: Pairs, threshold: float) -> Any:
    """Refit `model` to the pairs near it, then to those nearer."""
    for widening in _WIDENINGS:
        weights = _weights(estimator, model, pairs, widening * threshold)
        model = estimator.refit(pairs.source, pairs.target, weights, model)
    return model


def _settle(estimator: Estimator, model: Any, cost: float, pairs: Pairs, threshold: float) -> Any:
    """Refit to all pairs until that gains nothing."""
    xp = namespace(model)
    for _ in range(_LAST_STEPS):
        weights = _weights(estimator, model, pairs, threshold)
        better = estimator.refit(pairs.source, pairs.target, weights, model)
        _, less = _cheapest(better[None, ...], estimator, pairs, threshold, math.inf)
        if not less < cost:
            break
        outliers = weights.shape[0] - int(xp.count_nonzero(weights))
        is_done = cost - less <= _ENOUGH * (cost - outliers)
        model, cost = better, less
        if is_done:
            break
    return model


def _count_inliers(model: Any, estimator: Estimator, pairs: Pairs, threshold: float) -> int:
    mask = agreeing(model, pairs.source, pairs.target, estimator.error, threshold)
    return int(namespace(mask).count_nonzero(mask))


def _trials_for(share: float, sample_size: int, confidence: float) -> float:
    """Return how many samples hold one of inliers alone with probability `confidence`."""
    chance = share**sample_size
    if chance <= 0 or confidence >= 1:
        return math.inf
    return 0.0 if chance >= 1 else math.log1p(-confidence) / math.log1p(-chance)


def _draw_samples(generator: np.random.Generator, count: int, size: int, samples: int) -> np.ndarray:
    """Draw (samples, size) indices below `count`, different within each sample, all sets equally likely."""
    drawn = np.empty((samples, size), np.int64)
    for k in range(size):
        index = generator.integers(0, count - k, samples)
        for taken in np.sort(drawn[:, :k], axis=1).T:  # step over those taken, from the least on
            index += index >= taken
        drawn[:, k] = index
    return drawn


def _upload(indices: np.ndarray, reference: Any) -> Any:
    return namespace(reference).asarray(indices, device=reference.device)


def _take(points: Any, indices: Any) -> Any:
    """Return points[indices] for indices of any shape."""
    xp = namespace(points)
    rows = xp.take(points, xp.reshape(indices, (-1,)), axis=0)
    return xp.reshape(rows, (*indices.shape, points.shape[1]))
