"""From costs of disparities to the best of each pixel, one row at a time; shared by all ways of matching.

A row of costs is (W, levels); disparity d of pixel x stands for pixel x - d of the right image, so that d <= x.
The right image lies mirrored, which makes its pixels follow one another as the disparity grows.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from numba.extending import intrinsic

from imgproc.primitives._correlate_numba import Index, inline


@intrinsic
def count_bits(typingctx, value):
    """Count the bits that are set; one instruction, or a few, for a whole vector of bytes."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return value(value), generate


@inline
def differ(a, b):
    return count_bits(np.uint8(a ^ b))


@inline
def count_differences(left, mirrored, y, first, last, most, costs):
    """Fill costs[x, d], first <= x < last, with the number of bits in which two codes differ; `most` beyond the edge.

    `left` and `mirrored` are (H, bytes, W).
    """
    width, count, levels = left.shape[2], left.shape[1], costs.shape[1]
    for x in range(first, last):
        start, end = Index(width - 1 - x), Index(min(levels, x + 1))
        k = 1
        if count >= 3:
            k = 3
            a, b, c = left[y, 0, x], left[y, 1, x], left[y, 2, x]
            for d in range(end):
                costs[x, d] = np.uint8(
                    differ(a, mirrored[y, 0, start + d])
                    + differ(b, mirrored[y, 1, start + d])
                    + differ(c, mirrored[y, 2, start + d])
                )
        else:
            a = left[y, 0, x]
            for d in range(end):
                costs[x, d] = differ(a, mirrored[y, 0, start + d])
        while k < count:
            a = left[y, k, x]
            for d in range(end):
                costs[x, d] = np.uint8(costs[x, d] + differ(a, mirrored[y, k, start + d]))
            k += 1
        for d in range(end, Index(levels)):
            costs[x, d] = most


@inline
def choose(costs, subpixel, tolerance, winners, best, others, out, y):
    """Write the best disparity of each pixel of a row, NaN where the two images disagree by more than `tolerance`.

    `winners` are those of the left image; `best` and `others`, cost and disparity, those of the mirrored right image.
    """
    width, levels = costs.shape
    for x in range(width):
        best[x] = 65535
        others[x] = 0
    for x in range(width):
        start, end = Index(width - 1 - x), Index(min(levels, x + 1))
        least = np.uint16(65535)
        for d in range(end):
            least = min(least, costs[x, d])
        winner = np.uint16(65535)
        for d in range(end):
            winner = min(winner, np.uint16(d) if costs[x, d] == least else np.uint16(65535))
        winners[x] = winner
        for d in range(end):
            cost = costs[x, d]
            others[start + d] = np.uint16(d) if cost < best[start + d] else others[start + d]
            best[start + d] = min(cost, best[start + d])
    for x in range(width):
        d = np.int64(winners[x])
        value = np.float32(d)
        if tolerance >= 0 and abs(np.int64(others[width - 1 - x + d]) - d) > tolerance:
            value = np.float32(np.nan)
        elif subpixel and 0 < d < min(levels - 1, x):
            before, after = np.int64(costs[x, d - 1]), np.int64(costs[x, d + 1])
            steeper = max(before, after) - np.int64(costs[x, d])
            value += np.float32(before - after) / np.float32(2 * steeper)
        out[y, x] = value
