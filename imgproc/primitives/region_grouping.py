"""From regions to what they may be parts of: neighbours that look alike are joined, the most similar first.

All of it follows one join after the other, on the host: arrays are NumPy's.
"""

import heapq
import math
from typing import Any

import numpy as np

from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled

COLOR_BINS = 25
SLOPE_BINS = 10
_SLOPE_STEP = 5.0
"""Levels per pixel of a bin of slopes; a sharp step of 100 levels has 40 after smoothing by one pixel."""

_ANGLES = np.arange(4) * math.pi / 4
DIRECTIONS = np.stack((np.cos(_ANGLES), np.sin(_ANGLES)), axis=1).astype(np.float32)
"""Slopes along each are counted upwards and downwards: the eight orientations of the paper."""


@dispatched(differentiable=False)
def describe_regions(
    labels: np.ndarray, levels: np.ndarray, gx: np.ndarray, gy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return histograms of colour and of texture, boxes (x1, y1, x2, y2) and sizes of regions 0, 1, ... of (H, W).

    Uijlings et al., "Selective search for object recognition", IJCV 104(2), 2013, section 3.2: 25 bins a channel of
    uint8 levels (C, H, W); 10 bins a channel of each of 8 orientations of the float32 derivatives; each sums to 1.
    """
    count = int(labels.max()) + 1
    flat = labels.reshape(-1)
    sizes = np.bincount(flat, minlength=count).astype(np.float64)
    y, x = np.indices(labels.shape)
    boxes = np.stack([x, y, -x - 1, -y - 1], axis=-1).reshape(-1, 4)
    least = np.full((count, 4), np.iinfo(np.int64).max)
    np.minimum.at(least, flat, boxes)
    least[:, 2:] *= -1
    colors = [_histogram(flat, level.astype(np.int64) * COLOR_BINS // 256, count, COLOR_BINS) for level in levels]
    slopes = []
    for along_x, along_y in zip(gx, gy, strict=True):
        for direction in DIRECTIONS:
            slope = along_x * direction[0] + along_y * direction[1]
            steep = np.minimum(np.abs(slope) / np.float32(_SLOPE_STEP), np.float32(SLOPE_BINS - 1)).astype(np.int64)
            for is_side in (slope >= 0, slope < 0):
                slopes.append(_histogram(flat, np.where(is_side, steep, 0), count, SLOPE_BINS))
    return *_normalised(np.concatenate(colors, 1), np.concatenate(slopes, 1), sizes, len(levels)), least, sizes


def _histogram(flat: np.ndarray, values: np.ndarray, count: int, bins: int) -> np.ndarray:
    return np.bincount(flat * np.int64(bins) + values.reshape(-1), minlength=count * bins).reshape(count, bins)


def _normalised(
    colors: np.ndarray, slopes: np.ndarray, sizes: np.ndarray, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    total = sizes[:, None] * channels
    return colors / total, slopes / (total * 2 * len(DIRECTIONS))


@dispatched(differentiable=False)
def group_regions(
    pairs: np.ndarray,
    colors: np.ndarray,
    textures: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray,
    *,
    with_color: bool,
) -> np.ndarray:
    """Join the most similar of neighbouring regions until one is left; return the boxes of all, in order of making.

    The measures of section 3.2: intersections of histograms of colour (if `with_color`) and texture, one minus the
    share of the image that both take, and one minus that of the gaps in their box; their sum, where of equal ones the
    first regions come first. `pairs` (E, 2) are neighbours among the regions; the graph is connected.
    """
    regions = [_Region(*parts) for parts in zip(colors, textures, boxes, sizes.tolist(), strict=True)]
    area = float(sizes.sum())
    neighbours: list[set[int]] = [set() for _ in regions]
    heap = []
    for a, b in pairs.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
        heap.append((-regions[a].similarity(regions[b], area, with_color=with_color), a, b))
    heapq.heapify(heap)
    gone: set[int] = set()
    while heap:
        _, a, b = heapq.heappop(heap)
        if a in gone or b in gone:
            continue
        gone |= {a, b}
        made = regions[a].joined(regions[b])
        around = (neighbours[a] | neighbours[b]) - gone
        for other in around:
            neighbours[other].add(len(regions))
            value = regions[other].similarity(made, area, with_color=with_color)
            heapq.heappush(heap, (-value, other, len(regions)))
        neighbours.append(around)
        regions.append(made)
    return np.stack([region.box for region in regions])


class _Region:
    def __init__(self, color: np.ndarray, texture: np.ndarray, box: np.ndarray, size: float) -> None:
        self.color, self.texture, self.box, self.size = color, texture, box, size

    def joined(self, other: "_Region") -> "_Region":
        both = self.size + other.size
        color, texture = (
            (self.size * a + other.size * b) / both
            for a, b in ((self.color, other.color), (self.texture, other.texture))
        )
        return _Region(color, texture, self._box_with(other), both)

    def similarity(self, other: "_Region", area: float, *, with_color: bool) -> float:
        # one after the other, as the compiled body adds them
        total: float = sum(np.minimum(self.color, other.color).tolist()) if with_color else 0.0
        total = sum(np.minimum(self.texture, other.texture).tolist(), total)
        x1, y1, x2, y2 = (float(side) for side in self._box_with(other))
        both = self.size + other.size
        return total + (1.0 - both / area) + (1.0 - ((x2 - x1) * (y2 - y1) - both) / area)

    def _box_with(self, other: "_Region") -> np.ndarray:
        return np.concatenate((np.minimum(self.box[:2], other.box[:2]), np.maximum(self.box[2:], other.box[2:])))


@implements(describe_regions, "numpy")
def _describe_numba(labels: Any, levels: Any, gx: Any, gy: Any) -> Any:
    from imgproc.primitives import _region_grouping_numba

    count, channels = int(labels.max()) + 1, len(levels)
    colors = np.zeros((count, channels * COLOR_BINS))
    slopes = np.zeros((count, channels * 2 * len(DIRECTIONS) * SLOPE_BINS))
    boxes, sizes = np.zeros((count, 4), np.int64), np.zeros(count)
    count_colors = compiled(
        _region_grouping_numba.count_colors,
        "in2(int32), in3(uint8), int64, out2(float64), out2(int64), out1(float64)",
    )
    count_slopes = compiled(
        _region_grouping_numba.count_slopes,
        "in2(int32), in3(float32), in3(float32), in2(float32), float32, int64, out2(float64)",
    )
    count_colors(labels, levels, COLOR_BINS, colors, boxes, sizes)
    count_slopes(labels, gx, gy, DIRECTIONS, np.float32(_SLOPE_STEP), SLOPE_BINS, slopes)
    return *_normalised(colors, slopes, sizes, channels), boxes, sizes


@implements(group_regions, "numpy")
def _group_numba(pairs: Any, colors: Any, textures: Any, boxes: Any, sizes: Any, *, with_color: bool) -> Any:
    from imgproc.primitives import _region_grouping_numba

    count = len(sizes)
    grown = []
    for numbers in (colors, textures, boxes, sizes):
        room = np.zeros((2 * count - 1, *numbers.shape[1:]), numbers.dtype)
        room[:count] = numbers
        grown.append(room)
    group = compiled(
        _region_grouping_numba.group,
        "in2(int32), int64, out2(float64), out2(float64), out2(int64), out1(float64), boolean, float64, out1(int64), "
        "out1(int64)",
    )
    room = np.empty((2, 2 * count - 1), np.int64)
    group(np.ascontiguousarray(pairs, np.int32), count, *grown, with_color, float(sizes.sum()), *room)
    return grown[2]
