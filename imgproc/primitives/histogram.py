"""Counts of the values of an image in bins of equal width."""

import functools
import math
import threading
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._cuda import cuda_kernel, for_kernel, strides_below
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives._stack import stack_planes

Axes = tuple[int, int]

_POSSIBLE = {"uint8": 1 << 8, "uint16": 1 << 16}
"""Values of the dtypes that are counted by value."""


@functools.lru_cache(maxsize=64)
def bin_edges(bins: int, low: float, high: float) -> np.ndarray:
    """Return the `bins` + 1 edges of equal bins over [low, high] in float64.

    They define the binning: bin i counts edges[i] <= value < edges[i + 1], the last bin its upper edge too, as
    `numpy.histogram` does. Comparing with edges gives one answer whatever the arithmetic of a body.
    """
    edges = np.linspace(low, high, bins + 1)
    edges.flags.writeable = False
    return edges


@dispatched(differentiable=False)
def histogram(image: Any, axes: Axes, bins: int, low: float, high: float) -> Any:
    """Count, in each plane, the values in `bins` equal bins over [low, high]: int64 (planes' own axes ..., bins).

    Values are compared with the edges in float64, which holds every dtype but integers beyond 2**53. NaN and what lies
    outside are not counted. low < high, both finite, as is their difference.

    Cost of this body: one sort of the values.
    """
    xp = namespace(image)
    values = xp.reshape(cast_to(stack_planes(image, axes), "float64"), (-1,))
    edges = xp.asarray(np.array(bin_edges(bins, low, high)), device=image.device)
    inside = (values >= edges[0]) & (values <= edges[-1])
    index = cast_to(xp.searchsorted(edges[:-1], xp.where(inside, values, edges[0]), side="right"), "int64") - 1
    area = image.shape[axes[0]] * image.shape[axes[1]]
    cells = values.shape[0] // area * bins
    place = xp.arange(values.shape[0], dtype=xp.int64, device=image.device) // area * bins + index
    order = xp.sort(xp.where(inside, place, xp.full_like(place, cells)))
    below = cast_to(xp.searchsorted(order, xp.arange(cells + 1, dtype=xp.int64, device=image.device)), "int64")
    return xp.reshape(below[1:] - below[:-1], (*_plane_shape(image.shape, axes), bins))


def _plane_shape(shape: tuple[int, ...], axes: Axes) -> tuple[int, ...]:
    return tuple(length for axis, length in enumerate(shape) if axis not in axes)


@implements(histogram, "numpy")
def _histogram_numba(image: Any, axes: Axes, bins: int, low: float, high: float) -> Any:
    planes, channels = as_planes(image, axes)
    edges = bin_edges(bins, low, high)
    possible = _POSSIBLE.get(dtype_name(planes), 0)
    if 0 < possible <= max(256, image.shape[axes[0]] * image.shape[axes[1]]):
        counts = _count_in_planes(planes, channels, possible, None)
        if (bins, low, high) != (possible, -0.5, possible - 0.5):  # else every value has a bin of its own
            counts = _gather_values(counts, edges)
        return counts.reshape(*_plane_shape(image.shape, axes), bins)
    counts = _count_in_planes(planes, channels, bins, edges)
    return counts.reshape(*_plane_shape(image.shape, axes), bins)


def _count_in_planes(planes: np.ndarray, channels: int, bins: int, edges: np.ndarray | None) -> np.ndarray:
    """Count by value (`edges` is None) or by bin; threads share out the planes, or the rows of few planes."""
    from imgproc.primitives import _histogram_numba

    lanes = channels if channels > 1 or bins > 4096 else 4  # large tables would leave the cache
    arguments: tuple[np.ndarray, ...] = ()
    if edges is None:
        kernel = compiled(_histogram_numba.count_values, f"in2({planes.dtype}), out2(int32), int64, int64")
    else:
        arguments = (edges,)
        kernel = compiled(_histogram_numba.count_bins, f"in2({planes.dtype}), in1(float64), out2(int32), int64, int64")
    total = np.zeros((len(planes), channels, bins), np.int64)
    height, lock = planes.shape[1], threading.Lock()
    cost = planes[0].size * (3 if edges is None else 32)
    most = max(1, (2**31 - 1) // planes.shape[2])  # rows whose pixels int32 counts

    def count(plane: int, first: int, last: int) -> None:
        for top in range(first, last, most):
            table = np.zeros((lanes, bins), np.int32)
            kernel(planes[plane], *arguments, table, top, min(top + most, last))
            with lock:
                total[plane] += table.sum(axis=0, dtype=np.int64) if channels == 1 else table

    def count_planes(first: int, last: int) -> None:
        for plane in range(first, last):
            count(plane, 0, height)

    if len(planes) >= 4 * thread_count():
        run_bands(count_planes, len(planes), cost * len(planes))
    else:
        for plane in range(len(planes)):
            run_bands(lambda first, last: count(plane, first, last), height, cost)  # noqa: B023
    return total


def _gather_values(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Turn counts of the values 0, 1, 2, ... into counts of bins: differences of the cumulative counts at the edges."""
    below = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), np.int64)
    np.cumsum(counts, axis=-1, out=below[..., 1:])
    first = np.clip(np.ceil(edges), 0, counts.shape[-1]).astype(np.int64)
    first[-1] = np.clip(np.floor(edges[-1]) + 1, 0, counts.shape[-1])
    return np.diff(below[..., first], axis=-1)


@implements(histogram, "cupy")
def _histogram_cuda(image: Any, axes: Axes, bins: int, low: float, high: float) -> Any:
    import cupy

    source = for_kernel(image)
    _, below = strides_below(image.shape, axes)
    area = image.shape[axes[0]] * image.shape[axes[1]]
    counts = cupy.zeros((*_plane_shape(image.shape, axes), bins), cupy.int64)
    edges = _edges_on_device(bins, low, high, cupy.cuda.runtime.getDevice())
    shared = bins <= 8192  # 32 KiB, which every device has
    kernel = cuda_kernel(
        "histogram.cu", "histogram_shared" if shared else "histogram_global", dtype_name(source), "float64"
    )
    grid = source.size // area, min(math.ceil(area / 4096), 512)
    kernel(
        grid, (256,), (source, edges, counts.view(cupy.uint64), np.int64(area), np.int64(below), np.int32(bins)),
        shared_mem=4 * bins if shared else 0,
    )  # fmt: skip
    return counts


@functools.lru_cache(maxsize=64)
def _edges_on_device(bins: int, low: float, high: float, device: int) -> Any:
    import cupy

    return cupy.asarray(bin_edges(bins, low, high))
