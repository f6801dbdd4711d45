"""Histograms of regions, and the grouping of the most similar neighbours until one is left."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import heapq

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline


def count_colors(labels, levels, bins, counts, boxes, sizes):
    """Count levels (C, H, W) of 0-255 by region in `bins` bins, pixels, and the boxes (x1, y1, x2, y2)."""
    channels, height, width = levels.shape
    for k in range(len(sizes)):
        boxes[k, 0], boxes[k, 1] = width, height
    for y in range(height):
        for x in range(width):
            k = Index(labels[y, x])
            sizes[k] += 1.0
            boxes[k, 0], boxes[k, 1] = min(boxes[k, 0], x), min(boxes[k, 1], y)
            boxes[k, 2], boxes[k, 3] = max(boxes[k, 2], x + 1), max(boxes[k, 3], y + 1)
            for c in range(channels):
                counts[k, Index(c * bins + (np.int64(levels[c, y, x]) * bins >> 8))] += 1.0


def count_slopes(labels, gx, gy, directions, width_of_bin, bins, counts):
    """Count the slopes of (C, H, W) by region: upwards and downwards along each of `directions` (D, 2)."""
    channels, height, width = gx.shape
    across = 2 * len(directions) * bins
    for y in range(Index(height)):
        for x in range(Index(width)):
            k = Index(labels[y, x])
            for c in range(channels):
                for d in range(len(directions)):
                    slope = gx[c, y, x] * directions[d, 0] + gy[c, y, x] * directions[d, 1]
                    place = c * across + 2 * d * bins
                    steep = np.int64(min(abs(slope) / width_of_bin, np.float32(bins - 1)))
                    is_down = slope < 0
                    counts[k, Index(place + (0 if is_down else steep))] += 1.0
                    counts[k, Index(place + bins + (steep if is_down else 0))] += 1.0


@inline
def similarity(a, b, colors, textures, boxes, sizes, with_color, area):
    total = 0.0
    if with_color:
        for i in range(colors.shape[1]):
            total += min(colors[a, i], colors[b, i])
    for i in range(textures.shape[1]):
        total += min(textures[a, i], textures[b, i])
    both = sizes[a] + sizes[b]
    wide = max(boxes[a, 2], boxes[b, 2]) - min(boxes[a, 0], boxes[b, 0])
    high = max(boxes[a, 3], boxes[b, 3]) - min(boxes[a, 1], boxes[b, 1])
    return total + (1.0 - both / area) + (1.0 - (wide * high - both) / area)


@inline
def blend_rows(numbers, a, b, into, sizes):
    for i in range(numbers.shape[1]):
        numbers[into, i] = (sizes[a] * numbers[a, i] + sizes[b] * numbers[b, i]) / (sizes[a] + sizes[b])


def group(pairs, count, colors, textures, boxes, sizes, with_color, area, heads, stamps):
    """Fill rows count, count + 1, ... with the regions that become of the most similar two, until one is left.

    `heads` and `stamps` are room for one number of each region; a head of -2 marks what has been joined.
    """
    heads[:] = -1
    stamps[:] = -1
    others, following = [np.int64(0)], [np.int64(-1)]
    heap = [(0.0, np.int64(0), np.int64(0))]
    heap.pop()
    for e in range(len(pairs)):
        a, b = np.int64(pairs[e, 0]), np.int64(pairs[e, 1])
        heap.append((-similarity(a, b, colors, textures, boxes, sizes, with_color, area), a, b))
        for one, other in ((a, b), (b, a)):
            others.append(other)
            following.append(heads[one])
            heads[one] = len(others) - 1
    heapq.heapify(heap)
    made = np.int64(count)
    while len(heap) > 0:
        _, a, b = heapq.heappop(heap)
        if heads[a] == -2 or heads[b] == -2:
            continue
        blend_rows(colors, a, b, made, sizes)
        blend_rows(textures, a, b, made, sizes)
        sizes[made] = sizes[a] + sizes[b]
        for i in range(2):
            boxes[made, i] = min(boxes[a, i], boxes[b, i])
            boxes[made, i + 2] = max(boxes[a, i + 2], boxes[b, i + 2])
        entries = (heads[a], heads[b])
        heads[a] = heads[b] = -2
        for first in entries:
            entry = first
            while entry >= 0:
                other = others[entry]
                if heads[other] != -2 and stamps[other] != made:
                    stamps[other] = made
                    value = similarity(other, made, colors, textures, boxes, sizes, with_color, area)
                    heapq.heappush(heap, (-value, other, made))
                    for one, two in ((made, other), (other, made)):
                        others.append(two)
                        following.append(heads[one])
                        heads[one] = len(others) - 1
                entry = following[entry]
        made += 1
