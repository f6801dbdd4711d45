"""Differences that stay in the dtype of their operands."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, is_float
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands


@dispatched
def subtract_saturated(minuend: Any, subtrahend: Any) -> Any:
    """Return the difference in the dtype of both, saturated; exclusive or for masks."""
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
def _subtract_opencv(minuend: Any, subtrahend: Any) -> Any:
    """Subtract bands of rows in one pass: with OpenCV where integers saturate, else with NumPy."""
    name = dtype_name(minuend)
    if name not in (*_OPENCV_SATURATES, "float32", "float64", "bool"):
        return NotImplemented
    a, b = (np.ascontiguousarray(x, x.dtype.newbyteorder("=")).reshape(x.shape[0], -1) for x in (minuend, subtrahend))
    made = np.empty_like(a)
    if name in _OPENCV_SATURATES:
        import cv2

        def subtract(first: int, last: int) -> None:
            cv2.subtract(a[first:last], b[first:last], dst=made[first:last])

    else:
        operation = np.not_equal if name == "bool" else np.subtract

        def subtract(first: int, last: int) -> None:
            with np.errstate(invalid="ignore"):
                operation(a[first:last], b[first:last], out=made[first:last])

    run_bands(subtract, len(a), made.nbytes // 4)
    return made.reshape(minuend.shape)
