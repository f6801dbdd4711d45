"""One step of optical flow over bands of rows: what remains unexplained, and the flow that explains it."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index


def remain(image, other, gx, gy, u, v, along_x, along_y, first, last):
    """Multiply both derivatives by the difference that remains, for rows first <= y < last."""
    height, width = image.shape
    one = np.float64(1)
    for i in range(first, last):
        r = Index(i)
        for j in range(Index(width)):
            a, b = gx[r, j], gy[r, j]
            x, y = np.float64(j) + u[r, j], np.float64(i) + v[r, j]
            rest = a * u[r, j] + b * v[r, j]
            if (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1):
                left, top = int(x), int(y)
                share_x, share_y = x - left, y - top
                west, north = Index(left), Index(top)
                east, south = Index(min(left + 1, width - 1)), Index(min(top + 1, height - 1))
                upper = (one - share_x) * other[north, west] + share_x * other[north, east]
                lower = (one - share_x) * other[south, west] + share_x * other[south, east]
                value = image.dtype.type((one - share_y) * upper + share_y * lower)
                rest = (image[r, j] - value) + rest
            along_x[r, j] = a * rest
            along_y[r, j] = b * rest


def solve(xx, xy, yy, along_x, along_y, damping, u, v, first, last):
    """Solve for the flow of rows first <= y < last, damped towards what it is."""
    for i in range(first, last):
        r = Index(i)
        for x in range(Index(u.shape[1])):
            determinant = xx[r, x] * yy[r, x] - xy[r, x] * xy[r, x]
            a, b = along_x[r, x] + damping * u[r, x], along_y[r, x] + damping * v[r, x]
            u[r, x] = (yy[r, x] * a - xy[r, x] * b) / determinant
            v[r, x] = (xx[r, x] * b - xy[r, x] * a) / determinant
