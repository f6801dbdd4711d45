"""Components and their numbers of pixels, by runs; the tables are those of _label_numba."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._correlate_numba import Index
from imgproc.primitives._label_numba import join_bands


def weigh_components(bounds, parents, rows, is_top, reach, width, at_edge, sizes):
    """Join across bands, hang every run below its root, and add up there the lengths of runs.

    A run at the edge adds `at_edge` besides.
    """
    join_bands(bounds, parents, rows, is_top, reach)
    for y in range(len(rows)):
        is_outer = y == 0 or y == len(rows) - 1
        for run in range(rows[y, 0], rows[y, 1]):
            begin, end = bounds[2 * run], bounds[2 * run + 1]
            root = parents[parents[run]]  # a parent is lower, so it hangs below its root already
            parents[run] = root
            if root == run:
                sizes[run] = 0
            sizes[root] += end - begin
            if is_outer or begin == 0 or end == width:
                sizes[root] += at_edge


def paint_kept(bounds, parents, rows, sizes, min_size, kept, first, last):
    """Write 1 on the runs of rows first <= y < last whose component is large enough, else 0."""
    for y in range(first, last):
        row = Index(y)
        kept[row, :] = 0
        for run in range(rows[y, 0], rows[y, 1]):
            if sizes[parents[run]] >= min_size:
                for x in range(Index(bounds[2 * run]), Index(bounds[2 * run + 1])):
                    kept[row, x] = 1
