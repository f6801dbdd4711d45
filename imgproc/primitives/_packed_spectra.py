"""Half transforms by OpenCV, which packs them into as many real numbers as there are pixels.

Row y holds, from column 1 on, real and imaginary parts of frequencies 1, 2, ... in turns. Columns 0 and ½ are their own
mirrors: the first and the last packed column hold their upper halves, real and imaginary parts one below the other.
"""

from typing import Any

import numpy as np


def is_packable(dtype: Any, height: int, width: int) -> bool:
    """Say whether OpenCV transforms real images of this dtype and size fast, and packs them as described."""
    import cv2

    sides = height, width
    return dtype == np.float32 and all(n % 2 == 0 and cv2.getOptimalDFTSize(n) == n for n in sides)


def half_by_packing(values: np.ndarray) -> np.ndarray:
    """Transform float32 (..., H, W): complex64 (..., H, W / 2 + 1)."""
    import cv2

    height, width = values.shape[-2:]
    made = np.empty((*values.shape[:-1], width // 2 + 1), np.complex64)
    packed = np.empty((height, width), np.float32)
    for place in np.ndindex(values.shape[:-2]):
        cv2.dft(np.ascontiguousarray(values[place]), packed)
        made[place].view(np.float32)[:, 2:-2] = packed[:, 1:-1]
        for mirrored, column in _own_mirrors(made[place], packed):
            mirrored[0], mirrored[height // 2] = column[0], column[-1]
            mirrored[1 : height // 2] = column[1:-1:2] + 1j * column[2::2]
            mirrored[height // 2 + 1 :] = mirrored[height // 2 - 1 : 0 : -1].conj()
    return made


def inverse_by_packing(transform: np.ndarray) -> np.ndarray:
    """Return the real values, float32 (..., H, W), of half transforms, complex64 (..., H, W / 2 + 1)."""
    import cv2

    height, width = transform.shape[-2], 2 * transform.shape[-1] - 2
    made = np.empty((*transform.shape[:-1], width), np.float32)
    for place in np.ndindex(transform.shape[:-2]):
        packed, half = made[place], np.ascontiguousarray(transform[place])
        packed[:, 1:-1] = half.view(np.float32)[:, 2:-2]
        for mirrored, column in _own_mirrors(half, packed):
            column[0], column[-1] = mirrored[0].real, mirrored[height // 2].real
            column[1:-1:2], column[2::2] = mirrored[1 : height // 2].real, mirrored[1 : height // 2].imag
        cv2.dft(packed, packed, cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
    return made


def _own_mirrors(half: np.ndarray, packed: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the columns of frequencies 0 and ½ of a half transform, and where they are packed."""
    return [(half[:, 0], packed[:, 0]), (half[:, -1], packed[:, -1])]
