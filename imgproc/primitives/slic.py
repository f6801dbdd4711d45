"""Superpixels: clusters of colour and place around a grid of centres, and the joining of what is too small.

Colours are whole numbers in float32 and their sums are exact, so every body has the same centres, to the last bit.
"""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad
from imgproc.primitives.limits import limit

Grid = tuple[int, int]
"""Rows and columns of cells: pixel (y, x) of (H, W) lies in cell (y rows // H, x columns // W)."""

_AROUND = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1))
_MOST_PARTS = 16


@dispatched(differentiable=False)
def cluster_on_grid(values: Any, mask: Any, grid: Grid, weight: float, max_iterations: int) -> Any:
    """Assign each pixel to the nearest of the centres of its cell and the eight around; int32 (H, W).

    Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", PAMI 34(11), 2012, algorithm 1,
    with the search among the nine nearest cells of Ren, Prisacariu and Reid, "gSLICr", 2015.

    Parameters
    ----------
    values : (C, H, W), float32
        Whole numbers of at most 2**20.
    mask : bool (H, W), or None for all
        Other pixels become -1.
    grid : (int, int)
    weight : float
        Of the squared distance in pixels, beside that of the values.
    max_iterations : int
        Assignments; each but the last is followed by new centres, the means of what was assigned.

    Centres start at the pixel of least gradient among the nine in the middle of their cell, in a mask at the mean of
    what the cell holds of it. Of equally near centres the first in raster order wins. Cost of this body: nine passes
    over the image, and two matrix products of (rows, H, W) for each number of a centre, in each iteration.
    """
    xp = namespace(values)
    features = _with_place(values, mask)
    centres, is_used = _start(values, features, mask, grid)
    centres = cast_to(centres, "float32")
    weight = float(np.float32(weight))
    labels: Any = None
    for iteration in range(max_iterations):
        labels, choice = _assign(values, centres, is_used, grid, weight)
        if iteration + 1 < max_iterations:
            centres = _mean(_sum_choices(features, choice, grid), centres)
    return labels if mask is None else xp.where(mask, labels, xp.full_like(labels, -1))


def _with_place(values: Any, mask: Any) -> Any:
    """Return colour, row, column and one of each pixel, (C + 3, H, W) in float64; zero outside the mask."""
    xp = namespace(values)
    _, height, width = values.shape
    y, x = (xp.arange(n, dtype=xp.float64, device=values.device) for n in (height, width))
    rows, columns = xp.broadcast_to(y[:, None], (height, width)), xp.broadcast_to(x[None, :], (height, width))
    features = xp.concat((cast_to(values, "float64"), xp.stack((rows, columns, xp.ones_like(rows)))), axis=0)
    return features if mask is None else xp.where(mask, features, xp.zeros_like(features))


def _start(values: Any, features: Any, mask: Any, grid: Grid) -> tuple[Any, Any]:
    """Return the first centres (cells, C + 2) in float64, and which of them there are."""
    xp = namespace(values)
    if mask is None:
        place = _calmest(values, grid)
        colors = cast_to(xp.take(xp.reshape(values, (values.shape[0], -1)), place, axis=1), "float64")
        width = values.shape[2]
        where = [cast_to(part, "float64")[None, :] for part in (place // width, place % width)]
        centres = xp.permute_dims(xp.concat((colors, *where), axis=0), (1, 0))
        return centres, xp.ones(place.shape, dtype=xp.bool, device=values.device)
    sums = xp.reshape(_sum_cells(features, grid), (features.shape[0], -1))
    count = sums[-1, :]
    none = xp.zeros_like(sums[:-1, :])
    return xp.permute_dims(_divide(sums[:-1, :], count, none), (1, 0)), count > 0


def _calmest(values: Any, grid: Grid) -> Any:
    """Return the place, in raster order, of the pixel of least squared gradient in the middle of each cell."""
    xp = namespace(values)
    _, height, width = values.shape
    flat = xp.reshape(values, (values.shape[0], -1))
    steps = (xp.arange(9, dtype=xp.int64, device=values.device) + 4) % 9  # of equally steep ones the middle
    y, x = (
        limit(middle + step, 0, length - 1)
        for middle, step, length in (
            (_middles(values, height, grid[0])[:, None, None], steps // 3 - 1, height),
            (_middles(values, width, grid[1])[None, :, None], steps % 3 - 1, width),
        )
    )

    def read(down: int, across: int) -> Any:
        place = limit(y + down, 0, height - 1) * width + limit(x + across, 0, width - 1)
        return cast_to(xp.take(flat, xp.reshape(place, (-1,)), axis=1), "float64")

    # squares of whole numbers: exact in float64, so that ties are ties
    steepness = xp.sum((read(0, 1) - read(0, -1)) ** 2 + (read(1, 0) - read(-1, 0)) ** 2, axis=0)
    calmest = xp.argmin(xp.reshape(steepness, (-1, 9)), axis=1)
    first = xp.arange(calmest.shape[0], dtype=xp.int64, device=values.device) * 9
    return xp.take(xp.reshape(y * width + x, (-1,)), first + calmest, axis=0)


def _middles(values: Any, length: int, cells: int) -> Any:
    bounds = namespace(values).asarray(np.array(_bounds(length, cells)), device=values.device)
    return (bounds[:-1] + bounds[1:] - 1) // 2


@functools.lru_cache(maxsize=64)
def _bounds(length: int, cells: int) -> np.ndarray:
    """Return the first row (column) of each cell, and `length`."""
    bounds = -(-np.arange(cells + 1) * length // cells)
    bounds.flags.writeable = False
    return bounds


def _cells(values: Any, length: int, cells: int) -> Any:
    """Return the row (column) of cells in which each row (column) of pixels lies."""
    xp = namespace(values)
    return xp.arange(length, dtype=xp.int64, device=values.device) * cells // length


def _assign(values: Any, centres: Any, is_used: Any, grid: Grid, weight: float) -> tuple[Any, Any]:
    """Return the nearest centre of each pixel, and which of the nine around it is."""
    xp = namespace(values)
    channels, height, width = values.shape
    rows, columns = _cells(values, height, grid[0])[:, None], _cells(values, width, grid[1])[None, :]
    y, x = (xp.arange(n, dtype=xp.float32, device=values.device) for n in (height, width))
    best = xp.full((height, width), float("inf"), dtype=xp.float32, device=values.device)
    labels = xp.full((height, width), -1, dtype=xp.int32, device=values.device)
    choice = labels
    for k, (down, across) in enumerate(_AROUND):
        row, column = rows + down, columns + across
        inside = (row >= 0) & (row < grid[0]) & (column >= 0) & (column < grid[1])
        name = xp.where(inside, row * grid[1] + column, xp.zeros_like(row + column))
        cell = xp.reshape(name, (-1,))
        there = xp.reshape(xp.take(centres, cell, axis=0), (height, width, channels + 2))
        counts = inside & xp.reshape(xp.take(is_used, cell, axis=0), inside.shape)
        color = (values[0, ...] - there[..., 0]) ** 2
        for c in range(1, channels):
            color = color + (values[c, ...] - there[..., c]) ** 2
        dy, dx = y[:, None] - there[..., channels], x[None, :] - there[..., channels + 1]
        distance = color + weight * (dy * dy + dx * dx)
        is_nearer = counts & (distance < best)
        best = xp.where(is_nearer, distance, best)
        labels = xp.where(is_nearer, cast_to(name, "int32"), labels)
        choice = xp.where(is_nearer, xp.full_like(choice, k), choice)
    return labels, choice


def _sum_choices(features: Any, choice: Any, grid: Grid) -> Any:
    """Sum (D, H, W) over the pixels of each centre: (D, rows, columns)."""
    xp = namespace(features)
    total: Any = 0.0
    for k, (down, across) in enumerate(_AROUND):
        sums = _sum_cells(xp.where(choice == k, features, xp.zeros_like(features)), grid)
        wide = pad(sums, (1, 2), ((1, 1), (1, 1)), "constant", 0.0)
        total = total + wide[:, 1 - down : 1 - down + grid[0], 1 - across : 1 - across + grid[1]]
    return total


def _sum_cells(features: Any, grid: Grid) -> Any:
    """Sum (D, H, W) of whole numbers over the cells, exactly: (D, rows, columns)."""
    xp = namespace(features)
    members = []
    for length, cells in zip(features.shape[1:], grid, strict=True):
        numbers = xp.arange(cells, dtype=xp.int64, device=features.device)
        members.append(cast_to(numbers[:, None] == _cells(features, length, cells), "float64"))
    return xp.matmul(xp.matmul(members[0], features), xp.permute_dims(members[1], (1, 0)))


def _mean(sums: Any, centres: Any) -> Any:
    """Divide sums (C + 3, rows, columns) by their last row; centres without pixels stay."""
    xp = namespace(sums)
    flat = xp.reshape(sums, (sums.shape[0], -1))
    before = xp.permute_dims(cast_to(centres, "float64"), (1, 0))
    return cast_to(xp.permute_dims(_divide(flat[:-1, :], flat[-1, :], before), (1, 0)), "float32")


def _divide(sums: Any, count: Any, otherwise: Any) -> Any:
    xp = namespace(sums)
    return xp.where(count > 0, sums / xp.where(count > 0, count, xp.ones_like(count)), otherwise)


@implements(cluster_on_grid, "numpy")
def _cluster_numba(values: Any, mask: Any, grid: Grid, weight: float, max_iterations: int) -> Any:
    """Stops where an assignment repeats, from which all others would."""
    from imgproc.primitives import _slic_numba

    values = np.ascontiguousarray(values)
    channels, height, width = values.shape
    features = None if mask is None else _with_place(values, mask)
    centres, is_used = (np.array(x, order="C") for x in _start(values, features, mask, grid))
    centres, columns = centres.astype(np.float32), _bounds(width, grid[1])
    choices = np.full((height, width), _slic_numba.NONE, np.uint8)
    if mask is not None:
        choices[~mask] = _slic_numba.OUTSIDE
    parts = min(thread_count(), height, _MOST_PARTS)
    totals, changes = np.zeros((parts, len(centres), channels + 3)), np.empty(parts, np.int64)
    assign = compiled(
        _slic_numba.assign,
        "in3(float32), in2(float32), in1(uint8), in1(int64), float32, out2(uint8), out3(float64), out1(int64), "
        "int64, int64",
    )
    average = compiled(_slic_numba.average, "out3(float64), out2(float32)")
    fixed = values, centres, is_used.view(np.uint8), columns, np.float32(weight), choices, totals, changes
    for iteration in range(max_iterations):
        run_bands(lambda first, last: assign(*fixed, first, last), parts, 9 * values.size)
        if not changes.any():
            break
        if iteration + 1 < max_iterations:
            average(totals, centres)
    labels = np.empty((height, width), np.int32)
    name = compiled(_slic_numba.name, "in2(uint8), in1(int64), int64, out2(int32), int64, int64")
    run_bands(lambda first, last: name(choices, columns, grid[0], labels, first, last), height, 4 * labels.size)
    return labels


@dispatched(differentiable=False)
def join_small_parts(labels: Any, min_size: int) -> Any:
    """Number connected parts of (H, W) anew, those below `min_size` joined to a neighbour; -1 stays.

    Parts are 4-connected pixels of one label. In raster order of their first pixels, and as long as a part has fewer
    than `min_size` pixels, it is joined to that with which it shares most sides of pixels, of several the first. One
    part is joined after the other, so labels are brought to the host.
    """
    return _join_on_host(labels, min_size, _join_in_python)


def _join_on_host(labels: Any, min_size: int, join: Any) -> Any:
    """Bring labels to the host, join, and take them back."""
    joined = join(np.array(to_numpy(labels), order="C"), min_size)
    return namespace(labels).asarray(joined, device=labels.device)


def _join_in_python(labels: np.ndarray, min_size: int) -> np.ndarray:
    groups, members = _find_parts(labels)
    for part in range(len(members)):
        group = groups[members[part][0]] if members[part] else -1
        while group >= 0 and len(members[group]) < min_size:
            sides: dict[int, int] = {}
            for y, x in members[group]:
                for place in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
                    if groups.get(place, group) != group:
                        sides[groups[place]] = sides.get(groups[place], 0) + 1
            if not sides:
                break
            other = min(sides, key=lambda g: (-sides[g], g))
            group, gone = min(group, other), max(group, other)
            groups |= dict.fromkeys(members[gone], group)
            members[group], members[gone] = members[group] + members[gone], []
    numbers = {group: k for k, group in enumerate(g for g, pixels in enumerate(members) if pixels)}
    joined = np.full(labels.shape, -1, np.int32)
    for place, group in groups.items():
        joined[place] = numbers[group]
    return joined


def _find_parts(labels: np.ndarray) -> tuple[dict[tuple[int, int], int], list[list[tuple[int, int]]]]:
    """Return the part of each pixel, and the pixels of each part."""
    groups: dict[tuple[int, int], int] = {}
    members: list[list[tuple[int, int]]] = []
    inside = {(int(y), int(x)): int(labels[y, x]) for y, x in np.argwhere(labels >= 0)}
    for start, label in inside.items():
        if start in groups:
            continue
        groups[start] = len(members)
        pixels = [start]
        for y, x in pixels:  # grows as it is walked through
            for place in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
                if inside.get(place) == label and place not in groups:
                    groups[place] = len(members)
                    pixels.append(place)
        members.append(pixels)
    return groups, members


@implements(join_small_parts, "numpy")
def _join_numba(labels: Any, min_size: int) -> Any:
    from imgproc.primitives import _small_parts_numba

    labels = np.ascontiguousarray(labels, np.int32)
    height, width = labels.shape
    rows, counts = np.zeros(height + 1, np.int64), np.empty(height, np.int64)
    count = compiled(_small_parts_numba.count_runs, "in2(int32), out1(int64), int64, int64")
    run_bands(lambda first, last: count(labels, counts, first, last), height, 3 * labels.size)
    np.cumsum(counts, out=rows[1:])
    runs = int(rows[-1])
    starts, over, under, parents, following, touched = np.empty((6, runs + 1), np.int32)
    sizes, sides = np.zeros((2, runs), np.int32)
    starts[rows] = np.arange(height + 1) * width
    linked, rings = (starts, parents[:runs], over, under), (sizes, following, sides, touched)
    find = compiled(_small_parts_numba.find_runs, "in2(int32), in1(int64)" + ", out1(int32)" * 4 + ", int64, int64")
    seams = []

    def find_band(first: int, last: int) -> None:
        seams.append(first)
        find(labels, rows, *linked, first, last)

    run_bands(find_band, height, 20 * labels.size)
    join = compiled(_small_parts_numba.join_runs, "in2(int32), in1(int64), in1(int64), int64" + ", out1(int32)" * 8)
    join(labels, rows, np.array(sorted(seams)[1:], np.int64), min_size, *linked, *rings)
    joined = np.empty_like(labels)
    fill = compiled(_small_parts_numba.fill_runs, "in1(int32), in1(int64), in1(int32), out2(int32), int64, int64")
    run_bands(lambda first, last: fill(starts, rows, sides, joined, first, last), height, 5 * labels.size)
    return joined


@implements(join_small_parts, "cupy")
def _join_cuda(labels: Any, min_size: int) -> Any:
    return _join_on_host(labels, min_size, _join_numba)


def grid_for(size: tuple[int, int], count: float) -> Grid:
    """Return rows and columns of about `count` cells that are as square as can be."""
    height, width = size
    rows = min(max(1, round(math.sqrt(count * height / width))), height)
    return rows, min(max(1, round(count / rows)), width)
