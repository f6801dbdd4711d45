"""Kruskal's merging of pixels: weights of edges, a radix sort, and one walk through the sorted edges.

Edge 4 p + d joins pixel p (in raster order) to that on its right, lower left, below or lower right, d = 0, 1, 2, 3.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from imgproc.primitives._correlate_numba import Index, inline

ROUND = 6755399441055744.0
"""1.5 * 2**52: adding and taking it away leaves the nearest integer."""

LOW_BITS = 2**32 - 1
"""Of an edge: its number."""

BLOCK, AHEAD = 64, 32
"""Edges looked at before those that may join are walked through, and how far ahead their pixels are asked for."""


@inline
def round_row(values, y, row):
    """Fill row (C, W) with row y of values (H, W, C), rounded."""
    for c in range(Index(values.shape[2])):
        for x in range(Index(values.shape[1])):
            row[c, x] = (values[Index(y), x, c] + ROUND) - ROUND  # as np.rint, which would not vectorise


@inline
def add_squares(here, there, start, stop, across, sums, d):
    """Add squared differences over channels between pixels of a row and those `across` to the right of another."""
    k = Index(d)
    for c in range(Index(here.shape[0])):
        for x in range(Index(start), Index(stop)):
            difference = here[c, x] - there[c, Index(x + across)]
            sums[k, x] += difference * difference


def weigh_edges(values, most, edges, heaviest, first, last):
    """Write the edges of rows first <= y < last of values (H, W, C), and the heaviest weight of each row.

    An edge is its weight · 2**32 + its number. Weights are Euclidean distances of rounded values, rounded, and at most
    `most`. Edges that would leave the image are left out.
    """
    height, width, channels = values.shape
    sums = np.empty((4, width))
    here, there = np.empty((channels, width)), np.empty((channels, width))
    round_row(values, first, here)
    for y in range(first, last):
        is_inside = y + 1 < height
        sums[:] = 0.0
        add_squares(here, here, 0, width - 1, 1, sums, 0)
        if is_inside:
            round_row(values, y + 1, there)
            add_squares(here, there, 1, width, -1, sums, 1)
            add_squares(here, there, 0, width, 0, sums, 2)
            add_squares(here, there, 0, width - 1, 1, sums, 3)
        greatest = 0.0
        for d in range(Index(4)):
            for x in range(Index(width)):
                sums[d, x] = min((np.sqrt(sums[d, x]) + ROUND) - ROUND, most)
                greatest = max(greatest, sums[d, x])
        heaviest[y] = np.int64(greatest)
        place = Index(y * (4 * width - 3))
        for x in range(width):
            number = 4 * (y * width + x)
            for d in range(4):
                if (d == 0 or is_inside) and (x > 0 or d != 1) and (x + 1 < width or (d != 0 and d != 3)):
                    edges[place] = (np.int64(sums[Index(d), Index(x)]) << 32) + (number + d)
                    place += Index(1)
        here, there = there, here


def count_digits(edges, shift, counts, first, last):
    """Count the digits at bit `shift` of each part first <= part < last of the edges."""
    parts, mask = counts.shape[0], counts.shape[1] - 1
    for part in range(first, last):
        for e in range(Index(len(edges) * part // parts), Index(len(edges) * (part + 1) // parts)):
            counts[part, Index((edges[e] >> shift) & mask)] += 1


def scatter_digits(edges, shift, places, made, first, last):
    """Move edges to their places by the digit at bit `shift`; `places` are consumed."""
    parts, mask = places.shape[0], places.shape[1] - 1
    for part in range(first, last):
        for e in range(Index(len(edges) * part // parts), Index(len(edges) * (part + 1) // parts)):
            digit = Index((edges[e] >> shift) & mask)
            place = places[part, digit]
            places[part, digit] = place + 1
            made[Index(place)] = edges[e]


@intrinsic
def fetch_ahead(typing_context, array, index):
    """Ask for the cache line of an element, which is read soon."""

    def build(context, builder, sig, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        builder.call(function, [address, flag(0), flag(3), flag(1)])  # to read, near, data
        return context.get_dummy_value()

    return types.void(array, types.uint64), build


@inline
def above_of(nodes, pixel):
    """Return the pixel above, or a root itself."""
    above = np.int64(nodes[Index(2 * pixel)])
    return pixel if above < 0 else above


@inline
def find_root(nodes, pixel):
    while True:
        above = np.int64(nodes[Index(2 * pixel)])
        if above < 0:
            return pixel
        top = np.int64(nodes[Index(2 * above)])
        if top < 0:
            return above
        nodes[Index(2 * pixel)] = top
        pixel = top


@inline
def join(nodes, a, b, heaviest):
    """Hang the smaller tree below the larger, and note the heaviest edge inside."""
    if nodes[Index(2 * a)] > nodes[Index(2 * b)]:
        a, b = b, a
    nodes[Index(2 * a)] += nodes[Index(2 * b)]
    nodes[Index(2 * a) + Index(1)] = heaviest
    nodes[Index(2 * b)] = a


@inline
def limit_of(nodes, a, scale):
    """Return the heaviest edge inside plus scale / size."""
    return np.float64(nodes[Index(2 * a) + Index(1)]) - scale / np.float64(nodes[Index(2 * a)])


@inline
def ends_of(edge, steps):
    """Return the pixels at both ends."""
    number = edge & LOW_BITS
    return number >> 2, (number >> 2) + steps[Index(number & 3)]


@inline
def find_open(nodes, edges, first, stop, steps, found):
    """Fill `found` with those of the edges whose ends have not the same pixel above them; return how many.

    Most have: here they are passed over without a branch, while memory is asked for what comes next.
    """
    count = 0
    for e in range(first, stop):
        p, q = ends_of(edges[Index(min(e + AHEAD, len(edges) - 1))], steps)
        fetch_ahead(nodes, Index(2 * p))
        fetch_ahead(nodes, Index(2 * q))
        p, q = ends_of(edges[Index(e)], steps)
        above, other = above_of(nodes, p), above_of(nodes, q)
        fetch_ahead(nodes, Index(2 * above))
        fetch_ahead(nodes, Index(2 * other))
        found[Index(count)] = edges[Index(e)]
        count += 1 if above != other else 0
    return count


def merge_sorted(edges, width, scale, min_size, nodes, labels):
    """Walk through the edges in order, join what the predicate allows, then what is too small, and number the regions.

    `edges` are overwritten. A region may be joined along an edge no heavier than its limit, the heaviest edge inside
    plus scale / size. `nodes` are room, two of each pixel: the pixel above it in its tree or, at the root, minus the
    number of pixels; and, there, the heaviest edge inside.
    """
    steps = np.array([1, width - 1, width, width + 1])
    found = np.empty(BLOCK, np.int64)
    for p in range(len(labels)):
        nodes[2 * p] = -1
        nodes[2 * p + 1] = 0
    kept = 0
    for first in range(0, len(edges), BLOCK):
        for i in range(find_open(nodes, edges, first, min(first + BLOCK, len(edges)), steps, found)):
            edge = found[i]
            p, q = ends_of(edge, steps)
            a, b = find_root(nodes, p), find_root(nodes, q)
            if a == b:
                continue
            weight = edge >> 32
            if weight <= limit_of(nodes, a, scale) and weight <= limit_of(nodes, b, scale):
                join(nodes, a, b, weight)
            else:
                edges[Index(kept)] = edge
                kept += 1
    for first in range(0, kept, BLOCK):
        for i in range(find_open(nodes, edges, first, min(first + BLOCK, kept), steps, found)):
            p, q = ends_of(found[i], steps)
            a, b = find_root(nodes, p), find_root(nodes, q)
            if a != b and (nodes[Index(2 * a)] > -min_size or nodes[Index(2 * b)] > -min_size):
                join(nodes, a, b, 0)
    number_regions(nodes, labels)


@inline
def number_regions(nodes, labels):
    """Number trees 0, 1, ... by their first pixel, and note the numbers, inverted, in place of the heaviest edges."""
    count = 0
    for p in range(len(labels)):
        place = Index(2 * find_root(nodes, p)) + Index(1)
        if nodes[place] >= 0:
            nodes[place] = ~count
            count += 1
        labels[Index(p)] = ~nodes[place]
