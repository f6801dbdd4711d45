"""Histograms of rows: by value for narrow integers, by comparison with edges for the rest.

A table has one row per lane. Lanes are the channels of an interleaved image, or of a gray one four that are summed
later: neighbouring equal values then add to different cells and need not wait for one another.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._callees_numba import inline

Index = np.uintp
"""Spares the test for a negative index."""


def count_values(plane, table, first, last):
    """Add rows first <= y < last to table[lane, value]; column x is of lane x % lanes."""
    lanes, length = len(table), plane.shape[1]
    whole = length - length % lanes
    one, two, three, width = Index(1), Index(2), Index(3), Index(whole)
    for y in range(Index(first), Index(last)):
        if lanes == 4:
            for x in range(Index(0), width, Index(4)):
                table[Index(0), plane[y, x]] += 1
                table[one, plane[y, x + one]] += 1
                table[two, plane[y, x + two]] += 1
                table[three, plane[y, x + three]] += 1
        elif lanes == 3:
            for x in range(Index(0), width, Index(3)):
                table[Index(0), plane[y, x]] += 1
                table[one, plane[y, x + one]] += 1
                table[two, plane[y, x + two]] += 1
        else:
            for x in range(Index(0), width, Index(lanes)):
                for lane in range(Index(lanes)):
                    table[lane, plane[y, x + lane]] += 1
        for x in range(whole, length):
            table[x - whole, plane[y, x]] += 1


@inline
def find_bin(value, edges, scale):
    """Return the bin of a value within the edges: a guess, then exact by comparison."""
    bins = len(edges) - 1
    guess = (value - edges[0]) * scale
    index = 0
    if guess >= bins:
        index = bins - 1
    elif guess > 0:
        index = int(guess)
    while index > 0 and value < edges[index]:
        index -= 1
    while index < bins - 1 and value >= edges[index + 1]:
        index += 1
    return index


def count_bins(plane, edges, table, first, last):
    """Add rows first <= y < last to table[lane, bin]; column x is of lane x % lanes."""
    lanes = len(table)
    low, high = edges[0], edges[-1]
    scale = (len(edges) - 1) / (high - low)
    for y in range(first, last):
        line = plane[y]
        lane = 0
        for x in range(len(line)):
            value = float(line[x])
            if low <= value and value <= high:  # NaN is neither
                table[lane, find_bin(value, edges, scale)] += 1
            lane = lane + 1 if lane + 1 < lanes else 0
