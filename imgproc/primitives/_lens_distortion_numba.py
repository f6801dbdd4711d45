"""Lens distortion over the pixels of an image; the model is that of lens_distortion."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._correlate_numba import Index


def grid(matrix, K, k, out_x, out_y, first, last):
    """Fill rows first <= v < last with the positions that a lens gives to the pixels."""
    k1, k2, p1, p2, k3, k4, k5, k6 = k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7]
    a, b, c, d, e, f = K[0, 0], K[0, 1], K[0, 2], K[1, 0], K[1, 1], K[1, 2]
    scale = 1 / (a * e - b * d)
    m00, m10, m20 = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    for v in range(first, last):
        i = Index(v)
        above = matrix[0, 1] * v + matrix[0, 2]
        middle = matrix[1, 1] * v + matrix[1, 2]
        below = matrix[2, 1] * v + matrix[2, 2]
        for u in range(Index(out_x.shape[1])):
            nearness = 1 / (m20 * u + below)
            px, py = (m00 * u + above) * nearness - c, (m10 * u + middle) * nearness - f
            x, y = (e * px - b * py) * scale, (a * py - d * px) * scale
            square = x * x + y * y
            numerator = 1 + square * (k1 + square * (k2 + square * k3))
            radial = numerator / (1 + square * (k4 + square * (k5 + square * k6)))
            dx = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
            dy = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y
            out_x[i, u] = a * dx + b * dy + c
            out_y[i, u] = d * dx + e * dy + f
