"""Means of rectangular windows at a cost that hardly grows with the window, without running sums.

A running sum adds what enters and takes away what leaves: its rounding errors never leave again, and neither does a
NaN. Here every sum is made of the values of its own window only.
"""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, image_dtype, lift, saturate, work_dtype
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, correlate_axes_cuda, rounding_range
from imgproc.typing import Border

_LARGEST_SIDE_IN_FLOAT32 = 255
"""Sums along one axis are serial, and 255 float32 additions lose at most 1e-5 of the sum."""

_LARGEST_AREA_IN_INT32 = (2**31 - 1) // 65535

_LARGEST_AREA_OF_UINT16 = 81
"""Up to here OpenCV's mean, of float32 precision, is nearer to the true one than that can lie to a half."""


@dispatched
def window_mean(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    """Average the window of odd `size` around each pixel; rounded once, to the dtype of the image (masks: float32)."""
    widths = tuple((side // 2, side // 2) for side in size)
    total = pad(lift(image), axes, widths, border, fill)
    for side, axis in zip(size, axes, strict=True):
        total = window_sum(total, side, axis)
    return saturate(total / (size[0] * size[1]), image_dtype(image))


def window_sum(image: Any, side: int, axis: int) -> Any:
    """Sum windows of `side` along one axis where they fit: powers of two by doubling, and those that make up `side`."""
    length = image.shape[axis] - side + 1
    before = (slice(None),) * axis
    power, width, offset, total = image, 1, 0, None
    while width <= side:
        if side & width:
            part = power[(*before, slice(offset, offset + length), ...)]
            total = part if total is None else total + part
            offset += width
        if 2 * width <= side:
            power = power[(*before, slice(None, -width), ...)] + power[(*before, slice(width, None), ...)]
        width *= 2
    return total


@implements(window_mean, "numpy")
def _mean_opencv(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    name = dtype_name(image)
    largest = {"uint8": 2**31, "uint16": _LARGEST_AREA_OF_UINT16}.get(name, 0)
    is_known = border in ("reflect", "symmetric", "edge") or (border == "constant" and fill == 0)
    if size[0] * size[1] > largest or not is_known:
        return NotImplemented
    planes, channels = as_planes(image, axes)
    if channels > 4:
        return NotImplemented
    import cv2

    word = {
        "reflect": cv2.BORDER_REFLECT_101, "symmetric": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE,
        "constant": cv2.BORDER_CONSTANT,
    }[border]  # fmt: skip
    out = np.empty(planes.shape, planes.dtype)
    shape = (planes.shape[1], planes.shape[2] // channels, channels)
    for plane, made in zip(planes, out, strict=True):
        cv2.blur(plane.reshape(shape), size[::-1], dst=made.reshape(shape), borderType=word)
    return out.reshape(image.shape)


@implements(window_mean, "numpy")
def _mean_numba(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    from imgproc.primitives import _window_mean_numba

    planes, channels = as_planes(image, axes)
    area, name = size[0] * size[1], dtype_name(planes)
    if name == "float32":
        sums = mean = "float32" if max(size) <= _LARGEST_SIDE_IN_FLOAT32 else "float64"
    else:
        is_whole = name != "float64" and fill.is_integer() and abs(fill) <= 65535
        sums, mean = "int32" if is_whole and area <= _LARGEST_AREA_IN_INT32 else "float64", "float64"
    dtype = image_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work_dtype(image)
    out = np.empty(planes.shape, made)
    height, width = planes.shape[1], planes.shape[2] // channels
    arguments = (
        border_indices(height, size[0] // 2, size[0] // 2, border),
        border_indices(width, size[1] // 2, size[1] // 2, border), channels, int(fill) if sums == "int32" else fill,
        1 / area, *rounding_range(made),
    )  # fmt: skip
    kernel = compiled(
        _window_mean_numba.mean,
        f"in2({name}), out2({made}), in1(int64), in1(int64), int64, {sums}, {mean}, {mean}, {mean}, int64, int64",
    )
    # bands of whole blocks, since a block's first sum reads as many rows as the window has
    block = min(size[0], -(-height // thread_count()))
    for plane, made_plane in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: kernel(plane, made_plane, *arguments, first * block, min(last * block, height)),  # noqa: B023
            -(-height // block), out[0].size * 8,
        )  # fmt: skip
    return saturate(out.reshape(image.shape), dtype)


@implements(window_mean, "cupy")
def _mean_cuda(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    if max(size) > _LARGEST_SIDE_IN_FLOAT32:
        return NotImplemented
    ones = tuple(((1.0,) * side, axis) for side, axis in zip(size, axes, strict=True))
    total = correlate_axes_cuda(image, ones, border, fill, work_dtype(image))
    return saturate(total / (size[0] * size[1]), image_dtype(image))
