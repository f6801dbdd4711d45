"""Least-squares fits of the five kinds of transform, many problems at once, in the array API standard."""

import math
from typing import Any, Literal, NamedTuple

from imgproc._array.kinds import namespace
from imgproc.primitives.direct_linear import direct_linear

TransformKind = Literal["translation", "euclidean", "similarity", "affine", "projective"]

ROUNDINGS = 64.0
"""What is not this much greater than the rounding of the coordinates is taken for nothing."""


def fit_transform(kind: TransformKind, source: Any, target: Any, weights: Any, rounding: float) -> tuple[Any, Any]:
    """Return the matrices (B, 3, 3) that fit points (B, N, 2) with weights (B, N), and which are determined.

    All float64. `rounding` is the relative error of the coordinates. What is not determined is NaN.
    """
    xp = namespace(source)
    total = xp.sum(weights, axis=-1)
    has_weight = total > 0
    shares = weights / _divisor(total)[..., None]
    before, after = _centre(source, shares, rounding), _centre(target, shares, rounding)
    if kind == "projective":
        matrix, is_determined = _fit_projective(before, after, shares)
    else:
        if kind == "translation":
            linear, is_determined = _no_change(before), has_weight
        elif kind == "affine":
            linear, is_determined = _fit_affine(before, after, shares)
        else:
            linear, is_determined = _fit_turn(before, after, shares, with_scale=kind == "similarity")
        matrix = _about_middles(linear, before.middle, after.middle)
    is_determined = is_determined & has_weight
    return xp.where(is_determined[..., None, None], matrix, xp.full_like(matrix, math.nan)), is_determined


class _Points(NamedTuple):
    """Points (B, N) about their weighted middle (B, 2); how far they spread and how much of that is rounding."""

    x: Any
    y: Any
    middle: Any
    spread: Any
    blur: Any


def _centre(points: Any, shares: Any, rounding: float) -> _Points:
    xp = namespace(points)
    middle = xp.sum(shares[..., None] * points, axis=-2)
    x, y = points[..., 0] - middle[..., 0:1], points[..., 1] - middle[..., 1:2]
    spread = _root(xp.sum(shares * (x * x + y * y), axis=-1))
    return _Points(x, y, middle, spread, ROUNDINGS * rounding * (spread + xp.max(xp.abs(middle), axis=-1)))


def _no_change(before: _Points) -> Any:
    one = namespace(before.spread).ones_like(before.spread)
    return _square([[one, 0 * one], [0 * one, one]])


def _fit_turn(before: _Points, after: _Points, shares: Any, *, with_scale: bool) -> tuple[Any, Any]:
    """Return rotations (B, 2, 2), scaled or not: Procrustes' problem, whose singular values are one angle in 2-D."""
    xp = namespace(shares)
    along = xp.sum(shares * (before.x * after.x + before.y * after.y), axis=-1)
    across = xp.sum(shares * (before.x * after.y - before.y * after.x), axis=-1)
    length = _root(along * along + across * across)
    is_determined = length > before.spread * after.blur + after.spread * before.blur
    divisor = _divisor(before.spread**2 if with_scale else length)
    cosine, sine = along / divisor, across / divisor
    return _square([[cosine, 0 - sine], [sine, cosine]]), is_determined


def _fit_affine(before: _Points, after: _Points, shares: Any) -> tuple[Any, Any]:
    """Return (B, 2, 2), by Gram and Schmidt on the columns x and y, which loses less than normal equations."""
    xp = namespace(shares)

    def dot(a: Any, b: Any) -> Any:
        return xp.sum(shares * a * b, axis=-1)

    length = _root(dot(before.x, before.x))
    along = before.x / _divisor(length)[..., None]
    common = dot(along, before.y)
    rest = before.y - common[..., None] * along
    height = _root(dot(rest, rest))
    across = rest / _divisor(height)[..., None]
    is_determined = length * height > before.spread * before.blur
    rows = []
    for wanted in (after.x, after.y):
        b = dot(across, wanted) / _divisor(height)
        rows.append([(dot(along, wanted) - b * common) / _divisor(length), b])
    return _square(rows), is_determined


def _fit_projective(before: _Points, after: _Points, shares: Any) -> tuple[Any, Any]:
    """Return (B, 3, 3) by the direct linear transform of points scaled as Hartley says; H[2, 2] = 1."""
    xp = namespace(shares)
    small, great = math.sqrt(2) / _divisor(before.spread), math.sqrt(2) / _divisor(after.spread)
    x, y = before.x * small[..., None], before.y * small[..., None]
    u, v = after.x * great[..., None], after.y * great[..., None]
    vector, lengths = direct_linear(x, y, u, v, _root(shares))
    # where the second smallest vanishes too, other matrices do as well
    is_determined = lengths[..., 7] > before.blur * small + after.blur * great
    one = xp.ones_like(small)
    scaled = xp.reshape(vector, (*vector.shape[:-1], 3, 3)) * xp.stack([small, small, one], axis=-1)[..., None, :]
    h = scaled / xp.stack([great, great, one], axis=-1)[..., :, None]
    return scale_homography(h, before.middle, after.middle), is_determined


def scale_homography(h: Any, before: Any, after: Any) -> Any:
    """Return H[2, 2] = 1 for `h` (B, 3, 3) of points about their middles `before` and `after` (B, 2).

    Where H[2, 2] is 0 but for rounding, the norm is 1 and the depth of the middle positive.
    """
    xp = namespace(h)
    shifts = h[..., :2] * before[..., None, :]
    last = h[..., 2] - xp.sum(shifts, axis=-1)
    rows = xp.concat([h[..., :2], last[..., None]], axis=-1)
    top = rows[..., :2, :] + after[..., None] * rows[..., 2:, :]
    H = xp.concat([top, rows[..., 2:, :]], axis=-2)
    corner = last[..., 2]
    rounding = 2.0**-48 * (xp.abs(h[..., 2, 2]) + xp.sum(xp.abs(shifts[..., 2, :]), axis=-1))
    norm = _root(xp.sum(H * H, axis=(-2, -1)))
    norm = xp.where(h[..., 2, 2] < 0, -norm, norm)
    return H / _divisor(xp.where(xp.abs(corner) > rounding, corner, norm))[..., None, None]


def _about_middles(linear: Any, before: Any, after: Any) -> Any:
    """Return the affine matrix (B, 3, 3) that maps the middle (B, 2) `before` to that `after`."""
    xp = namespace(linear)
    moved = after - xp.sum(linear * before[..., None, :], axis=-1)
    top = xp.concat([linear, moved[..., None]], axis=-1)
    zero, one = xp.zeros_like(moved[..., :1]), xp.ones_like(moved[..., :1])
    return xp.concat([top, xp.concat([zero, zero, one], axis=-1)[..., None, :]], axis=-2)


def _square(rows: list[list[Any]]) -> Any:
    xp = namespace(rows[0][0])
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)


def _root(x: Any) -> Any:
    """Return the square root, with a gradient of zero at zero."""
    xp = namespace(x)
    is_positive = x > 0
    return xp.where(is_positive, xp.sqrt(xp.where(is_positive, x, xp.ones_like(x))), xp.zeros_like(x))


def _divisor(x: Any) -> Any:
    """Return `x`, and 1 where it is zero."""
    xp = namespace(x)
    return xp.where(x == 0, xp.ones_like(x), x)
