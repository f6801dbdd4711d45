"""One refit of a transform to weighted points: what robust estimation does again and again."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled
from imgproc.primitives.transform_fits import ROUNDINGS, TransformKind, fit_transform

_KINDS: tuple[TransformKind, ...] = ("translation", "euclidean", "similarity", "affine")

_DAMPING = 1e-12
"""Of each second derivative; enough that no system is singular, too little to slow the steps down."""


@dispatched(differentiable=False)
def refit_transform(source: Any, target: Any, weights: Any, start: Any, kind: TransformKind, rounding: float) -> Any:
    """Return the matrix (3, 3) that fits points (N, 2) with weights (N,) best, NaN where they do not determine it.

    Up to affine that is `fit_transform`. Homographies make one step of Gauss and Newton from `start`, towards the least
    squares of distances in the target. H[2, 2] stays 1, so that the origin of the source must not lie on the horizon:
    it should be in the middle of the points, whose spread should be near 1. float64.
    """
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


@implements(refit_transform, "numpy")
def _refit_numba(source: Any, target: Any, weights: Any, start: Any, kind: TransformKind, rounding: float) -> Any:
    from imgproc.primitives import _refit_transform_numba as kernels

    points = [np.ascontiguousarray(x) for x in (source, target, weights)]
    made = np.empty((3, 3))
    arrays = "in2(float64), in2(float64), in1(float64)"
    if kind == "projective":
        step = compiled(kernels.step_homography, f"{arrays}, in2(float64), float64, out2(float64)")
        step(*points, np.ascontiguousarray(start), _DAMPING, made)
    else:
        fit = compiled(kernels.fit_linear, f"{arrays}, int64, float64, out2(float64)")
        fit(*points, _KINDS.index(kind), ROUNDINGS * rounding, made)
    return made
