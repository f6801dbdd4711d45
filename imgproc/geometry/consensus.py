"""Robust estimation: models from small samples, the best of them improved on all the points that agree with it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.kinds import namespace
from imgproc.geometry.degenerate import DegenerateError
from imgproc.primitives.consensus_costs import Error, consensus_costs, residuals

_FIRST_BATCH, _LARGEST_BATCH = 100, 500
"""Samples solved at once: the first are enough to see that a model with more inliers may be the worse one."""

_FEW = 2000
"""Points, drawn anew for each search, on which models are compared and improved; all points judge the best."""

_GLIMPSED, _PASSED = 128, 16
"""Of the few, those that all models of a batch are compared on, and of how many models one then goes on to all few."""

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
    refit: models (M, 3, 3), source (N, 2), target (N, 2), thresholds → (M, 3, 3), each fitted to the pairs near it, for
        one threshold after another; NaN where they do not determine it.
    error: how residuals are measured, see `squared_errors`.
    """

    sample_size: int
    solve: Callable[[Any, Any], Any]
    refit: Callable[[Any, Any, Any, tuple[float, ...]], Any]
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
    batch are improved by iterated least squares (LO-RANSAC [1]_): those of a small sample carry its noise. Which models
    are good at all shows on a part of the points already [2]_.

    Raises
    ------
    DegenerateError
        Fewer points than a sample, or no sample determines a model.

    References
    ----------
    .. [1] O. Chum, J. Matas and J. Kittler, "Locally optimized RANSAC", DAGM 2003.
    .. [2] D. Nister, "Preemptive RANSAC for live structure and motion estimation", ICCV 2003.
    """
    count = source.shape[0]
    if count < estimator.sample_size:
        raise DegenerateError(f"points must be at least {estimator.sample_size}, got {count}")
    order = _upload(rng.permutation(count), source)
    everything = Pairs(_take(source, order), _take(target, order))
    few = Pairs(*(points[: min(_FEW, count), :] for points in everything))
    best, inliers, least, least_raw = None, 0, math.inf, math.inf
    tried, needed, batch = 0, float(max_trials), _FIRST_BATCH
    with np.errstate(all="ignore"):  # a model that goes wrong is NaN and costs infinitely much
        while tried < needed:
            batch = min(batch, math.ceil(needed) - tried)
            samples = _upload(_draw_samples(rng, count, estimator.sample_size, batch), source)
            models = estimator.solve(_take(everything.source, samples), _take(everything.target, samples))
            passed = _glimpse(models, estimator, few, threshold)
            promising, cost = _cheapest(passed, estimator, few, threshold, least_raw)
            if cost < least_raw:
                least_raw = cost
                improved = estimator.refit(promising, *few, tuple(threshold * k for k in _WIDENINGS))
                found, cost = _cheapest(improved, estimator, everything, threshold, math.inf)
                if cost < least:
                    best, least = found[:1, ...], cost
                    inliers = _count_inliers(best, estimator, everything, threshold)
                    needed = min(max_trials, _trials_for(inliers / count, estimator.sample_size, confidence))
            tried += batch
            batch = _LARGEST_BATCH
        if best is None:
            raise DegenerateError(f"points must determine a model, got none from {tried} samples")
        return _settle(estimator, best, least, everything, threshold, count - inliers)


def _cheapest(models: Any, estimator: Estimator, pairs: Pairs, threshold: float, limit: float) -> tuple[Any, float]:
    """Return the few models (M, 3, 3) of least cost, least first, and that least cost; inf where there is none."""
    if models.shape[0] == 0:
        return models, math.inf
    costs = consensus_costs(models, *pairs, estimator.error, threshold, limit)
    ranked = namespace(models).argsort(costs)[:_PROMISING]
    return _take_models(models, ranked), float(costs[ranked[0]])


def _glimpse(models: Any, estimator: Estimator, pairs: Pairs, threshold: float) -> Any:
    """Return the models (M, 3, 3) that cost least on the first pairs, where there are many more of both."""
    if pairs.source.shape[0] < 2 * _GLIMPSED or models.shape[0] < 2 * _PASSED * _PROMISING:
        return models
    some = Pairs(*(points[:_GLIMPSED, :] for points in pairs))
    costs = consensus_costs(models, *some, estimator.error, threshold, math.inf)
    return _take_models(models, namespace(models).argsort(costs)[: models.shape[0] // _PASSED])


def _take_models(models: Any, indices: Any) -> Any:
    return namespace(models).take(models, indices, axis=0)


def _settle(estimator: Estimator, model: Any, cost: float, pairs: Pairs, threshold: float, outliers: int) -> Any:
    """Refit (1, 3, 3) to all pairs until that gains nothing; return (3, 3)."""
    for _ in range(_LAST_STEPS):
        better = estimator.refit(model, *pairs, (threshold,))
        less = float(consensus_costs(better, *pairs, estimator.error, threshold, math.inf)[0])
        if not less < cost:
            break
        is_done = cost - less <= _ENOUGH * (cost - outliers)
        model, cost = better, less
        if is_done:
            break
    return model[0, ...]


def _count_inliers(model: Any, estimator: Estimator, pairs: Pairs, threshold: float) -> int:
    mask = residuals(model[0, ...], *pairs, estimator.error) <= threshold
    return int(namespace(mask).count_nonzero(mask))


def _trials_for(share: float, sample_size: int, confidence: float) -> float:
    """Return how many samples hold one of inliers alone with probability `confidence`."""
    chance = share**sample_size
    if chance <= 0 or confidence >= 1:
        return math.inf
    return 0.0 if chance >= 1 else math.log1p(-confidence) / math.log1p(-chance)


def _draw_samples(generator: np.random.Generator, count: int, size: int, samples: int) -> np.ndarray:
    """Draw (samples, size) indices below `count`, different within each sample, all sets equally likely.

    By Floyd's algorithm: the k-th is below last + 1, and is `last`, which none before it can be, where it is taken.
    """
    lasts = np.arange(count - size, count)
    drawn = (generator.random((size, samples)) * (lasts[:, None] + 1)).astype(np.int64)
    for k in range(1, size):
        is_taken = (drawn[:k] == drawn[k]).any(axis=0)
        drawn[k, is_taken] = lasts[k]
    return drawn.T


def _upload(indices: np.ndarray, reference: Any) -> Any:
    return namespace(reference).asarray(indices, device=reference.device)


def _take(points: Any, indices: Any) -> Any:
    """Return points[indices] for indices of any shape."""
    xp = namespace(points)
    rows = xp.take(points, xp.reshape(indices, (-1,)), axis=0)
    return xp.reshape(rows, (*indices.shape, points.shape[1]))
