"""How far apart the values under a footprint are."""

from typing import Any

import numpy as np

from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives.difference import subtract_rows, subtract_saturated
from imgproc.primitives.opening import FITS_CACHE
from imgproc.primitives.rank import (
    Axes,
    Footprint,
    as_bits,
    extremum_of_rows,
    key_code,
    mirrored,
    suits_opencv,
    trimmed,
    window_maximum,
    window_minimum,
)
from imgproc.typing import Border

_STRIP = 1 << 19
"""Bytes of the greatest values that wait for the least ones: in the cache."""

_TALL = 64
"""Rows of a strip at least, to amortise those around it that are read as well."""


@dispatched
def window_span(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Subtract the least value under `footprint` from the greatest under the mirrored one, saturated."""
    greatest = window_maximum(image, mirrored(footprint), axes, border, fill)
    return subtract_saturated(greatest, window_minimum(image, footprint, axes, border, fill), greatest)


@implements(window_span, "numpy")
def _span_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Subtract strip by strip, so that no plane waits for another."""
    if image.nbytes <= FITS_CACHE and suits_opencv(image, footprint, axes, border, fill):
        return NotImplemented
    planes, _ = as_bits(image, axes)
    height, native = image.shape[axes[0]], image.dtype.newbyteorder("=")
    out = np.empty_like(planes)
    (greatest, cost), (least, _) = (
        extremum_of_rows(image, shape, axes, border, key_code(image, fill, reverse=reverse, nan_first=True))
        for shape, reverse in ((mirrored(footprint), True), (footprint, False))
    )
    row = planes.shape[1] // height
    tall = max(_TALL, 4 * trimmed(footprint).shape[0], _STRIP // (row * native.itemsize))

    def subtract(plane: np.ndarray, made: np.ndarray, first: int, last: int) -> None:
        waiting = np.empty(min(tall, last - first) * row, planes.dtype)
        for top in range(first, last, tall):
            bottom = min(top + tall, last)
            greatest(plane, waiting, top, top, bottom)
            least(plane, made, 0, top, bottom)
            high, low = waiting[: (bottom - top) * row], made[top * row : bottom * row]
            low_rows = low.view(native).reshape(-1, row)
            subtract_rows(high.view(native).reshape(-1, row), low_rows, low_rows)

    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: subtract(plane, made, first, last), height, 2 * cost)  # noqa: B023
    return out.view(native).reshape(image.shape)
