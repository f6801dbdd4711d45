"""Counting of neighbours that agree."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index


def keep_supported(padded, out, reach, share, first, last):
    """Copy rows first <= y < last where one pixel in `share` of the window agrees within one, else write NaN.

    `padded` has `reach` more pixels, NaN, on every side.
    """
    height, width = out.shape
    agree = empty(width, np.int16)
    for y in range(first, last):
        own, m = Index(y + reach), Index(reach)
        agree[:] = 0
        for i in range(2 * reach + 1):
            for j in range(2 * reach + 1):
                row, shift = Index(y + i), Index(j)
                for x in range(Index(width)):
                    near = abs(padded[row, shift + x] - padded[own, m + x]) <= np.float32(1)
                    agree[x] += np.int16(1) if near else np.int16(0)
        rows = min(y + reach, height - 1) - max(y - reach, 0) + 1
        for x in range(width):
            area = rows * (min(x + reach, width - 1) - max(x - reach, 0) + 1)
            out[y, x] = padded[y + reach, x + reach] if agree[x] * share >= area else np.float32(np.nan)
