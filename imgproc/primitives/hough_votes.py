"""Votes of edge pixels for the lines through them, and of gradients for the centres they point at.

Lines are counted in integers. A direction is its cosine and sine over the step of rho, rounded to 2**-32: the bin of a
pixel is one exact number, whatever the library and the order of its arithmetic, and it is off the bin of real
arithmetic only where rho lies within 2**-17 of a border between bins (images up to 2**15 pixels wide).
"""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch, upload
from imgproc.primitives._planes import compiled

FRACTION = 32
"""Bits behind the point of a direction."""

Fixed = tuple[int, ...]

_MOST_LANES = 4
"""Planes of votes at once, however many threads there are: memory must not grow with the machine."""
_SHARED_BINS = 12288  # 48 KiB, which every device has


@functools.lru_cache(maxsize=64)
def directions(angles: tuple[float, ...], rho_step: float) -> tuple[Fixed, Fixed]:
    """Return cosines and sines of `angles` over `rho_step`, in units of 2**-FRACTION."""
    unit = 2.0**FRACTION / rho_step
    return tuple(round(math.cos(a) * unit) for a in angles), tuple(round(math.sin(a) * unit) for a in angles)


def reach_of_rho(height: int, width: int, rho_step: float) -> int:
    """Return the greatest bin of rho that a pixel can vote for; the least is its negative."""
    return math.ceil(math.hypot(height - 1, width - 1) / rho_step + 1e-6)


def offset_of(reach: int) -> int:
    """Return what turns x cos + y sin into a row of votes, rounded half up, once shifted by FRACTION."""
    return (reach << FRACTION) + (1 << (FRACTION - 1))


@dispatched(differentiable=False)
def vote_lines(mask: Any, cosines: Fixed, sines: Fixed, reach: int) -> Any:
    """Count, for every direction, the pixels of a mask (H, W) by their bin of rho: int32 (directions, 2 reach + 1).

    Cost of this body: a sort of the pixels for each direction; in torch one scattered addition.
    """
    xp = namespace(mask)
    rows, columns = (cast_to(index, "int64") for index in xp.nonzero(mask))
    bins, offset = 2 * reach + 1, offset_of(reach)
    counts = [
        count_places((columns * c + rows * s + offset) >> FRACTION, bins)
        for c, s in zip(cosines, sines, strict=True)
    ]  # fmt: skip
    return xp.stack(counts)


def count_places(places: Any, cells: int, weight: int = 1) -> Any:
    """Count how often each of range(cells) occurs among integers, times `weight`: int32 (cells,)."""
    xp = namespace(places)
    if kind(places) == "torch":
        weights = xp.full(places.shape, weight, dtype=xp.int32, device=places.device)
        return xp.zeros(cells, dtype=xp.int32, device=places.device).index_add_(0, places, weights)
    edges = xp.arange(cells + 1, dtype=xp.int64, device=places.device)
    below = cast_to(xp.searchsorted(xp.sort(places), edges), "int32")
    return (below[1:] - below[:-1]) * weight


@implements(vote_lines, "numpy")
def _lines_numba(mask: Any, cosines: Fixed, sines: Fixed, reach: int) -> Any:
    from imgproc.primitives import _hough_numba

    columns, starts = list_pixels(mask)
    votes = np.zeros((len(cosines), 2 * reach + 1), np.int32)
    arguments = columns, starts, np.array(cosines, np.int64), np.array(sines, np.int64), offset_of(reach), votes
    count = compiled(
        _hough_numba.vote_lines,
        "in1(int32), in1(int64), in1(int64), in1(int64), int64, out2(int32), int64, int64",
    )
    run_bands(lambda first, last: count(*arguments, first, last), len(votes), 4 * len(votes) * (len(columns) + 1))
    return votes


def list_pixels(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns (int32) of the pixels of a mask in the order of memory, and where each row begins (int64)."""
    from imgproc.primitives import _hough_numba

    marks = np.ascontiguousarray(mask).view(np.uint8)
    height = len(marks)
    starts = np.zeros(height + 1, np.int64)
    tally = compiled(_hough_numba.count_rows, "in2(uint8), out1(int64), int64, int64")
    fill = compiled(_hough_numba.list_columns, "in2(uint8), in1(int64), out1(int32), int64, int64")
    run_bands(lambda first, last: tally(marks, starts, first, last), height, marks.size)
    np.cumsum(starts, out=starts)
    columns = np.empty(starts[-1], np.int32)
    run_bands(lambda first, last: fill(marks, starts, columns, first, last), height, 4 * marks.size)
    return columns, starts


@implements(vote_lines, "cupy")
def _lines_cuda(mask: Any, cosines: Fixed, sines: Fixed, reach: int) -> Any:
    import cupy

    source = for_kernel(mask)
    found, count = cupy.empty(source.size, cupy.int32), cupy.zeros(1, cupy.int32)
    launch(cuda_kernel("hough.cu", "list_pixels", "uint8", "float64"), source.size, source, found, count, source.size)
    bins = 2 * reach + 1
    votes = cupy.zeros((len(cosines), bins), cupy.int32)
    fits = bins <= _SHARED_BINS
    kernel = cuda_kernel("hough.cu", "vote_lines_shared" if fits else "vote_lines_global", "uint8", "float64")
    grid = len(cosines), min(64, math.ceil(source.size / 65536))
    kernel(
        grid, (256,),
        (found, count, np.int32(source.shape[1]), upload(cosines, "int64"), upload(sines, "int64"),
         np.int64(offset_of(reach)), votes, np.int32(bins)),
        shared_mem=4 * bins if fits else 0,
    )  # fmt: skip
    return votes


@dispatched(differentiable=False)
def vote_centres(
    edges: Any, radii: tuple[float, ...], weights: tuple[int, ...], cell: float, rows: int, columns: int
) -> Any:
    """Add, `radius` away from every edge along its gradient and against it, that radius' weight: int32 (rows, columns).

    Parameters
    ----------
    edges : (N, 4 or more), float64
        x, y and the unit vector of the gradient.
    radii, weights : of one length
    cell : pixels
        A centre (x, y) counts in row floor((y + 1/2) / cell) + 1: there is one row and column beyond the image on each
        side, which stay 0.
    """
    xp = namespace(edges)
    x, y, nx, ny = (edges[:, i] for i in range(4))
    votes = xp.zeros((rows * columns,), dtype=xp.int32, device=edges.device)
    for radius, weight in zip(radii, weights, strict=True):
        for side in (radius, -radius):
            row = xp.floor((y + side * ny + 0.5) / cell) + 1
            column = xp.floor((x + side * nx + 0.5) / cell) + 1
            inside = (row > 0) & (row < rows - 1) & (column > 0) & (column < columns - 1)
            # what lies outside counts in a cell of its own, which is dropped
            place = xp.where(inside, row * columns + column, xp.full_like(row, rows * columns))
            votes = votes + count_places(cast_to(place, "int64"), rows * columns + 1, weight)[:-1]
    return xp.reshape(votes, (rows, columns))


@implements(vote_centres, "numpy")
def _centres_numba(
    edges: Any, radii: tuple[float, ...], weights: tuple[int, ...], cell: float, rows: int, columns: int
) -> Any:
    from imgproc.primitives import _hough_numba

    lanes = min(_MOST_LANES, thread_count())
    votes = np.zeros((lanes, rows, columns), np.int32)
    arguments = np.ascontiguousarray(edges), np.array(radii, np.float64), np.array(weights, np.int32), cell, votes
    add = compiled(
        _hough_numba.vote_centres, "in2(float64), in1(float64), in1(int32), float64, out3(int32), int64, int64, int64"
    )
    bounds = [len(edges) * i // lanes for i in range(lanes + 1)]

    def fill_lanes(first: int, last: int) -> None:
        for lane in range(first, last):
            add(*arguments, lane, bounds[lane], bounds[lane + 1])

    run_bands(fill_lanes, lanes, len(edges) * len(radii) * 4)
    return votes[0] if lanes == 1 else np.add.reduce(votes, axis=0, dtype=np.int32)


@implements(vote_centres, "cupy")
def _centres_cuda(
    edges: Any, radii: tuple[float, ...], weights: tuple[int, ...], cell: float, rows: int, columns: int
) -> Any:
    import cupy

    source, votes = cupy.ascontiguousarray(edges), cupy.zeros((rows, columns), cupy.int32)
    launch(
        cuda_kernel("hough.cu", "vote_centres", "uint8", "float64"), len(edges) * len(radii),
        source, np.int32(source.shape[1]), len(edges), upload(radii, "float64"), upload(weights, "int32"),
        np.int32(len(radii)), np.float64(cell), votes, np.int32(rows), np.int32(columns),
    )  # fmt: skip
    return votes
