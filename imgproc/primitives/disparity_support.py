"""Disparities that their neighbourhood bears out."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import pad


@dispatched(differentiable=False)
def keep_supported(disparity: Any, reach: int, share: int) -> Any:
    """Replace by NaN where fewer than one in `share` pixels around, `reach` to each side, agree within one.

    float32 (B, H, W); NaN agrees with nothing, and only pixels of the image count.
    """
    xp = namespace(disparity)
    height, width = disparity.shape[1:]
    wide = pad(disparity, (1, 2), ((reach, reach), (reach, reach)), "constant", float("nan"))
    agree: Any = 0
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            near = xp.abs(wide[:, i : i + height, j : j + width] - disparity) <= 1
            agree = agree + cast_to(near, "int32")
    area = xp.asarray(_areas(height, width, reach), device=disparity.device)
    return xp.where(agree * share >= area, disparity, xp.full_like(disparity, float("nan")))


def _areas(height: int, width: int, reach: int) -> np.ndarray:
    """Count the pixels of the image in the window of each pixel."""
    rows, columns = np.arange(height), np.arange(width)
    down = np.minimum(rows + reach, height - 1) - np.maximum(rows - reach, 0) + 1
    across = np.minimum(columns + reach, width - 1) - np.maximum(columns - reach, 0) + 1
    return np.asarray(np.outer(down, across), np.int32)


@implements(keep_supported, "numpy")
def _keep_numba(disparity: Any, reach: int, share: int) -> Any:
    from imgproc.primitives import _disparity_support_numba

    kernel = compiled(
        _disparity_support_numba.keep_supported, "in2(float32), out2(float32), int64, int64, int64, int64"
    )
    out = np.empty(disparity.shape, np.float32)
    cost = disparity[0].size * (2 * reach + 1) ** 2 // 4
    for plane, made in zip(disparity, out, strict=True):
        padded = np.ascontiguousarray(np.pad(plane, reach, constant_values=np.float32(np.nan)))
        run_bands(lambda first, last: kernel(padded, made, reach, share, first, last), len(plane), cost)  # noqa: B023
    return out


@implements(keep_supported, "cupy")
def _keep_cuda(disparity: Any, reach: int, share: int) -> Any:
    import cupy

    source = cupy.ascontiguousarray(disparity)
    out = cupy.empty_like(source)
    launch(
        cuda_kernel("disparity.cu", "keep_supported", "uint8", "float32"), source.size, source, out, source.size,
        np.int32(source.shape[1]), np.int32(source.shape[2]), np.int32(reach), np.int32(share),
    )  # fmt: skip
    return out
