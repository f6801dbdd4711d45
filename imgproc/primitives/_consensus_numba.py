"""How well models fit many pairs, several pairs at once; the formulas are those of the reference bodies.

Pairs lie in columns: rows of `columns` are x, y of the source and u, v of the target, filled up with NaN, which fits no
model, to whole vectors of the processor.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._row_products_numba import add_lanes
from imgproc.primitives._vectors_numba import inlined, lanes_of, put, root, select, spread, take, vector_of

BLOCK = 256
"""Pairs after which a model that costs too much already is dropped; whole vectors."""


TRANSFER, SAMPSON, AFFINE, DIVIDED = range(4)
"""How errors are measured: as the reference body says; "transfer" of a last row 0, 0, 1; and rounded as there too."""


def add_costs(models, source, target, error, inverse, limit, costs, first, last):
    """Write the costs of models first <= m < last, given as rows of nine; `inverse` is 1 / threshold²."""
    columns, lanes = columns_of(source, target), empty(8)
    for m in range(first, last):
        total = 0.0
        for k in range(9):
            total += models[m, k]
        is_finite = total - total == 0.0  # a huge one that overflows is no model either
        is_affine = error == TRANSFER and models[m, 6] == 0.0 and models[m, 7] == 0.0 and models[m, 8] == 1.0
        how = AFFINE if is_affine else error
        costs[m] = cost_of(models, m, columns, len(source), how, inverse, limit, lanes) if is_finite else np.inf


@allocating
def columns_of(source, target):
    like = vector_of(source)
    count, lanes = len(source), lanes_of(like)
    columns = empty((4, -(-count // lanes) * lanes))
    for n in range(Index(count)):
        columns[0, n], columns[1, n], columns[2, n], columns[3, n] = (
            source[n, 0],
            source[n, 1],
            target[n, 0],
            target[n, 1],
        )
    columns[:, count:] = np.nan
    return columns


@inline
def cost_of(models, m, columns, count, error, inverse, limit, lanes):
    """Return the cost of one model, or a part of it that is above `limit`."""
    cost = 0.0
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        if error == AFFINE:  # a loop for each
            inside = sum_inside(models, m, columns, start, stop, AFFINE, inverse)
        elif error == TRANSFER:
            inside = sum_inside(models, m, columns, start, stop, TRANSFER, inverse)
        else:
            inside = sum_inside(models, m, columns, start, stop, SAMPSON, inverse)
        cost += (stop - start) - add_lanes(inside, lanes)
        if cost > limit:
            return cost
    return cost


@inlined
def sum_inside(models, m, columns, start, stop, error, inverse):
    """Return the sums, lane by lane, of (1 - r² / threshold²)³ of the pairs near a model."""
    like = vector_of(columns)
    sums = spread(0.0, like)
    for at in range(start, stop, lanes_of(like)):
        rest = rest_of(models, m, columns, at, error, inverse, like)
        sums += rest * rest * rest
    return sums


@inlined
def rest_of(models, m, columns, at, error, inverse, like):
    """Return 1 - r² / threshold² of the pairs from `at` on, 0 where that is negative or NaN."""
    share = square(models, m, columns, at, error, like) * spread(inverse, like)
    one = spread(1.0, like)
    return select(share < one, one - share, spread(0.0, like))


@inlined
def square(models, m, columns, at, error, like):
    """Return the squared errors of the pairs from `at` on."""
    x, y, u, v = pair_at(columns, at, like)
    a, b = row_times(models, m, 0, x, y, like), row_times(models, m, 3, x, y, like)
    if error == AFFINE:
        return square_length(a - u, b - v)
    c = row_times(models, m, 6, x, y, like)
    if error == TRANSFER:
        scale = spread(1.0, like) / c
        return square_length(a * scale - u, b * scale - v)
    if error == DIVIDED:
        return square_length(a / c - u, b / c - v)
    d = entry(models, m, 0, like) * u + entry(models, m, 3, like) * v + entry(models, m, 6, like)
    e = entry(models, m, 1, like) * u + entry(models, m, 4, like) * v + entry(models, m, 7, like)
    off = a * u + b * v + c
    return off * off / (a * a + b * b + d * d + e * e)


@inlined
def square_length(x, y):
    return x * x + y * y


@inlined
def entry(models, m, k, like):
    return spread(models[Index(m), Index(k)], like)


@inlined
def row_times(models, m, k, x, y, like):
    """Return the product of row k // 3 of a model with (x, y, 1)."""
    return entry(models, m, k, like) * x + entry(models, m, k + 1, like) * y + entry(models, m, k + 2, like)


@inlined
def pair_at(columns, at, like):
    total = columns.shape[1]
    return (
        take(columns, at, like),
        take(columns, at + total, like),
        take(columns, at + 2 * total, like),
        take(columns, at + 3 * total, like),
    )


@allocating
def near_pairs(models, m, columns, error, inverse):
    """Return rows x, y, u, v and Tukey's weight of the pairs near a model, and how many they are.

    They are filled up to whole vectors with pairs of weight 0.
    """
    like = vector_of(columns)
    weights, near = empty(columns.shape[1]), empty((5, columns.shape[1]))
    for at in range(0, len(weights), lanes_of(like)):
        rest = rest_of(models, m, columns, at, error, inverse, like)
        put(weights, at, rest * rest)
    kept = Index(0)
    for n in range(Index(len(weights))):
        near[0, kept], near[1, kept] = columns[0, n], columns[1, n]
        near[2, kept], near[3, kept], near[4, kept] = columns[2, n], columns[3, n], weights[n]
        kept += Index(weights[n] > 0.0)
    for n in range(kept, min(kept + Index(lanes_of(like)), Index(len(weights)))):
        for k in range(4):
            near[k, n] = near[k, 0]
        near[4, n] = 0.0
    return near, kept


def measure(model, source, target, error, residuals):
    """Write the roots of squared errors."""
    columns = columns_of(source, target)
    like, how = vector_of(columns), DIVIDED if error == TRANSFER else error
    for at in range(0, columns.shape[1], lanes_of(like)):
        put(columns, at, root(square(model, 0, columns, at, how, like)))  # over what has just been taken
    for n in range(len(residuals)):
        residuals[n] = columns[0, n]
