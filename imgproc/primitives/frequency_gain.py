"""Gains of filters as functions of frequency, in cycles per pixel."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from imgproc._array.kinds import namespace

FilterKind = Literal["ideal", "butterworth", "gaussian"]
Band = Literal["low_pass", "high_pass", "band_pass", "band_stop"]

_LARGEST_LOGARITHM = 700.0
"""Of a float64, with some to spare."""


@dataclass(frozen=True)
class RadialGain:
    """A gain that depends on the distance from frequency 0 alone; `low` and `high` are its cutoffs.

    The low-pass gains are 1 up to the cutoff (ideal), 1 / (1 + (f / cutoff)^(2 order)) (Butterworth) and
    exp(-f² / (2 cutoff²)) (Gaussian). A band-pass is the low-pass of `high` times the complement of that of `low`.
    """

    kind: FilterKind
    order: int
    band: Band
    low: float
    high: float

    def __call__(self, fy: Any, fx: Any) -> Any:
        """Return the gain at frequencies that broadcast, in their dtype (float64, so that all libraries agree)."""
        if self.band in ("low_pass", "high_pass"):
            passed = low_gain(fy, fx, self.high, self.kind, self.order)
            return passed if self.band == "low_pass" else 1.0 - passed
        slow = low_gain(fy, fx, self.low, self.kind, self.order)
        passed = low_gain(fy, fx, self.high, self.kind, self.order) * (1.0 - slow)
        return passed if self.band == "band_pass" else 1.0 - passed


@dataclass(frozen=True)
class NotchGain:
    """A gain of 0 at each of `centers` (x, y) and its mirror, and 1 away from them; frequencies wrap at ½."""

    kind: FilterKind
    order: int
    centers: tuple[tuple[float, float], ...]
    radius: float

    def __call__(self, fy: Any, fx: Any) -> Any:
        """Return the gain at frequencies that broadcast."""
        gain = namespace(fy).ones_like(fy + fx)
        for x, y in self.centers:
            gain = gain * (1.0 - low_gain(_wrapped(fy - y), _wrapped(fx - x), self.radius, self.kind, self.order))
            if _is_its_mirror(x) and _is_its_mirror(y):
                continue  # frequency 0 and the highest ones are their own mirrors
            gain = gain * (1.0 - low_gain(_wrapped(fy + y), _wrapped(fx + x), self.radius, self.kind, self.order))
        return gain


def low_gain(fy: Any, fx: Any, cutoff: float, kind: FilterKind, order: int) -> Any:
    """Return the low-pass gain at frequencies that broadcast."""
    xp = namespace(fy)
    if kind == "gaussian":  # a product, so that exponentials are taken along the axes only
        scale = -0.5 / (cutoff * cutoff)
        return xp.exp(scale * fy * fy) * xp.exp(scale * fx * fx)
    squared, limit = fy * fy + fx * fx, cutoff * cutoff
    if kind == "ideal":
        return xp.astype(squared <= limit, fy.dtype)
    if order * math.log(max(1.0, 1.0 / limit)) < _LARGEST_LOGARITHM:
        return 1.0 / (1.0 + _power(squared * (1.0 / limit), order))
    # (f / cutoff)^(2 order) would overflow: divide by the greater of the two first
    greatest = xp.where(squared > limit, squared, xp.full_like(squared, limit))
    at_cutoff, at_frequency = _power(limit / greatest, order), _power(squared / greatest, order)
    return at_cutoff / (at_cutoff + at_frequency)


def frequencies(image: Any, length: int, *, half: bool = False) -> Any:
    """Return the frequencies of a transform over `length` samples, in its order, on the device of `image`."""
    xp = namespace(image)
    if half:
        return xp.arange(length // 2 + 1, dtype=xp.float64, device=image.device) / length
    index = xp.arange(length, dtype=xp.float64, device=image.device)
    return xp.where(index > (length - 1) // 2, index - length, index) / length


def _power(base: Any, exponent: int) -> Any:
    """Raise to a whole power by squaring, the same to the last bit in every library."""
    result = None
    while True:
        if exponent & 1:
            result = base if result is None else result * base
        exponent >>= 1
        if not exponent:
            return result
        base = base * base


def _wrapped(f: Any) -> Any:
    return f - namespace(f).floor(f + 0.5)


def _is_its_mirror(f: float) -> bool:
    return math.isclose(2 * f, round(2 * f), abs_tol=1e-12)
