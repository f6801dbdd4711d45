"""Refits of transforms to the pairs of points near them: what robust estimation does again and again."""

import math
from functools import partial
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.consensus_costs import consensus_weights
from imgproc.primitives.transform_fits import ROUNDINGS, TransformKind, fit_transform

_KINDS: tuple[TransformKind, ...] = ("translation", "euclidean", "similarity", "affine")

_COST = 60
"""Of one pair and threshold, in elements of other work."""

_DAMPING = 1e-12
"""Of each second derivative; enough that no system is singular, too little to slow the steps down."""


@dispatched(differentiable=False)
def refit_transforms(
    models: Any, source: Any, target: Any, thresholds: tuple[float, ...], kind: TransformKind, rounding: float
) -> Any:
    """Return models (M, 3, 3), each fitted to the pairs of points (N, 2) near it, for one threshold after another.

    Pairs have the `biweights` of their distances in the target; where they do not determine a matrix, it is NaN. Up to
    affine that is `fit_transform`. Homographies make one step of Gauss and Newton, towards the least squares of
    distances. Their H[2, 2] stays 1, so that the origin of the source must not lie on the horizon: it should be in the
    middle of the points, whose spread should be near 1. float64.
    """
    xp = namespace(models)
    made = [models[i, ...] for i in range(models.shape[0])]
    for threshold in thresholds:
        for i, model in enumerate(made):
            weights = consensus_weights(model, source, target, "transfer", threshold)
            made[i] = refit_transform(source, target, weights, model, kind, rounding)
    return xp.stack(made)


def refit_transform(source: Any, target: Any, weights: Any, start: Any, kind: TransformKind, rounding: float) -> Any:
    """Return the matrix (3, 3) that fits points (N, 2) with weights (N,) best, or comes nearer to it than `start`."""
    if kind == "projective":
        return _step(source, target, weights, start)
    matrices, _ = fit_transform(kind, source[None, ...], target[None, ...], weights[None, ...], rounding)
    return matrices[0, ...]


def _step(source: Any, target: Any, weights: Any, start: Any) -> Any:
    xp = namespace(source)
    g = start / start[2, 2]
    normal, right = _normal_equations(g, source, target, weights)
    slopes = xp.linalg.diagonal(normal)
    is_sound = xp.all(slopes > 0)
    scale = 1 / xp.sqrt(xp.where(is_sound, slopes, xp.ones_like(slopes)))  # of columns, so that all count alike
    one = xp.eye(8, dtype=g.dtype, device=g.device)
    scaled = xp.where(is_sound, normal * scale[:, None] * scale[None, :], one) + _DAMPING * one
    step = xp.linalg.solve(scaled, (right * scale)[:, None])[:, 0] * scale
    moved = g + xp.reshape(xp.concat([step, xp.zeros_like(step[:1])]), (3, 3))
    return xp.where(is_sound, moved, xp.full_like(moved, math.nan))


def _normal_equations(g: Any, source: Any, target: Any, weights: Any) -> tuple[Any, Any]:
    """Return JᵀWJ (8, 8) and JᵀWr (8,) of the distances r from `g` (3, 3) applied to `source` (N, 2) to `target`.

    J holds the derivatives in the first eight entries of `g`, row by row: those of (a, b) / c are f = (x, y, 1) / c in
    the first rows, and -(a, b) / c times the first two of f in the last.
    """
    xp = namespace(g)
    x, y = source[:, 0], source[:, 1]
    depth = g[2, 0] * x + g[2, 1] * y + g[2, 2]
    f = xp.stack([x / depth, y / depth, 1 / depth])  # (3, N)
    a, b = g[0, :] @ f, g[1, :] @ f
    missing = target[:, 0] - a, target[:, 1] - b
    parts = xp.stack([weights, weights * a, weights * b, weights * (a * a + b * b)])
    products = xp.reshape(parts[:, None, :] * f[None, :, :], (12, -1)) @ xp.matrix_transpose(f)
    square, with_a, with_b, with_both = (products[3 * i : 3 * i + 3, :] for i in range(4))
    zero = xp.zeros_like(square)
    top = xp.concat([square, zero, -with_a[:, :2]], axis=1)
    middle = xp.concat([zero, square, -with_b[:, :2]], axis=1)
    bottom = xp.concat([-with_a[:2, :], -with_b[:2, :], with_both[:2, :2]], axis=1)
    pulls = weights * missing[0], weights * missing[1], -weights * (a * missing[0] + b * missing[1])
    right = xp.concat([f @ pulls[0], f @ pulls[1], f[:2, :] @ pulls[2]])
    return xp.concat([top, middle, bottom], axis=0), right


@implements(refit_transforms, "numpy")
def _refit_numba(
    models: Any, source: Any, target: Any, thresholds: tuple[float, ...], kind: TransformKind, rounding: float
) -> Any:
    from imgproc.primitives import _refit_transform_numba as kernels

    count = len(models)
    rows, before, after = (np.ascontiguousarray(x) for x in (models.reshape(count, 9), source, target))
    inverses, made = 1.0 / np.array(thresholds) ** 2, np.empty((count, 9))
    arrays = "in2(float64), in2(float64), in2(float64), in1(float64)"
    if kind == "projective":
        step = compiled(kernels.refit_homographies, f"{arrays}, float64, out2(float64), int64, int64")
        work = partial(step, rows, before, after, inverses, _DAMPING, made)
    else:
        fit = compiled(kernels.refit_linear, f"{arrays}, int64, float64, out2(float64), int64, int64")
        work = partial(fit, rows, before, after, inverses, _KINDS.index(kind), ROUNDINGS * rounding, made)
    run_bands(work, count, count * len(thresholds) * len(source) * _COST)
    return made.reshape(count, 3, 3)


@dispatched(differentiable=False)
def fit_samples(source: Any, target: Any, kind: TransformKind, rounding: float) -> Any:
    """Return the matrices (S, 3, 3) of a kind up to affine of samples (S, k, 2); NaN where one determines none."""
    return fit_transform(kind, source, target, namespace(source).ones_like(source[..., 0]), rounding)[0]


@implements(fit_samples, "numpy")
def _fit_numba(source: Any, target: Any, kind: TransformKind, rounding: float) -> Any:
    from imgproc.primitives._refit_transform_numba import fit_samples as kernel

    made = np.empty((len(source), 9))
    fit = compiled(kernel, "in3(float64), in3(float64), int64, float64, out2(float64)")
    fit(np.ascontiguousarray(source), np.ascontiguousarray(target), _KINDS.index(kind), ROUNDINGS * rounding, made)
    return made.reshape(-1, 3, 3)
