"""Connected components of masks, numbered in raster order of their first pixel."""

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

_NEIGHBOURS = {
    4: ((0, 1), (1, 0), (1, 2), (2, 1)),
    8: ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)),
}
"""Row and column of the neighbours of the middle of a 3 × 3 window."""


@dispatched(differentiable=False)
def connected_components(mask: Any, axes: Axes, connectivity: int) -> Any:
    """Number the components of each plane of a bool array 1, 2, ... by their first pixel in raster order; int32.

    Cost of this body: at most 2 log2(n) rounds (see `component_roots`), each of one sort of the n pixels.
    """
    xp = namespace(mask)
    planes = stack_planes(mask, axes)
    roots = component_roots(planes, connectivity)
    foreground = xp.reshape(planes, (-1,))
    first = foreground & (roots == xp.arange(roots.shape[0], dtype=xp.int64, device=mask.device))
    counted = xp.cumulative_sum(xp.reshape(cast_to(first, "int32"), (planes.shape[0], -1)), axis=1, dtype=xp.int32)
    labels = xp.take(xp.reshape(counted, (-1,)), roots, axis=0)
    labels = xp.where(foreground, labels, xp.zeros_like(labels))
    return unstack_planes(xp.reshape(labels, planes.shape), mask.shape, axes)


def component_roots(planes: Any, connectivity: int) -> Any:
    """Return, for every pixel of (planes, H, W) in raster order, the index of the first pixel of its component.

    Trees of pixels are joined as by Shiloach and Vishkin: in each round every tree that touches a tree of lower index
    hangs itself below the lowest, and paths are then shortened by pointer jumping. A tree that stays is lower than all
    that it touches, so those moved: two rounds at least halve the trees of a component, however winding it is.
    """
    xp = namespace(planes)
    count = planes.shape[0] * planes.shape[1] * planes.shape[2]
    index = xp.arange(count, dtype=xp.int64, device=planes.device)
    roots = index
    while True:
        parents = _lowest_of_trees(roots, _lowest_around(roots, planes, connectivity), index)
        if bool(xp.all(parents == index)):
            return roots
        roots = xp.take(_jump_to_ends(parents), roots, axis=0)


def _lowest_around(roots: Any, planes: Any, connectivity: int) -> Any:
    """Return the least root among each pixel and its neighbours; background keeps its own."""
    xp = namespace(roots)
    height, width = planes.shape[1], planes.shape[2]
    own = xp.reshape(roots, planes.shape)
    beyond = xp.full((), roots.shape[0], dtype=xp.int64, device=roots.device)
    around = pad(xp.where(planes, own, beyond), (1, 2), ((1, 1), (1, 1)), "constant", roots.shape[0])
    lowest = own
    for row, column in _NEIGHBOURS[connectivity]:
        other = around[:, row : row + height, column : column + width]
        lowest = xp.where(planes & (other < lowest), other, lowest)
    return xp.reshape(lowest, (-1,))


def _lowest_of_trees(roots: Any, lowest: Any, index: Any) -> Any:
    """Return, for each root, the least of `lowest` over its tree; other pixels get their own index.

    The standard has no scatter: (root, lowest) pairs are sorted, and the first pair of each root is looked up.
    """
    xp = namespace(roots)
    count = roots.shape[0]
    pairs = xp.sort(roots * count + lowest)
    place = xp.searchsorted(pairs, index * count)
    found = xp.take(pairs, xp.where(place < count, place, count - 1), axis=0)
    return xp.where(found // count == index, found % count, index)


def _jump_to_ends(parents: Any) -> Any:
    """Follow parents to their ends; each round doubles the jump."""
    xp = namespace(parents)
    while True:
        further = xp.take(parents, parents, axis=0)
        if bool(xp.all(further == parents)):
            return parents
        parents = further


@implements(connected_components, "numpy")
def _components_numba(mask: Any, axes: Axes, connectivity: int) -> Any:
    planes = np.ascontiguousarray(stack_planes(mask, axes)).view(np.uint8)
    labels = np.empty(planes.shape, np.int32)
    for plane, made in zip(planes, labels, strict=True):
        _label_plane(plane, made, connectivity)
    return np.ascontiguousarray(unstack_planes(labels, mask.shape, axes))


def _label_plane(plane: np.ndarray, labels: np.ndarray, connectivity: int) -> None:
    """Find runs and join them within bands, join across bands, number the runs, and paint."""
    from imgproc.primitives import _label_numba

    reach = 1 if connectivity == 8 else 0
    bounds, parents, rows, is_top = room_for_runs(*plane.shape)
    find = compiled(
        _label_numba.find_components,
        "in2(uint8), int64, out1(int32), out1(int32), out2(int64), out1(uint8), int64, int64",
    )
    number = compiled(_label_numba.number_components, "in1(int32), out1(int32), in2(int64), in1(uint8), int64")
    paint = compiled(_label_numba.paint_numbers, "in1(int32), in1(int32), in2(int64), out2(int32), int64, int64")
    height = plane.shape[0]
    run_bands(
        lambda first, last: find(plane, reach, bounds, parents, rows, is_top, first, last), height, 8 * plane.size
    )
    number(bounds, parents, rows, is_top, reach)
    run_bands(lambda first, last: paint(bounds, parents, rows, labels, first, last), height, 2 * plane.size)


def room_for_runs(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the tables of `_label_numba`: bounds and parents of runs, first and last run of rows, tops of bands.

    The system hands out their memory as it is touched, so that few runs cost little of it.
    """
    room = height * (width // 2 + 1) + 1  # the most runs of a row, and the end of the last
    return (
        np.empty(2 * room, np.int32), np.empty(room, np.int32),
        np.empty((height, 2), np.int64), np.zeros(height, np.uint8),
    )  # fmt: skip


@implements(connected_components, "cupy")
def _components_cuda(mask: Any, axes: Axes, connectivity: int) -> Any:
    import cupy

    planes = cupy.ascontiguousarray(stack_planes(mask, axes))
    parents = link_on_device(planes, connectivity)
    number = cupy.empty(planes.shape, cupy.int32)
    arguments = planes.size, planes.shape[1] * planes.shape[2]
    launch(cuda_kernel("label.cu", "mark_first", "uint8", "float32"), planes.size, planes, parents, number, *arguments)
    number = cupy.cumsum(number.reshape(-1), dtype=cupy.int32)
    launch(cuda_kernel("label.cu", "number", "uint8", "float32"), planes.size, planes, parents, number, *arguments)
    return cupy.ascontiguousarray(unstack_planes(parents, mask.shape, axes))


def link_on_device(planes: Any, connectivity: int) -> Any:
    """Return the index, in its plane, of the first pixel of each pixel's component; contiguous bool (planes, H, W).

    Union-find with atomic minima on one int32 per pixel, in three launches.
    """
    import cupy

    _, height, width = planes.shape
    parents = cupy.empty(planes.shape, cupy.int32)
    for name in ("start_runs", "join", "shorten"):
        launch(
            cuda_kernel("label.cu", name, "uint8", "float32"), planes.size,
            planes, parents, planes.size, np.int32(height), np.int32(width), np.int32(connectivity),
        )  # fmt: skip
    return parents
