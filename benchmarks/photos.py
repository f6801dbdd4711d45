"""The pictures: photos that scikit-image ships, tiled to size. Timing on noise flatters or punishes branches."""

import functools

import numpy as np
from skimage import data

from benchmarks.case import Layout
from imgproc.arrays import to_float


@functools.lru_cache(maxsize=4)
def photo(size: int, dtype: str, layout: Layout) -> np.ndarray:
    """Return (size, size) or (size, size, 3): uint8, or float32 in [0, 1]."""
    if layout == "rgb":
        tile = data.astronaut()
    else:
        camera, gravel = data.camera(), data.gravel()
        tile = camera if size <= len(camera) else np.block([[camera, gravel], [gravel, camera]])
    repeats = -(-size // len(tile))
    whole = np.tile(tile, (repeats, repeats, *(1,) * (tile.ndim - 2)))[:size, :size]
    image = np.ascontiguousarray(whole)
    return image if dtype == "uint8" else to_float(image)
