"""All real roots of polynomials of low degree, many at once, from the roots of their derivatives.

Reference bodies call this, where no library may wait for the device; fast ones have the same in _real_roots_numba.py.
"""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace

STEPS, HALVED = 24, 8
"""Newton's method, halving where it would leave its bracket: more than it takes, for a device that may not look.

The first steps halve in any case: from where the polynomial is level Newton's would go far, and come back slowly.
"""

BEYOND = 0.125
"""Share of a bracket by which Newton's method may miss it, to end on its border: where that is the root all do."""

REACH = 1.0625
"""Beyond here roots are sought by their reciprocals: no number that roots are likely to be."""


def real_roots(coefficients: Any, tolerance: float) -> Any:
    """Return the real roots (B, d) of B polynomials (B, d + 1), highest power first, as the angles of their tangents.

    A root r is given as atan(r) in (-pi/2, pi/2], least first and NaN after the last, so that roots may lie anywhere
    and at infinity, where leading coefficients vanish. Between neighbouring extrema is at most one root, so that the
    roots of each derivative enclose those of the next [1]_, here near [-1, 1] and, with the coefficients reversed, for
    the reciprocals of the rest. An extremum that is nearer to zero than `tolerance` times the sizes of all terms
    together, with no root on either side, is taken for a double root.

    References
    ----------
    .. [1] C. Yuksel, "High-performance polynomial root finding for graphics", Proc. ACM CGIT 5(3), 2022, section 3.
    """
    xp = namespace(coefficients)
    count, degree = coefficients.shape[0], coefficients.shape[1] - 1
    sizes = xp.sum(xp.abs(coefficients), axis=1, keepdims=True)
    scaled = coefficients / xp.where(sizes > 0, sizes, xp.ones_like(sizes))
    both = xp.concat([scaled, xp.flip(scaled, axis=1)], axis=0)
    roots, found = _roots_within(both, degree, tolerance)
    inside, outside = roots[:count, :], roots[count:, :]
    absent = xp.full_like(inside, 9.0)
    inside = xp.where(found[:count, :], xp.atan(inside), absent)
    # the reciprocal of a root near zero is steep: its angle is the complement
    turned = xp.where(outside > 0, np.pi / 2 - xp.atan(outside), -np.pi / 2 - xp.atan(outside))
    turned = xp.where(outside == 0, xp.full_like(turned, np.pi / 2), turned)
    is_new = found[count:, :] & (xp.abs(outside) < 1 / REACH)
    angles = xp.sort(xp.concat([inside, xp.where(is_new, turned, absent)], axis=1), axis=1)[:, :degree]
    return xp.where(angles < 2, angles, xp.full_like(angles, xp.nan))


def _roots_within(coefficients: Any, degree: int, tolerance: float) -> tuple[Any, Any]:
    """Return where each stretch of [-REACH, REACH] between extrema ends, or its root (B, d), and which are roots."""
    xp = namespace(coefficients)
    ends = xp.full_like(coefficients[:, :1], -REACH)
    bounds = xp.concat([ends, -ends], axis=1)
    found = xp.zeros(bounds.shape, dtype=xp.bool, device=coefficients.device)
    for order in range(1, degree + 1):
        derived = _derivative(coefficients, degree, order)
        roots, found = _roots_between(derived, bounds, tolerance if order == degree else -1.0)
        bounds = xp.concat([ends, roots, -ends], axis=1)
    return bounds[:, 1:-1], found


def _derivative(coefficients: Any, degree: int, order: int) -> Any:
    """Return coefficients of degree `order` of the derivative, scaled by what all of them have in common."""
    xp = namespace(coefficients)
    factors = [
        float(np.prod([(power - i) / (order + i + 1) for i in range(degree - order)]))
        for power in range(degree, degree - order - 1, -1)
    ]
    weights = xp.asarray(np.array(factors), dtype=coefficients.dtype, device=coefficients.device)
    return coefficients[:, : order + 1] * weights


def _roots_between(coefficients: Any, bounds: Any, tolerance: float) -> tuple[Any, Any]:
    """Return a root between each two neighbouring bounds, or the latter where there is none, and which are roots."""
    xp = namespace(coefficients)
    low, high = bounds[:, :-1], bounds[:, 1:]
    at_bounds, _ = _evaluate(coefficients, bounds)
    before, after = at_bounds[:, :-1], at_bounds[:, 1:]
    crosses = ((before < 0) & (after > 0)) | ((before > 0) & (after < 0))
    rises = after > before
    left, right = low, high
    root = (left + right) / 2
    for step in range(STEPS):
        value, slope = _evaluate(coefficients, root)
        is_left = (value < 0) == rises
        left, right = xp.where(is_left, root, left), xp.where(is_left, right, root)
        halved = xp.where(value == 0, root, (left + right) / 2)
        newton = root - value / xp.where(slope == 0, xp.ones_like(slope), slope)
        slack = BEYOND * (right - left)
        stays = (newton >= left - slack) & (newton <= right + slack) & (slope != 0)
        newton = xp.where(newton < left, left, xp.where(newton > right, right, newton))
        root = xp.where(stays, newton, halved) if step >= HALVED else halved
    sizes, _ = _evaluate(xp.abs(coefficients), xp.abs(high))
    is_alone = ~crosses[:, :-1] & ~crosses[:, 1:]
    touches = is_alone & (xp.abs(after) <= tolerance * sizes)[:, :-1]
    return xp.where(crosses, root, high), crosses | xp.concat([touches, xp.zeros_like(crosses[:, :1])], axis=1)


def _evaluate(coefficients: Any, at: Any) -> tuple[Any, Any]:
    """Return value and slope by Horner's scheme; coefficients (B, d + 1), places (B, any)."""
    xp = namespace(coefficients)
    value, slope = xp.zeros_like(at) + coefficients[:, :1], xp.zeros_like(at)
    for k in range(1, coefficients.shape[1]):
        slope = slope * at + value
        value = value * at + coefficients[:, k : k + 1]
    return value, slope
