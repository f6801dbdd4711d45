"""Nearest of nine centres for every pixel, sums for the next centres, and the joining of parts that are too small."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

BLOCK = 256
"""Columns done at once, so that what nine centres are for each of them stays in the cache."""


@inline
def lay_out(centres, is_used, columns, row, start, stop, around, names):
    """Write, for columns start <= x < stop of a row of cells, the nine centres around each column, plane by plane.

    A centre that does not exist is infinitely far away.
    """
    across = len(columns) - 1
    down, numbers = centres.shape[0] // across, centres.shape[1]
    for j in range(across):
        first, last = max(columns[j], start) - start, min(columns[j + 1], stop) - start
        for m in range(9):
            above, beside = row + m // 3 - 1, j + m % 3 - 1
            k = above * across + beside
            exists = 0 <= above < down and 0 <= beside < across and is_used[k]
            for x in range(first, last):
                names[m, x] = k
                for i in range(numbers):
                    around[m * numbers + i, x] = centres[k, i] if exists else np.float32(0)
                if not exists:
                    around[m * numbers + numbers - 1, x] = np.inf


@inline
def compare(values, y, start, count, place, around, m, weight, sums, best, chosen):
    """Let the centres m of pixels start, start + 1, ... of row y take those to which they are nearer than `best`."""
    channels = values.shape[0]
    row, left, p = Index(y), Index(start), Index(m * (channels + 2))
    height = np.float32(y)
    name = np.int32(m)
    for x in range(Index(count)):
        sums[x] = np.float32(0)
    for i in range(Index(channels)):
        for x in range(Index(count)):
            a = values[i, row, left + x] - around[p + i, x]
            sums[x] += a * a
    p += Index(channels)
    for x in range(Index(count)):
        dy = height - around[p, x]
        dx = place[x] - around[p + Index(1), x]
        distance = sums[x] + weight * (dy * dy + dx * dx)
        is_nearer = distance < best[x]
        chosen[x] = name if is_nearer else chosen[x]
        best[x] = distance if is_nearer else best[x]


@inline
def compare_three(values, y, start, count, place, around, m, weight, best, chosen):
    """Do as `compare` with m, m + 1 and m + 2, for three channels: each pixel is read once."""
    row, left, p, q, r = Index(y), Index(start), Index(5 * m), Index(5 * m + 5), Index(5 * m + 10)
    height = np.float32(y)
    first, second, third = np.int32(m), np.int32(m + 1), np.int32(m + 2)
    for x in range(Index(count)):
        a, b, c = values[0, row, left + x], values[1, row, left + x], values[2, row, left + x]
        column = place[x]
        nearest, name = best[x], chosen[x]

        da, db, dc = a - around[p, x], b - around[p + Index(1), x], c - around[p + Index(2), x]
        dy, dx = height - around[p + Index(3), x], column - around[p + Index(4), x]
        distance = ((da * da + db * db) + dc * dc) + weight * (dy * dy + dx * dx)
        is_nearer = distance < nearest
        name = first if is_nearer else name
        nearest = distance if is_nearer else nearest

        da, db, dc = a - around[q, x], b - around[q + Index(1), x], c - around[q + Index(2), x]
        dy, dx = height - around[q + Index(3), x], column - around[q + Index(4), x]
        distance = ((da * da + db * db) + dc * dc) + weight * (dy * dy + dx * dx)
        is_nearer = distance < nearest
        name = second if is_nearer else name
        nearest = distance if is_nearer else nearest

        da, db, dc = a - around[r, x], b - around[r + Index(1), x], c - around[r + Index(2), x]
        dy, dx = height - around[r + Index(3), x], column - around[r + Index(4), x]
        distance = ((da * da + db * db) + dc * dc) + weight * (dy * dy + dx * dx)
        is_nearer = distance < nearest
        chosen[x] = third if is_nearer else name
        best[x] = distance if is_nearer else nearest


@inline
def add_run(values, y, first, end, totals, k):
    """Add the pixels first <= x < end of a row, at most BLOCK of them, to the totals of centre k."""
    channels, row, centre = values.shape[0], Index(y), Index(k)
    for i in range(Index(channels)):
        total = np.int32(0)  # of at most 2**8 numbers below 2**20
        for x in range(Index(first), Index(end)):
            total += np.int32(values[i, row, x])
        totals[centre, i] += np.float64(total)
    count = np.float64(end - first)
    totals[centre, channels] += count * np.float64(y)
    totals[centre, channels + 1] += count * np.float64(first + end - 1) / 2.0
    totals[centre, channels + 2] += count


@inline
def write_labels(y, start, count, names, chosen, mask, labels):
    """Write the labels of pixels start, start + 1, ... of a row; return how many are new."""
    row, left = Index(y), Index(start)
    changed = 0
    for x in range(Index(count)):
        k = names[chosen[x], x] if mask[row, left + x] else np.int32(-1)
        changed += labels[row, left + x] != k
        labels[row, left + x] = k
    return changed


@inline
def add_row(values, y, start, stop, labels, totals):
    """Add the pixels start <= x < stop of a row to the totals of their labels, run by run."""
    row = Index(y)
    first = start
    while first < stop:
        k = labels[row, Index(first)]
        end = first + 1
        while end < stop and labels[row, Index(end)] == k:
            end += 1
        if k >= 0:
            add_run(values, y, first, end, totals, k)
        first = end


def assign(values, mask, centres, is_used, columns, weight, labels, totals, changes, first, last):
    """Assign the rows of the parts first <= part < last to the nearest centre of their cell and its neighbours.

    Centres are (cells, C + 2): colour, row, column, in raster order of their cells; `columns` are the first columns of
    the cells of a row, and the width. Of equally near centres the first wins.
    """
    height, width = labels.shape
    parts, down = totals.shape[0], centres.shape[0] // (len(columns) - 1)
    sums, best, chosen = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int32)
    place = np.empty(BLOCK, np.float32)
    around, names = np.empty((9 * centres.shape[1], BLOCK), np.float32), np.empty((9, BLOCK), np.int32)
    for part in range(first, last):
        totals[part] = 0.0
        changes[part] = 0
        for start in range(0, width, BLOCK):
            stop = min(start + BLOCK, width)
            cell = -1
            for x in range(stop - start):
                place[x] = start + x
            for y in range(height * part // parts, height * (part + 1) // parts):
                if cell != y * down // height:
                    cell = y * down // height
                    lay_out(centres, is_used, columns, cell, start, stop, around, names)
                best[:] = np.inf
                chosen[:] = 4
                if values.shape[0] == 3:
                    for m in range(0, 9, 3):
                        compare_three(values, y, start, stop - start, place, around, m, weight, best, chosen)
                else:
                    for m in range(9):
                        compare(values, y, start, stop - start, place, around, m, weight, sums, best, chosen)
                changes[part] += write_labels(y, start, stop - start, names, chosen, mask, labels)
                add_row(values, y, start, stop, labels, totals[part])


@inline
def find_root(parents, part):
    while parents[part] != part:
        parents[part] = parents[parents[part]]
        part = parents[part]
    return part


@inline
def find_parts(labels, parts, parents):
    """Number the 4-connected pixels of one label by their first pixels, other pixels -1; return how many there are."""
    height, width = labels.shape
    count = 0
    one = Index(1)
    for y in range(Index(height)):
        part, before, is_joined = np.int32(-1), np.int32(-1), False
        for x in range(Index(width)):
            label = labels[y, x]
            is_below = y > 0 and labels[y - one, x] == label
            if label < 0:
                part = np.int32(-1)
            elif label == before:
                if is_below and not is_joined:
                    above, left = find_root(parents, parts[y - one, x]), find_root(parents, part)
                    parents[max(above, left)] = min(above, left)
            elif is_below:
                part = parts[y - one, x]
            else:
                part, parents[count] = np.int32(count), count
                count += 1
            parts[y, x], before, is_joined = part, label, is_below
    return number_roots(parts, parents, count)


@inline
def number_roots(parts, parents, count):
    """Replace provisional parts by numbers without gaps, in the order of their roots."""
    made = 0
    for part in range(count):
        if parents[part] == part:
            parents[part] = made
            made += 1
        else:
            parents[part] = parents[parents[part]]  # a parent is lower, so already numbered
    height, width = parts.shape
    for y in range(Index(height)):
        for x in range(Index(width)):
            if parts[y, x] >= 0:
                parts[y, x] = parents[Index(parts[y, x])]
    return made


@inline
def measure(parts, sizes, starts):
    """Count the pixels of each part, and find its first."""
    sizes[:] = 0
    height, width = parts.shape
    for y in range(height):
        row, first = Index(y), 0
        while first < width:
            part = parts[row, Index(first)]
            end = first + 1
            while end < width and parts[row, Index(end)] == part:
                end += 1
            if part >= 0:
                if sizes[part] == 0:
                    starts[part] = y * width + first
                sizes[part] += end - first
            first = end


@inline
def flood(parts, queue, start, end):
    """Add to the queue, from queue[start] on, all pixels of its part; their parts become -2 - part meanwhile."""
    height, width = parts.shape
    y, x = queue[start] // width, queue[start] % width
    part = parts[y, x]
    parts[y, x] = -2 - part
    here = start
    while here < end:
        y, x = queue[here] // width, queue[here] % width
        here += 1
        for side in range(4):
            j, i = y + (side == 3) - (side == 0), x + (side == 2) - (side == 1)
            if 0 <= j < height and 0 <= i < width and parts[j, i] == part:
                parts[j, i] = -2 - part
                queue[end] = j * width + i
                end += 1
    for k in range(start, end):
        parts[queue[k] // width, queue[k] % width] = part
    return end


@inline
def count_side(parts, y, x, parents, root, sides, touched, count):
    """Count one side towards the group of pixel (y, x); return how many groups are touched."""
    if y < 0 or x < 0 or y >= parts.shape[0] or x >= parts.shape[1] or parts[y, x] < 0:
        return count
    other = find_root(parents, parts[y, x])
    if other == root:
        return count
    if sides[other] == 0:
        touched[count] = other
        count += 1
    sides[other] += 1
    return count


@inline
def find_closest(parts, queue, starts, counts, following, parents, root, sides, touched):
    """Return the group with which the group of `root` shares most sides, of several the first; -1 if it has none."""
    width = parts.shape[1]
    count = 0
    part = root
    while True:
        for i in range(starts[part], starts[part] + counts[part]):
            y, x = queue[i] // width, queue[i] % width
            count = count_side(parts, y - 1, x, parents, root, sides, touched, count)
            count = count_side(parts, y, x - 1, parents, root, sides, touched, count)
            count = count_side(parts, y, x + 1, parents, root, sides, touched, count)
            count = count_side(parts, y + 1, x, parents, root, sides, touched, count)
        part = following[part]
        if part == root:
            break
    closest = -1
    for i in range(count):
        other = touched[i]
        if closest < 0 or sides[other] > sides[closest] or (sides[other] == sides[closest] and other < closest):
            closest = other
    for i in range(count):
        sides[touched[i]] = 0
    return closest


def join_small(labels, min_size, parts, queue, starts, counts, parents, sizes, following, sides, touched):
    """Replace labels >= 0 by the numbers of connected groups of at least `min_size` pixels; the others are -1."""
    height, width = labels.shape
    count, end = find_parts(labels, parts, parents), 0
    measure(parts, sizes, starts)
    for part in range(count):
        parents[part], following[part], sides[part] = part, part, 0
        if sizes[part] < min_size:
            queue[end] = starts[part]
            starts[part], counts[part] = end, sizes[part]
            end = flood(parts, queue, end, end + 1)
    for part in range(count):
        root = find_root(parents, part)
        while sizes[root] < min_size:
            other = find_closest(parts, queue, starts, counts, following, parents, root, sides, touched)
            if other < 0:
                break
            following[root], following[other] = following[other], following[root]
            sizes[min(root, other)] = sizes[root] + sizes[other]
            parents[max(root, other)] = min(root, other)
            root = min(root, other)
    numbers = sides
    groups = 0
    for part in range(count):
        if parents[part] == part:
            numbers[part] = groups
            groups += 1
        else:
            numbers[part] = numbers[find_root(parents, part)]
    for y in range(Index(height)):
        for x in range(Index(width)):
            labels[y, x] = numbers[Index(parts[y, x])] if parts[y, x] >= 0 else -1
