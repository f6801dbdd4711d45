"""The joining of connected parts that are too small, on runs: stretches of one label in a row, in raster order.

A part is the tree of its runs whose root is the first, a group that of the parts joined. Parents come before their
runs, so roots do not depend on the order in which runs are united.

What is called for a run takes the addresses of arrays, whose owners would be counted at every call.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inlined
from imgproc.primitives._vectors_numba import bits_of, lanes_of, lowest_bit, put, spread, start_of, take, vector_of


@inlined
def read(numbers, i):
    return np.int64(take(numbers, np.int64(i), np.int32(0)))


@inlined
def write(numbers, i, number):
    put(numbers, np.int64(i), np.int32(number))


def count_runs(labels, counts, first, last):
    """Count the runs of the rows first <= y < last."""
    for y in range(Index(first), Index(last)):
        count = 1
        for x in range(Index(1), Index(labels.shape[1])):
            count += labels[y, x] != labels[y, x - Index(1)]
        counts[y] = count


def find_runs(labels, rows, starts, parents, over, under, first, last):
    """Write where runs start, in raster order of pixels, and unite those of the rows first <= y < last.

    `rows` are the first runs of the rows, which are written already, and the number of runs. Runs of labels below zero
    have the parent -1. Of each run, `over` and `under` are the first that touch it in the rows above and below.
    """
    width, like, flat, links = labels.shape[1], vector_of(labels), start_of(labels), start_of(parents)
    first_of, above, below = start_of(starts), start_of(over), start_of(under)
    for y in range(first, last):
        find_starts(flat, y, width, rows[y], first_of, like)
        for run in range(rows[y], rows[y + 1]):
            write(links, run, run if read(flat, read(first_of, run)) >= 0 else -1)
        if y > first:
            unite_rows(flat, width, rows[y - 1], rows[y], rows[y + 1], first_of, links, above, below)


@inlined
def find_starts(labels, y, width, run, starts, like):
    lanes = lanes_of(like)
    every = (np.uint64(1) << np.uint64(lanes)) - np.uint64(1)
    place, end = y * width + 1, (y + 1) * width
    while place + lanes <= end:
        new = every & ~bits_of(take(labels, place, like) == take(labels, place - 1, like))
        while new != 0:
            run += 1
            write(starts, run, place + lowest_bit(new))
            new &= new - np.uint64(1)
        place += lanes
    while place < end:
        if read(labels, place) != read(labels, place - 1):
            run += 1
            write(starts, run, place)
        place += 1


@inlined
def unite_rows(labels, width, above, run, end, starts, parents, over, under):
    """Unite the runs of a row with those of the row above, from run `above` on, that have their label."""
    write(over, run, above)
    write(under, above, run)
    while run < end:
        stop_above, stop = read(starts, above + 1) + width, read(starts, run + 1)
        if read(parents, run) >= 0 and read(labels, read(starts, run)) == read(labels, read(starts, above)):
            unite(parents, above, run)
        next_above = above + 1 if stop_above <= stop else above
        next_run = run + 1 if stop <= stop_above else run
        if next_above > above:
            write(under, next_above, next_run)
        if next_run > run:
            write(over, next_run, next_above)
        above, run = next_above, next_run


@inlined
def find_root(parents, run):
    parent = read(parents, run)
    while parent != run:
        above = read(parents, parent)
        write(parents, run, above)
        run, parent = above, read(parents, above)
    return run


@inlined
def unite(parents, a, b):
    a, b = find_root(parents, a), find_root(parents, b)
    write(parents, max(a, b), min(a, b))


@inlined
def measure(starts, parents, runs, min_size, sizes, following):
    """Point all runs at their roots, count the pixels of parts, and link the runs of small ones to a ring."""
    for run in range(runs):
        if read(parents, run) >= 0:
            root = read(parents, read(parents, run))
            write(parents, run, root)
            write(sizes, root, read(sizes, root) + read(starts, run + 1) - read(starts, run))
    for run in range(runs):
        root = read(parents, run)
        if root >= 0 and read(sizes, root) < min_size:
            write(following, run, read(following, root) if root != run else run)
            write(following, root, run)


@inlined
def count_sides(run, count, parents, root, sides, touched, groups):
    """Count sides of pixels towards the group of a run; return how many groups are touched."""
    if read(parents, run) < 0:
        return groups
    other = find_root(parents, run)
    if other == root:
        return groups
    before = read(sides, other)
    write(sides, other, before + count)
    write(touched, groups, other)
    return groups + (before == 0)


@inlined
def count_row(run, start, stop, starts, parents, root, sides, touched, groups):
    """Count the sides of pixels start <= p < stop, of another row, of which `run` holds the first."""
    here = read(starts, run)
    while here < stop:
        beyond = read(starts, run + 1)
        groups = count_sides(run, min(beyond, stop) - max(here, start), parents, root, sides, touched, groups)
        run, here = run + 1, beyond
    return groups


@inlined
def find_closest(starts, width, pixels, parents, over, under, root, following, sides, touched):
    """Return the group with which the group of `root` shares most sides, of several the first; -1 if it has none."""
    groups, run, is_done = 0, root, False
    while not is_done:
        start, stop = read(starts, run), read(starts, run + 1)
        x = start % width
        if x > 0:
            groups = count_sides(run - 1, 1, parents, root, sides, touched, groups)
        if x + stop - start < width:
            groups = count_sides(run + 1, 1, parents, root, sides, touched, groups)
        if start >= width:
            near = read(over, run)
            groups = count_row(near, start - width, stop - width, starts, parents, root, sides, touched, groups)
        if stop <= pixels - width:
            near = read(under, run)
            groups = count_row(near, start + width, stop + width, starts, parents, root, sides, touched, groups)
        run = read(following, run)
        is_done = run == root
    closest, most = -1, 0
    for i in range(groups):
        other = read(touched, i)
        count = read(sides, other)
        write(sides, other, 0)
        if count > most or (count == most and other < closest):
            closest, most = other, count
    return closest


def join_runs(labels, rows, seams, min_size, starts, parents, over, under, sizes, following, sides, touched):
    """Unite the rows at the seams with those above, join small parts, and put the numbers of groups into `sides`."""
    width, runs, flat, first_of = labels.shape[1], rows[len(rows) - 1], start_of(labels), start_of(starts)
    links, above, below, pixels_of = start_of(parents), start_of(over), start_of(under), start_of(sizes)
    ring, counts, found = start_of(following), start_of(sides), start_of(touched)
    for i in range(len(seams)):
        y = seams[i]
        unite_rows(flat, width, rows[y - 1], rows[y], rows[y + 1], first_of, links, above, below)
    measure(first_of, links, runs, min_size, pixels_of, ring)
    for part in range(runs):
        root = find_root(links, part) if 0 < read(pixels_of, part) < min_size else -1
        while root >= 0 and read(pixels_of, root) < min_size:
            other = find_closest(first_of, width, labels.size, links, above, below, root, ring, counts, found)
            if other >= 0:
                first, last = min(root, other), max(root, other)
                after = read(ring, first)
                write(ring, first, read(ring, last))
                write(ring, last, after)
                write(pixels_of, first, read(pixels_of, root) + read(pixels_of, other))
                write(links, last, first)
                other = first
            root = other
    groups = 0
    for run in range(runs):
        parent = read(links, run)
        if parent == run:
            write(counts, run, groups)
            groups += 1
        else:
            write(counts, run, -1 if parent < 0 else read(counts, find_root(links, run)))


def fill_runs(starts, rows, numbers, joined, first, last):
    """Write the numbers of runs to the pixels of the rows first <= y < last."""
    like, flat, end = vector_of(joined), start_of(joined), last * joined.shape[1]
    for run in range(Index(rows[first]), Index(rows[last])):
        place, stop, number = np.int64(starts[run]), np.int64(starts[run + Index(1)]), numbers[run]
        while place < stop:
            if place + lanes_of(like) <= end:
                put(flat, place, spread(number, like))  # what is beyond the run is written over by the next
                place += lanes_of(like)
            else:
                put(flat, place, number)
                place += 1
