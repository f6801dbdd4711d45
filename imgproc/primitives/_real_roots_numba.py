"""Real roots of one polynomial after the other; see real_roots.py for the method."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import inline

STEPS = 64
REACH = 1.0625

PRECISION, ROUGH = 1e-9, 1e-5
"""The last step, relative to the root: of the polynomial, and of derivatives, near whose roots it is level anyway.

Behind a step of p the error is p² over the distance to the next root: less than rounding makes of it.
"""


@inline
def evaluate(coefficients, degree, at):
    value, slope = coefficients[0], 0.0
    for k in range(1, degree + 1):
        slope = slope * at + value
        value = value * at + coefficients[k]
    return value, slope


@inline
def is_near_zero(coefficients, degree, at, tolerance):
    """Say whether the value is within `tolerance` of the sizes of all terms together."""
    value, size, away = coefficients[0], abs(coefficients[0]), abs(at)
    for k in range(1, degree + 1):
        value = value * at + coefficients[k]
        size = size * away + abs(coefficients[k])
    return abs(value) <= tolerance * size


@inline
def root_between(coefficients, degree, left, right, rises, precision):
    """Newton's method within a bracket of one root, halved where a step would leave it."""
    root = (left + right) / 2
    for _ in range(STEPS):
        value, slope = evaluate(coefficients, degree, root)
        if value == 0:
            return root
        if (value < 0) == rises:
            left = root
        else:
            right = root
        following = root - value / slope if slope != 0 else left - 1
        if left <= following <= right:
            if abs(following - root) <= precision * abs(root):
                return following
        else:
            following = (left + right) / 2
            if right - left <= 2e-16 * abs(root) or right - left < 1e-300:
                return following
        root = following
    return root


@inline
def roots_within(coefficients, degree, tolerance, derived, bounds, found):
    """Fill bounds[1 .. degree] with roots in [-REACH, REACH], or the ends of stretches without, and say which are."""
    bounds[0], bounds[1] = -REACH, REACH
    for order in range(1, degree + 1):
        for k in range(order + 1):
            factor = coefficients[k]
            for i in range(degree - order):
                factor *= (degree - k - i) / (order + i + 1)
            derived[k] = factor
        low, found[0] = -REACH, True
        precision = PRECISION if order == degree else ROUGH
        before = evaluate(derived, order, low)[0]
        for j in range(1, order + 1):
            high = bounds[j]
            after = evaluate(derived, order, high)[0]
            crosses = (before < 0 and after > 0) or (before > 0 and after < 0)
            if order == degree and not crosses and not found[j - 1]:
                found[j - 1] = is_near_zero(derived, order, low, tolerance)
            found[j] = crosses
            bounds[j] = root_between(derived, order, low, high, after > before, precision) if crosses else high
            low, before = high, after
        bounds[order + 1] = REACH


@inline
def roots_of(coefficients, degree, tolerance, scaled, derived, bounds, found, angles):
    """Fill `angles` with atan of the real roots, sorted, NaN after the last; scratch holds degree + 2 each."""
    size = 0.0
    for k in range(degree + 1):
        size += abs(coefficients[k])
    size = size if size > 0 else 1.0
    count = 0
    for reverse in range(2):
        for k in range(degree + 1):
            scaled[k] = coefficients[degree - k if reverse else k] / size
        roots_within(scaled, degree, tolerance, derived, bounds, found)
        for j in range(1, degree + 1):
            root = bounds[j]
            if found[j] and count < degree and (not reverse or abs(root) < 1 / REACH):
                angle = math.atan(root)
                if reverse:
                    angle = math.copysign(math.pi / 2, root) - angle if root != 0 else math.pi / 2
                place = count
                while place > 0 and angles[place - 1] > angle:
                    angles[place] = angles[place - 1]
                    place -= 1
                angles[place] = angle
                count += 1
    for j in range(count, degree):
        angles[j] = np.nan
    return count
