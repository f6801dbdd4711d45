"""Changes of sign over bands of rows: each pixel asks its four neighbours whether it is the one to be marked."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._correlate_numba import Index, inline


@inline
def differ(a, b, threshold):
    return (((a < 0) & (b > 0)) | ((a > 0) & (b < 0))) & (abs(a) + abs(b) > threshold)


@inline
def is_marked(before, here, after, threshold):
    """Say whether `here` is the nearer to zero of a change with either neighbour, or lies on it between them."""
    back = differ(before, here, threshold) & (abs(here) < abs(before))
    on = differ(here, after, threshold) & (abs(here) <= abs(after))
    return back | on | ((here == 0) & differ(before, after, threshold))


def mark(source, out, threshold, channels, first, last):
    """Mark rows first <= y < last; beyond the edge lies the pixel itself, which never differs from itself."""
    height, width = source.shape
    n = Index(channels)
    for y in range(first, last):
        above, row, below = Index(max(y - 1, 0)), Index(y), Index(min(y + 1, height - 1))
        for x in range(Index(width)):
            out[row, x] = is_marked(source[above, x], source[row, x], source[below, x], threshold)
        for x in range(n, Index(max(width - channels, channels))):
            out[row, x] |= is_marked(source[row, x - n], source[row, x], source[row, x + n], threshold)
        if width > channels:
            for x in range(n):
                z = Index(width - channels) + x
                out[row, x] |= is_marked(source[row, x], source[row, x], source[row, x + n], threshold)
                out[row, z] |= is_marked(source[row, z - n], source[row, z], source[row, z], threshold)
