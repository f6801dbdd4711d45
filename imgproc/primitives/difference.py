"""Differences that stay in the dtype of their operands."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, is_float
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands


@dispatched
def subtract_saturated(minuend: Any, subtrahend: Any, spent: Any = None) -> Any:
    """Return the difference in the dtype of both, saturated; exclusive or for masks.

    spent : one of the two that nobody needs any more, so that the difference may take its memory.
    """
    xp, name = namespace(minuend), dtype_name(minuend)
    if name == "bool":
        return minuend ^ subtrahend
    if is_float(minuend):
        with np.errstate(invalid="ignore"):  # inf - inf is NaN
            return minuend - subtrahend
    if kind(minuend) == "torch" and name in ("uint16", "uint32", "uint64"):  # torch compares none of them
        return _subtract_unsigned_torch(minuend, subtrahend, name)
    least, greatest = integer_range(name)
    difference = minuend - subtrahend  # modulo 2**bits
    limits = [xp.full((), value, dtype=minuend.dtype, device=minuend.device) for value in (least, greatest)]
    is_less = minuend < subtrahend
    if least == 0:
        return xp.where(is_less, limits[0], difference)
    below, above = is_less & (difference >= 0), ~is_less & (difference < 0)
    return xp.where(above, limits[1], xp.where(below, limits[0], difference))


def _subtract_unsigned_torch(minuend: Any, subtrahend: Any, name: str) -> Any:
    import torch

    if name != "uint64":
        return cast_to((minuend.to(torch.int64) - subtrahend.to(torch.int64)).clamp(min=0), name)
    a, b = minuend.view(torch.int64), subtrahend.view(torch.int64)
    is_less = (a ^ -(2**63)) < (b ^ -(2**63))
    return torch.where(is_less, 0, a - b).view(torch.uint64)


_OPENCV_SATURATES = ("uint8", "int8", "uint16", "int16")


@implements(subtract_saturated, "numpy")
def _subtract_bands(minuend: Any, subtrahend: Any, spent: Any = None) -> Any:
    """Subtract bands of rows in one pass: with OpenCV where integers saturate, else with NumPy."""
    name = dtype_name(minuend)
    if name not in (*_OPENCV_SATURATES, "float32", "float64", "bool"):
        return NotImplemented
    a, b = (np.ascontiguousarray(x, x.dtype.newbyteorder("=")).reshape(x.shape[0], -1) for x in (minuend, subtrahend))
    is_free = spent is not None and spent.flags.c_contiguous and spent.dtype.isnative
    made = spent.reshape(a.shape) if is_free else np.empty_like(a)
    run_bands(lambda first, last: subtract_rows(a[first:last], b[first:last], made[first:last]), len(a), a.nbytes // 4)
    return made.reshape(minuend.shape)


def subtract_rows(minuend: np.ndarray, subtrahend: np.ndarray, out: np.ndarray) -> None:
    """Write the saturated difference of two matrices of native dtype to `out`, which may be one of them."""
    name = dtype_name(minuend)
    if name in _OPENCV_SATURATES:
        import cv2

        cv2.subtract(minuend, subtrahend, dst=out)
    elif name == "bool":
        np.not_equal(minuend, subtrahend, out=out)
    elif name in ("float32", "float64"):
        with np.errstate(invalid="ignore"):
            np.subtract(minuend, subtrahend, out=out)
    else:
        out[...] = subtract_saturated.reference(minuend, subtrahend)
