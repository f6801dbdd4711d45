"""Means weighted by nearness in space and in value."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, image_dtype, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, strides_below, upload
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.typing import Border

_LOG2_E = math.log2(math.e)

_STEEPEST = 1e37
"""Of the exponent per squared difference: beyond, float32 would make infinity times zero of equal pixels."""


@functools.lru_cache(maxsize=64)
def disk_pairs(radius: int) -> tuple[tuple[int, int], ...]:
    """List the offsets (dy, dx) within `radius`, one of each opposite pair, the centre left out."""
    reach = range(-radius, radius + 1)
    return tuple((y, x) for y in reach for x in reach if (y, x) > (0, 0) and y * y + x * x <= radius * radius)


def _exponents(sigma_space: float, sigma_range: float, radius: int) -> tuple[tuple[float, ...], float]:
    """Return the exponent (of e) that each offset brings, and that of a squared difference of 1."""
    narrow, steep = (0.5 / max(sigma, 1e-150) ** 2 for sigma in (sigma_space, sigma_range))
    return tuple(-(y * y + x * x) * narrow for y, x in disk_pairs(radius)), -min(steep, _STEEPEST)


@dispatched
def weigh_by_similarity(
    image: Any, sigma_space: float, sigma_range: float, radius: int, axes: Axes, channel_axis: int | None,
    border: Border, fill: float,
) -> Any:  # fmt: skip
    """Average the disk of `radius` around each pixel by Gaussian weights of distance and of difference in value.

    The difference of two pixels is Euclidean over the channels; the result is rounded once, to the dtype of the image
    (masks: float32).
    """
    xp = namespace(image)
    exact = lift(image)
    padded = pad(exact, axes, ((radius, radius), (radius, radius)), border, fill)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    before = (slice(None),) * axes[0]
    biases, scale = _exponents(sigma_space, sigma_range, radius)
    total, norm = xp.zeros_like(exact), 1.0
    for (dy, dx), bias in zip(disk_pairs(radius), biases, strict=True):
        for y, x in ((radius + dy, radius + dx), (radius - dy, radius - dx)):
            difference = padded[(*before, slice(y, y + height), slice(x, x + width), ...)] - exact
            square = difference * difference
            if channel_axis is not None:
                square = xp.sum(square, axis=channel_axis, keepdims=True)
            weight = xp.exp(scale * square + bias)
            total, norm = total + weight * difference, norm + weight
    return saturate(exact + total / norm, image_dtype(image))


@implements(weigh_by_similarity, "numpy")
def _weigh_opencv(
    image: Any, sigma_space: float, sigma_range: float, radius: int, axes: Axes, channel_axis: int | None,
    border: Border, fill: float,
) -> Any:  # fmt: skip
    """Serve gray bytes, for which OpenCV's table holds every weight; below radius 3 it may take a coarser way."""
    is_gray = channel_axis is None or image.shape[channel_axis] == 1
    if dtype_name(image) != "uint8" or not is_gray or radius < 3 or (border == "constant" and fill != 0):
        return NotImplemented
    import cv2

    word = {
        "reflect": cv2.BORDER_REFLECT_101, "symmetric": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE,
        "wrap": cv2.BORDER_WRAP, "constant": cv2.BORDER_CONSTANT,
    }[border]  # fmt: skip
    planes, _ = as_planes(image, axes)
    out = np.empty(planes.shape, np.uint8)
    for plane, made in zip(planes, out, strict=True):
        cv2.bilateralFilter(plane, 2 * radius + 1, sigma_range, sigma_space, dst=made, borderType=word)
    return out.reshape(image.shape)


@implements(weigh_by_similarity, "numpy")
def _weigh_numba(
    image: Any, sigma_space: float, sigma_range: float, radius: int, axes: Axes, channel_axis: int | None,
    border: Border, fill: float,
) -> Any:  # fmt: skip
    from imgproc.primitives import _bilateral_numba

    planes, channels = as_planes(image, axes)
    stacked = image.shape[channel_axis] if channel_axis is not None and channel_axis < axes[0] else 1
    images = planes.reshape(-1, stacked, *planes.shape[1:])
    work, dtype = work_dtype(image), image_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty(images.shape, made)
    height, width = planes.shape[1], planes.shape[2] // channels
    biases, scale = _exponents(sigma_space, sigma_range, radius)
    arguments = (
        np.array(disk_pairs(radius), np.int64).reshape(-1, 2), np.array([b * _LOG2_E for b in biases], work),
        scale * _LOG2_E,
        border_indices(height, radius, radius, border), border_indices(width, radius, radius, border), channels, fill,
        *rounding_range(made),
    )  # fmt: skip
    kernel = compiled(
        _bilateral_numba.bilateral,
        f"in3({planes.dtype}), out3({made}), in2(int64), in1({work}), {work}, in1(int64), in1(int64), int64, {work}, "
        f"{work}, {work}, int64, int64",
    )
    cost = out[0].size * (4 * len(biases) + 1)
    for one, made_one in zip(images, out, strict=True):
        run_bands(lambda first, last: kernel(one, made_one, *arguments, first, last), height, cost)  # noqa: B023
    return saturate(out.reshape(image.shape), dtype)


@implements(weigh_by_similarity, "cupy")
def _weigh_cuda(
    image: Any, sigma_space: float, sigma_range: float, radius: int, axes: Axes, channel_axis: int | None,
    border: Border, fill: float,
) -> Any:  # fmt: skip
    source, work = for_kernel(image), work_dtype(image)
    made = namespace(image).empty(image.shape, dtype=getattr(np, work))
    biases, scale = _exponents(sigma_space, sigma_range, radius)
    offsets = disk_pairs(radius) or ((0, 0),)
    depth = 1 if channel_axis is None else image.shape[channel_axis]
    channel_stride = 1 if channel_axis is None else math.prod(image.shape[channel_axis + 1 :])
    launch(
        cuda_kernel("bilateral.cu", "bilateral", dtype_name(source), work), source.size,
        source, upload(offsets, "int32"), upload(biases or (0.0,), work), made, source.size, source.shape[axes[0]],
        source.shape[axes[1]], strides_below(image.shape, axes)[1], depth, channel_stride, np.int32(len(biases)),
        np.dtype(work).type(scale), border_code(border), np.dtype(work).type(fill),
    )  # fmt: skip
    return saturate(made, image_dtype(image))
