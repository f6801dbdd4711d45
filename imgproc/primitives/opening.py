"""Opening and closing: the extreme of opposite extremes, of an image that is extended once."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import border_indices, fill_value, pad
from imgproc.primitives.rank import (
    COST_OF_RECTANGLE,
    Axes,
    Footprint,
    as_bits,
    key_code,
    mirrored,
    suits_opencv,
    trimmed,
    window_maximum,
    window_minimum,
)
from imgproc.typing import Border

FITS_CACHE = 1 << 21
"""Bytes of an image of which a second one may wait between the steps."""


@dispatched
def window_opening(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Take the least value under `footprint` of the extended image, then the greatest under the mirrored one."""
    return _in_turn(
        image, footprint, axes, border, fill, window_minimum, footprint, window_maximum, mirrored(footprint)
    )


@dispatched
def window_closing(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Take the greatest value under the mirrored footprint, then the least under `footprint`."""
    return _in_turn(
        image, footprint, axes, border, fill, window_maximum, mirrored(footprint), window_minimum, footprint
    )


def _in_turn(
    image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float, first: Any, before: Footprint,
    second: Any, after: Footprint,
) -> Any:  # fmt: skip
    is_even_handed = footprint == footprint[::-1] == tuple(line[::-1] for line in footprint)
    has_middle = len(footprint) % 2 == len(footprint[0]) % 2 == 1
    if border == "wrap" or (border in ("reflect", "symmetric") and is_even_handed and has_middle):
        # the extended result of the first step is the result of the extended image
        return second(first(image, before, axes, border, fill), after, axes, border, fill)
    reach = len(footprint) - 1, len(footprint[0]) - 1
    extended = pad(image, axes, ((reach[0],) * 2, (reach[1],) * 2), border, fill_value(fill, image))
    wide = second(first(extended, before, axes, "edge", 0.0), after, axes, "edge", 0.0)
    inside = [slice(None)] * image.ndim
    for axis, width in zip(axes, reach, strict=True):
        inside[axis] = slice(width, width + image.shape[axis])
    return wide[tuple(inside)]


@implements(window_opening, "numpy")
def _opening_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _opening_of_keys(image, footprint, axes, border, fill, is_opening=True)


@implements(window_closing, "numpy")
def _closing_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _opening_of_keys(image, mirrored(footprint), axes, border, fill, is_opening=False)


def _opening_of_keys(
    image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float, *, is_opening: bool
) -> Any:
    """Make strips of the first step that the second one reads while they are in the cache."""
    if image.nbytes <= FITS_CACHE and suits_opencv(image, footprint, axes, border, fill):
        return NotImplemented
    from imgproc.primitives import _extrema_numba

    planes, channels = as_bits(image, axes)
    out = np.empty_like(planes)
    cells = trimmed(footprint)
    rows, columns = cells.shape
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    first_code, second_code = (
        key_code(image, fill, reverse=reverse, nan_first=True) for reverse in (not is_opening, is_opening)
    )
    function: Any = _extrema_numba.rectangle_opening if cells.is_rectangle else _extrema_numba.runs_opening
    runs = () if cells.is_rectangle else (cells.runs, trimmed(mirrored(footprint)).runs)
    types = "in2(int64), " * len(runs)
    cost = COST_OF_RECTANGLE if cells.is_rectangle else len(cells.runs) + 4
    kernel = compiled(
        function,
        "in1({0}), out1({0}), in1({0}), in1({0}), {1}int64, int64, int64, in1(int64), in1(int64), int64, int64, int64, "
        "int64".format(dtype_name(planes), types),
    )
    arguments = (
        first_code, second_code, *runs, rows, columns, width * channels,
        border_indices(height, rows - 1, rows - 1, border), border_indices(width, columns - 1, columns - 1, border),
        columns - 1, channels,
    )  # fmt: skip
    for plane, made in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: kernel(plane, made, *arguments, first, last),  # noqa: B023
            height, plane.nbytes * cost // 4,
        )  # fmt: skip
    return out.view(image.dtype.newbyteorder("=")).reshape(image.shape)
