"""Kruskal's merging of pixels: weights of edges, a radix sort, and one walk through the sorted edges.

Edge 4 p + d joins pixel p (in raster order) to that on its right, lower left, below or lower right, d = 0, 1, 2, 3.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

ROUND = 6755399441055744.0
"""1.5 * 2**52: adding and taking it away leaves the nearest integer."""


@inline
def add_squares(values, c, y, down, start, stop, across, sums, d):
    """Add squared differences of channel c between row y and the pixel `down` below and `across` to the right."""
    i, j, k = Index(y), Index(y + down), Index(d)
    for x in range(Index(start), Index(stop)):
        difference = values[c, i, x] - values[c, j, Index(x + across)]
        sums[k, x] += difference * difference


def weigh_edges(values, most, weights, numbers, first, last):
    """Write the distances along the edges of rows first <= y < last of values (C, H, W), and the edges' numbers.

    Distances are Euclidean, rounded, and at most `most`. Edges that would leave the image are left out.
    """
    channels, height, width = values.shape
    sums = np.empty((4, width), np.float64)
    for y in range(first, last):
        sums[:] = 0.0
        for c in range(channels):
            add_squares(values, c, y, 0, 0, width - 1, 1, sums, 0)
            if y + 1 < height:
                add_squares(values, c, y, 1, 1, width, -1, sums, 1)
                add_squares(values, c, y, 1, 0, width, 0, sums, 2)
                add_squares(values, c, y, 1, 0, width - 1, 1, sums, 3)
        for d in range(Index(4)):
            for x in range(Index(width)):
                # as np.rint, which would not vectorise
                sums[d, x] = min((np.sqrt(sums[d, x]) + ROUND) - ROUND, most)
        place = Index(y * (4 * width - 3))
        number = 4 * y * width
        for x in range(Index(width)):
            for d in range(Index(4)):
                if (d == 0 or y + 1 < height) and (x > 0 or d != 1) and (x + 1 < width or (d != 0 and d != 3)):
                    weights[place] = np.int32(sums[d, x])
                    numbers[place] = number + d
                    place += Index(1)
            number += 4


def count_digits(keys, shift, counts, first, last):
    """Count the digits at bit `shift` of each part first <= part < last of the keys."""
    parts, mask = counts.shape[0], np.int32(counts.shape[1] - 1)
    for part in range(first, last):
        for e in range(Index(len(keys) * part // parts), Index(len(keys) * (part + 1) // parts)):
            counts[part, Index((keys[e] >> shift) & mask)] += 1


def scatter_digits(keys, order, shift, places, made, made_order, first, last):
    """Move keys and their numbers to their places by the digit at bit `shift`; `places` are consumed."""
    parts, mask = places.shape[0], np.int32(places.shape[1] - 1)
    for part in range(first, last):
        for e in range(Index(len(keys) * part // parts), Index(len(keys) * (part + 1) // parts)):
            digit = Index((keys[e] >> shift) & mask)
            place = places[part, digit]
            places[part, digit] = place + 1
            made[Index(place)] = keys[e]
            made_order[Index(place)] = order[e]


@inline
def find_root(parents, pixel):
    while parents[Index(pixel)] != pixel:
        above = parents[Index(parents[Index(pixel)])]
        parents[Index(pixel)] = above
        pixel = above
    return pixel


@inline
def join(parents, sizes, a, b):
    """Hang the smaller tree below the larger; return the root."""
    if sizes[a] < sizes[b]:
        a, b = b, a
    parents[b] = a
    sizes[a] += sizes[b]
    return a


@inline
def find_ends(parents, steps, edge):
    """Return the roots of both ends of an edge."""
    p = edge >> 2
    q = p + steps[edge & 3]
    a, b = parents[Index(p)], parents[Index(q)]
    return (a, b) if a == b else (find_root(parents, a), find_root(parents, b))


def merge_sorted(weights, order, width, scale, min_size, parents, sizes, limits, labels):
    """Walk through the edges in order, join what the predicate allows, then what is too small, and number the regions.

    `order` is overwritten. A region may be joined along an edge no heavier than its limit, the heaviest edge inside
    plus scale / size.
    """
    steps = np.array([1, width - 1, width, width + 1], np.int32)
    for p in range(len(parents)):
        parents[p] = p
        sizes[p] = 1
        limits[p] = scale
    kept = 0
    for e in range(len(order)):
        edge = order[e]
        a, b = find_ends(parents, steps, edge)
        if a == b:
            continue
        weight = np.float64(weights[e])
        if weight <= limits[a] and weight <= limits[b]:
            root = join(parents, sizes, a, b)
            limits[root] = weight + scale / np.float64(sizes[root])
        else:
            order[kept] = edge
            kept += 1
    for e in range(kept):
        a, b = find_ends(parents, steps, order[e])
        if a != b and (sizes[a] < min_size or sizes[b] < min_size):
            join(parents, sizes, a, b)
    number_regions(parents, sizes, labels)


@inline
def number_regions(parents, numbers, labels):
    """Number trees 0, 1, ... by their first pixel; `numbers` is room."""
    numbers[:] = -1
    count = 0
    for p in range(len(parents)):
        root = find_root(parents, p)
        if numbers[root] < 0:
            numbers[root] = count
            count += 1
        labels[p] = numbers[root]
