"""Nearest centres of points held column by column, so that many points are compared with one centre at a time."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import BLOCK, Index
from imgproc.primitives._vectors_numba import (
    alternate_high,
    alternate_low,
    eight_of,
    four_of,
    inlined,
    lanes_of,
    least,
    lift,
    put,
    quadruple_vector_of,
    select,
    spread,
    start_of,
    take,
    zero_of,
)

WAYS = 4
"""Points whose shares are added up side by side: neighbours share a centre, and a sum must wait for the last."""


@inlined
def square_distance(columns, total, at, centers, j, dimensions, like):
    """Return the squared distances of the points from `at` on to centre j."""
    first = j * dimensions
    t = take(columns, at, like) - spread(take(centers, first, zero_of(like)), like)
    found = t * t
    for d in range(1, dimensions):
        t = take(columns, at + d * total, like) - spread(take(centers, first + d, zero_of(like)), like)
        found += t * t
    return found


@inlined
def find_nearest(columns, total, at, centers, count, dimensions, labels, squares, like):
    """Write the nearest of `count` centres of the points from `at` on, and the squared distances to them."""
    best = square_distance(columns, total, at, centers, 0, dimensions, like)
    which = spread(0, take(labels, at, like))
    for j in range(1, count):
        distance = square_distance(columns, total, at, centers, j, dimensions, like)
        is_nearer = distance < best
        best = select(is_nearer, distance, best)
        which = select(is_nearer, spread(j, which), which)
    put(labels, at, which)
    put(squares, at, best)


@inlined
def weigh(columns, total, weights, at, d, dimensions, like, wide):
    """Return coordinate d of points times their weights; the weights after the last coordinate, then zeros."""
    if d > dimensions:
        return spread(0.0, wide)
    own = take(weights, at, wide)
    return own if d == dimensions else own * lift(take(columns, at + d * total, like), wide)


@allocating
def add_shares(columns, weights, labels, first, stop, room):
    """Add Σ w · point and Σ w of every fourth of the points of centre j to room[way, j].

    Of eight points four coordinates at a time are turned into rows, and added as one.
    """
    dimensions, total = columns.shape
    wide = room.shape[2]
    points, shares, rows = start_of(columns), start_of(weights), empty(32)
    like, eight, four = eight_of(columns), eight_of(room), four_of(room)
    whole = stop - (stop - first) % 8
    for at in range(first, whole, 8):
        for d in range(0, wide, 4):
            x = weigh(points, total, shares, at, d, dimensions, like, eight)
            y = weigh(points, total, shares, at, d + 1, dimensions, like, eight)
            z = weigh(points, total, shares, at, d + 2, dimensions, like, eight)
            t = weigh(points, total, shares, at, d + 3, dimensions, like, eight)
            low, other_low = alternate_low(x, z), alternate_low(y, t)
            put(rows, 0, alternate_low(low, other_low))
            put(rows, 8, alternate_high(low, other_low))
            high, other_high = alternate_high(x, z), alternate_high(y, t)
            put(rows, 16, alternate_low(high, other_high))
            put(rows, 24, alternate_high(high, other_high))
            for i in range(8):
                place = ((i % WAYS) * room.shape[1] + labels[Index(at + i)]) * wide + d
                put(room, place, take(room, place, four) + take(rows, 4 * i, four))
    for x in range(whole, stop):
        for d in range(dimensions + 1):
            room[0, Index(labels[x]), d] += weigh(points, total, shares, x, d, dimensions, zero_of(like), 0.0)


def assign(columns, weights, centers, labels, squares, sums, size, first_piece, last_piece):
    """Find nearest centres; sums[piece, j] is Σ w · point and Σ w of what piece gives to centre j."""
    dimensions, total = columns.shape
    points, goals, found, least_squares = start_of(columns), start_of(centers), start_of(labels), start_of(squares)
    like, single = quadruple_vector_of(columns), zero_of(quadruple_vector_of(columns))
    room = empty((WAYS, len(centers), -(-(dimensions + 1) // 4) * 4))
    for piece in range(first_piece, last_piece):
        first = piece * size
        stop = min(first + size, total)
        whole = stop - (stop - first) % lanes_of(like)
        for at in range(first, whole, lanes_of(like)):
            find_nearest(points, total, at, goals, len(centers), dimensions, found, least_squares, like)
        for at in range(whole, stop):
            find_nearest(points, total, at, goals, len(centers), dimensions, found, least_squares, single)
        room[:] = 0.0
        add_shares(columns, weights, labels, first, stop, room)
        for j in range(len(centers)):
            for d in range(dimensions + 1):
                for way in range(WAYS):
                    sums[piece, j, d] += room[way, j, d]


@inlined
def add_potential(columns, total, weights, squares, at, candidates, j, dimensions, like, sums):
    """Return `sums`, lane by lane, and what the points from `at` on add to them."""
    distance = square_distance(columns, total, at, candidates, j, dimensions, like)
    return sums + take(weights, at, like) * lift(least(distance, take(squares, at, like)), sums)


def potentials(columns, weights, squares, candidates, sums, size, first_piece, last_piece):
    """Sum w · min(square, squared distance to a candidate) for each candidate."""
    dimensions, total = columns.shape
    points, shares, known, goals = start_of(columns), start_of(weights), start_of(squares), start_of(candidates)
    like, single = quadruple_vector_of(columns), zero_of(quadruple_vector_of(columns))
    lanes = empty(lanes_of(like))
    for piece in range(first_piece, last_piece):
        first = piece * size
        stop = min(first + size, total)
        whole = stop - (stop - first) % lanes_of(like)
        for j in range(len(candidates)):
            found, rest = spread(0.0, take(lanes, 0, like)), 0.0
            for at in range(first, whole, lanes_of(like)):
                found = add_potential(points, total, shares, known, at, goals, j, dimensions, like, found)
            for at in range(whole, stop):
                rest = add_potential(points, total, shares, known, at, goals, j, dimensions, single, rest)
            put(lanes, 0, found)
            whole_vectors = 0.0
            for k in range(len(lanes)):
                whole_vectors += lanes[k]
            sums[piece, j] = whole_vectors + rest


def lower(columns, squares, center, out, first, last):
    """Fill out[first:last] with the lesser of the squares and the squared distances to the one row of `center`."""
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        at = Index(start)
        for x in range(Index(count)):
            out[at + x] = 0
        for d in range(Index(columns.shape[0])):
            c = center[0, d]
            for x in range(Index(count)):
                t = columns[d, at + x] - c
                out[at + x] += t * t
        for x in range(Index(count)):
            known = squares[at + x]
            out[at + x] = out[at + x] if out[at + x] < known else known
