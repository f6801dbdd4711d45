"""Values counted in small steps of their range, and smoothed so that sums are exact."""

from typing import Any

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc.primitives.correlate import correlate_separable
from imgproc.primitives.limits import limit

STEPS = 65535.0
"""Values are rounded to this part of the range, of which those of uint8 and uint16 are whole multiples."""

TAP = 2.0**-16
"""Taps are to be multiples of it, so that sums of products of steps are exact in float64, in any order."""

_FARTHEST = 2.0**40
"""Steps from zero at which values are cut off, far beyond any picture: squares and sums stay finite."""

_NARROW = ("bool", "uint8", "int8", "uint16", "int16")


def smooth_steps(image: Any, span: tuple[float, float], taps: tuple[float, ...], axes: tuple[int, int]) -> Any:
    """Round an image of any layout to whole steps of a range, and smooth it along both axes; float64, of its shape.

    `span` is the low end of the range and its length, in values of the image; without `taps` nothing is smoothed.
    """
    steps = _count_steps(image, *span)
    return correlate_separable(steps, taps, taps, axes, "reflect", 0.0, "float64") if taps else steps


def _count_steps(image: Any, low: float, span: float) -> Any:
    """Round to whole steps, in float64."""
    exact = cast_to(image, "float64")
    exact = exact - low if low else exact
    if dtype_name(image) in _NARROW and (STEPS / span).is_integer() and low.is_integer():
        exact *= STEPS / span  # of a copy: whole and near already
        return exact
    scaled = exact * STEPS / span  # in this order integers stay exact up to the division
    return limit(namespace(scaled).round(scaled), -_FARTHEST, _FARTHEST)
