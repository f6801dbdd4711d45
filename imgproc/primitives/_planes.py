"""How the numba kernels see an image: a stack of planes of rows, channels interleaved within a row.

A contiguous (C, H, W) tensor and a contiguous (H, W, C) array are both such a stack without a copy.
"""

import contextlib
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, Literal

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name

KERNEL_DTYPES = ("uint8", "uint16", "float32", "float64")


def kernel_dtype(x: np.ndarray) -> str:
    """Return the dtype, of the four the kernels are compiled for, that holds `x` as its work needs it."""
    name = dtype_name(x)
    if name in KERNEL_DTYPES:
        return name
    if name == "bool":
        return "uint8"
    return "float32" if name in ("int8", "int16", "float16") else "float64"


def as_planes(
    x: np.ndarray, axes: tuple[int, int], dtype: str | None = None, *, with_gaps: bool = False
) -> tuple[np.ndarray, int]:
    """Return `x` as contiguous (planes, H, W * channels), and the number of channels.

    `axes` are the last two (channels are planes) or the two before the last (channels are interleaved). With gaps, rows
    are contiguous, and may be parts of longer rows: a window of an image is not copied.
    """
    converted = cast_to(x, dtype or kernel_dtype(x))
    height, width = x.shape[axes[0]], x.shape[axes[1]]
    channels = x.shape[-1] if axes[1] == x.ndim - 2 else 1
    shape = (-1, height, width * channels)
    if with_gaps:
        planes = converted.reshape(shape)
        step, size = planes.strides[1:]
        if size == planes.itemsize and step % size == 0 and planes.flags.aligned:
            return planes, channels
    return np.ascontiguousarray(converted).reshape(shape), channels


@functools.cache
def compiled(function: Callable[..., Any], signature: str) -> Callable[..., Any]:
    """Compile `function` for one signature, at its first use in this process; the machine code is kept on disk.

    Products and sums are not contracted: the numbers are those of the reference body, on every processor.

    Types are spelled by their letters: arrays of inputs as `in2(float32)` (read-only allowed), outputs as
    `out2(float32)`; `rows3` are inputs whose rows are contiguous.
    """
    import numba
    from numba import types

    from imgproc.primitives._compiler import KERNEL

    def array(rank: int, mutable: bool, layout: Literal["C", "A"] = "C") -> Callable[[Any], Any]:
        return lambda dtype: types.Array(dtype, rank, layout, readonly=not mutable)

    words: dict[str, Any] = {
        name: getattr(types, name) for name in (*KERNEL_DTYPES, "int32", "int64", "uint64", "boolean")
    }
    words |= {f"in{rank}": array(rank, False) for rank in (1, 2, 3)}
    words |= {f"out{rank}": array(rank, True) for rank in (1, 2, 3)}
    words["rows3"] = array(3, False, "A")
    arguments = eval(f"({signature},)", {"__builtins__": {}}, words)
    stamped = FunctionType(function.__code__, function.__globals__, function.__name__)
    stamped.__qualname__ = f"{function.__qualname__}_{_digest_sources(function.__module__)}"
    stamped.__module__ = function.__module__
    compile_for = numba.njit(types.void(*arguments), cache=True, **KERNEL)
    with _no_collections():
        return compile_for(stamped)  # type: ignore[no-any-return]


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Put garbage collection off: a compiler makes a million small objects, all in use, that were looked through often.

    It is on again once the first of several threads is done, which costs the others only time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@functools.cache
def _digest_sources(module: str) -> str:
    """Digest a file of kernels, those whose helpers it calls and ours of how to compile them.

    numba's own cache sees changes of the first alone.
    """
    import hashlib

    sources = {module} | (sys.modules.keys() & {"imgproc.primitives._compiler", "imgproc.primitives._pipelines"})
    waiting = [module]
    while waiting:
        for helper in vars(sys.modules[waiting.pop()]).values():
            # of a compiled function, or of one that writes its own instructions
            source = getattr(helper, "py_func", None) or getattr(helper, "_defn", None)
            origin = getattr(source, "__module__", module)
            if origin not in sources:
                sources.add(origin)
                waiting.append(origin)
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(Path(str(sys.modules[name].__file__)).read_bytes())
    return digest.hexdigest()[:12]
