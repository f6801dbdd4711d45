"""Polynomials fitted in a window that moves along one axis.

Every sample is a reference for its window: only differences from it are weighted, so that a large offset costs no
digits and a constant comes out exactly.
"""

import functools
import math
from typing import Any, Literal

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.primitives.polynomial_fit import LocalFit
from imgproc.typing import Border

_WIDE = 32
"""Elements between samples from which whole rows are combined, rather than shifts of one line."""


@dispatched
def fit_axis(x: Any, fit: LocalFit, axis: int, border: Border | Literal["interp"], fill: float) -> Any:
    """Replace every sample by what `fit` makes of its window; float result.

    With "interp" the first and the last window, no longer than the axis, serve all samples near that end.
    """
    lifted = lift(x)
    if border != "interp":
        return _fit_valid(pad(lifted, (axis,), ((fit.before, fit.after),), border, fill), fit, axis)
    made = _fit_valid(lifted, fit, axis)
    length, half = len(fit.weights), fit.after
    if half == 0:
        return made
    # an even window fits once more than there are samples left for the middle
    middle = _part(made, axis, half - fit.before, made.shape[axis])
    last = lifted.shape[axis] - length
    head = _fit_end(_part(lifted, axis, 0, length), fit, fit.heads, axis)
    tail = _fit_end(_part(lifted, axis, last, last + length), fit, fit.tails, axis)
    return namespace(x).concat((head, middle, tail), axis=axis)


def _part(x: Any, axis: int, start: int, stop: int) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop), ...)]


def _fit_valid(x: Any, fit: LocalFit, axis: int) -> Any:
    """Correlate where the window fits, pairs of equal weight first."""
    weights, before, after = fit.weights, fit.before, fit.after
    length = x.shape[axis] - len(weights) + 1
    own = _part(x, axis, before, before + length)
    total: Any = 0.0
    if fit.parity == 0:
        for k, weight in enumerate(weights):
            total = total + weight * (_part(x, axis, k, k + length) - own)
        return total + fit.base * own
    for k in range(1, after + 1):
        right, left = _part(x, axis, before + k, before + k + length), _part(x, axis, before - k, before - k + length)
        pair = right - left if fit.parity < 0 else (right - own) + (left - own)
        total = total + weights[before + k] * pair
    return total + fit.base * own  # last, since it may be large


def _fit_end(window: Any, fit: LocalFit, counts: np.ndarray, axis: int) -> Any:
    """Evaluate the polynomial of one window at its first or last samples."""
    xp = namespace(window)
    lines = xp.moveaxis(window, axis, -1)
    basis, counted = (
        xp.asarray(np.array(table.T), dtype=window.dtype, device=window.device) for table in (fit.basis, counts.T)
    )
    reference = lines[..., fit.after : fit.after + 1]
    made = xp.matmul(xp.matmul(lines - reference, basis), counted)
    return xp.moveaxis(made + fit.base * reference, -1, axis)


@implements(fit_axis, "numpy")
def _fit_numba(x: Any, fit: LocalFit, axis: int, border: Border | Literal["interp"], fill: float) -> Any:
    from imgproc.primitives import _fit_axis_numba

    work = work_dtype(x)
    source = np.ascontiguousarray(lift(x))
    out = np.empty(x.shape, work)
    length, inner = x.shape[axis], math.prod(x.shape[axis + 1 :])
    index = np.empty(0, np.int64) if border == "interp" else border_indices(length, fit.before, fit.after, border)
    is_wide = inner >= _WIDE
    kernel = compiled(
        _fit_axis_numba.fit_rows if is_wide else _fit_axis_numba.fit_lines,
        f"in2({work}), out2({work}), in1({work}), in2({work}), in2({work}), in2({work}), int64, {work}, in1(int64), "
        f"int64, int64, {work}, int64, int64",
    )
    arguments = (*_tables(fit, work), fit.parity, fit.base, index, length, inner, fill)
    shape = (-1, inner) if is_wide else (-1, length * inner)
    seen, made = source.reshape(shape), out.reshape(shape)
    bands = len(seen) * (1 if is_wide else -(-length // _fit_axis_numba.CHUNK))
    run_bands(lambda first, last: kernel(seen, made, *arguments, first, last), bands, out.size * len(fit.weights))
    return out


@functools.lru_cache(maxsize=64)
def _tables(fit: LocalFit, work: str) -> tuple[np.ndarray, ...]:
    tables: tuple[Any, ...] = (fit.weights, fit.basis, fit.heads, fit.tails)
    return tuple(np.ascontiguousarray(table, work) for table in tables)


@implements(fit_axis, "cupy")
def _fit_cuda(x: Any, fit: LocalFit, axis: int, border: Border | Literal["interp"], fill: float) -> Any:
    import cupy

    work = work_dtype(x)
    source, number = for_kernel(x), np.dtype(work).type
    made = namespace(x).empty(x.shape, dtype=getattr(np, work))
    launch(
        cuda_kernel("fit_axis.cu", "fit_axis", dtype_name(source), work), source.size,
        source, *_upload_tables(fit, work, cupy.cuda.runtime.getDevice()), made, source.size, x.shape[axis],
        math.prod(x.shape[axis + 1 :]), np.int32(fit.before), np.int32(fit.after), np.int32(fit.parity),
        np.int32(len(fit.basis)), np.int32(-1) if border == "interp" else border_code(border), number(fit.base),
        number(fill),
    )  # fmt: skip
    return made


@functools.lru_cache(maxsize=64)
def _upload_tables(fit: LocalFit, work: str, device: int) -> tuple[Any, ...]:
    """Copy a fit to the current device, once."""
    import cupy

    return tuple(cupy.asarray(table) for table in _tables(fit, work))
