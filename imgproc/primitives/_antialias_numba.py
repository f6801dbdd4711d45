"""Kernels as wide as the pixels of the result, one pixel after the other: their width is another everywhere."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._sample_numba import FARTHEST, fold


@inline
def bound(x):
    return min(max(x, -FARTHEST), FARTHEST)


@inline
def kernel_at(distance, taps):
    """Return the kernel that covers `taps` pixels; exactly 0 at whole numbers but 0."""
    d = abs(distance)
    if d >= taps // 2:
        return 0.0
    if taps == 2:
        return 1 - d
    if taps == 4:
        return d * d * (1.5 * d - 2.5) + 1 if d < 1 else d * (d * (2.5 - 0.5 * d) - 4) + 2
    if d == 0:
        return 1.0
    whole = math.floor(d + 0.5)
    angle = math.pi * d
    wave = math.sin(math.pi * (d - whole)) * (1 - 2 * (whole % 2))
    return (wave / angle) * (math.sin(angle / 3) / (angle / 3))


@inline
def side(squared, largest):
    """Return the square root between 1 and `largest`."""
    return math.sqrt(min(max(squared, 1.0), largest * largest))


@inline
def stretch(matrix, x, y, nearness, largest):
    """Return P and its inverse, each as (xx, xy, yy); see sample_antialiased.py."""
    xu, xv = bound((matrix[0] - matrix[6] * x) * nearness), bound((matrix[1] - matrix[7] * x) * nearness)
    yu, yv = bound((matrix[3] - matrix[6] * y) * nearness), bound((matrix[4] - matrix[7] * y) * nearness)
    xx, xy, yy = xu * xu + xv * xv, xu * yu + xv * yv, yu * yu + yv * yv
    mean, half = (xx + yy) / 2, (xx - yy) / 2
    root = math.sqrt(half * half + xy * xy)
    large, small = mean + root, mean - root
    long, short = side(large, largest), side(small, largest)
    if small > 1 and large < largest * largest:
        wide, inverse = 1 / (long + short), -1 / (long * short * (long + short))
    elif large > small:
        wide, inverse = (long - short) / (large - small), (1 / long - 1 / short) / (large - small)
    else:
        wide, inverse = 0.0, 0.0
    a, b = long - wide * large, 1 / long - inverse * large
    return wide * xx + a, wide * xy, wide * yy + a, inverse * xx + b, inverse * xy, inverse * yy + b


@inline
def sum_row(source, row, left, right, weights, channel, channels, border, fill):
    """Sum one channel of a row from column `left` to `right`, where it has a weight."""
    width = source.shape[1] // channels
    total = 0.0
    if row < 0:
        for j in range(right - left + 1):
            total += weights[j]
        return total * fill
    inner, outer = max(left, 0), min(right, width - 1)
    for j in range(inner, outer + 1):
        weight = weights[j - left]
        if weight != 0:
            total += weight * source[Index(row), Index(j * channels + channel)]
    for j in range(left, right + 1):
        if (j < inner or j > outer) and weights[j - left] != 0:
            column = fold(j, width, border)
            value = fill if column < 0 else np.float64(source[Index(row), Index(column * channels + channel)])
            total += weights[j - left] * value
    return total


@inline
def sum_straight(source, x, y, spans, a, b, taps, channels, border, fill, across, total):
    """Sum under a kernel whose sides are those of the image, a and b times narrower; return the sum of weights."""
    left, right, top, bottom = spans
    sum_x, sum_y = 0.0, 0.0
    for j in range(left, right + 1):
        across[j - left] = kernel_at(a * (j - x), taps)
        sum_x += across[j - left]
    for i in range(top, bottom + 1):
        down = kernel_at(b * (i - y), taps)
        sum_y += down
        if down != 0:
            row = fold(i, source.shape[0], border)
            for c in range(channels):
                total[c] += down * sum_row(source, row, left, right, across, c, channels, border, fill)
    return sum_x * sum_y


@inline
def sum_turned(source, x, y, spans, a, b, c, taps, channels, border, fill, across, total):
    """Sum under a kernel stretched along any direction; return the sum of weights."""
    left, right, top, bottom = spans
    norm = 0.0
    for i in range(top, bottom + 1):
        dy, row = i - y, fold(i, source.shape[0], border)
        for j in range(left, right + 1):
            weight = kernel_at(a * (j - x) + b * dy, taps)
            if weight != 0:
                weight *= kernel_at(b * (j - x) + c * dy, taps)
            across[j - left] = weight
            norm += weight
        for k in range(channels):
            total[k] += sum_row(source, row, left, right, across, k, channels, border, fill)
    return norm


def antialiased(source, out, matrix, largest, taps, channels, border, fill, limits, first, last):
    """Read rows first <= v < last of the result."""
    height, width, made = source.shape[0], source.shape[1] // channels, out.shape[1] // channels
    total, across = empty(channels), empty(int(2 * taps * largest) + 4)
    for v in range(first, last):
        for u in range(made):
            nearness = 1 / (matrix[6] * u + (matrix[7] * v + matrix[8]))
            x = (matrix[0] * u + (matrix[1] * v + matrix[2])) * nearness
            y = (matrix[3] * u + (matrix[4] * v + matrix[5])) * nearness
            is_near = math.isfinite(x) and math.isfinite(y) and math.isfinite(nearness)
            norm = 0.0
            if is_near:
                x, y = bound(x), bound(y)
                xx, xy, yy, a, b, c = stretch(matrix, x, y, bound(nearness), largest)
                right, down = taps // 2 * (abs(xx) + abs(xy)), taps // 2 * (abs(xy) + abs(yy))
                spans = math.ceil(x - right), math.floor(x + right), math.ceil(y - down), math.floor(y + down)
                if border == 4:
                    is_near = spans[1] >= 0 and spans[0] < width and spans[3] >= 0 and spans[2] < height
            if is_near:
                total[:] = 0
                if b == 0:
                    norm = sum_straight(source, x, y, spans, a, c, taps, channels, border, fill, across, total)
                else:
                    norm = sum_turned(source, x, y, spans, a, b, c, taps, channels, border, fill, across, total)
            for k in range(channels):
                value = total[k] / norm if is_near else fill
                if limits[0] < limits[1]:
                    value = np.rint(min(max(value, limits[0]), limits[1]))
                out[Index(v), Index(u * channels + k)] = value
