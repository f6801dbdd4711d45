"""Components chosen by their number of pixels."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.label import Axes, component_roots, link_on_device, room_for_runs


@dispatched(differentiable=False)
def keep_components(mask: Any, axes: Axes, connectivity: int, min_size: int, with_edge: bool) -> Any:
    """Select the components of each plane of a bool array that have at least `min_size` pixels; bool.

    `with_edge`: and those, however small, that hold a pixel of the first or last row or column.

    Cost of this body: that of `component_roots`, and two more sorts.
    """
    xp = namespace(mask)
    planes = stack_planes(mask, axes)
    roots = component_roots(planes, connectivity)
    order = xp.sort(roots)
    sizes = xp.searchsorted(order, roots, side="right") - xp.searchsorted(order, roots, side="left")
    kept = sizes >= min_size
    if with_edge:
        rows = xp.arange(planes.shape[1], device=planes.device)
        columns = xp.arange(planes.shape[2], device=planes.device)
        is_outer_row = xp.reshape((rows == 0) | (rows == planes.shape[1] - 1), (-1, 1))
        is_outer_column = xp.reshape((columns == 0) | (columns == planes.shape[2] - 1), (1, -1))
        outer = xp.reshape(planes & (is_outer_row | is_outer_column), (-1,))
        # is the root among those of outer pixels? -1 stands for none
        starting = xp.sort(xp.where(outer, roots, xp.full_like(roots, -1)))
        place = xp.searchsorted(starting, roots)
        last = roots.shape[0] - 1
        kept = kept | (xp.take(starting, xp.where(place < last, place, last), axis=0) == roots)
    return unstack_planes(planes & xp.reshape(kept, planes.shape), mask.shape, axes)


@implements(keep_components, "numpy")
def _keep_numba(mask: Any, axes: Axes, connectivity: int, min_size: int, with_edge: bool) -> Any:
    planes = np.ascontiguousarray(stack_planes(mask, axes)).view(np.uint8)
    kept = np.empty(planes.shape, np.uint8)
    for plane, made in zip(planes, kept, strict=True):
        _keep_in_plane(plane, made, 1 if connectivity == 8 else 0, min_size, with_edge)
    return np.ascontiguousarray(unstack_planes(kept.view(np.bool_), mask.shape, axes))


def _keep_in_plane(plane: np.ndarray, kept: np.ndarray, reach: int, min_size: int, with_edge: bool) -> None:
    """Find runs and join them within bands, join across bands, add up the runs of components, and paint."""
    from imgproc.primitives import _component_size_numba, _label_numba

    height, width = plane.shape
    bounds, parents, rows, is_top = room_for_runs(height, width)
    sizes = np.empty(len(parents), np.int64)
    find = compiled(
        _label_numba.find_components,
        "in2(uint8), int64, out1(int32), out1(int32), out2(int64), out1(uint8), int64, int64",
    )
    weigh = compiled(
        _component_size_numba.weigh_components,
        "in1(int32), out1(int32), in2(int64), in1(uint8), int64, int64, int64, out1(int64)",
    )
    paint = compiled(
        _component_size_numba.paint_kept,
        "in1(int32), in1(int32), in2(int64), in1(int64), int64, out2(uint8), int64, int64",
    )
    run_bands(
        lambda first, last: find(plane, reach, bounds, parents, rows, is_top, first, last), height, 8 * plane.size
    )
    # what counts for a component at the edge makes it large enough
    weigh(bounds, parents, rows, is_top, reach, width, min_size if with_edge else 0, sizes)
    run_bands(
        lambda first, last: paint(bounds, parents, rows, sizes, min_size, kept, first, last), height, 2 * plane.size
    )


@implements(keep_components, "cupy")
def _keep_cuda(mask: Any, axes: Axes, connectivity: int, min_size: int, with_edge: bool) -> Any:
    import cupy

    planes = cupy.ascontiguousarray(stack_planes(mask, axes))
    parents = link_on_device(planes, connectivity)
    sizes = cupy.zeros(planes.shape, cupy.int32)  # at roots
    kept = cupy.empty_like(planes)
    shape = np.int32(planes.shape[1]), np.int32(planes.shape[2])
    launch(
        cuda_kernel("component_size.cu", "weigh", "uint8", "float32"), planes.size,
        planes, parents, sizes, planes.size, *shape, np.int32(with_edge),
    )  # fmt: skip
    launch(
        cuda_kernel("component_size.cu", "keep_large", "uint8", "float32"), planes.size,
        planes, parents, sizes, kept, planes.size, *shape, np.int32(min_size),
    )  # fmt: skip
    return cupy.ascontiguousarray(unstack_planes(kept, mask.shape, axes))
