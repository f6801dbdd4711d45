"""The sRGB transfer curve between coded values and linear light, odd below zero so that values out of range return."""

import functools
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import compiled, kernel_dtype

CODED_KNEE, LINEAR_KNEE, SLOPE = 0.04045, 0.0031308, 12.92
"""Where the straight line near black ends, and how steep it is: IEC 61966-2-1."""


@dispatched
def decode_srgb(image: Any, low: float, high: float) -> Any:
    """Return linear light of coded values; `low` and `high` mean black and white."""
    return decode(to_unit(image, low, high))


@dispatched
def encode_srgb(image: Any, low: float, high: float) -> Any:
    """Return coded values of linear light; `low` and `high` mean black and white."""
    return encode(to_unit(image, low, high))


def to_unit(image: Any, low: float, high: float) -> Any:
    """Map [low, high] to [0, 1] in the work dtype."""
    exact = lift(image)
    return exact if (low, high) == (0.0, 1.0) else (exact - low) / (high - low)


def decode(coded: Any) -> Any:
    """Decode unit values in the array API standard."""
    xp = namespace(coded)
    is_curved = xp.abs(coded) > CODED_KNEE
    length = xp.where(is_curved, xp.abs(coded), xp.ones_like(coded))
    curve = ((length + 0.055) / 1.055) ** 2.4
    return xp.where(is_curved, xp.where(coded < 0, -curve, curve), coded / SLOPE)


def encode(linear: Any) -> Any:
    """Encode unit values in the array API standard."""
    xp = namespace(linear)
    is_curved = xp.abs(linear) > LINEAR_KNEE
    power = xp.where(is_curved, xp.abs(linear), xp.ones_like(linear)) ** (1 / 2.4)
    curve = power + 0.055 * (power - 1)  # 1.055 power - 0.055 would miss 1 by a rounding
    return xp.where(is_curved, xp.where(linear < 0, -curve, curve), linear * SLOPE)


@functools.lru_cache(maxsize=32)
def byte_table(low: float, high: float) -> np.ndarray:
    """Return the linear light of each byte, exact to float32."""
    table: np.ndarray = decode(to_unit(np.arange(256.0), low, high)).astype(np.float32)
    table.flags.writeable = False
    return table


NO_TABLE = np.empty(0, np.float32)


def _pointwise_numba(kernel_name: str, image: Any, low: float, high: float, table: np.ndarray) -> Any:
    from imgproc.primitives import _color_numba

    name, work = kernel_dtype(image), work_dtype(image)
    if name.startswith("float"):
        image = to_unit(image, low, high)  # the kernels do so for integers
    source = np.ascontiguousarray(image, name).reshape(-1)
    out = np.empty(source.shape, work)
    kernel = compiled(
        getattr(_color_numba, kernel_name),
        f"in1({name}), out1({work}), in1(float32), {work}, {work}, int64, int64",
    )
    run_bands(lambda first, last: kernel(source, out, table, low, high - low, first, last), out.size, out.size * 4)
    return out.reshape(image.shape)


@implements(decode_srgb, "numpy")
def _decode_numba(image: Any, low: float, high: float) -> Any:
    table = byte_table(low, high) if kernel_dtype(image) == "uint8" else NO_TABLE
    return _pointwise_numba("decode_values", image, low, high, table)


@implements(encode_srgb, "numpy")
def _encode_numba(image: Any, low: float, high: float) -> Any:
    return _pointwise_numba("encode_values", image, low, high, NO_TABLE)


def _pointwise_cuda(kernel_name: str, image: Any, low: float, high: float) -> Any:
    work = np.dtype(work_dtype(image))
    source = for_kernel(image)
    made = namespace(image).empty(image.shape, dtype=work)
    launch(
        cuda_kernel("color.cu", kernel_name, dtype_name(source), work.name), source.size,
        source, made, source.size, work.type(low), work.type(high - low),
    )  # fmt: skip
    return made


@implements(decode_srgb, "cupy")
def _decode_cuda(image: Any, low: float, high: float) -> Any:
    return _pointwise_cuda("decode_values", image, low, high)


@implements(encode_srgb, "cupy")
def _encode_cuda(image: Any, low: float, high: float) -> Any:
    return _pointwise_cuda("encode_values", image, low, high)
