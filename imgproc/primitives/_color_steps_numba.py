"""Colours as whole numbers of steps, in planes: of Lab for RGB, of the range for other channels."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import zeros
from imgproc.primitives._color_numba import BLOCK, lab_block, load
from imgproc.primitives._correlate_numba import Index, inline


@inline
def step(value, scale, farthest):
    return min(max(np.rint(value * scale), -farthest), farthest)


def count_lab(source, out, table, low, span, weights, is_interleaved, scale, farthest, first, last):
    """Count, of pixels first <= p < last, the steps of Lab; `out` are three planes."""
    block, pixels = zeros((3, BLOCK), weights.dtype), Index(len(out) // 3)
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        load(source, start, count, is_interleaved, table, low, span, True, block)
        lab_block(block, weights)
        for c in range(Index(3)):
            for i in range(Index(count)):
                out[c * pixels + Index(start) + i] = step(block[c, i], scale, farthest)


def count_range(source, out, low, span, scale, farthest, first, last):
    """Count the steps of a hundredth of the range of numbers first <= i < last."""
    T = type(low)
    for i in range(Index(first), Index(last)):
        out[i] = step((T(source[i]) - low) * T(100) / span, scale, farthest)
