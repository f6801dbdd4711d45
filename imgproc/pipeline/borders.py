"""What passes from step to step: said in words, handed over to another library, and brought back."""

from collections.abc import Callable
from typing import Any

from imgproc._array.convert import like, to_cupy, to_numpy, to_torch
from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import describe_type, find_kind
from imgproc.typing import Kind


def describe(value: Any) -> str:
    """Say what a step was given: `numpy uint8 (480, 640, 3)`, `list of 3`, `deep.results.Classification`."""
    which = find_kind(value)
    if which is not None:
        place = device_of(value)
        return f"{which} {dtype_name(value)} {tuple(value.shape)}" + ("" if place == "cpu" else f" on {place}")
    return f"{describe_type(value)} of {len(value)}" if isinstance(value, tuple | list) else describe_type(value)


def device_of(array: Any) -> str:
    """Name where an array lies: cpu, cuda:0."""
    device: Any = getattr(array, "device", "cpu")
    return f"cuda:{device.id}" if find_kind(array) == "cupy" else str(device).lower()


def hand_over(value: Any, on: Kind | None, device: Any) -> Any:
    """Return an array, or the arrays in a tuple or list, as the library `on` has them; all as it is for None."""
    if on is None:
        return value
    if find_kind(value) is None and not isinstance(value, tuple | list):
        raise TypeError(f"image must be an array to be handed over as {on!r}, got {describe_type(value)}")
    if on == "torch":
        return _each_array(value, lambda x: to_torch(x, device=device))
    return _each_array(value, to_numpy if on == "numpy" else to_cupy)


def bring_back(value: Any, image: Any) -> Any:
    """Return an array, or the arrays in a tuple or list, in the library and on the device of `image`, if it has one."""
    return value if find_kind(image) is None else _each_array(value, lambda x: _like(x, image))


def _like(x: Any, image: Any) -> Any:
    is_there = find_kind(x) == find_kind(image) and getattr(x, "device", None) == getattr(image, "device", None)
    return x if is_there else like(x, image)


def _each_array(value: Any, convert: Callable[[Any], Any]) -> Any:
    if find_kind(value) is not None:
        return convert(value)
    if not isinstance(value, tuple | list):
        return value
    converted = [_each_array(element, convert) for element in value]
    if all(new is old for new, old in zip(converted, value, strict=True)):
        return value
    if isinstance(value, list):
        return converted
    return type(value)(*converted) if hasattr(value, "_fields") else tuple(converted)
