"""The best disparity of every pixel of a rectified pair, from codes of both images.

All arithmetic up to the sub-pixel step is on integers, and that step is one division: every body gives the same bits.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad

_BEYOND = 1 << 20
"""More than any cost: of what no minimum may take."""

_LEAST_ROWS = 16
"""Rows of a band below which the paths kept between bands would take more room than they save."""


@dispatched(differentiable=False)
def semi_global_match(
    left: Any, right: Any, levels: int, most: int, penalties: tuple[int, int], subpixel: bool, tolerance: int
) -> Any:
    """Match by the number of bits in which codes differ, smoothed along paths from left, right, above and below.

    Hirschmüller, "Stereo processing by semiglobal matching and mutual information", PAMI 30(2), 2008, equations 12-14,
    on four paths. Codes are (B, H, bytes, W) in uint8, of `most` bits, of which `levels` disparities 0, 1, ... are
    tried. Gives float32 (B, H, W): NaN where the images disagree by more than `tolerance`, unless that is negative.

    `most` + both penalties may be 255 at most. Cost of this body: several arrays of (B, H, W, levels) int32.
    """
    costs = _differences(left, right, levels, most)
    total: Any = 0
    for axis in (1, 2):
        for backward in (False, True):
            total = total + _path_costs(costs, axis, backward, penalties)
    return _choose(total, subpixel, tolerance)


@dispatched(differentiable=False)
def block_match(left: Any, right: Any, levels: int, most: int, size: int, subpixel: bool, tolerance: int) -> Any:
    """Match by the number of bits in which codes differ, summed over `size` × `size` pixels, the edge repeated.

    Otherwise as `semi_global_match`; `most` * `size`² may be 65534 at most.
    """
    costs = _differences(left, right, levels, most)
    reach = size // 2
    for axis in (1, 2):
        wide = pad(costs, (axis,), ((reach, reach),), "edge", 0.0)
        before = (slice(None),) * axis
        costs = sum(wide[(*before, slice(k, k + costs.shape[axis]), ...)] for k in range(size))
    return _choose(costs, subpixel, tolerance)


def _differences(left: Any, right: Any, levels: int, most: int) -> Any:
    """Return costs (B, H, W, levels) in int32; `most` where x - d lies outside."""
    xp = namespace(left)
    first, second = cast_to(left, "int32"), cast_to(right, "int32")
    width = left.shape[3]
    made = []
    for d in range(levels):
        bits = first[..., d:] ^ second[..., : width - d]
        bits = bits - ((bits >> 1) & 0x55)
        bits = (bits & 0x33) + ((bits >> 2) & 0x33)
        count = xp.sum((bits + (bits >> 4)) & 0x0F, axis=2, dtype=xp.int32)
        outside = xp.full((*count.shape[:2], d), most, dtype=xp.int32, device=left.device)
        made.append(xp.concat((outside, count), axis=2))
    return xp.stack(made, axis=3)


def _path_costs(costs: Any, axis: int, backward: bool, penalties: tuple[int, int]) -> Any:
    """Follow one path through every pixel along `axis`."""
    xp = namespace(costs)
    small, large = penalties
    before = (slice(None),) * axis
    order = range(costs.shape[axis] - 1, -1, -1) if backward else range(costs.shape[axis])
    path: Any = None
    made = []
    for i in order:
        here = costs[(*before, i, ...)]
        if path is None:
            path = here
        else:
            low = xp.min(path, axis=2, keepdims=True)
            beyond = xp.full_like(low, _BEYOND)
            beside = xp.minimum(xp.concat((beyond, path[..., :-1]), axis=2), xp.concat((path[..., 1:], beyond), axis=2))
            path = here + xp.minimum(xp.minimum(path, beside + small), low + large) - low
        made.append(path)
    return xp.stack(made[::-1] if backward else made, axis=axis)


def _choose(costs: Any, subpixel: bool, tolerance: int) -> Any:
    """Return the best disparity of each pixel; the same rule as `choose` of _disparity_numba and disparity.cu."""
    xp = namespace(costs)
    count, height, width, levels = costs.shape
    x = xp.reshape(xp.arange(width, dtype=xp.int32, device=costs.device), (1, 1, -1))
    candidates = xp.reshape(xp.arange(levels, dtype=xp.int32, device=costs.device), (1, 1, 1, -1))
    winners = _first_least(xp.where(candidates <= x[..., None], costs, xp.full_like(costs, _BEYOND)), candidates)
    place = xp.reshape(xp.arange(count * height * width, dtype=xp.int64, device=costs.device), winners.shape)
    flat = xp.reshape(costs, (-1,))

    def cost_at(d: Any) -> Any:
        at = place * levels + xp.clip(cast_to(d, "int64"), 0, levels - 1)
        return xp.reshape(xp.take(flat, xp.reshape(at, (-1,)), axis=0), winners.shape)

    value = cast_to(winners, "float32")
    if subpixel:
        left, middle, right = cost_at(winners - 1), cost_at(winners), cost_at(winners + 1)
        is_inside = (winners > 0) & (winners < xp.minimum(x, xp.full_like(x, levels - 1)))
        steeper = xp.where(is_inside, xp.maximum(left, right) - middle, xp.ones_like(middle))
        shift = cast_to(left - right, "float32") / cast_to(2 * steeper, "float32")
        value = xp.where(is_inside, value + shift, value)
    if tolerance >= 0:
        slid = [pad(costs[:, :, d:, d], (2,), ((0, d),), "constant", _BEYOND) for d in range(levels)]
        others = xp.reshape(_first_least(xp.stack(slid, axis=3), candidates), (-1,))
        seen = xp.take(others, xp.reshape(place - cast_to(winners, "int64"), (-1,)), axis=0)
        differs = xp.abs(xp.reshape(seen, winners.shape) - winners) > tolerance
        value = xp.where(differs, xp.full_like(value, float("nan")), value)
    return value


def _first_least(costs: Any, candidates: Any) -> Any:
    """Return the first disparity of least cost."""
    xp = namespace(costs)
    is_least = costs == xp.min(costs, axis=3, keepdims=True)
    return xp.min(xp.where(is_least, candidates, xp.full_like(candidates, candidates.shape[3])), axis=3)


@implements(semi_global_match, "numpy")
def _semi_global_numba(
    left: Any, right: Any, levels: int, most: int, penalties: tuple[int, int], subpixel: bool, tolerance: int
) -> Any:
    """Vertical paths are followed once and kept where they enter a band; each band is then on its own.

    Memory, in bytes: 2 W levels for every band, and (1 or 2) W levels for every row of the bands being worked on.
    """
    from imgproc.primitives import _semi_global_numba

    height, width = left.shape[1], left.shape[3]
    every = max(math.isqrt(height), _LEAST_ROWS)
    bands = -(-height // every)
    # three of the four paths are summed first
    sums_dtype = "uint8" if 3 * (most + penalties[1]) <= 255 else "uint16"
    trace = compiled(
        _semi_global_numba.trace,
        "in3(uint8), in3(uint8), int64, uint8, uint8, uint8, boolean, int64, out3(uint8), out2(uint8), int64, int64",
    )
    match = compiled(
        _semi_global_numba.match,
        "in3(uint8), in3(uint8), uint8, uint8, uint8, out2(uint8), out1(uint8), out2(uint8), out1(uint8), "
        f"out3({sums_dtype}), boolean, int64, out2(float32), int64, int64",
    )
    out = np.empty((len(left), height, width), np.float32)
    paths = np.empty((2, bands, width, levels + 2), np.uint8)
    lows = np.empty((2, bands, width), np.uint8)
    pieces = -(-thread_count() // 2)
    for one, other, made in zip(np.ascontiguousarray(left), right, out, strict=True):
        mirrored = np.ascontiguousarray(other[..., ::-1])

        def follow(first: int, last: int) -> None:
            for task in range(first, last):
                way, piece = task % 2, task // 2
                columns = width * piece // pieces, width * (piece + 1) // pieces
                trace(
                    one, mirrored, levels, most, *penalties, way == 1, every, paths[way], lows[way], *columns  # noqa: B023
                )  # fmt: skip

        def finish(first: int, last: int) -> None:
            sums = np.empty((every, width, levels), sums_dtype)
            for k in range(first, last):
                match(
                    one, mirrored, most, *penalties, paths[0, k], lows[0, k], paths[1, k], lows[1, k], sums,  # noqa: B023
                    subpixel, tolerance, made, every, k,  # noqa: B023
                )  # fmt: skip

        cost = height * width * levels
        run_bands(follow, 2 * pieces, cost)
        run_bands(finish, bands, cost)
    return out


@implements(block_match, "numpy")
def _block_numba(left: Any, right: Any, levels: int, most: int, size: int, subpixel: bool, tolerance: int) -> Any:
    from imgproc.primitives import _block_match_numba

    kernel = compiled(
        _block_match_numba.match,
        "in3(uint8), in3(uint8), int64, uint8, int64, boolean, int64, out2(float32), int64, int64",
    )
    height, width = left.shape[1], left.shape[3]
    out = np.empty((len(left), height, width), np.float32)
    for one, other, made in zip(np.ascontiguousarray(left), right, out, strict=True):
        mirrored = np.ascontiguousarray(other[..., ::-1])
        run_bands(
            lambda first, last: kernel(one, mirrored, levels, most, size, subpixel, tolerance, made, first, last),  # noqa: B023
            height, height * width * levels,
        )  # fmt: skip
    return out


@implements(semi_global_match, "cupy")
def _semi_global_cuda(
    left: Any, right: Any, levels: int, most: int, penalties: tuple[int, int], subpixel: bool, tolerance: int
) -> Any:
    """Costs of all pixels lie in memory, two bytes for each disparity."""
    import cupy

    first, second = cupy.ascontiguousarray(left), cupy.ascontiguousarray(right)
    count, height, bytes_of_code, width = first.shape
    sums = cupy.empty((count, height, width, levels), cupy.uint16)
    follow = cuda_kernel("disparity.cu", "follow_paths", "uint8", "float32")
    threads = min(-(-levels // 32) * 32, 1024)
    for vertical, lines in ((0, height), (1, width)):
        numbers = map(np.int32, (height, width, bytes_of_code, levels, most, *penalties, vertical))
        shared = (2 * (levels + 2) + 2) * 4
        follow((count * lines,), (threads,), (first, second, sums, *numbers), shared_mem=shared)
    return _choose_cuda(sums, subpixel, tolerance)


@implements(block_match, "cupy")
def _block_cuda(left: Any, right: Any, levels: int, most: int, size: int, subpixel: bool, tolerance: int) -> Any:
    import cupy

    first, second = cupy.ascontiguousarray(left), cupy.ascontiguousarray(right)
    count, height, bytes_of_code, width = first.shape
    rows, sums = (cupy.empty((count, height, width, levels), cupy.uint16) for _ in range(2))
    launch(
        cuda_kernel("disparity.cu", "sum_rows", "uint8", "float32"), sums.size,
        first, second, rows, sums.size, *map(np.int32, (width, bytes_of_code, levels, most, size)),
    )  # fmt: skip
    launch(
        cuda_kernel("disparity.cu", "sum_columns", "uint8", "float32"), sums.size,
        rows, sums, sums.size, *map(np.int32, (height, width, levels, size)),
    )  # fmt: skip
    return _choose_cuda(sums, subpixel, tolerance)


def _choose_cuda(sums: Any, subpixel: bool, tolerance: int) -> Any:
    import cupy

    count, height, width, levels = sums.shape
    others = cupy.empty((count, height, width), cupy.uint16)
    out = cupy.empty(others.shape, cupy.float32)
    launch(
        cuda_kernel("disparity.cu", "choose_right", "uint8", "float32"), out.size,
        sums, others, out.size, np.int32(width), np.int32(levels),
    )  # fmt: skip
    launch(
        cuda_kernel("disparity.cu", "choose", "uint8", "float32"), out.size,
        sums, others, out, out.size, *map(np.int32, (width, levels, subpixel, tolerance)),
    )  # fmt: skip
    return out
