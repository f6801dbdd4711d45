"""Products of complex rows, real and imaginary parts by turns."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._callees_numba import in_any_order
from imgproc.primitives._correlate_numba import Index


def sum_columns(spectrum, columns, sums, image, first, last):
    """Write the product of each row first <= y < last of an image with each of `columns`, as pairs."""
    for y in range(first, last):
        for b in range(columns.shape[1]):
            real, imaginary = product(spectrum, columns, image, y, b)
            sums[image, y, 2 * b] = real
            sums[image, y, 2 * b + 1] = imaginary


@in_any_order
def product(spectrum, columns, image, y, b):
    """Sum products in whatever order the processor likes."""
    image, y, b = Index(image), Index(y), Index(b)
    real = imaginary = 0.0
    for x in range(Index(spectrum.shape[2] // 2)):
        one, two = np.float64(spectrum[image, y, Index(2) * x]), np.float64(spectrum[image, y, Index(2) * x + Index(1)])
        three, four = columns[image, b, Index(2) * x], columns[image, b, Index(2) * x + Index(1)]
        real += one * three - two * four
        imaginary += one * four + two * three
    return real, imaginary
