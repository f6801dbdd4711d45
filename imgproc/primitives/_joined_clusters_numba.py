"""Lloyd's iterations and joins of clusters, one set of centres at a time: no step is worth a call of its own."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._nearest_center_numba import WAYS, add_shares, find_nearest
from imgproc.primitives._vectors_numba import lanes_of, quadruple_vector_of, start_of, zero_of


@allocating
def move(columns, weights, centers, counts, steps, labels, squares):
    """Move centres to the means of the points nearest to them; return the inertia of the clusters of the last step.

    It is Σ w · square to where the centres were, less Σ w · square of the way that each went.
    """
    dimensions, total = columns.shape
    inertia, goals = 0.0, empty(centers.shape, columns.dtype)
    points, aims, found, least = start_of(columns), start_of(goals), start_of(labels), start_of(squares)
    like, single = quadruple_vector_of(columns), zero_of(quadruple_vector_of(columns))
    room = empty((WAYS, len(centers), -(-(dimensions + 1) // 4) * 4))
    whole = total - total % lanes_of(like)
    for step in range(steps):
        for j in range(len(centers)):
            for d in range(dimensions):
                goals[j, d] = centers[j, d]
        for at in range(0, whole, lanes_of(like)):
            find_nearest(points, total, at, aims, len(centers), dimensions, found, least, like)
        for at in range(whole, total):
            find_nearest(points, total, at, aims, len(centers), dimensions, found, least, single)
        room[:] = 0.0
        add_shares(columns, weights, labels, 0, total, room)
        if step == steps - 1:
            for x in range(total):
                inertia += weights[x] * squares[x]
        for j in range(len(centers)):
            for way in range(1, WAYS):
                for d in range(dimensions + 1):
                    room[0, j, d] += room[way, j, d]
            counts[j] = room[0, j, dimensions]
            if counts[j] > 0:
                for d in range(dimensions):
                    centers[j, d] = room[0, j, d] / counts[j]
                    way_gone = centers[j, d] - goals[j, d]
                    inertia -= counts[j] * way_gone * way_gone if step == steps - 1 else 0.0
    return inertia


@inline
def find_costs(centers, counts, j, costs):
    """Write what joining cluster j with another would add to the inertia."""
    for other in range(len(centers)):
        square = 0.0
        for d in range(centers.shape[1]):
            gap = centers[j, d] - centers[other, d]
            square += gap * gap
        cost = counts[j] * counts[other] / max(counts[j] + counts[other], 1.0) * square
        costs[j, other] = costs[other, j] = cost


@allocating
def join(centers, counts, kept, joined):
    """Make one of the two clusters whose joining costs least until `kept` are left; -1 counts those that are gone."""
    total = len(centers)
    costs = empty((total, total))
    for j in range(total):
        find_costs(centers, counts, j, costs)
    for _ in range(total - kept):
        first, second = -1, -1
        for j in range(total):
            for other in range(j + 1, total):
                is_pair = counts[j] >= 0 and counts[other] >= 0
                if is_pair and (first < 0 or costs[j, other] < costs[first, second]):
                    first, second = j, other
        both = counts[first] + counts[second]
        for d in range(centers.shape[1]):
            if both > 0:
                centers[first, d] = (counts[first] * centers[first, d] + counts[second] * centers[second, d]) / both
        counts[first], counts[second] = both, -1.0
        find_costs(centers, counts, first, costs)
    at = 0
    for j in range(total):
        if counts[j] >= 0:
            for d in range(centers.shape[1]):
                joined[at, d] = centers[j, d]
            at += 1


def move_and_join(columns, weights, centers, kept, wide_steps, steps, moved, inertia, first, last):
    """Write to `moved` each set of centres moved, joined until `kept` are left, and moved again; and the inertia."""
    labels, squares = empty(columns.shape[1], np.int32), empty(columns.shape[1], columns.dtype)
    wide, counts = empty(centers.shape[1:]), zeros(centers.shape[1])
    for s in range(first, last):
        for j in range(len(wide)):
            counts[j] = 0.0
            for d in range(wide.shape[1]):
                wide[j, d] = centers[s, j, d]
        move(columns, weights, wide, counts, wide_steps, labels, squares)
        join(wide, counts, kept, moved[s])
        inertia[s] = move(columns, weights, moved[s], counts, steps, labels, squares)
