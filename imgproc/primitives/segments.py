"""Segments of straight lines, traced through a mask from one pixel after the other."""

import math
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._cuda import cuda_kernel, for_kernel, upload
from imgproc.primitives._planes import compiled
from imgproc.primitives.hough_votes import FRACTION, Fixed, offset_of

_THREADS = 256
_ROUNDS = 3
"""Walks along one line, as in the kernels."""


@dispatched(differentiable=False)
def trace_segments(
    mask: Any, order: Any, cosines: Fixed, sines: Fixed, reach: int, threshold: int, min_length: float,
    max_gap: float, limit: int,
) -> Any:  # fmt: skip
    """Trace segments through a mask (H, W), pixel after pixel; return their ends x1, y1, x2, y2, int32 (N, 4).

    A pixel that is still there votes for the lines through it. Once one of them has `threshold` votes, of the greatest
    count at the first direction, the line is walked both ways from the pixel, along the axis it is nearer to. A step is
    on an edge if its pixel or, failing that, the one before or after across is still there; that one is an end so far.
    The walk is over where steps off an edge, in pixels along the line, exceed `max_gap`. It is walked twice more, from
    the same pixel, in the direction of the ends found so far. Between the ends the three pixels of every step of the
    last walk are taken away with their votes. What is no shorter than `min_length` is a segment.

    Parameters
    ----------
    order : (K,), int64, where the mask lies
        Flat indices of the pixels of the mask, in the order of their turns.
    cosines, sines, reach : as `vote_lines`
    limit : int
        The end, once there are so many segments.

    The loop runs one pixel at a time: this body runs it on the host, wherever the mask lies.
    """
    xp = namespace(mask)
    state = to_numpy(mask).astype(np.int8)  # 1 there, 2 has voted
    cos, sin = np.array(cosines, np.int64), np.array(sines, np.int64)
    votes = np.zeros((len(cos), 2 * reach + 1), np.int32)
    each, segments = np.arange(len(cos)), []

    def bins(y: int, x: int) -> np.ndarray:
        return (offset_of(reach) + x * cos + y * sin) >> FRACTION

    for y, x in zip(*(part.tolist() for part in divmod(to_numpy(order), state.shape[1])), strict=True):
        if state[y, x] == 0:
            continue
        at = bins(y, x)
        votes[each, at] += 1
        state[y, x] = 2
        best = int(votes[each, at].argmax())
        if votes[best, at[best]] < threshold:
            continue
        line = _Walk(state, y, x, cosines[best], sines[best], max_gap)
        ends = line.ends()
        for row, column in line.pixels(ends[0][0], ends[1][0]):
            if state[row, column] == 2:
                votes[each, bins(row, column)] -= 1
            state[row, column] = 0
        one, other = sorted((ends[0][1], ends[1][1]))
        if math.sqrt((other[0] - one[0]) ** 2 + (other[1] - one[1]) ** 2) >= min_length:
            segments.append((*one, *other))
            if len(segments) == limit:
                break
    return xp.asarray(np.array(segments, np.int32).reshape(-1, 4), device=mask.device)


class _Walk:
    """The line through a pixel, one step of its major axis after the other."""

    def __init__(self, state: np.ndarray, y: int, x: int, cosine: int, sine: int, max_gap: float) -> None:
        self.is_flat = abs(sine) >= abs(cosine)
        self.state = state if self.is_flat else state.T
        self.minor, self.major = (y, x) if self.is_flat else (x, y)
        self.slope = -(cosine / sine) if self.is_flat else -(sine / cosine)
        self.max_gap = max_gap

    def across(self, step: int) -> list[int]:
        """Return the pixel of a step and those beside it, as far as they are in the image."""
        middle = math.floor(self.minor + self.slope * step + 0.5)
        return [at for at in (middle, middle - 1, middle + 1) if 0 <= at < self.state.shape[0]]

    def ends(self) -> tuple[Any, Any]:
        """Walk both ways, three times; return the last step and its pixel (x, y) of either side."""
        first, low, last, high = 0, 0, 0, 0
        for _ in range(_ROUNDS):
            if last > first:
                self.slope = (high - low) / (last - first)
            (first, low), (last, high) = self._end(-1), self._end(1)
        return (first, self._pixel(first, low)), (last, self._pixel(last, high))

    def _pixel(self, step: int, across: int) -> tuple[int, int]:
        """Return (x, y)."""
        return (self.major + step, across) if self.is_flat else (across, self.major + step)

    def _end(self, side: int) -> tuple[int, int]:
        """Return the last step on an edge before too long a gap, and where across it is."""
        most_steps = self.max_gap / math.sqrt(1 + self.slope * self.slope)
        last, found, step = 0, self.minor, side
        while 0 <= self.major + step < self.state.shape[1] and abs(step - last) - 1 <= most_steps:
            there = [at for at in self.across(step) if self.state[at, self.major + step]]
            if there:
                last, found = step, there[0]
            step += side
        return last, found

    def pixels(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the (row, column) of the three pixels of every step."""
        pairs = [(at, self.major + step) for step in range(first, last + 1) for at in self.across(step)]
        return pairs if self.is_flat else [(b, a) for a, b in pairs]


@implements(trace_segments, "numpy")
def _trace_numba(
    mask: Any, order: Any, cosines: Fixed, sines: Fixed, reach: int, threshold: int, min_length: float,
    max_gap: float, limit: int,
) -> Any:  # fmt: skip
    from imgproc.primitives import _segments_numba

    state = np.array(mask, order="C").view(np.uint8).reshape(-1)
    together, bins = _segments_numba.TOGETHER, 2 * reach + 1
    group, lane = np.divmod(np.arange(len(cosines)), together)
    votes = np.zeros((group[-1] + 1) * bins * together, np.int32)
    segments = np.zeros((min(limit, len(order)), 4), np.int32)
    count = np.zeros(1, np.int64)
    trace = compiled(
        _segments_numba.trace,
        "out1(uint8), int64, in1(int64), in1(int64), in1(int64), int64, in1(int64), out1(int32), int64, float64, "
        "float64, out2(int32), out1(int64)",
    )
    tables = np.array(cosines, np.int64), np.array(sines, np.int64)
    lines = *tables, offset_of(reach), group * bins * together + lane, votes
    trace(state, mask.shape[1], np.ascontiguousarray(order), *lines, threshold, min_length, max_gap, segments, count)
    return segments[: count[0]].copy()


@implements(trace_segments, "cupy")
def _trace_cuda(
    mask: Any, order: Any, cosines: Fixed, sines: Fixed, reach: int, threshold: int, min_length: float,
    max_gap: float, limit: int,
) -> Any:  # fmt: skip
    import cupy

    state = for_kernel(mask).copy()
    votes = cupy.zeros((len(cosines), 2 * reach + 1), cupy.int32)
    segments = cupy.zeros((min(limit, len(order)), 4), cupy.int32)
    count = cupy.zeros(1, cupy.int32)
    kernel = cuda_kernel("segments.cu", "trace_segments", "uint8", "float64")
    kernel(
        (1,), (_THREADS,),
        (state, np.int32(mask.shape[0]), np.int32(mask.shape[1]), cupy.ascontiguousarray(order), np.int64(len(order)),
         upload(cosines, "int64"), upload(sines, "int64"), np.int32(len(cosines)), np.int64(offset_of(reach)), votes,
         np.int32(2 * reach + 1), np.int32(threshold), np.float64(min_length), np.float64(max_gap), segments,
         np.int32(len(segments)), count),
    )  # fmt: skip
    return segments[: int(count[0])].copy()
