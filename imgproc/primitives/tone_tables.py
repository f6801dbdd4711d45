"""Tables that map values to values, one for each tile of an image, and what comes out between the tiles.

A table of n entries over [low, high] says what the values low + i (high - low) / (n - 1) become; between entries it is
linear. An image of integers has an entry for each value.
"""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.primitives.histogram import bin_edges, histogram

_LARGEST_BLENDED = 1024
"""Entries up to which the tables above and below a row are blended once for the row, rather than for each pixel."""


def is_counted_by_value(image: Any, low: float, high: float) -> bool:
    """Say whether every value gets a bin of its own: 8- and 16-bit integers between whole bounds."""
    is_narrow = dtype_name(image) in ("uint8", "int8", "uint16", "int16")
    return is_narrow and low.is_integer() and high.is_integer() and high - low <= 65535


def tile_sides(image: Any, axes: Axes, tiles: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) of tiles that cover the image.

    As in OpenCV: whole tiles that fit in both directions fill the image, and otherwise both are filled up, a direction
    that would fit by a tile of its own.
    """
    lengths = image.shape[axes[0]], image.shape[axes[1]]
    spare = any(length % count for length, count in zip(lengths, tiles, strict=True))
    return lengths[0] // tiles[0] + spare, lengths[1] // tiles[1] + spare


@dispatched(differentiable=False)
def tile_tables(image: Any, axes: Axes, tiles: tuple[int, int], bins: int, low: float, high: float, limit: int) -> Any:
    """Return tables (planes, down, across, entries) that equalize each tile, no bin counting more than `limit`.

    An entry is the cumulative share of the tile's values, scaled to low ... high.

    The image is mirrored to whole tiles. What a bin has above the limit goes to all bins alike, and the rest that this
    leaves to bins evenly apart, as in OpenCV. Counted by value, entry i is the share up to value low + i, which
    counts; else there are bins + 1 entries, the shares below the edges of bins.
    """
    xp = namespace(image)
    sides = tile_sides(image, axes, tiles)
    widths = tuple((0, n * side - image.shape[axis]) for n, side, axis in zip(tiles, sides, axes, strict=True))
    planes = stack_planes(pad(lift(image), axes, widths, "reflect", 0.0), axes)
    cut = xp.reshape(planes, (planes.shape[0], tiles[0], sides[0], tiles[1], sides[1]))
    clipped = xp.where(cut < low, xp.full_like(cut, low), xp.where(cut > high, xp.full_like(cut, high), cut))
    by_value = is_counted_by_value(image, low, high)
    bounds = (low - 0.5, high + 0.5) if by_value else (low, high)
    counts = histogram(xp.moveaxis(clipped, 2, 3), (3, 4), bins, *bounds)
    zero = xp.zeros_like(counts)
    over = xp.where(counts > limit, counts - limit, zero)
    excess = xp.sum(over, axis=-1, keepdims=True)
    rest = excess % bins
    step = bins // xp.where(rest > 0, rest, xp.ones_like(rest))
    place = xp.arange(bins, dtype=counts.dtype, device=counts.device)
    counts = counts - over + excess // bins + xp.astype((place % step == 0) & (place // step < rest), counts.dtype)
    below = cast_to(xp.cumulative_sum(counts, axis=-1), "float64")
    if not by_value:
        below = xp.concat([xp.zeros_like(below[..., :1]), below], axis=-1)
    return cast_to(low + below * ((high - low) / (sides[0] * sides[1])), work_dtype(image))


@dispatched(differentiable=False)
def map_through_tables(
    image: Any, tables: Any, axes: Axes, sides: tuple[int, int], low: float, high: float, dtype: str
) -> Any:
    """Map each value through the tables of the four tiles around it, bilinearly, rounded once to `dtype`.

    `tables` is (planes, down, across, entries); tile (i, j) has its centre at row (i + 1/2) * sides[0] and column
    (j + 1/2) * sides[1], beyond the last centres its table alone counts.
    """
    xp = namespace(image)
    planes = stack_planes(lift(image), axes)
    entries = tables.shape[-1]
    place = (planes - low) * ((entries - 1) / (high - low))
    place = xp.where(place < 0, xp.zeros_like(place), place)
    place = xp.where(place > entries - 1, xp.full_like(place, entries - 1), place)
    known = xp.where(xp.isnan(place), xp.zeros_like(place), place)
    below = xp.floor(xp.where(known > entries - 2, xp.full_like(known, entries - 2), known))
    share, at = place - below, cast_to(below, "int64")
    flat = xp.reshape(tables, (-1,))
    plane = xp.reshape(xp.arange(planes.shape[0], dtype=xp.int64, device=at.device), (-1, 1, 1))
    rows, row_weight = _neighbours(planes, 1, tables.shape[1], sides[0])
    columns, column_weight = _neighbours(planes, 2, tables.shape[2], sides[1])
    made = []
    for row in rows:
        found = []
        for column in columns:
            first = ((plane * tables.shape[1] + row) * tables.shape[2] + column) * entries + at
            index = xp.reshape(first, (-1,))
            lower = xp.reshape(xp.take(flat, index), planes.shape)
            upper = xp.reshape(xp.take(flat, index + 1), planes.shape)
            found.append(lower + share * (upper - lower))
        made.append(found[0] + column_weight * (found[-1] - found[0]))
    return unstack_planes(saturate(made[0] + row_weight * (made[-1] - made[0]), dtype), image.shape, axes)


def _neighbours(planes: Any, axis: int, count: int, side: int) -> tuple[list[Any], Any]:
    """Return the tiles before and after each position along `axis`, and the weights of the latter, to broadcast."""
    if count == 1:
        return [0], 0.0
    position = np.arange(planes.shape[axis]) / side - 0.5
    before = np.floor(position).astype(np.int64)
    shape = tuple(-1 if k == axis else 1 for k in range(3))
    xp = namespace(planes)

    def upload(values: np.ndarray) -> Any:
        return xp.reshape(xp.asarray(values, device=planes.device), shape)

    tiles = (np.clip(before, 0, count - 1), np.clip(before + 1, 0, count - 1))
    return [upload(tile) for tile in tiles], upload((position - before).astype(work_dtype(planes)))


@implements(tile_tables, "numpy")
def _tables_numba(
    image: Any, axes: Axes, tiles: tuple[int, int], bins: int, low: float, high: float, limit: int
) -> Any:
    from imgproc.primitives import _tone_tables_numba

    planes, channels = as_planes(image, axes)
    sides, work = tile_sides(image, axes, tiles), work_dtype(image)
    by_value = is_counted_by_value(image, low, high)
    tables = np.empty((len(planes), channels, *tiles, bins if by_value else bins + 1), work)
    height, width = planes.shape[1], planes.shape[2] // channels
    arguments = (
        border_indices(height, 0, tiles[0] * sides[0] - height, "reflect"),
        border_indices(width, 0, tiles[1] * sides[1] - width, "reflect"), channels, bin_edges(bins, low, high),
        by_value, limit, 4 if by_value and bins <= 4096 else 1, low, high - low,
    )  # fmt: skip
    kernel = compiled(
        _tone_tables_numba.tables,
        f"in2({planes.dtype}), out3({work}), int64, in1(int64), in1(int64), int64, in1(float64), boolean, int64, "
        "int64, float64, float64, int64, int64",
    )
    cost = height * width * 4
    for plane, made in zip(planes, tables, strict=True):
        for channel in range(channels):
            run_bands(
                lambda first, last: kernel(plane, made[channel], channel, *arguments, first, last),  # noqa: B023
                tiles[0] * tiles[1], cost,
            )  # fmt: skip
    return tables.reshape(-1, *tables.shape[2:])


@implements(map_through_tables, "numpy")
def _map_numba(image: Any, tables: Any, axes: Axes, sides: tuple[int, int], low: float, high: float, dtype: str) -> Any:
    from imgproc.primitives import _tone_tables_numba

    planes, channels = as_planes(image, axes)
    work, entries = work_dtype(image), tables.shape[-1]
    if tables.shape[1:3] == (1, 1) and channels <= 4 and planes.dtype == dtype == "uint8" and entries - 1 == high - low:
        return _look_up_bytes(planes, channels, saturate(tables, dtype), int(low)).reshape(image.shape)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(planes.shape, made)
    tables = np.ascontiguousarray(cast_to(tables, work)).reshape(len(planes), channels, *tables.shape[1:])
    width = planes.shape[2] // channels
    position = np.arange(width) / sides[1] - 0.5
    weights = (position - np.floor(position)).astype(work)
    types = f"in2({planes.dtype}), out2({made}), in3({work}), in1({work}), int64, int64, int64, int64"
    bounds = rounding_range(made)
    if planes.dtype.kind == "u" and entries - 1 == high - low:
        blended = entries <= _LARGEST_BLENDED
        arguments: tuple[Any, ...] = (channels, *sides, int(low), blended, *bounds)
        kernel = compiled(_tone_tables_numba.apply_integers, f"{types}, int64, boolean, {work}, {work}, int64, int64")
    else:
        arguments = (channels, *sides, low, (entries - 1) / (high - low), *bounds)
        kernel = compiled(_tone_tables_numba.apply, f"{types}, {work}, {work}, {work}, {work}, int64, int64")
    cost = out[0].size * 4
    for plane, made_plane, own in zip(planes, out, tables, strict=True):
        for channel in range(channels):
            run_bands(
                lambda first, last: kernel(plane, made_plane, own[channel], weights, channel, *arguments, first, last),  # noqa: B023
                len(plane), cost,
            )  # fmt: skip
    return saturate(out.reshape(image.shape), dtype)


def _look_up_bytes(planes: np.ndarray, channels: int, tables: np.ndarray, low: int) -> np.ndarray:
    """Map bytes through one table for each plane and channel."""
    import cv2

    if low != 0 or tables.shape[-1] != 256:
        tables = tables[..., np.clip(np.arange(256) - low, 0, tables.shape[-1] - 1)]
    whole = tables.reshape(len(planes), channels, 256)
    out = np.empty_like(planes)
    shape = (planes.shape[1], planes.shape[2] // channels, channels)
    for plane, made, own in zip(planes, out, whole, strict=True):
        cv2.LUT(plane.reshape(shape), np.ascontiguousarray(own.T)[None], dst=made.reshape(shape))
    return out
