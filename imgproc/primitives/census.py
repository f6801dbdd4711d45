"""The census transform: how each pixel compares with its neighbours, as bits."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad


def census_bits(window: int) -> int:
    """Count the neighbours in a window."""
    return window * window - 1


@dispatched(differentiable=False)
def census(planes: Any, window: int) -> Any:
    """Set a bit for each neighbour, in raster order, that is less than the pixel; the image is repeated at its edge.

    Of (B, H, W) in uint8, float32 or float64, makes (B, H, bytes, W) in uint8, the first neighbour in the lowest bit of
    the first byte. Zabih and Woodfill, "Non-parametric local transforms for computing visual correspondence", 1994.
    """
    xp = namespace(planes)
    reach, height, width = window // 2, planes.shape[1], planes.shape[2]
    wide = pad(planes, (1, 2), ((reach, reach), (reach, reach)), "edge", 0.0)
    neighbours = [(i, j) for i in range(window) for j in range(window) if (i, j) != (reach, reach)]
    codes = []
    for k, (row, column) in enumerate(neighbours):
        less = cast_to(wide[:, row : row + height, column : column + width] < planes, "int32") * 2 ** (k % 8)
        if k % 8 == 0:
            codes.append(less)
        else:
            codes[-1] = codes[-1] + less
    return cast_to(xp.stack(codes, axis=2), "uint8")


@implements(census, "numpy")
def _census_numba(planes: Any, window: int) -> Any:
    from imgproc.primitives import _census_numba

    count, height, width = planes.shape
    out = np.empty((count, height, -(-census_bits(window) // 8), width), np.uint8)
    kernel = compiled(_census_numba.encode, f"in2({planes.dtype.name}), out3(uint8), int64, int64, int64")
    for plane, made in zip(planes, out, strict=True):
        padded = np.ascontiguousarray(np.pad(plane, window // 2, "edge"))
        run_bands(lambda first, last: kernel(padded, made, window, first, last), height, made.size * 8)  # noqa: B023
    return out


@implements(census, "cupy")
def _census_cuda(planes: Any, window: int) -> Any:
    import cupy

    count, height, width = planes.shape
    image = for_kernel(planes)
    out = cupy.empty((count, height, -(-census_bits(window) // 8), width), cupy.uint8)
    launch(
        cuda_kernel("census.cu", "encode", image.dtype.name, "float32"), image.size,
        image, out, image.size, np.int32(height), np.int32(width), np.int32(out.shape[2]), np.int32(window),
    )  # fmt: skip
    return out
