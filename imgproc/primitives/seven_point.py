"""Matrices of rank two in a pencil: what is left of the fundamental matrix by seven pairs of points."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.real_roots import real_roots

_TURNS = tuple((math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in range(4))
"""A cubic form vanishes in three directions at most: one of four is far enough from them to divide by."""

TOUCHES = 1e-14
"""A determinant this small is rounding: where the cubic only touches zero, it has a double root."""

_COST = 10_000
"""Elementary operations of one problem, by which work is shared out."""


@dispatched(differentiable=False)
def seven_point(basis: Any) -> Any:
    """Return the matrices (B, 3, 3, 3) of norm 1 and determinant 0 that two orthonormal ones (B, 2, 3, 3) span.

    One to three of them are there, the rest NaN; in no particular order, of either sign. float64.
    """
    xp = namespace(basis)
    first, second = basis[:, 0, :, :], basis[:, 1, :, :]
    turned = [(c * first + s * second, c * second - s * first) for c, s in _TURNS]
    leading = xp.stack([xp.abs(_determinant(one)) for one, _ in turned], axis=-1)
    chosen = xp.argmax(leading, axis=-1)[:, None, None]
    for k, (one, two) in enumerate(turned):
        first, second = xp.where(chosen == k, one, first), xp.where(chosen == k, two, second)
    cofactors1, cofactors2 = _cofactors(first), _cofactors(second)
    coefficients = [
        _inner(cofactors1, first) / 3, _inner(cofactors1, second),
        _inner(cofactors2, first), _inner(cofactors2, second) / 3,
    ]  # fmt: skip
    # det(z first + w second) as a polynomial in z
    angles = real_roots(xp.stack(coefficients, axis=-1), TOUCHES)[..., None, None]
    return xp.sin(angles) * first[:, None, :, :] + xp.cos(angles) * second[:, None, :, :]


def _inner(a: Any, b: Any) -> Any:
    return namespace(a).sum(a * b, axis=(-2, -1))


def _cofactors(m: Any) -> Any:
    """Return the matrix of cofactors (..., 3, 3): the gradient of the determinant."""
    xp = namespace(m)

    def one(i: int, j: int) -> Any:
        p, q, r, s = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
        return m[..., p, r] * m[..., q, s] - m[..., p, s] * m[..., q, r]

    return xp.stack([xp.stack([one(i, j) for j in range(3)], axis=-1) for i in range(3)], axis=-2)


def _determinant(m: Any) -> Any:
    return _inner(_cofactors(m), m) / 3


@implements(seven_point, "numpy")
def _seven_point_numba(basis: Any) -> Any:
    from imgproc.primitives import _five_point_numba

    flat = np.ascontiguousarray(basis, np.float64).reshape(-1, 2, 9)
    out = np.empty((len(flat), 3, 9))
    kernel = compiled(_five_point_numba.seven_point, "in3(float64), float64, out3(float64), int64, int64")
    run_bands(lambda start, stop: kernel(flat, TOUCHES, out, start, stop), len(flat), len(flat) * _COST)
    return out.reshape(-1, 3, 3, 3)
