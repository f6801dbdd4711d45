"""CUDA kernels that lie beside their primitive, compiled once per element type and device by CuPy."""

import functools
import math
from pathlib import Path
from typing import Any, get_args

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc.primitives._planes import kernel_dtype
from imgproc.typing import Border

_C_NAMES = {"uint8": "unsigned char", "uint16": "unsigned short", "float32": "float", "float64": "double"}
_BLOCK = 256


@functools.cache
def cuda_kernel(source: str, name: str, image: str, work: str) -> Any:
    """Return kernel `name` of the file `source` for images of dtype `image`, worked on in `work`."""
    import cupy

    folder = Path(__file__).parent
    types = f"#define IMAGE_TYPES\ntypedef {_C_NAMES[image]} image_t;\ntypedef {_C_NAMES[work]} work_t;\n"
    code = types + (folder / "borders.cu").read_text() + (folder / source).read_text()
    # without contraction into fused multiply-adds the numbers are those of the other bodies
    return cupy.RawKernel(code, name, options=("-fmad=false",))


def launch(kernel: Any, size: int, *arguments: Any) -> None:
    """Start one thread for each of `size` elements; Python ints become 64-bit, other scalars must have a dtype."""
    wide = (np.int64(value) if type(value) is int else value for value in arguments)
    kernel((math.ceil(size / _BLOCK),), (_BLOCK,), tuple(wide))


def for_kernel(image: Any) -> Any:
    """Return `image` contiguous and in a dtype that kernels take, without leaving the device."""
    import cupy

    return cupy.ascontiguousarray(cast_to(image, kernel_dtype(image)))


def border_code(border: Border) -> np.int32:
    """Number the border words as borders.cu does."""
    return np.int32(get_args(Border).index(border))


def strides_below(shape: tuple[int, ...], axes: tuple[int, int]) -> tuple[int, int]:
    """Count the elements between neighbours along each of `axes` of a contiguous array."""
    row, column = (math.prod(shape[axis + 1 :]) for axis in axes)
    return row, column


def upload(values: tuple[Any, ...], dtype: str) -> Any:
    """Copy small host values (nested tuples of numbers) to the current device, once for each set of values."""
    import cupy

    return _upload(values, dtype, cupy.cuda.runtime.getDevice())


@functools.lru_cache(maxsize=128)
def _upload(values: tuple[Any, ...], dtype: str, device: int) -> Any:
    import cupy

    return cupy.asarray(np.array(values, dtype))
