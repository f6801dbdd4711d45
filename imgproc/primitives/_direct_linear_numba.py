"""The direct linear transform, one problem after another."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index
from imgproc.primitives._null_vector_numba import CHUNK, clear_triangle, orthogonalise, sort_sizes, triangulate


def direct_linear(xs, ys, us, vs, factors, made, values, first, last):
    """Write the last right vector of the equations of problems first <= b < last, and the singular values, falling."""
    work, turned = empty((9, 9 + CHUNK)), empty((9, 9))
    for b in range(first, last):
        clear_triangle(work)
        for start in range(0, xs.shape[1], CHUNK // 2):
            count = min(CHUNK // 2, xs.shape[1] - start)
            for i in range(Index(count)):
                k, one, two = Index(start) + i, Index(9) + i, Index(9 + count) + i
                factor, u, v = factors[b, k], us[b, k], vs[b, k]
                x, y = xs[b, k] * factor, ys[b, k] * factor
                work[0, one], work[1, one], work[2, one] = x, y, factor
                work[3, one], work[4, one], work[5, one] = 0.0, 0.0, 0.0
                work[6, one], work[7, one], work[8, one] = -u * x, -u * y, -u * factor
                work[0, two], work[1, two], work[2, two] = 0.0, 0.0, 0.0
                work[3, two], work[4, two], work[5, two] = x, y, factor
                work[6, two], work[7, two], work[8, two] = -v * x, -v * y, -v * factor
            triangulate(work, 9 + 2 * count)
        orthogonalise(work, turned)
        least = sort_sizes(work, values[b])
        for j in range(9):
            made[b, j] = turned[least, j]
