"""Hysteresis: strong pixels, and the weak ones that hang on to them."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, work_dtype
from imgproc._array.kinds import find_kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import as_planes, compiled, kernel_dtype
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.label import Axes, component_roots, link_on_device


@dispatched(differentiable=False)
def link_hysteresis(strength: Any, low: Any, high: Any, axes: Axes) -> Any:
    """Select pixels >= `high`, and those >= `low` that are 8-connected to them through such pixels; bool.

    Parameters
    ----------
    strength : array
        NaN is no edge.
    low, high : float, or array of the library of `strength`
        low <= high. An array broadcasts against `strength` with length 1 along `axes`: thresholds of a plane that were
        computed on its device need not leave it. Both are rounded to the work dtype of `strength` before they are
        compared with it, so that 0.1 and a float32 pixel of 0.1 are equal in every library.
    axes : (int, int)
        Rows and columns; every plane is linked on its own.

    Cost of this body: that of `component_roots`, and one more sort.
    """
    exact = lift(strength)
    xp = namespace(exact)
    weak = stack_planes(exact >= in_work_dtype(low, strength), axes)
    strong = xp.reshape(stack_planes(exact >= in_work_dtype(high, strength), axes), (-1,))
    roots = component_roots(weak, 8)
    # is the root among those of strong pixels? -1 stands for none
    starting = xp.sort(xp.where(strong, roots, xp.full_like(roots, -1)))
    place = xp.searchsorted(starting, roots)
    last = roots.shape[0] - 1
    found = xp.take(starting, xp.where(place < last, place, last), axis=0) == roots
    return unstack_planes(weak & xp.reshape(found, weak.shape), strength.shape, axes)


def in_work_dtype(threshold: Any, strength: Any) -> Any:
    """Round a threshold to the work dtype of `strength`: arrays stay arrays, a number stays a Python float."""
    work = work_dtype(strength)
    if find_kind(threshold) is not None:
        return cast_to(threshold, work)
    with np.errstate(over="ignore"):
        return float(np.dtype(work).type(threshold))


class BitRows:
    """The tables of `_bit_rows_numba` for one plane, and how they become edges.

    Parameters
    ----------
    height, width : int
        Of the plane.
    """

    def __init__(self, height: int, width: int) -> None:
        words = -(-width // 64)
        self.weak, self.found = np.empty((2, height, words), np.uint64)
        self.pending, self.stack = np.zeros((height, words), np.uint64), np.empty(height * words, np.int64)
        self.is_top = np.zeros(height, np.uint8)

    @property
    def tables(self) -> tuple[np.ndarray, ...]:
        """What a kernel that marks a band takes, as `TABLES` spells it."""
        return self.weak, self.found, self.pending, self.stack, self.is_top

    def link(self, edges: np.ndarray) -> None:
        """Link what bands have found across their seams, and write 1 on `edges`, else 0; contiguous bool or uint8."""
        from imgproc.primitives import _bit_rows_numba

        compiled(_bit_rows_numba.link_bands, TABLES)(*self.tables)
        paint = compiled(_bit_rows_numba.paint, "in2(uint64), out2(uint8), int64, int64")
        marks = edges.view(np.uint8)
        run_bands(lambda first, last: paint(self.found, marks, first, last), len(marks), marks.size // 4)


TABLES = "out2(uint64), out2(uint64), out2(uint64), out1(int64), out1(uint8)"


def link_plane(strength: np.ndarray, low: float, high: float, edges: np.ndarray) -> None:
    """Link one plane: write `edges`, from `strength` >= `high` through `strength` >= `low`.

    One reading of `strength`, one writing of `edges`, and some ten nanoseconds for every word of 64 pixels that edges
    run through, however winding they are.

    Parameters
    ----------
    strength : (H, W), contiguous; uint8, uint16, float32 or float64
    low, high : float
        In the work dtype of `strength`. Suppressed pixels may hold any value below `low`, or NaN.
    edges : (H, W), contiguous; bool or uint8
        Becomes 1 on edges, else 0.
    """
    from imgproc.primitives import _bit_rows_numba

    work, bits = work_dtype(strength), BitRows(*strength.shape)
    mark = compiled(_bit_rows_numba.mark_strength, f"in2({dtype_name(strength)}), {TABLES}, in1({work}), int64, int64")
    thresholds = np.array([low, high], work)
    run_bands(
        lambda first, last: mark(strength, *bits.tables, thresholds, first, last), len(strength), 4 * strength.size
    )
    bits.link(edges)


@implements(link_hysteresis, "numpy")
def _link_numba(strength: Any, low: Any, high: Any, axes: Axes) -> Any:
    is_stack = axes[1] == strength.ndim - 1 or strength.shape[-1] == 1
    if is_stack:
        planes, _ = as_planes(strength, axes)
    else:
        planes = np.ascontiguousarray(stack_planes(cast_to(strength, kernel_dtype(strength)), axes))
    of_planes = tuple(1 if axis in axes else length for axis, length in enumerate(strength.shape))
    lows, highs = (np.full(of_planes, in_work_dtype(threshold, strength)).reshape(-1) for threshold in (low, high))
    edges = np.empty(planes.shape, np.bool_)
    for plane, made, plane_low, plane_high in zip(planes, edges, lows, highs, strict=True):
        link_plane(plane, plane_low, plane_high, made)
    if is_stack:
        return edges.reshape(strength.shape)
    return np.ascontiguousarray(unstack_planes(edges, strength.shape, axes))


@implements(link_hysteresis, "cupy")
def _link_cuda(strength: Any, low: Any, high: Any, axes: Axes) -> Any:
    import cupy

    exact = lift(strength)
    weak, strong = (
        cupy.ascontiguousarray(stack_planes(exact >= in_work_dtype(threshold, strength), axes))
        for threshold in (low, high)
    )
    parents = link_on_device(weak, 8)
    is_edge = cupy.zeros(weak.shape, cupy.int32)  # at roots
    arguments = weak.size, weak.shape[1] * weak.shape[2]
    launch(cuda_kernel("label.cu", "mark_roots", "uint8", "float32"), weak.size, strong, parents, is_edge, *arguments)
    launch(cuda_kernel("label.cu", "keep_marked", "uint8", "float32"), weak.size, weak, parents, is_edge, *arguments)
    return cupy.ascontiguousarray(unstack_planes(weak, strength.shape, axes))
