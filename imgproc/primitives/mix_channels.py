"""A weighted sum over the channels of every pixel."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, image_dtype, lift, saturate, work_dtype
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.correlate import rounding_range

_OPENCV_WEIGHTS = (0.299, 0.587, 0.114)


@dispatched
def mix_channels(image: Any, weights: tuple[float, ...], axis: int) -> Any:
    """Return the sum over channels of weight times channel, without that axis, rounded once to the image's dtype."""
    exact = lift(image)
    total: Any = 0.0
    for channel, weight in enumerate(weights):
        total = total + weight * exact[(slice(None),) * axis + (channel, ...)]
    return saturate(total, image_dtype(image))


@implements(mix_channels, "numpy")
def _mix_opencv(image: Any, weights: tuple[float, ...], axis: int) -> Any:
    if dtype_name(image) != "float32" or weights != _OPENCV_WEIGHTS or axis != image.ndim - 1:
        return NotImplemented  # of integers OpenCV rounds the weights too
    import cv2

    rows = np.ascontiguousarray(cast_to(image, "float32")).reshape(-1, image.shape[-2], 3)
    return cv2.cvtColor(rows, cv2.COLOR_RGB2GRAY).reshape(image.shape[:-1])


@implements(mix_channels, "numpy")
def _mix_numba(image: Any, weights: tuple[float, ...], axis: int) -> Any:
    from imgproc.primitives import _mix_channels_numba

    name = dtype_name(image)
    if len(weights) != 3 or name not in ("uint8", "uint16", "float32", "float64"):
        return NotImplemented
    is_interleaved = axis == image.ndim - 1
    kernel = compiled(
        _mix_channels_numba.interleaved if is_interleaved else _mix_channels_numba.planes,
        "in1({0}), out1({0}), {1}, {1}, {1}, {1}, int64, int64".format(name, work_dtype(image)),
    )
    shape = image.shape[:axis] + image.shape[axis + 1 :]
    images = 1 if is_interleaved else math.prod(image.shape[:axis])
    stack = np.ascontiguousarray(cast_to(image, name)).reshape(images, -1)
    out = np.empty((images, stack.shape[1] // 3), name)
    greatest = rounding_range(name)[1]
    cost = out[0].size * 3 // 2 + out[0].nbytes
    for source, made in zip(stack, out, strict=True):
        run_bands(lambda first, last: kernel(source, made, *weights, greatest, first, last), made.size, cost)  # noqa: B023
    return out.reshape(shape)
