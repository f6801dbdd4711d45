"""Votes for lines and centres, walks along lines, and circles fitted to edges."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index

SHIFT = 32


def count_rows(mask, starts, first, last):
    """starts[y + 1] = pixels of row y."""
    for y in range(first, last):
        total = 0
        for x in range(Index(mask.shape[1])):
            total += mask[Index(y), x]
        starts[y + 1] = total


def list_columns(mask, starts, columns, first, last):
    """Write the columns of the pixels of each row, from starts[y] on."""
    for y in range(first, last):
        at, end = Index(starts[y]), Index(starts[y + 1])
        if at == end:
            continue
        # every column is written, and overwritten unless it counts: no branch that could not be foretold
        for x in range(Index(mask.shape[1])):
            columns[at] = x
            at += Index(mask[Index(y), x])
            if at == end:
                break


def vote_lines(columns, starts, cosines, sines, offset, votes, first, last):
    """Count the pixels by their bin of rho for directions first <= a < last, two at a time."""
    a = first
    while a < last:
        pair = a + 1 < last
        one, two = Index(a), Index(a + 1 if pair else a)
        cos_one, cos_two = cosines[one], cosines[two]
        for y in range(len(starts) - 1):
            base_one, base_two = offset + y * sines[one], offset + y * sines[two]
            if pair:
                for i in range(Index(starts[y]), Index(starts[y + 1])):
                    x = np.int64(columns[i])
                    votes[one, Index((base_one + x * cos_one) >> SHIFT)] += 1
                    votes[two, Index((base_two + x * cos_two) >> SHIFT)] += 1
            else:
                for i in range(Index(starts[y]), Index(starts[y + 1])):
                    votes[one, Index((base_one + np.int64(columns[i]) * cos_one) >> SHIFT)] += 1
        a += 2


def vote_centres(edges, radii, weights, cell, votes, lane, first, last):
    """Add the votes of edges first <= i < last to plane `lane`."""
    rows, columns = votes.shape[1], votes.shape[2]
    o = Index(lane)
    for i in range(Index(first), Index(last)):
        x, y, nx, ny = edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]
        for k in range(Index(len(radii))):
            for side in (radii[k], -radii[k]):
                row, column = (y + side * ny + 0.5) / cell, (x + side * nx + 0.5) / cell
                if row >= 0 and row < rows - 2 and column >= 0 and column < columns - 2:
                    # not below 0, so that cutting off what is behind the point rounds down
                    votes[o, Index(np.int64(row)) + Index(1), Index(np.int64(column)) + Index(1)] += weights[k]


def line_moments(mask, normals, width, reach, sums, first, last):
    """Sum 1, x, y, x², xy, y² over the pixels within `width` of lines first <= i < last."""
    height, columns = mask.shape
    for i in range(first, last):
        c, s, rho = normals[i, 0], normals[i, 1], normals[i, 2]
        is_flat = abs(s) >= abs(c)
        major, minor = (c, s) if is_flat else (s, c)
        count, sx, sy, sxx, sxy, syy = 0, 0, 0, 0, 0, 0
        for along in range(columns if is_flat else height):
            middle = math.floor((rho - along * major) / minor + 0.5)
            if middle < -reach or middle > height + columns:
                continue
            for across in range(middle - reach, middle + reach + 1):
                x, y = (along, across) if is_flat else (across, along)
                if x < 0 or x >= columns or y < 0 or y >= height or mask[Index(y), Index(x)] == 0:
                    continue
                if abs(x * c + y * s - rho) <= width:
                    count += 1
                    sx += x
                    sy += y
                    sxx += x * x
                    sxy += x * y
                    syy += y * y
        sums[i, 0], sums[i, 1], sums[i, 2] = count, sx, sy
        sums[i, 3], sums[i, 4], sums[i, 5] = sxx, sxy, syy


def thin_lines(lines, min_distance, min_angle, limit, stays):
    """Say which lines stay if each in order takes away the later ones near it; stop after `limit`."""
    kept = empty(len(lines), np.int64)
    count = 0
    for i in range(len(lines)):
        if count >= limit:
            break
        is_free = True
        for k in range(count):
            j = kept[Index(k)]
            turn = abs(lines[i, 1] - lines[j, 1])
            gap = lines[i, 0] - lines[j, 0]
            if turn > math.pi / 2:
                turn, gap = math.pi - turn, lines[i, 0] + lines[j, 0]
            if abs(gap) < min_distance and turn < min_angle:
                is_free = False
                break
        if is_free:
            stays[i] = True
            kept[count] = i
            count += 1


def thin_points(points, min_distance, limit, stays):
    """Say which points stay if each in order takes away the later ones nearer than `min_distance`."""
    kept = empty(len(points), np.int64)
    count = 0
    for i in range(len(points)):
        if count >= limit:
            break
        is_free = True
        for k in range(count):
            j = kept[Index(k)]
            dx, dy = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            if dx * dx + dy * dy < min_distance * min_distance:
                is_free = False
                break
        if is_free:
            stays[i] = True
            kept[count] = i
            count += 1
