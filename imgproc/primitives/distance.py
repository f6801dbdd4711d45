"""Exact Euclidean distances to the nearest False pixel of a plane."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.borders import pad

Axes = tuple[int, int]


@dispatched(differentiable=False)
def euclidean_distance(mask: Any, axes: Axes) -> Any:
    """Return the distance, in pixels, from each True pixel to the nearest False one of its plane; float32.

    0 at False pixels, inf where a plane has none. Squared distances are integers, so only the root is rounded.

    Cost of this body: as many passes over the image as the greatest distance.
    """
    xp = namespace(mask)
    planes = stack_planes(mask, axes)
    height, width = planes.shape[1], planes.shape[2]
    far = height + width  # beyond every distance
    zeros = xp.zeros(planes.shape, dtype=xp.int64, device=planes.device)
    nearest = xp.where(planes, xp.full_like(zeros, far), zeros)
    step = 1
    while step < height:  # the nearest within 2 step rows, from the nearest within step rows
        around = pad(nearest, (1,), ((step, step),), "constant", far)
        beside = xp.minimum(around[:, :height, :], around[:, 2 * step :, :]) + step
        nearest = xp.minimum(nearest, beside)
        step *= 2
    squares = xp.minimum(nearest, xp.full_like(zeros, far)) ** 2
    found = squares
    for k in range(1, width):
        if not bool(xp.any((found > k * k) & (zeros == 0))):
            break
        around = pad(squares, (2,), ((k, k),), "constant", far * far)
        found = xp.minimum(found, xp.minimum(around[:, :, :width], around[:, :, 2 * k :]) + k * k)
    roots = cast_to(xp.sqrt(cast_to(found, "float64")), "float32")
    infinite = xp.full((), math.inf, dtype=xp.float32, device=planes.device)
    return unstack_planes(xp.where(found < far * far, roots, infinite), mask.shape, axes)


@implements(euclidean_distance, "numpy")
def _distance_numba(mask: Any, axes: Axes) -> Any:
    planes = np.ascontiguousarray(stack_planes(mask, axes)).view(np.uint8)
    distances = np.empty(planes.shape, np.float32)
    for plane, made in zip(planes, distances, strict=True):
        if plane.all():
            made.fill(math.inf)
        else:
            _measure_plane(plane, made)
    return np.ascontiguousarray(unstack_planes(distances, mask.shape, axes))


def _measure_plane(plane: np.ndarray, distances: np.ndarray) -> None:
    from imgproc.primitives import _distance_numba

    height, width = plane.shape
    far = height + width
    short, word = ("uint16", "int32") if far <= 46340 else ("int32", "int64")  # far² < 2**31
    heights = np.empty(plane.size, short)
    columns = compiled(_distance_numba.measure_columns, f"in1(uint8), out1({short}), int64, int64, int64, int64")
    rows = compiled(
        _distance_numba.nearest_in_rows,
        f"in1({short}), int64, int64, out1({word}), out1({word}), out2(int64), out1(float32), int64, int64",
    )
    flat = plane.reshape(-1)
    run_bands(lambda first, last: columns(flat, heights, width, far, first, last), width, 2 * plane.size)

    def nearest(first: int, last: int) -> None:
        squares, found = np.empty(width + 2 * _distance_numba.REACH, word), np.empty(width, word)
        corners = np.empty((width + 2, 2), np.int64)
        rows(heights, width, far, squares, found, corners, distances.reshape(-1), first, last)

    run_bands(nearest, height, 8 * plane.size)


@implements(euclidean_distance, "cupy")
def _distance_cuda(mask: Any, axes: Axes) -> Any:
    import cupy

    planes = cupy.ascontiguousarray(stack_planes(mask, axes))
    count, height, width = planes.shape
    heights = cupy.empty(planes.shape, cupy.int32)
    distances = cupy.empty(planes.shape, cupy.float32)
    sizes = np.int32(height), np.int32(width)
    launch(
        cuda_kernel("distance.cu", "measure_columns", "uint8", "float32"), count * width,
        planes, heights, count * width, *sizes,
    )  # fmt: skip
    launch(
        cuda_kernel("distance.cu", "nearest_in_rows", "uint8", "float32"), planes.size,
        heights, distances, planes.size, *sizes,
    )  # fmt: skip
    return cupy.ascontiguousarray(unstack_planes(distances, mask.shape, axes))
