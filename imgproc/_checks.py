"""Argument checks, one line per use; each raises before any work: `<name> must <rule>, got <value>`."""

import math
import operator
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from imgproc._array.convert import value_range
from imgproc._array.dtypes import dtype_name, is_float, is_real
from imgproc._array.kinds import describe_type, find_kind
from imgproc._array.layout import channel_axis, channels_of
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
