"""How badly many models fit many pairs of points, of which some belong to no model."""

from typing import Any, Literal, get_args

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

Error = Literal["transfer", "sampson"]

_ERRORS = get_args(Error)

_AT_ONCE = 1 << 22
"""Residuals held at once by the reference body: models are taken in groups."""

_COST = 8
"""Of one residual, in elements of other work."""


def squared_errors(models: Any, source: Any, target: Any, error: Error) -> Any:
    """Return (M, N): squared pixels from `target` to where each model (M, 3, 3) says that `source` (N, 2) belongs.

    "transfer" moves `source` by the model; points sent to infinity have an error of inf or NaN. "sampson" takes the
    model for a fundamental matrix and measures to first order from the epipolar lines of both; 0 / 0 is NaN.
    """
    H = [[models[:, i, j, None] for j in range(3)] for i in range(3)]  # nine of (M, 1)
    x, y = source[None, :, 0], source[None, :, 1]
    u, v = target[None, :, 0], target[None, :, 1]
    a, b, c = (row[0] * x + row[1] * y + row[2] for row in H)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if error == "transfer":
            return (a / c - u) ** 2 + (b / c - v) ** 2
        d, e = (H[0][j] * u + H[1][j] * v + H[2][j] for j in range(2))
        return (a * u + b * v + c) ** 2 / (a * a + b * b + d * d + e * e)


def biweights(squared: Any, threshold: float) -> Any:
    """Return Tukey's weights (1 - r² / threshold²)² of squared errors, 0 from `threshold` on and for NaN."""
    return _rest(squared, threshold) ** 2


def _rest(squared: Any, threshold: float) -> Any:
    """Return 1 - r² / threshold², 0 where that is negative or NaN."""
    xp = namespace(squared)
    share = squared * (1.0 / threshold**2)
    return xp.where(share < 1, 1 - share, xp.zeros_like(share))


def consensus_weights(model: Any, source: Any, target: Any, error: Error, threshold: float) -> Any:
    """Return (N,): the `biweights` of pairs under one model (3, 3).

    Least squares with these weights, again and again, descend the cost of `consensus_costs`. float64.
    """
    return biweights(squared_errors(model[None, ...], source, target, error)[0, :], threshold)


@dispatched(differentiable=False)
def residuals(model: Any, source: Any, target: Any, error: Error) -> Any:
    """Return (N,): the roots of the `squared_errors` of pairs under one model (3, 3). float64."""
    return namespace(model).sqrt(squared_errors(model[None, ...], source, target, error)[0, :])


@implements(residuals, "numpy")
def _residuals_numba(model: Any, source: Any, target: Any, error: Error) -> Any:
    from imgproc.primitives import _consensus_numba

    arrays = (np.ascontiguousarray(x) for x in (model.reshape(1, 9), source, target))
    made = np.empty(len(source))
    kernel = compiled(_consensus_numba.measure, "in2(float64), in2(float64), in2(float64), int64, out1(float64)")
    kernel(*arrays, _ERRORS.index(error), made)
    return made


@dispatched(differentiable=False)
def consensus_costs(models: Any, source: Any, target: Any, error: Error, threshold: float, limit: float) -> Any:
    """Return (M,): Tukey's biweight cost of each model (M, 3, 3) over all pairs (N, 2), which says 1 for an outlier.

    The cost of a residual r < `threshold` is 1 - (1 - r² / threshold²)³. Models that cost more than `limit` may be
    given any cost above it; models with NaN cost inf. float64.
    """
    xp = namespace(models)
    group = max(1, _AT_ONCE // source.shape[0])
    costs = []
    for first in range(0, models.shape[0], group):
        some = models[first : min(first + group, models.shape[0]), ...]
        rest = _rest(squared_errors(some, source, target, error), threshold)
        cost = xp.sum(1 - rest * rest * rest, axis=1)
        is_model = xp.all(xp.isfinite(xp.reshape(some, (-1, 9))), axis=1)
        costs.append(xp.where(is_model, cost, xp.full_like(cost, float("inf"))))
    return costs[0] if len(costs) == 1 else xp.concat(costs)


@implements(consensus_costs, "numpy")
def _costs_numba(models: Any, source: Any, target: Any, error: Error, threshold: float, limit: float) -> Any:
    from imgproc.primitives import _consensus_numba

    count = len(models)
    rows, before, after = (np.ascontiguousarray(x) for x in (models.reshape(count, 9), source, target))
    costs = np.empty(count)
    pairs = "in2(float64), in2(float64), in2(float64)"
    kernel = compiled(_consensus_numba.add_costs, f"{pairs}, int64, float64, float64, out1(float64), int64, int64")

    def work(first: int, last: int) -> None:
        kernel(rows, before, after, _ERRORS.index(error), 1.0 / threshold**2, limit, costs, first, last)

    run_bands(work, count, count * len(source) * _COST)
    return costs
