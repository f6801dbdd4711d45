"""Codes of how each pixel compares with its neighbours."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index


def encode(padded, out, window, first, last):
    """Fill rows first <= y < last of `out` (H, bytes, W) from an image with half a window more on every side."""
    middle, width = window // 2, Index(out.shape[2])
    for y in range(first, last):
        for byte in range(out.shape[1]):
            for x in range(width):
                out[y, byte, x] = 0
        for k in range(window * window - 1):
            at = k + 1 if k >= window * middle + middle else k  # the middle is not compared with itself
            row, byte, bit = Index(y + at // window), Index(k // 8), np.uint8(1 << (k % 8))
            shift, own = Index(at % window), Index(y + middle)
            o, m = Index(y), Index(middle)
            for x in range(width):
                out[o, byte, x] |= bit if padded[row, shift + x] < padded[own, m + x] else np.uint8(0)
