"""Argument checks, one line per use; each raises before any work: `<name> must <rule>, got <value>`."""

import functools
import math
import operator
import os
import sys
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from imgproc._array.convert import value_range
from imgproc._array.dtypes import cast_to, dtype_name, is_float, is_real
from imgproc._array.kinds import describe_type, find_kind, kind, namespace
from imgproc._array.layout import channel_axis, channels_of, size_of
from imgproc.typing import Border

_BORDERS = get_args(Border)
LARGEST_SIZE = 2**15
"""Kernels and windows wider than this are taken for a slip of the pen: no image needs them."""


def check_array(x: Any, name: str = "image") -> None:
    """Require a NumPy, CuPy or torch array of a real dtype with at least one element."""
    if find_kind(x) is None:
        raise TypeError(f"{name} must be a NumPy, CuPy or torch array, got {describe_type(x)}")
    if not is_real(x):
        raise TypeError(f"{name} must be bool, a real integer or a float of at most 64 bits, got dtype {dtype_name(x)}")
    if 0 in x.shape:
        raise ValueError(f"{name} must not be empty, got shape {tuple(x.shape)}")


def check_image(x: Any, name: str = "image") -> None:
    """Require an image or a batch: 2 to 4 axes, a real dtype, not empty."""
    check_array(x, name)
    if not 2 <= x.ndim <= 4:
        raise ValueError(f"{name} must have 2, 3 or 4 axes, got shape {tuple(x.shape)}")


def check_gray(x: Any, name: str = "image") -> None:
    """Require (H, W), or an image or batch of one channel."""
    check_image(x, name)
    if channels_of(x) != 1:
        raise ValueError(f"{name} must be (H, W) or have one channel, got shape {tuple(x.shape)}")


def check_rgb(x: Any, name: str = "image") -> None:
    """Require an image or a batch of three channels."""
    check_image(x, name)
    if channel_axis(x) is None or channels_of(x) != 3:
        raise ValueError(f"{name} must have three channels, got shape {tuple(x.shape)}")


def check_mask(x: Any, name: str = "mask") -> None:
    """Require a bool array of one channel."""
    check_gray(x, name)
    if dtype_name(x) != "bool":
        raise TypeError(f"{name} must be bool, got dtype {dtype_name(x)}")


def check_same_kind(**arrays: Any) -> None:
    """Require arrays of one library and device; the error names two that differ."""
    (first_name, first), *others = arrays.items()
    for name, x in others:
        if find_kind(x) != find_kind(first):
            raise TypeError(
                f"{name} must be of the library of {first_name}, got {describe_type(x)} and {describe_type(first)}"
            )
        if getattr(x, "device", None) != getattr(first, "device", None):
            raise ValueError(f"{name} must be on the device of {first_name}, got {x.device} and {first.device}")


def check_same_shape(**arrays: Any) -> None:
    """Require arrays of one library and one shape."""
    check_same_kind(**arrays)
    (first_name, first), *others = arrays.items()
    for name, x in others:
        if x.shape != first.shape:
            shapes = f"{tuple(x.shape)} and {tuple(first.shape)}"
            raise ValueError(f"{name} must have the shape of {first_name}, got {shapes}")


def check_same_dtype(**arrays: Any) -> None:
    """Require arrays of one dtype: of two, values would mean two things."""
    (first_name, first), *others = arrays.items()
    for name, x in others:
        if dtype_name(x) != dtype_name(first):
            raise TypeError(f"{name} must be of the dtype of {first_name}, got {dtype_name(x)} and {dtype_name(first)}")


def check_choice(value: Any, choices: Sequence[Any], name: str) -> Any:
    """Require one of `choices`."""
    if not isinstance(value, str | int) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def check_border(border: Any, fill: Any, image: Any) -> float:
    """Require a border word and a fill value; return the fill as a float."""
    check_choice(border, _BORDERS, "border")
    value = check_number(fill, "fill", finite=False)
    if not is_float(image) and not math.isfinite(value):
        raise ValueError(f"fill must be finite for {dtype_name(image)} images, got {fill!r}")
    return value


def check_number(
    value: Any,
    name: str,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    finite: bool = True,
) -> float:
    """Require a real number (no bool, no array) in a range; return it as a float."""
    number = _as_float(value, name)
    if finite and not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least:g}, got {value!r}")
    if number <= above and above != -math.inf:
        raise ValueError(f"{name} must be above {above:g}, got {value!r}")
    if number > at_most:
        raise ValueError(f"{name} must be at most {at_most:g}, got {value!r}")
    return number


def _as_float(value: Any, name: str) -> float:
    if isinstance(value, float):
        return value
    if (
        isinstance(value, bool | np.bool_ | str | bytes)
        or getattr(value, "ndim", 0) != 0
        or hasattr(value, "requires_grad")
    ):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        if isinstance(value, complex | np.complexfloating):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a real number, got {value!r}") from None
    except OverflowError:
        raise ValueError(f"{name} must be finite, got {value!r}") from None


def check_integer(value: Any, name: str, *, at_least: int, at_most: int = 2**31 - 1) -> int:
    """Require an integer (no bool, no float) in a range; return it as an int."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if not at_least <= number <= at_most:
        raise ValueError(f"{name} must be from {at_least} to {at_most}, got {value!r}")
    return number


def check_odd_size(size: Any, name: str = "size") -> tuple[int, int]:
    """Require an odd integer or a pair (height, width) of them; return the pair."""
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"{name} must be an odd integer or (height, width), got {size!r}")
    height, width = (check_integer(value, name, at_least=1, at_most=LARGEST_SIZE) for value in pair)
    if height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"{name} must be odd, got {size!r}")
    return height, width


def check_size(size: Any, image: Any, name: str = "size") -> tuple[int, int]:
    """Require (height, width) of a result of the dtype and channels of `image` that fits into memory; return it."""
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"{name} must be (height, width), got {size!r}")
    height, width = (check_integer(side, name, at_least=1, at_most=2**30) for side in size)
    planes = math.prod(image.shape) // math.prod(size_of(image))
    if height * width * planes * getattr(image.dtype, "itemsize", 8) > _memory():
        raise ValueError(f"{name} must fit into memory, got {height} x {width} for shape {tuple(image.shape)}")
    return height, width


@functools.cache
def _memory() -> int:
    """Count the bytes of the machine's memory, which no result of a device goes beyond either."""
    known = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in known and "SC_PAGE_SIZE" in known:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 2**40


def check_rng(rng: Any) -> np.random.Generator:
    """Require a seed or a NumPy Generator; return a Generator."""
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        seed = operator.index(rng)
    except TypeError:
        raise TypeError(f"rng must be an integer or a numpy.random.Generator, got {rng!r}") from None
    if seed < 0:
        raise ValueError(f"rng must be at least 0, got {rng!r}")
    return np.random.default_rng(seed)


def check_flag(value: Any, name: str) -> bool:
    """Require True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def check_data_range(data_range: Any, image: Any) -> tuple[float, float]:
    """Require (low, high) with low < high, or an image whose dtype has a range of its own; return the pair."""
    if data_range is None:
        return value_range(image)
    if not isinstance(data_range, tuple | list) or len(data_range) != 2:
        raise TypeError(f"data_range must be a pair (low, high), got {data_range!r}")
    low, high = (check_number(value, "data_range") for value in data_range)
    if not low < high:
        raise ValueError(f"data_range must be increasing, got {data_range!r}")
    return low, high


def check_span(data_range: Any, image: Any) -> float:
    """Require a positive number, or what `check_data_range` takes; return how far apart black and white are."""
    if data_range is None or isinstance(data_range, tuple | list):
        low, high = check_data_range(data_range, image)
        return high - low
    return check_number(data_range, "data_range", above=0.0)


def check_points(x: Any, name: str = "points", *, dim: int = 2, batch: bool = False) -> None:
    """Require an array of points: (N, dim), and with `batch` also (B, N, dim); there may be none."""
    if find_kind(x) is None:
        raise TypeError(f"{name} must be a NumPy, CuPy or torch array, got {describe_type(x)}")
    if not is_real(x):
        raise TypeError(f"{name} must be bool, a real integer or a float of at most 64 bits, got dtype {dtype_name(x)}")
    if x.ndim not in (2, 3)[: 1 + batch] or x.shape[-1] != dim:
        wanted = f"(N, {dim}) or (B, N, {dim})" if batch else f"(N, {dim})"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(x.shape)}")


def check_matrix(x: Any, name: str, like: Any, *, shape: tuple[int, ...] = (3, 3), batch: bool = False) -> Any:
    """Require finite numbers of `shape`, and with `batch` also (B, *shape); return them as float64 where `like` lies.

    A list or a NumPy array is copied up; other arrays must lie there already. On a device nothing is looked at.
    """
    if find_kind(x) not in (None, "numpy"):
        check_same_kind(**{"array": like, name: x})
    else:
        given = describe_type(x)
        try:
            x = np.asarray(x)
        except ValueError:
            raise ValueError(f"{name} must have shape {shape}, got rows of different lengths") from None
        if x.dtype.kind not in "biuf":
            raise TypeError(f"{name} must be an array or a list of real numbers, got {given} of dtype {x.dtype}")
    if not is_real(x):
        raise TypeError(f"{name} must be real numbers, got dtype {dtype_name(x)}")
    if tuple(x.shape[x.ndim - len(shape) :]) != shape or x.ndim > len(shape) + batch:
        wanted = f"{shape} or (B, {', '.join(map(str, shape))})" if batch else f"{shape}"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(x.shape)}")
    check_finite(**{name: x})
    exact = cast_to(x, "float64")
    if isinstance(exact, np.ndarray) and find_kind(like) != "numpy":
        return namespace(like).asarray(exact, device=like.device)
    return exact


def check_finite(*, wait: bool = False, **arrays: Any) -> None:
    """Require arrays without NaN and infinity, where they can be looked at; on a device only if told to `wait`."""
    for name, x in arrays.items():
        if is_float(x) and (wait or can_look(x)) and not bool(namespace(x).all(namespace(x).isfinite(x))):
            raise ValueError(f"{name} must be finite, got NaN or infinity")


def can_look(*arrays: Any) -> bool:
    """Say whether values can be read without waiting for a device, and without a torch transform seeing it."""
    return all(map(_can_look, arrays))


def _can_look(x: Any) -> bool:
    library = kind(x)
    if library != "torch":
        return library != "cupy"
    torch = sys.modules["torch"]
    return (
        x.device.type == "cpu"
        and not torch.compiler.is_compiling()
        and not torch._C._len_torch_dispatch_stack()
        and not torch._C._functorch.is_functorch_wrapped_tensor(x)
    )
