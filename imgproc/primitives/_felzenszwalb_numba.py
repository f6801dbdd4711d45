"""Kruskal's merging of pixels, first within tiles that stay in the cache, then along the edges that are left.

Edge 4 p + d joins pixel p (in raster order) to that on its right, lower left, below or lower right, d = 0, 1, 2, 3. It
is written as one word, its weight · 2**32 + its number, by which edges are ordered.

A tile walks through the edges of its pixels in that order. A region of it is open until an edge comes that may join it
to pixels outside: up to there, whatever happens to it in the image happens in the tile. That edge closes it, and so
does an edge along which it may be joined to a closed region, since what that has become is not known. Such edges, and
those between closed regions, are left for later. They all come after the edges along which the regions at their ends
were joined, so that a walk through what all tiles left goes on as a walk through all edges would have.

Of edges between the same two regions, that walk needs the first alone: it joins them, or one of them refuses it and all
that follow. Nor does the last walk, of small regions, which it joins or finds large. Tiles drop most others, which
leaves one edge in three to the core that walks alone; and pixels are then known by the numbers of their regions, which
are so few that they stay in the cache.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline

ROUND = 6755399441055744.0
"""1.5 * 2**52: adding and taking it away leaves the nearest integer."""

LOW_BITS = 2**32 - 1
"""Of an edge: its number."""

BLOCK, AHEAD = 64, 32
"""Edges looked at before those that may join are walked through, and how far ahead their pixels are asked for."""

DIGIT = 9
"""Bits by which edges are sorted at once, at most: the ends of 512 rows of edges are all in the nearest cache."""

STREAMS = 4
"""Parts of the edges that are sorted in turns, so that edges of one digit seldom wait for one another."""

SLOTS = 15
"""Bits of the hash of a pair of regions, at most: by each, one pair is remembered."""

SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio, by which hashes of numbers near one another are far apart."""

NUMBERED = -(2**31)
"""Stands for the size of a region whose number has been noted in place of its heaviest edge."""

OUTSIDE = -(2**31)
"""Stands for the heaviest edge of a pixel outside of the tile; that of a closed region is inverted, so negative too."""


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


@inline
def weigh_row(here, there, start, most, sums, words):
    """Fill words (4, W) with the edges that pixels of a row begin, the first of number `start`; return the greatest.

    Weights are Euclidean distances of rounded values, rounded, and at most `most`.
    """
    width = here.shape[1]
    sums[:] = 0.0
    add_squares(here, here, 0, width - 1, 1, sums, 0)
    add_squares(here, there, 1, width, -1, sums, 1)
    add_squares(here, there, 0, width, 0, sums, 2)
    add_squares(here, there, 0, width - 1, 1, sums, 3)
    greatest = np.int64(0)
    for d in range(Index(4)):
        for x in range(Index(width)):
            weight = np.int64(min((np.sqrt(sums[d, x]) + ROUND) - ROUND, most))
            words[d, x] = (weight << 32) + np.int64(Index(start) + Index(4) * x + d)
            greatest = max(greatest, words[d, x])
    return greatest


@inline
def bound_row(y, height, width, inside, first, stop):
    """Fill in by direction which pixels first <= x < stop of row y begin an edge with an end inside."""
    top, bottom, left, right = inside
    first[:] = 0
    stop[:] = 0
    is_in, is_next_in = top <= y < bottom, top <= y + 1 < bottom
    if is_in:
        stop[0] = width - 1
    if y + 1 == height:
        return
    first[2], stop[2] = left, right
    if is_in and is_next_in:
        first[1], stop[1], stop[3] = 1, width, width - 1
    elif is_in:
        first[1], stop[1], first[3], stop[3] = max(left, 1), right, left, min(right, width - 1)
    else:
        first[1], stop[1], first[3], stop[3] = left + 1, min(right + 1, width), max(left - 1, 0), right - 1


@inline
def put_edges(words, first, stop, edges, place):
    """Write the edges of pixels first <= x < stop, of four directions, one pixel after the other; return the end."""
    low = max(max(first[0], first[1]), max(first[2], first[3]))
    high = max(min(min(stop[0], stop[1]), min(stop[2], stop[3])), low)
    k = Index(place)
    for x in range(words.shape[1]):
        if low <= x < high:
            for d in range(Index(4)):
                edges[k + d] = words[d, Index(x)]
            k += Index(4)
        else:
            for d in range(4):
                if first[d] <= x < stop[d]:
                    edges[k] = words[Index(d), Index(x)]
                    k += Index(1)
    return np.int64(k)


@allocating
def weigh_edges(values, inside, most, edges):
    """Write the edges of values (H, W, C) with an end inside (top, bottom, left, right); return how many, and the
    greatest."""
    height, width, channels = values.shape
    sums, words = empty((4, width)), empty((4, width), np.int64)
    first, stop = empty(4, np.int64), empty(4, np.int64)
    here, there = empty((channels, width)), empty((channels, width))
    round_row(values, 0, here)
    count, greatest = np.int64(0), np.int64(0)
    for y in range(height):
        round_row(values, min(y + 1, height - 1), there)
        greatest = max(greatest, weigh_row(here, there, 4 * y * width, most, sums, words))
        bound_row(y, height, width, inside, first, stop)
        count = put_edges(words, first, stop, edges, count)
        here, there = there, here
    return count, greatest


@inline
def digit_of(edge, shift, places):
    return Index((edge >> shift) & np.int64(places.shape[1] - 1))


@inline
def move(edges, e, shift, places, stream, others):
    """Move an edge to the next place of its digit."""
    digit = digit_of(edges[e], shift, places)
    place = places[stream, digit]
    others[Index(place)] = edges[e]
    places[stream, digit] = place + 1


@allocating
def sort_by_digit(edges, others, shift, bits):
    """Copy the edges to the others, sorted by some bits from `shift` on; edges of one digit keep their order."""
    places = zeros((STREAMS, 1 << bits), np.int64)
    length = Index(len(edges) // STREAMS)
    for e in range(length):
        for stream in range(Index(STREAMS)):
            places[stream, digit_of(edges[e + stream * length], shift, places)] += 1
    for e in range(length * Index(STREAMS), Index(len(edges))):
        places[Index(STREAMS - 1), digit_of(edges[e], shift, places)] += 1
    end = 0
    for digit in range(Index(places.shape[1])):
        for stream in range(Index(STREAMS)):
            end += places[stream, digit]
            places[stream, digit] = end - places[stream, digit]
    for e in range(length):
        for stream in range(Index(STREAMS)):
            move(edges, e + stream * length, shift, places, stream, others)
    for e in range(length * Index(STREAMS), Index(len(edges))):
        move(edges, e, shift, places, Index(STREAMS - 1), others)


@allocating
def sort_by_weight(edges, others, heaviest):
    """Return the edges, sorted by digits of their weights from the last on, where they or the others were."""
    bits = 0
    while heaviest >> bits:
        bits += 1
    passes = (bits + DIGIT - 1) // DIGIT
    for k in range(passes):
        first = bits * k // passes
        sort_by_digit(edges, others, 32 + first, bits * (k + 1) // passes - first)
        edges, others = others, edges
    return edges


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
    """Return the heaviest edge inside plus scale / size; infinity for a closed region."""
    heaviest = nodes[Index(2 * a) + Index(1)]
    limit = np.float64(heaviest) - scale / np.float64(nodes[Index(2 * a)])
    return limit if heaviest >= 0 else np.inf


@inline
def ends_of(edge, steps):
    """Return the pixels at both ends."""
    number = edge & LOW_BITS
    return number >> 2, (number >> 2) + steps[Index(number & 3)]


@inline
def two_above(nodes, p, q):
    """Return the nodes two above p and q, or the roots where these are nearer, and hang p and q below them."""
    above, other = nodes[Index(2 * p)], nodes[Index(2 * q)]
    a, b = p if above < 0 else np.int64(above), q if other < 0 else np.int64(other)
    top, peak = nodes[Index(2 * a)], nodes[Index(2 * b)]
    nodes[Index(2 * p)] = above if top < 0 else top
    nodes[Index(2 * q)] = other if peak < 0 else peak
    return a if top < 0 else np.int64(top), b if peak < 0 else np.int64(peak)


@inline
def climb(nodes, edges, first, stop, steps, found, ends):
    """Fill `found` with those edges whose ends have not the same pixel two above them, and `ends` (2, BLOCK) with
    these; return how many.

    Most have: here they are passed over without a branch, while memory is asked for what comes next. Pixels are hung
    below what is two above them.
    """
    count = Index(0)
    for e in range(Index(first), Index(stop)):
        p, q = ends_of(edges[min(e + Index(AHEAD), Index(len(edges) - 1))], steps)
        fetch_ahead(nodes, Index(2 * p))
        fetch_ahead(nodes, Index(2 * q))
        p, q = ends_of(edges[e], steps)
        a, b = two_above(nodes, p, q)
        found[count], ends[Index(0), count], ends[Index(1), count] = edges[e], a, b
        count += Index(1) if a != b else Index(0)
    return np.int64(count)


@inline
def is_small(nodes, a, b, min_size):
    """Return whether one of two regions has fewer than `min_size` pixels."""
    return nodes[Index(2 * a)] > -min_size or nodes[Index(2 * b)] > -min_size


@allocating
def walk_tile(edges, width, scale, min_size, nodes, later, refused):
    """Join what the predicate certainly allows, in pixels of the tile; return how many edges it leaves for later, and
    how many it refuses of which one end is small.

    Edges of weight 0 are always allowed and change no limit but by the size, so that their order does not matter: they
    join closed regions too. An open region that refuses an edge refuses all that follow, and has its limit for good:
    whatever is at the other end, the edge is refused.
    """
    steps = np.array([1, width - 1, width, width + 1])
    found, ends = empty(BLOCK, np.int64), empty((2, BLOCK), np.int64)
    left, kept = Index(0), Index(0)
    for first in range(0, len(edges), BLOCK):
        for i in range(Index(climb(nodes, edges, first, min(first + BLOCK, len(edges)), steps, found, ends))):
            a, b = find_root(nodes, ends[Index(0), i]), find_root(nodes, ends[Index(1), i])
            if a == b:
                continue
            weight, place, other = found[i] >> 32, Index(2 * a) + Index(1), Index(2 * b) + Index(1)
            least = min(nodes[place], nodes[other])
            is_light = weight <= min(limit_of(nodes, a, scale), limit_of(nodes, b, scale))
            if is_light and least >= 0:
                join(nodes, a, b, weight)
            elif weight == 0 and least != OUTSIDE:
                join(nodes, a, b, -1)
            else:  # without a branch: which of the two cannot be foreseen
                refused[kept], later[left] = found[i], found[i]
                kept += Index(1) if not is_light and is_small(nodes, a, b, min_size) else Index(0)
                left += Index(1) if is_light else Index(0)
                nodes[place] = ~nodes[place] if is_light and nodes[place] >= 0 else nodes[place]
                nodes[other] = ~nodes[other] if is_light and nodes[other] >= 0 else nodes[other]
    return left, kept


@inline
def power_below(number):
    """Return the greatest power of two that is no greater."""
    power = np.int64(1)
    while 2 * power <= number:
        power *= 2
    return power


@allocating
def lift_edges(pixels, edges, count, tile_width, inside, width, origin, seen):
    """Renumber edges of the tile as those of the image; drop those that begin outside, and most of those between two
    regions that an earlier one lies between. Return how many are left.

    Of pairs of regions, the last that fell into each slot are what has been `seen`. First come all edges left for later
    and then those refused, by order: once a pair has refused an edge, none of it is left for later.
    """
    steps = np.array([1, tile_width - 1, tile_width, tile_width + 1])
    top, bottom, left, right = inside
    kept = Index(0)
    for e in range(Index(count)):
        p, q = ends_of(edges[e], steps)
        a, b = find_root(pixels, p), find_root(pixels, q)
        pair = (min(a, b) << 32) + max(a, b)
        slot = Index(((np.uint64(pair) * SPREAD) >> np.uint64(32)) & np.uint64(len(seen) - 1))
        is_new = (seen[slot] != pair) & (a != b)
        seen[slot] = pair
        y = np.int64(np.uint32(p) // np.uint32(tile_width))
        x = p - y * tile_width
        edges[kept] = edges[e] + ((origin + y * width + x - p) << 2)
        kept += Index(1) if is_new & (top <= y) & (y < bottom) & (left <= x) & (x < right) else Index(0)
    return np.int64(kept)


@inline
def lift_regions(pixels, tile_width, inside, labels, regions, firsts, width, origin):
    """Number the regions of the tile by their first pixels; write the number of every pixel to the image's `labels`,
    the roots to `regions`, and the first pixels, as numbered in the image, to `firsts`; return how many."""
    top, bottom, left, right = inside
    count = 0
    for y in range(top, bottom):
        for x in range(left, right):
            root, pixel = Index(2 * find_root(pixels, y * tile_width + x)), origin + y * width + x
            if pixels[root] > NUMBERED:
                heaviest, place = pixels[root + Index(1)], Index(2 * count)
                regions[place] = pixels[root]
                regions[place + Index(1)] = ~heaviest if heaviest < 0 else heaviest
                firsts[Index(count)] = pixel
                pixels[root], pixels[root + Index(1)] = NUMBERED, count
                count += 1
            labels[Index(pixel)] = pixels[root + Index(1)]
    return count


@inline
def start_pixels(pixels, height, width, inside):
    """Let every pixel of the tile and around it be a root."""
    top, bottom, left, right = inside
    for y in range(height):
        is_in = top <= y < bottom
        for x in range(width):
            place = Index(2 * (y * width + x))
            pixels[place] = -1
            pixels[place + Index(1)] = 0 if is_in and left <= x < right else OUTSIDE


def merge_tile(values, inside, width, origin, most, scale, min_size, room, pixels, labels, regions, firsts, counts):
    """Merge the pixels inside (top, bottom, left, right) of values (H, W, C) as far as they decide by themselves.

    The values are a part of an image as wide as `width` and begin at its pixel `origin`. Written are the `labels` of
    those pixels in the image, from 0; of every region two numbers, minus its size and its heaviest edge; and in
    `firsts` its first pixel. `room` is for four times the edges of the tile, and ends with those left for later and
    those refused; `counts` are the numbers of these and of the regions. `pixels` is room for two numbers of each pixel
    of the tile: the pixel above it in its tree or, at the root, minus the size; and, there, the heaviest edge.
    """
    within, tile_width = (inside[0], inside[1], inside[2], inside[3]), values.shape[1]
    count, greatest = weigh_edges(values, within, most, room[0])
    edges = sort_by_weight(room[0, :count], room[1, :count], greatest >> 32)
    start_pixels(pixels, values.shape[0], tile_width, within)
    left, refused = walk_tile(edges, tile_width, scale, min_size, pixels, room[2], room[3])
    seen = room[0, : power_below(min(left + refused + 1, 1 << SLOTS))]
    seen[:] = -1
    counts[0] = lift_edges(pixels, room[2], left, tile_width, within, width, origin, seen)
    counts[1] = lift_edges(pixels, room[3], refused, tile_width, within, width, origin, seen)
    counts[2] = lift_regions(pixels, tile_width, within, labels, regions, firsts, width, origin)


@inline
def climb_regions(regions, labels, edges, first, stop, steps, found, ends):
    """As `climb`, where the regions of pixels are their labels."""
    count, last = Index(0), Index(len(edges) - 1)
    for e in range(Index(first), Index(stop)):
        p, q = ends_of(edges[min(e + Index(2 * AHEAD), last)], steps)
        fetch_ahead(labels, Index(p))
        fetch_ahead(labels, Index(q))
        p, q = ends_of(edges[min(e + Index(AHEAD), last)], steps)
        fetch_ahead(regions, Index(2 * np.int64(labels[Index(p)])))
        fetch_ahead(regions, Index(2 * np.int64(labels[Index(q)])))
        p, q = ends_of(edges[e], steps)
        a, b = two_above(regions, np.int64(labels[Index(p)]), np.int64(labels[Index(q)]))
        found[count], ends[Index(0), count], ends[Index(1), count] = edges[e], a, b
        count += Index(1) if a != b else Index(0)
    return np.int64(count)


def walk_edges(edges, labels, width, scale, min_size, regions, counts):
    """Walk through the edges in order and join what the predicate allows; move those it refuses, of which one end is
    small, to the front, and count them.

    A region may be joined along an edge no heavier than its limit, the heaviest edge inside plus scale / size.
    """
    steps = np.array([1, width - 1, width, width + 1])
    found, ends = empty(BLOCK, np.int64), empty((2, BLOCK), np.int64)
    kept = Index(0)
    for first in range(0, len(edges), BLOCK):
        stop = min(first + BLOCK, len(edges))
        for i in range(Index(climb_regions(regions, labels, edges, first, stop, steps, found, ends))):
            a, b = find_root(regions, ends[Index(0), i]), find_root(regions, ends[Index(1), i])
            if a == b:
                continue
            weight = found[i] >> 32
            if weight <= limit_of(regions, a, scale) and weight <= limit_of(regions, b, scale):
                join(regions, a, b, weight)
            else:
                edges[kept] = found[i]
                kept += Index(1) if is_small(regions, a, b, min_size) else Index(0)
    counts[0] = kept


def join_small(edges, labels, width, min_size, regions, firsts, roots):
    """Walk through refused edges in order and join what is too small; write the root of every region, and to `firsts`,
    there, the first pixel of its tree."""
    steps = np.array([1, width - 1, width, width + 1])
    found, ends = empty(BLOCK, np.int64), empty((2, BLOCK), np.int64)
    for first in range(0, len(edges), BLOCK):
        stop = min(first + BLOCK, len(edges))
        for i in range(Index(climb_regions(regions, labels, edges, first, stop, steps, found, ends))):
            a, b = find_root(regions, ends[Index(0), i]), find_root(regions, ends[Index(1), i])
            if a != b and is_small(regions, a, b, min_size):
                join(regions, a, b, 0)
    for i in range(Index(len(roots))):
        root = find_root(regions, np.int64(i))
        roots[i] = root
        firsts[Index(root)] = min(firsts[Index(root)], firsts[i])


def rename(table, labels):
    """Replace labels by what a table says."""
    for p in range(Index(len(labels))):
        labels[p] = table[Index(labels[p])]
