"""Products of rows of a block that stays in the first-level cache, whole vectors of the processor at a time."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._vectors_numba import inlined, lanes_of, put, spread, take


@inlined
def put_row(rows, row, at, value):
    put(rows, row * rows.shape[1] + at, value)


@inline
def add_products(rows, i, j, k, count, lanes, out, like):
    """Add to out[i, j] and out[i, k] the products of row i with rows j and k, of `count` numbers in whole vectors."""
    first, second = spread(0.0, like), spread(0.0, like)
    total = rows.shape[1]
    for at in range(0, count, lanes_of(like)):
        value = take(rows, i * total + at, like)
        first += value * take(rows, j * total + at, like)
        second += value * take(rows, k * total + at, like)
    out[i, j] += add_lanes(first, lanes)
    if k > j:
        out[i, k] += add_lanes(second, lanes)


@inlined
def add_lanes(sums, lanes):
    """Return the sum of a vector of eight; `lanes` is scratch."""
    put(lanes, 0, sums)
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
