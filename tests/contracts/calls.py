"""Calling the functions of the registry on pictures of any dtype, layout and library."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from tests.contracts.registry import EXAMPLES, Example
from tests.libraries import Library

DTYPES = (
    "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64",
)  # fmt: skip
WITHOUT_RANGE = ("int8", "int16", "uint32", "int32", "uint64", "int64")
WIDE = ("uint32", "int32", "uint64", "int64", "float64")
SIZE = (11, 14)


def function(name: str) -> Callable[..., Any]:
    theme, _, attribute = name.partition(".")
    return getattr(importlib.import_module(f"imgproc.{theme}"), attribute)


def picture(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Smooth blobs and noise over most of 0-255 (less of int8), so that every function finds something."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[-3] if len(shape) > 2 else shape[0], : shape[-2] if len(shape) > 2 else shape[1]]
    blobs = 90 * np.sin(0.9 * x + seed) * np.cos(0.7 * y) + 120
    values = np.broadcast_to(blobs if len(shape) == 2 else blobs[..., None], shape) + rng.normal(0, 12, shape)
    values = np.clip(values, 0, 255) * (0.45 if dtype == "int8" else 1)
    if dtype == "bool":
        return values > 120
    return values.astype(dtype) if dtype.startswith("float") else np.rint(values).astype(dtype)


def shapes_for(example: Example) -> list[tuple[int, ...]]:
    """Channels-last shapes of one image and of batches that the first operand may have."""
    kind = example.operands[0]
    channels = [(3,)] if kind == "rgb" else [(1,)] if kind in ("gray", "mask") else [(1,), (3,)]
    channels += [(4,)] if example.alpha else []
    single = [] if kind == "rgb" else [SIZE]
    return single + [(*SIZE, *c) for c in channels] + [(2, *SIZE, *c) for c in channels]


def operands(example: Example, dtype: str, shape: tuple[int, ...]) -> list[np.ndarray]:
    pictures = [picture("bool" if kind == "mask" else dtype, shape, seed) for seed, kind in enumerate(example.operands)]
    return [x / x.dtype.type(255) if example.ranged and x.dtype.kind == "f" else x for x in pictures]


def call(name: str, arrays: list[Any], **options: Any) -> tuple[Any, ...]:
    """Call a function of the registry; the results always as a tuple."""
    example = EXAMPLES[name]
    needs_range = example.ranged and dtype_name(arrays[0]) in WITHOUT_RANGE if hasattr(arrays[0], "dtype") else False
    given = {"data_range": (0, 255)} if needs_range else {}
    result = function(name)(*arrays, **(given | example.options | options))
    return result if isinstance(result, tuple) else (result,)


def call_on(library: Library, name: str, pictures: list[np.ndarray], **options: Any) -> tuple[np.ndarray, ...]:
    """Call on arrays of a library; the results as channels-last NumPy."""
    return tuple(library.back(result) for result in call(name, [library.make(x) for x in pictures], **options))


def expected_dtype(example: Example, dtype: str) -> str:
    if example.gives == "image":
        return "float32" if dtype == "bool" and not example.selects else dtype
    dtype = "bool" if example.operands[0] == "mask" else dtype
    return {"mask": "bool", "labels": "int32"}.get(example.gives, "float64" if dtype in WIDE else "float32")


def expected_shape(example: Example, shape: tuple[int, ...]) -> tuple[int, ...]:
    is_batch = len(shape) == 4
    spatial = shape[:3] if is_batch else shape[:2]
    if example.shape == "gray":
        return (*spatial, 1) if is_batch else spatial
    if example.shape == "plane":
        return (shape[0], shape[3]) if is_batch else shape[2:]
    return (*spatial, 3) if example.shape == "rgb" else shape


def assert_close(got: np.ndarray, wanted: np.ndarray, dtype: str, scale: float = 255.0) -> None:
    """Equal within the rounding of the work dtype: 1e-5 of the range in float32, 1e-12 in float64.

    Integers and float16 were rounded from there: they may differ by one unit where the exact value lies on the border.
    """
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    if got.dtype == bool or got.dtype.kind in "iu":
        difference = np.abs(got.astype(np.float64) - wanted.astype(np.float64))
        assert difference.max() <= (0 if got.dtype == bool else 1)
        assert (difference > 0).mean() <= 0.02  # a decimal weight puts one sum in a thousand on the border itself
        return
    if got.dtype == np.float16:
        tolerance = 2.0**-10 * scale
    else:
        tolerance = scale * (1e-12 if dtype in WIDE else 1e-5)
    np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=0, atol=tolerance)
