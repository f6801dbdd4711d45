"""The dtype rule: lifted once to a float, composed unrounded, rounded and saturated once at the end."""

import functools
from typing import Any

import numpy as np

from imgproc._array.kinds import kind, namespace

_REAL = {
    *("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float16", "bfloat16", "float32", "float64"),
}
_WIDE = {"uint32", "int32", "uint64", "int64", "float64"}
_FLOATS = {"float16", "bfloat16", "float32", "float64"}


@functools.lru_cache(maxsize=256, typed=True)  # by type too: comparing NumPy and strict dtypes warns
def _name(dtype: Any) -> str:
    """NumPy spells `>f4`, torch `torch.float32`, strict `array_api_strict.float32`; all of them are float32 here."""
    if isinstance(dtype, np.dtype):
        return dtype.name if dtype.kind in "biuf" else str(dtype)
    return str(dtype).rpartition(".")[2]


def dtype_name(x: Any) -> str:
    """Return the dtype of an array as one word, the same in every library."""
    return _name(x.dtype)


def is_real(x: Any) -> bool:
    """Say whether the dtype is bool, an integer or a float of at most 64 bits."""
    return dtype_name(x) in _REAL


def is_float(x: Any) -> bool:
    """Say whether the dtype is a float."""
    return dtype_name(x) in _FLOATS


@functools.lru_cache(maxsize=16)
def integer_range(name: str) -> tuple[int, int]:
    """Return the least and greatest value of an integer dtype, or (0, 1) of bool."""
    if name == "bool":
        return 0, 1
    info = np.iinfo(name)
    return int(info.min), int(info.max)


def work_dtype(x: Any) -> str:
    """Return the dtype in which `x` is worked on: float64 for float64 and wide integers, float32 for the rest."""
    return "float64" if dtype_name(x) in _WIDE else "float32"


def parameter_dtype(*operands: Any) -> str:
    """Return the dtype of solved parameters: float64, or float32 where every operand is worked on in float32."""
    return "float64" if "float64" in map(work_dtype, operands) else "float32"


def cast_to(x: Any, dtype: str) -> Any:
    """Convert without rounding or saturation; the array itself where it has that dtype already."""
    if dtype_name(x) == dtype and getattr(x.dtype, "isnative", True):
        return x
    xp = namespace(x)
    if kind(x) == "torch":
        return x.to(getattr(xp, dtype))
    return xp.astype(x, getattr(xp, "bool_" if dtype == "bool" and kind(x) == "cupy" else dtype))


def lift(x: Any) -> Any:
    """Convert to the work dtype: float32, or float64 for float64 and integers of 32 bits and more."""
    return cast_to(x, work_dtype(x))


def image_dtype(x: Any) -> str:
    """Return the dtype of an image-valued result of averaging: that of `x`; a mask becomes its work float."""
    name = dtype_name(x)
    return "float32" if name == "bool" else name


def restore(exact: Any, image: Any) -> Any:
    """Return to the dtype of `image`: rounded half to even and saturated for integers, float32 for masks."""
    return saturate(exact, image_dtype(image))


def saturate(exact: Any, dtype: str) -> Any:
    """Convert to `dtype`; integers are rounded half to even and clipped to their range."""
    if dtype in _FLOATS or dtype_name(exact) == dtype:
        return cast_to(exact, dtype)
    xp = namespace(exact)
    least, greatest = integer_range(dtype)
    if kind(exact) == "numpy" and dtype not in ("int64", "uint64"):
        rounded = np.rint(exact)
        return np.clip(rounded, least, greatest, out=rounded).astype(dtype)
    rounded = xp.round(exact)
    # the greatest 64-bit integers are no floats: compare against the next float and fill in the integer itself
    too_high = rounded >= float(greatest)
    too_low = rounded <= float(least)
    safe = xp.where(too_high | too_low, xp.zeros_like(rounded), rounded)
    if kind(exact) == "torch" and dtype in ("uint32", "uint64"):
        return _saturate_unsigned_torch(safe, too_high, greatest, dtype)
    result = cast_to(safe, dtype)
    for beyond, limit in ((too_high, greatest), (too_low, least)):
        result = xp.where(beyond, xp.full((), limit, dtype=result.dtype, device=result.device), result)
    return result


def _saturate_unsigned_torch(safe: Any, too_high: Any, greatest: int, dtype: str) -> Any:
    """torch has no `where` for wide unsigned integers: work on the int64 of the same bits."""
    import torch

    half = 2.0**63
    wrapped = torch.where(safe >= half, safe - 2 * half, safe).to(torch.int64)
    bits = torch.where(too_high, greatest - 2**64 if dtype == "uint64" else greatest, wrapped)
    return bits.view(torch.uint64) if dtype == "uint64" else bits.to(torch.uint32)
