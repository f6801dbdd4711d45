"""Components by runs: the runs of a row are joined with those they touch in the row above, in bands, then across bands.

A tree of runs always hangs below its lowest. Runs are numbered in raster order, so the root of a component is the run
that holds its first pixel. Where pixels are strong or weak, run 0 stands for all that is strong and lies in no row.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba

BLOCK = 64
"""Pixels asked at once whether anything changes among them, many in an instruction."""

inline = numba.njit(nogil=True, cache=True, error_model="numpy", inline="never")


@inline
def differs(pixels, before):
    """Say whether any pixel of a mask is other than `before`."""
    found = False
    for x in range(len(pixels)):
        found |= (pixels[x] != 0) != before
    return found


@inline
def find_runs(row, bounds, place):
    """Write begin and end of each run of `row` from `place` on; return the place after them."""
    before = False
    for first in range(0, len(row), BLOCK):
        block = row[first : first + BLOCK]
        if not differs(block, before):
            continue
        for x in range(len(block)):
            here = block[x] != 0
            bounds[place] = first + x  # stays only where the value changes: a branch would be mispredicted on noise
            place += here != before
            before = here
    bounds[place] = len(row)
    return place + before


@inline
def reaches(values, threshold):
    """Say whether any value is at least `threshold`."""
    found = False
    for x in range(len(values)):
        found |= values[x] >= threshold
    return found


@inline
def find_weak_runs(row, low, bounds, place):
    """As `find_runs`, of the pixels >= `low`."""
    before = False
    for first in range(0, len(row), BLOCK):
        block = row[first : first + BLOCK]
        if not (before or reaches(block, low)):
            continue
        for x in range(len(block)):
            here = block[x] >= low
            bounds[place] = first + x
            place += here != before
            before = here
    bounds[place] = len(row)
    return place + before


@inline
def find_root(parents, run):
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@inline
def join_rows(bounds, parents, upper, upper_end, lower, lower_end, reach):
    """Join the runs lower, ..., lower_end - 1 of a row with those upper, ..., upper_end - 1 that they touch."""
    for run in range(lower, lower_end):
        begin, end = bounds[2 * run] - reach, bounds[2 * run + 1]
        while upper < upper_end and bounds[2 * upper + 1] <= begin:
            upper += 1
        while upper < upper_end and bounds[2 * upper] < end + reach:
            above, own = find_root(parents, upper), find_root(parents, run)
            parents[max(above, own)] = min(above, own)
            if bounds[2 * upper + 1] >= end:
                break  # it may touch the next run too
            upper += 1


@inline
def join_bands(bounds, parents, rows, is_top, reach):
    for y in range(1, len(rows)):
        if is_top[y]:
            join_rows(bounds, parents, rows[y - 1, 0], rows[y - 1, 1], rows[y, 0], rows[y, 1], reach)


def find_components(mask, reach, bounds, parents, rows, is_top, first, last):
    """Find the runs of rows first <= y < last of a mask and join them within this band."""
    is_top[first] = 1
    run = first * (mask.shape[1] // 2 + 1)
    for y in range(first, last):
        begin = run
        run = find_runs(mask[y], bounds, 2 * run) // 2
        rows[y, 0], rows[y, 1] = begin, run
        for i in range(begin, run):
            parents[i] = i
        if y > first:
            join_rows(bounds, parents, rows[y - 1, 0], begin, begin, run, reach)


def number_components(bounds, parents, rows, is_top, reach):
    """Join across bands, then replace the parent of each run by the number of its component."""
    join_bands(bounds, parents, rows, is_top, reach)
    count = 0
    for y in range(len(rows)):
        for run in range(rows[y, 0], rows[y, 1]):
            if parents[run] == run:
                count += 1
                parents[run] = count
            else:
                parents[run] = parents[parents[run]]  # a parent is lower, so already numbered


def paint_numbers(bounds, numbers, rows, labels, first, last):
    """Write rows first <= y < last of the labels."""
    for y in range(first, last):
        line = labels[y]
        x = 0
        for run in range(rows[y, 0], rows[y, 1]):
            begin, end = bounds[2 * run], bounds[2 * run + 1]
            line[x:begin] = 0
            line[begin:end] = numbers[run]
            x = end
        line[x:] = 0


def find_links(strength, low, high, bounds, parents, rows, is_top, first, last):
    """Find the weak runs of rows first <= y < last, hang the strong ones below run 0, and join within this band."""
    is_top[first] = 1
    run = first * (strength.shape[1] // 2 + 1) + 1
    for y in range(first, last):
        begin = run
        run = find_weak_runs(strength[y], low, bounds, 2 * run) // 2
        rows[y, 0], rows[y, 1] = begin, run
        for i in range(begin, run):
            parents[i] = i
            for x in range(bounds[2 * i], bounds[2 * i + 1]):  # runs are short: a slice would cost more than the loop
                if strength[y, x] >= high:
                    parents[i] = 0
                    break
        if y > first:
            join_rows(bounds, parents, rows[y - 1, 0], begin, begin, run, 1)


def link_bands(bounds, parents, rows, is_top):
    """Join across bands."""
    join_bands(bounds, parents, rows, is_top, 1)


def paint_strong(bounds, parents, rows, edges, first, last):
    """Write 1 on the runs of rows first <= y < last whose root is run 0, else 0."""
    for y in range(first, last):
        line = edges[y]
        line[:] = 0
        for run in range(rows[y, 0], rows[y, 1]):
            root = run
            while parents[root] != root:  # without shortening: other bands read it too
                root = parents[root]
            if root == 0:
                for x in range(bounds[2 * run], bounds[2 * run + 1]):
                    line[x] = 1
