"""Steps of Gauss and Newton's method towards the matrix that many pairs of points obey best."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.consensus_costs import consensus_weights
from imgproc.primitives.sampson_moments import sampson_moments

DAMPING = 1e-13
"""Of the sum of the eigenvalues: what keeps the normal equations from being singular."""

_COST, _COST_OF_PAIR = 20_000, 60
"""Of a step, and of each pair in it, in elements of other work."""


@dispatched(differentiable=False)
def refit_fundamentals(models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...]) -> Any:
    """Return models (M, 3, 3), each after a `fundamental_step` with the pairs near it, for one threshold after another.

    Pairs (N, 2), (N, 2) have the `biweights` of their Sampson distances. float64.
    """
    return _refit(partial(fundamental_step, points1, points2), models, points1, points2, thresholds)


@dispatched(differentiable=False)
def refit_essentials(
    models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...], K1: Any, K2: Any, inverse1: Any,
    inverse2: Any,
) -> Any:  # fmt: skip
    """Do as `refit_fundamentals` by `essential_step`. With the intrinsics come their inverses."""

    def step(weights: Any, F: Any) -> Any:
        return essential_step(points1, points2, weights, F, K1, K2, inverse1, inverse2)

    return _refit(step, models, points1, points2, thresholds)


def _refit(
    step: Callable[[Any, Any], Any], models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...]
) -> Any:
    made = [models[i, ...] for i in range(models.shape[0])]
    for threshold in thresholds:
        made = [step(consensus_weights(F, points1, points2, "sampson", threshold), F) for F in made]
    return namespace(models).stack(made)


def fundamental_step(points1: Any, points2: Any, weights: Any, F: Any) -> Any:
    """Return the matrix (3, 3) of rank 2 and norm 1 that a step from such an F leads to.

    It lessens the weighted sum of Sampson distances of pairs (N, 2), (N, 2) with weights (N,); where nothing has weight
    it stays. float64.
    """
    xp = namespace(F)
    F = F / xp.sqrt(xp.sum(F * F))
    moments = sampson_moments(points1, points2, weights, F)
    normal, right = fundamental_equations(F, moments)
    moved = F - xp.reshape(xp.linalg.solve(normal, right), (3, 3))
    for _ in range(2):  # Newton's method on the determinant, whose gradient the cofactors are
        gradient = cofactors(moved)
        moved = moved - xp.sum(gradient * moved) / 3 / xp.sum(gradient * gradient) * gradient
    return moved / xp.sqrt(xp.sum(moved * moved))


def fundamental_equations(F: Any, moments: Any) -> tuple[Any, Any]:
    """Return normal equations (9, 9), (9,) for a change of F that keeps its norm and its rank to first order."""
    xp = namespace(F)
    gradient = cofactors(F)
    held = [xp.reshape(x / xp.sqrt(xp.sum(x * x)), (9,)) for x in (F, gradient)]
    kept = held[0][:, None] * held[0][None, :] + held[1][:, None] * held[1][None, :]
    identity = xp.eye(9, dtype=F.dtype, device=F.device)
    free = identity - kept
    normal = free @ moments[:9, :9] @ free
    size = _size(normal)
    return normal + size * (kept + DAMPING * identity), free @ moments[:9, 9]


def essential_step(
    points1: Any, points2: Any, weights: Any, F: Any, K1: Any, K2: Any, inverse1: Any, inverse2: Any
) -> Any:
    """Return K2^-T E K1^-1, E with singular values (1, 1, 0), that a step from such a matrix F (3, 3) leads to.

    It lessens the weighted sum of Sampson distances, in pixels, of pairs (N, 2), (N, 2) with weights (N,); where
    nothing has weight it stays. float64.
    """
    xp = namespace(F)
    R, t = _pose(xp.matrix_transpose(K2) @ F @ K1)
    outer = xp.matrix_transpose(inverse2)
    E = cross_matrix(t) @ R
    directions = essential_directions(R, t)
    flat = xp.reshape(outer @ directions @ inverse1, (5, 9))
    moments = sampson_moments(points1, points2, weights, outer @ E @ inverse1)
    amounts = -xp.linalg.solve(essential_equations(flat, moments), flat @ moments[:9, 9])
    b1, b2 = _across(t)
    moved = t + amounts[3] * b1 + amounts[4] * b2
    turn = cross_matrix(amounts[:3])
    angle = xp.sqrt(xp.sum(amounts[:3] ** 2))
    is_small = angle < 1e-8
    divisor = xp.where(is_small, xp.ones_like(angle), angle)
    sine = xp.where(is_small, xp.ones_like(angle), xp.sin(divisor) / divisor)
    rest = xp.where(is_small, xp.ones_like(angle) / 2, (1 - xp.cos(divisor)) / divisor**2)
    R = R @ (xp.eye(3, dtype=F.dtype, device=F.device) + sine * turn + rest * turn @ turn)
    return outer @ (cross_matrix(moved / xp.sqrt(xp.sum(moved * moved))) @ R) @ inverse1


def essential_equations(directions: Any, moments: Any) -> Any:
    """Return the matrix (5, 5) of the normal equations for changes of F along the directions (5, 9)."""
    xp = namespace(directions)
    normal = directions @ moments[:9, :9] @ xp.matrix_transpose(directions)
    return normal + DAMPING * _size(normal) * xp.eye(5, dtype=normal.dtype, device=normal.device)


def essential_directions(R: Any, t: Any) -> Any:
    """Return the changes (5, 3, 3) of [t]x R when R turns about its three axes, and t moves across itself."""
    xp = namespace(R)
    E = cross_matrix(t) @ R
    axes = xp.eye(3, dtype=R.dtype, device=R.device)
    turns = [E @ cross_matrix(axes[k, :]) for k in range(3)]
    return xp.stack([*turns, *(cross_matrix(b) @ R for b in _across(t))], axis=0)


def _pose(E: Any) -> tuple[Any, Any]:
    """Return one of the four poses of an essential matrix of any scale: R = cof E - [t]x E, as Horn says."""
    xp = namespace(E)
    E = E * xp.sqrt(2 / xp.sum(E * E))
    outer = xp.eye(3, dtype=E.dtype, device=E.device) - E @ xp.matrix_transpose(E)  # t t'
    sizes = xp.stack([outer[k, k] for k in range(3)])
    is_chosen = xp.arange(3, device=E.device) == xp.argmax(sizes)
    t = xp.sum(xp.where(is_chosen[None, :], outer, xp.zeros_like(outer)), axis=1)
    t = t / xp.sqrt(xp.sum(t * t))
    return cofactors(E) - cross_matrix(t) @ E, t


def _across(t: Any) -> tuple[Any, Any]:
    """Return two unit vectors at right angles to t and to each other."""
    xp = namespace(t)
    least = xp.arange(3, device=t.device) == xp.argmin(xp.abs(t))
    first = cross_matrix(t) @ xp.astype(least, t.dtype)
    first = first / xp.sqrt(xp.sum(first * first))
    return first, cross_matrix(t) @ first


def cross_matrix(t: Any) -> Any:
    """Return [t]x (3, 3), whose product with a vector is the cross product."""
    xp = namespace(t)
    none = xp.zeros_like(t[0])
    return xp.reshape(xp.stack([none, -t[2], t[1], t[2], none, -t[0], -t[1], t[0], none]), (3, 3))


def cofactors(m: Any) -> Any:
    """Return the matrix of cofactors (3, 3): the gradient of the determinant."""
    xp = namespace(m)
    wide = xp.concat([m, m[:, :2]], axis=1)
    wide = xp.concat([wide, wide[:2, :]], axis=0)  # (5, 5): rows and columns go round
    return wide[1:4, 1:4] * wide[2:5, 2:5] - wide[1:4, 2:5] * wide[2:5, 1:4]


def _size(normal: Any) -> Any:
    """Return the sum of the eigenvalues, 1 where it is 0."""
    xp = namespace(normal)
    trace = xp.linalg.trace(normal)
    return xp.where(trace > 0, trace, xp.ones_like(trace))


@implements(refit_fundamentals, "numpy")
def _fundamental_numba(models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...]) -> Any:
    from imgproc.primitives._epipolar_step_numba import refit_fundamentals as kernel

    return _refit_numba(compiled(kernel, _signature(0)), models, points1, points2, thresholds)


@implements(refit_essentials, "numpy")
def _essential_numba(
    models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...], K1: Any, K2: Any, inverse1: Any,
    inverse2: Any,
) -> Any:  # fmt: skip
    from imgproc.primitives._epipolar_step_numba import refit_essentials as kernel

    return _refit_numba(
        compiled(kernel, _signature(4)), models, points1, points2, thresholds, K1, K2, inverse1, inverse2
    )


def _signature(matrices: int) -> str:
    return (
        "in2(float64), in2(float64), in2(float64), in1(float64), "
        + "in2(float64), " * matrices
        + "float64, out2(float64), int64, int64"
    )


def _refit_numba(
    kernel: Callable[..., Any], models: Any, points1: Any, points2: Any, thresholds: tuple[float, ...], *matrices: Any
) -> Any:
    count = len(models)
    given = (models.reshape(count, 9), points1, points2, 1.0 / np.array(thresholds) ** 2, *matrices)
    arrays = [np.ascontiguousarray(x, np.float64) for x in given]
    made = np.empty((count, 9))
    work = partial(kernel, *arrays, DAMPING, made)
    run_bands(work, count, count * len(thresholds) * (_COST + _COST_OF_PAIR * len(points1)))
    return made.reshape(count, 3, 3)
