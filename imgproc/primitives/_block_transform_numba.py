"""Products of small matrices, one block after another."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline


def transform_blocks(blocks, down, across, made, first, last):
    """Write down · B · across for blocks first <= b < last of (blocks, n, n)."""
    side = Index(blocks.shape[1])
    between = empty((blocks.shape[1], blocks.shape[1]), blocks.dtype)
    for b in range(Index(first), Index(last)):
        for i in range(side):
            clear(between, i, side)
            for k in range(side):
                weight = down[i, k]
                for j in range(side):
                    between[i, j] += weight * blocks[b, k, j]
        for i in range(side):
            for j in range(side):
                made[b, i, j] = between[i, 0] * across[0, j]
            for k in range(Index(1), side):
                weight = between[i, k]
                for j in range(side):
                    made[b, i, j] += weight * across[k, j]


@inline
def clear(rows, i, length):
    for j in range(length):
        rows[i, j] = 0.0
