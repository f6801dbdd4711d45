"""Essential matrices in a space of four dimensions: what is left of the essential matrix by five pairs of points."""

import functools
import itertools
import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.real_roots import real_roots

_MONOMIALS = (
    (3, 0, 0), (0, 3, 0), (2, 1, 0), (1, 2, 0), (2, 0, 1), (2, 0, 0), (0, 2, 1), (0, 2, 0), (1, 1, 1), (1, 1, 0),
    (1, 0, 2), (1, 0, 1), (1, 0, 0), (0, 1, 2), (0, 1, 1), (0, 1, 0), (0, 0, 3), (0, 0, 2), (0, 0, 1), (0, 0, 0),
)  # fmt: skip
"""Powers of x, y, z in the order of [1]_, so that the last six rows eliminate to polynomials in z times x, y and 1."""

TURN = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
"""Another basis, for those whose elimination is ill conditioned: roots are lost where the least pivot is small."""

PIVOT = 1e-2

TOUCHES = 1e-13
"""Where the polynomial comes this near to zero, its errors may hide two roots; polishing finds out."""

_POLISH = 3
_RESIDUAL = 1e-8
"""Of a matrix of norm 1, after polishing: what is further from being essential was no root."""

_COST = 200_000
"""Elementary operations of one problem, by which work is shared out."""


@dispatched(differentiable=False)
def five_point(basis: Any) -> Any:
    """Return the essential matrices (B, 10, 3, 3) of norm sqrt(2) in the span of four orthonormal ones (B, 4, 3, 3).

    With E = x X + y Y + z Z + W, the cubics det E = 0 and 2 E E' E = tr(E E') E are eliminated to one polynomial of
    degree ten in z [1]_. Each real root is then polished by Gauss and Newton's method on the cubics themselves.
    Up to ten are there, the rest NaN; in no particular order, of either
    sign. float64.

    References
    ----------
    .. [1] D. Nister, "An efficient solution to the five-point relative pose problem", PAMI 26(6), 2004, section 3.
    """
    xp = namespace(basis)
    turn = xp.asarray(TURN, dtype=basis.dtype, device=basis.device)
    turned = xp.reshape(turn @ xp.reshape(basis, (-1, 4, 9)), basis.shape)
    rows, least = _eliminate(_cubics(basis))
    other_rows, other_least = _eliminate(_cubics(turned))
    is_better = ((least < PIVOT) & (other_least > least))[:, None, None]
    rows = xp.where(is_better, other_rows, rows)
    basis = xp.where(is_better[..., None], turned, basis)
    forms = _three_forms(rows)  # of x, y and 1 in three equations: (B, 3, 3, 5), powers of z upward
    angles = real_roots(xp.flip(_determinant_of_forms(forms), axis=-1), TOUCHES)
    is_root = ~xp.isnan(angles)
    angles = xp.where(is_root, angles, xp.zeros_like(angles))
    weights = _weights(forms, angles)
    for _ in range(_POLISH):
        weights = _polish(basis, weights)
    E = _combine(basis, weights)
    values, _ = _constraints(basis, E)
    is_root = is_root & (xp.max(xp.abs(values), axis=-1) < _RESIDUAL)
    return xp.where(is_root[..., None, None], E * math.sqrt(2.0), xp.full_like(E, xp.nan))


def _cubics(basis: Any) -> Any:
    """Return the ten cubic constraints (B, 10, 20) as polynomials over `_MONOMIALS`."""
    xp = namespace(basis)
    count = basis.shape[0]
    fold = xp.asarray(_fold(), dtype=basis.dtype, device=basis.device)
    by_row = xp.reshape(xp.permute_dims(basis, (0, 2, 1, 3)), (count, 12, 3))  # (i, p), m
    gram = xp.reshape(by_row @ xp.matrix_transpose(by_row), (count, 3, 4, 3, 4))  # E E' as i, p, k, q
    trace = gram[:, 0, :, 0, :] + gram[:, 1, :, 1, :] + gram[:, 2, :, 2, :]
    identity = xp.eye(3, dtype=basis.dtype, device=basis.device)
    lessened = 2 * gram - identity[None, :, None, :, None] * trace[:, None, :, None, :]
    left = xp.reshape(xp.permute_dims(lessened, (0, 1, 2, 4, 3)), (count, 48, 3))  # (i, p, q), k
    right = xp.reshape(xp.permute_dims(basis, (0, 2, 3, 1)), (count, 3, 12))  # k, (j, r)
    product = xp.reshape(left @ right, (count, 3, 16, 3, 4))
    terms = xp.reshape(xp.permute_dims(product, (0, 1, 3, 2, 4)), (count, 9, 64))
    determinant = xp.reshape(_determinant_terms(basis), (count, 1, 64))
    return xp.concat([terms, determinant], axis=1) @ fold


def _determinant_terms(basis: Any) -> Any:
    """Return (B, 4, 4, 4): the determinant whose rows come from the matrices p, q and r."""
    total = 0
    for j in range(3):
        k, m = (j + 1) % 3, (j + 2) % 3
        first, *rest = (basis[:, :, i, c] for i, c in ((0, j), (1, k), (2, m), (1, m), (2, k)))  # each (B, 4)
        minor = rest[0][:, :, None] * rest[1][:, None, :] - rest[2][:, :, None] * rest[3][:, None, :]
        total = total + first[:, :, None, None] * minor[:, None, :, :]
    return total


@functools.cache
def _fold() -> np.ndarray:
    """Return (64, 20): to which monomial the product of three of (x, y, z, 1) belongs."""
    table = np.zeros((64, 20))
    for at, factors in enumerate(itertools.product(range(4), repeat=3)):
        table[at, _MONOMIALS.index(tuple(factors.count(k) for k in range(3)))] = 1
    return table


def _eliminate(rows: Any) -> tuple[Any, Any]:
    """Return the last ten columns (B, 10, 10) after elimination of the first ten, and the least pivot (B,)."""
    xp = namespace(rows)
    least = xp.full_like(rows[:, 0, 0], xp.inf)
    index = xp.arange(10, device=rows.device)
    for column in range(10):
        sizes = xp.where(index >= column, xp.abs(rows[:, :, column]), -xp.ones_like(rows[:, :, 0]))
        is_pivot = index == xp.argmax(sizes, axis=1)[:, None]
        pivot = xp.sum(xp.where(is_pivot[..., None], rows, xp.zeros_like(rows)), axis=1)
        rows = xp.where(is_pivot[..., None], rows[:, column : column + 1, :], rows)
        leading = pivot[:, column : column + 1]
        least = xp.minimum(least, xp.abs(leading[:, 0]))
        pivot = pivot / xp.where(leading == 0, xp.ones_like(leading), leading)
        is_here = (index == column)[None, :, None]
        reduced = rows - rows[:, :, column : column + 1] * pivot[:, None, :]
        rows = xp.where(is_here, pivot[:, None, :], reduced)
    return rows[:, :, 10:], least


def _three_forms(rows: Any) -> Any:
    """Return (B, 3, 3, 5): polynomials in z, powers upward, that multiply x, y and 1 in three equations."""
    xp = namespace(rows)
    zero = xp.zeros_like(rows[:, 0, 0])
    equations = []
    for u, v in ((4, 5), (6, 7), (8, 9)):
        a, b = rows[:, u, :], rows[:, v, :]  # u - z v is free of the leading monomials
        of_x = [a[:, 2], a[:, 1] - b[:, 2], a[:, 0] - b[:, 1], -b[:, 0], zero]
        of_y = [a[:, 5], a[:, 4] - b[:, 5], a[:, 3] - b[:, 4], -b[:, 3], zero]
        of_1 = [a[:, 9], a[:, 8] - b[:, 9], a[:, 7] - b[:, 8], a[:, 6] - b[:, 7], -b[:, 6]]
        equations.append(xp.stack([xp.stack(form, axis=-1) for form in (of_x, of_y, of_1)], axis=1))
    return xp.stack(equations, axis=1)


def _determinant_of_forms(forms: Any) -> Any:
    """Return the coefficients (B, 11) of the determinant of the three equations, powers upward."""
    total = 0
    for i in range(3):
        k, m = (i + 1) % 3, (i + 2) % 3
        of_xy = _multiply(forms[:, k, 0, :4], forms[:, m, 1, :4]) - _multiply(forms[:, m, 0, :4], forms[:, k, 1, :4])
        total = total + _multiply(of_xy, forms[:, i, 2, :])
    return total


def _multiply(a: Any, b: Any) -> Any:
    """Multiply polynomials (B, m), (B, n) → (B, m + n - 1)."""
    xp = namespace(a)
    out = 0
    for k in range(a.shape[1]):
        before = xp.zeros((a.shape[0], k), dtype=a.dtype, device=a.device)
        after = xp.zeros((a.shape[0], a.shape[1] - 1 - k), dtype=a.dtype, device=a.device)
        out = out + xp.concat([before, a[:, k : k + 1] * b, after], axis=1)
    return out


def _weights(forms: Any, angles: Any) -> Any:
    """Return the unit weights (B, 10, 4) of X, Y, Z and W at the roots z = tan(angle)."""
    xp = namespace(forms)
    z, w = xp.sin(angles)[:, None, None, :], xp.cos(angles)[:, None, None, :]
    short = sum(forms[:, :, :2, k, None] * z**k * w ** (3 - k) for k in range(4))  # (B, 3, 2, 10), times w of z^3
    long = sum(forms[:, :, 2, k, None] * z[:, 0, ...] ** k * w[:, 0, ...] ** (4 - k) for k in range(5))
    rows = [[short[:, i, 0, :], short[:, i, 1, :], long[:, i, :]] for i in range(3)]
    best, longest = None, None
    for i, k in ((0, 1), (1, 2), (2, 0)):
        a, b = rows[i], rows[k]
        cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        length = cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]
        if best is None:
            best, longest = cross, length
        else:
            is_longer = length > longest
            best = [xp.where(is_longer, new, old) for new, old in zip(cross, best, strict=True)]
            longest = xp.where(is_longer, length, longest)
    assert best is not None
    weights = xp.stack([best[0], best[1], best[2] * z[:, 0, 0, :], best[2] * w[:, 0, 0, :]], axis=-1)
    return _unit(weights)


def _unit(x: Any) -> Any:
    xp = namespace(x)
    length = xp.sqrt(xp.sum(x * x, axis=-1, keepdims=True))
    return x / xp.where(length > 0, length, xp.ones_like(length))


def _combine(basis: Any, weights: Any) -> Any:
    """Return the matrices (B, 10, 3, 3) of these weights."""
    xp = namespace(basis)
    flat = weights @ xp.reshape(basis, (-1, 4, 9))
    return xp.reshape(flat, (*weights.shape[:2], 3, 3))


def _constraints(basis: Any, E: Any) -> tuple[Any, Any]:
    """Return 2 E E' E - tr(E E') E and det E (B, 10, 10), and their derivatives by the weights (B, 10, 10, 4)."""
    xp = namespace(E)
    of_row, of_column = E @ xp.matrix_transpose(E), xp.matrix_transpose(E) @ E
    trace = (of_row[..., 0, 0] + of_row[..., 1, 1] + of_row[..., 2, 2])[..., None, None]
    cofactors = xp.stack([_cross(E[..., (i + 1) % 3, :], E[..., (i + 2) % 3, :]) for i in range(3)], axis=-2)
    shape = (*E.shape[:2], 9)
    cubic = xp.reshape(2 * of_row @ E - trace * E, shape)
    determinant = xp.sum(E * cofactors, axis=(-2, -1)) / 3
    slopes = []
    for k in range(4):
        D = basis[:, None, k, :, :]
        inner = xp.sum(E * D, axis=(-2, -1))
        slope = 2 * (D @ of_column + E @ (xp.matrix_transpose(D) @ E) + of_row @ D)
        slope = xp.reshape(slope - trace * D - 2 * inner[..., None, None] * E, shape)
        steepness = xp.sum(cofactors * D, axis=(-2, -1))
        slopes.append(xp.concat([slope, steepness[..., None]], axis=-1))
    return xp.concat([cubic, determinant[..., None]], axis=-1), xp.stack(slopes, axis=-1)


def _cross(a: Any, b: Any) -> Any:
    xp = namespace(a)
    return xp.stack(
        [a[..., (i + 1) % 3] * b[..., (i + 2) % 3] - a[..., (i + 2) % 3] * b[..., (i + 1) % 3] for i in range(3)],
        axis=-1,
    )


def _polish(basis: Any, weights: Any) -> Any:
    """Step towards the nearest solution at right angles to the weights, which only turn."""
    xp = namespace(weights)
    values, slopes = _constraints(basis, _combine(basis, weights))
    turned = xp.matrix_transpose(slopes)  # (B, 10, 4, 10)
    identity = xp.eye(4, dtype=weights.dtype, device=weights.device)
    # the weights themselves are held; a little on the diagonal keeps double roots from raising
    normal = turned @ slopes + weights[..., :, None] * weights[..., None, :] + 1e-14 * identity
    step = xp.linalg.solve(normal, turned @ values[..., None])[..., 0]
    step = step - xp.sum(step * weights, axis=-1, keepdims=True) * weights
    moved = _unit(weights - step)
    return xp.where(xp.all(xp.isfinite(moved), axis=-1, keepdims=True), moved, weights)


@implements(five_point, "numpy")
def _five_point_numba(basis: Any) -> Any:
    from imgproc.primitives import _five_point_numba

    flat = np.ascontiguousarray(basis, np.float64).reshape(-1, 4, 9)
    out = np.empty((len(flat), 10, 9))
    kernel = compiled(
        _five_point_numba.five_point, "in3(float64), in2(float64), float64, float64, out3(float64), int64, int64"
    )
    run_bands(lambda start, stop: kernel(flat, TURN, PIVOT, TOUCHES, out, start, stop), len(flat), len(flat) * _COST)
    return out.reshape(-1, 10, 3, 3)
