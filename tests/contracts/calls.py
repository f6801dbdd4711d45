"""Calling the functions of the registry on pictures of any dtype, layout and library."""

import dataclasses
import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from imgproc._array.dtypes import dtype_name
from imgproc._array.layout import spatial_axes
from tests.contracts.registry import EXAMPLES, MAP_SIZE, Example
from tests.libraries import Library

DTYPES = (
    "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64",
)  # fmt: skip
WITHOUT_RANGE = ("int8", "int16", "uint32", "int32", "uint64", "int64")
WIDE = ("uint32", "int32", "uint64", "int64", "float64")
SIZE = (11, 14)
TEMPLATE = (4, 3)


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
    channels = [(3,)] if kind == "rgb" else [(1,)] if kind in ("gray", "mask", "labels") else [(1,), (3,)]
    channels += [(4,)] if example.alpha else []
    single = [] if kind == "rgb" else [SIZE]
    batches = [] if example.shape == "ragged" else [(2, *SIZE, *c) for c in channels]
    return single + [(*SIZE, *c) for c in channels] + batches


def operand_shape(kind: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an operand whose first one has `shape`."""
    if kind == "half":
        return scaled(shape, 1 / 2)
    if kind == "weights":
        return (*shape[:3], 1) if len(shape) == 4 else shape[:2]
    if kind == "map":
        return (*shape[:1], *MAP_SIZE, 2) if len(shape) == 4 else (*MAP_SIZE, 2)
    if kind != "template":
        return shape
    height, width, *channels = shape[1:] if len(shape) == 4 else shape
    return (min(height, TEMPLATE[0]), min(width, TEMPLATE[1]), *channels)


def scaled(shape: tuple[int, ...], scale: float) -> tuple[int, ...]:
    """Return a channels-last shape with its sides scaled, rounded up."""
    first = 1 if len(shape) == 4 else 0
    sides = (math.ceil(round(n * scale, 9)) for n in shape[first : first + 2])
    return (*shape[:first], *sides, *shape[first + 2 :])


def operand(kind: str, dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return a picture for one operand, where the first one has `dtype` and `shape`."""
    if kind == "weights":
        dtype = dtype if dtype.startswith("float") else "float32"
    if kind == "map":  # positions within the image and about it
        height, width = shape[-3:-1] if len(shape) > 2 else shape
        return np.random.default_rng(seed).uniform(-2, (width + 1, height + 1), operand_shape(kind, shape))
    if kind == "labels":
        dtype = "int32" if dtype.startswith("float") else dtype
        values = picture(dtype, shape, seed)
        return values if dtype == "bool" else values // values.dtype.type(40)
        return picture(dtype, operand_shape(kind, shape), seed) / np.dtype(dtype).type(255)
    return picture("bool" if kind == "mask" else dtype, operand_shape(kind, shape), seed)


def operands(example: Example, dtype: str, shape: tuple[int, ...]) -> list[np.ndarray]:
    pictures = [operand(kind, dtype, shape, seed) for seed, kind in enumerate(example.operands)]
    return [x / x.dtype.type(255) if example.ranged and x.dtype.kind == "f" else x for x in pictures]


def call(name: str, arrays: list[Any], **options: Any) -> tuple[Any, ...]:
    """Call a function of the registry; the results always as a tuple."""
    example = EXAMPLES[name]
    needs_range = example.ranged and dtype_name(arrays[0]) in WITHOUT_RANGE if hasattr(arrays[0], "dtype") else False
    given: dict[str, Any] = {"data_range": (0, 255)} if needs_range else {}
    if example.axis and getattr(arrays[0], "ndim", 0) in (2, 3, 4):
        given["axis"] = spatial_axes(arrays[0])[1]
    taken = (arrays,) if example.listed else arrays
    result = function(name)(*taken, **(given | example.options | options))
    if dataclasses.is_dataclass(result):
        return tuple(getattr(result, f.name) for f in dataclasses.fields(result))
    return tuple(result) if isinstance(result, tuple | list) else (result,)


def takes(example: Example, library: Library) -> bool:
    """Say whether a function takes the arrays of a library."""
    return not (example.host_only and library.name == "cupy")


def call_on(library: Library, name: str, pictures: list[np.ndarray], **options: Any) -> tuple[np.ndarray, ...]:
    """Call on arrays of a library; the results as channels-last NumPy."""
    if not takes(EXAMPLES[name], library):
        pytest.skip("takes host arrays only")
    return tuple(library.back(result) for result in call(name, [library.make(x) for x in pictures], **options))


def expected_dtype(example: Example, dtype: str, part: int = 0) -> str:
    if part in example.fixed:
        return example.fixed[part]
    gives = example.parts[part][0] if example.parts else example.gives
    dtype = "int32" if example.operands[0] == "labels" and dtype.startswith("float") else dtype
    if gives == "image":
        return "float32" if dtype == "bool" and not example.selects else dtype
    dtype = "bool" if example.operands[0] == "mask" else dtype
    if gives == "spectrum":
        return "complex128" if dtype in WIDE else "complex64"
    return {"mask": "bool", "labels": "int32"}.get(gives, "float64" if dtype in WIDE else "float32")


def expected_shape(example: Example, shape: tuple[int, ...], part: int = 0) -> tuple[int, ...]:
    if example.parts:
        example = dataclasses.replace(example, shape=example.parts[part][1], parts=())
    is_batch = len(shape) == 4
    if example.size is not None:
        shape = (*shape[:is_batch], *example.size, *shape[is_batch + 2 :])
    if example.scales:
        shape = scaled(shape, example.scales[part])
    spatial = shape[:3] if is_batch else shape[:2]
    if example.shape in ("image", "point"):
        return (*shape[:is_batch], *((2,) if example.shape == "point" else ()))
    if example.shape == "gray":
        return (*spatial, 1) if is_batch else spatial
    if example.shape == "valid":
        fitting = tuple(n - t + 1 for n, t in zip(spatial[-2:], TEMPLATE, strict=True))
        return (shape[0], *fitting, 1) if is_batch else fitting
    if example.shape == "pair":
        return (*spatial, 2)
    if example.shape == "plane":
        return (shape[0], shape[3]) if is_batch else shape[2:]
    return (*spatial, 3) if example.shape == "rgb" else shape


def assert_close(got: np.ndarray, wanted: np.ndarray, dtype: str, scale: float = 255.0) -> None:
    """Equal within the rounding of the work dtype: 1e-5 of the range in float32, 1e-12 in float64.

    Integers and float16 were rounded from there: they may differ by one unit where the exact value lies on the border.
    """
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    if got.dtype.kind == "c":
        got, wanted = (np.stack((x.real, x.imag)) for x in (got, wanted))
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
