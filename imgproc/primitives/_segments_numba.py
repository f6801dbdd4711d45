"""The loop over pixels that traces segments."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

SHIFT = 32
ROUNDS = 3


@inline
def vote(y, x, cosines, sines, offset, votes):
    """Add a pixel's votes; return the greatest count it has joined, and the first direction that has it."""
    most, best = 0, 0
    for a in range(Index(len(cosines))):
        at = Index((offset + x * cosines[a] + y * sines[a]) >> SHIFT)
        count = votes[a, at] + 1
        votes[a, at] = count
        if count > most:
            most, best = count, np.int64(a)
    return most, best


@inline
def take_back(y, x, cosines, sines, offset, votes):
    for a in range(Index(len(cosines))):
        votes[a, Index((offset + x * cosines[a] + y * sines[a]) >> SHIFT)] -= 1


@inline
def is_there(state, is_flat, along, across):
    """Say whether the pixel at these places of the major and the minor axis is in the image, and not taken away."""
    y, x = (across, along) if is_flat else (along, across)
    return 0 <= y < state.shape[0] and 0 <= x < state.shape[1] and state[Index(y), Index(x)] > 0


@inline
def walk(state, is_flat, major, minor, slope, most_steps, side):
    """Return the last step on an edge before too long a gap, and where across it is."""
    length = state.shape[1] if is_flat else state.shape[0]
    last, found, step = 0, minor, side
    while 0 <= major + step < length and abs(step - last) - 1 <= most_steps:
        middle = math.floor(minor + slope * step + 0.5)
        for at in (middle, middle - 1, middle + 1):
            if is_there(state, is_flat, major + step, at):
                last, found = step, at
                break
        step += side
    return last, found


def trace(state, order, cosines, sines, offset, votes, threshold, min_length, max_gap, segments, count):
    """Fill `segments` with ends x1, y1, x2, y2; count[0] of them.

    `state` is 1 where a pixel is there, 2 once it has voted, 0 once it is taken away.
    """
    width = state.shape[1]
    for i in range(len(order)):
        y, x = order[i] // width, order[i] % width
        if state[y, x] == 0:
            continue
        state[y, x] = 2
        most, best = vote(y, x, cosines, sines, offset, votes)
        if most < threshold:
            continue
        c, s = cosines[best], sines[best]
        is_flat = abs(s) >= abs(c)
        major, minor = (x, y) if is_flat else (y, x)
        slope = -(c / s) if is_flat else -(s / c)
        first, first_across, last, last_across = 0, minor, 0, minor
        for k in range(ROUNDS):
            if k > 0 and last > first:
                slope = (last_across - first_across) / (last - first)
            most_steps = max_gap / math.sqrt(1 + slope * slope)
            first, first_across = walk(state, is_flat, major, minor, slope, most_steps, -1)
            last, last_across = walk(state, is_flat, major, minor, slope, most_steps, 1)
        for step in range(first, last + 1):
            middle = math.floor(minor + slope * step + 0.5)
            for at in range(middle - 1, middle + 2):
                if is_there(state, is_flat, major + step, at):
                    row, column = (at, major + step) if is_flat else (major + step, at)
                    if state[row, column] == 2:
                        take_back(row, column, cosines, sines, offset, votes)
                    state[row, column] = 0
        x1, y1 = (major + first, first_across) if is_flat else (first_across, major + first)
        x2, y2 = (major + last, last_across) if is_flat else (last_across, major + last)
        if x2 < x1 or (x2 == x1 and y2 < y1):
            x1, y1, x2, y2 = x2, y2, x1, y1
        if math.sqrt(float((x2 - x1) ** 2 + (y2 - y1) ** 2)) >= min_length:
            k = count[0]
            segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3] = x1, y1, x2, y2
            count[0] = k + 1
            if k + 1 == len(segments):
                return
