"""Histograms of rows: by value for narrow integers, by comparison with edges for the rest.

A table has one row per lane. Lanes are the channels of an interleaved image, or of a gray one four that are summed
later: neighbouring equal values then add to different cells and need not wait for one another.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba

inline = numba.njit(nogil=True, cache=True, error_model="numpy", inline="never")


def count_values(plane, table, first, last):
    """Add rows first <= y < last to table[lane, value]; column x is of lane x % lanes."""
    lanes = len(table)
    for y in range(first, last):
        line = plane[y]
        whole = len(line) - len(line) % lanes
        if lanes == 4:
            for x in range(0, whole, 4):
                table[0, line[x]] += 1
                table[1, line[x + 1]] += 1
                table[2, line[x + 2]] += 1
                table[3, line[x + 3]] += 1
        elif lanes == 3:
            for x in range(0, whole, 3):
                table[0, line[x]] += 1
                table[1, line[x + 1]] += 1
                table[2, line[x + 2]] += 1
        else:
            for x in range(0, whole, lanes):
                for lane in range(lanes):
                    table[lane, line[x + lane]] += 1
        for x in range(whole, len(line)):
            table[x - whole, line[x]] += 1


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
