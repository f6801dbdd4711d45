"""Which library an array belongs to.

Only libraries that are already imported are asked, so that looking at a NumPy array never loads torch or CuPy.
"""

import sys
from types import ModuleType
from typing import Any, Literal

import numpy as np

AnyKind = Literal["numpy", "cupy", "torch", "strict"]

_kind_of_type: dict[type, AnyKind] = {np.ndarray: "numpy"}


def find_kind(x: object) -> AnyKind | None:
    """Name the library of `x`, or None if it is no image array.

    "strict" is array_api_strict: it has reference bodies only, and serves tests.
    """
    known = _kind_of_type.get(type(x))
    if known is not None:
        return known
    found = _ask_imported_libraries(x)
    if found is not None:
        _kind_of_type[type(x)] = found
    return found


def _ask_imported_libraries(x: object) -> AnyKind | None:
    if isinstance(x, np.ndarray):
        # np.matrix keeps two axes whatever is done to it, and a mask would be dropped in silence
        return None if isinstance(x, np.matrix | np.ma.MaskedArray) else "numpy"
    if (torch := sys.modules.get("torch")) is not None and isinstance(x, torch.Tensor):
        return "torch"
    if (cupy := sys.modules.get("cupy")) is not None and isinstance(x, cupy.ndarray):
        return "cupy"
    strict = sys.modules.get("array_api_strict")
    if strict is not None and type(x).__module__.startswith("array_api_strict") and hasattr(x, "__array_namespace__"):
        return "strict"
    return None


def kind(x: object) -> AnyKind:
    """Name the library an array belongs to.

    Parameters
    ----------
    x : array
        NumPy, CuPy or torch.

    Returns
    -------
    "numpy", "cupy" or "torch"
        Arrays of `array_api_strict` are "strict"; they are laid out as NumPy's and serve tests.

    Raises
    ------
    TypeError
        `x` is none of them, or is an `np.matrix` or a masked array.

    Examples
    --------
    >>> kind(np.zeros((2, 2)))
    'numpy'
    """
    found = find_kind(x)
    if found is None:
        raise TypeError(f"image must be a NumPy, CuPy or torch array, got {describe_type(x)}")
    return found


def describe_type(x: object) -> str:
    """Name a type as users import it: `list`, `numpy.matrix`, `PIL.Image.Image`."""
    cls = type(x)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def namespace(x: Any) -> Any:
    """Return the array-API namespace of `x` (`array_api_compat`'s wrapper of its library)."""
    which = kind(x)
    loaded = _namespaces.get(which)
    if loaded is None:
        loaded = _namespaces[which] = _load_namespace(which)
    return loaded


_namespaces: dict[str, Any] = {}


def _load_namespace(which: AnyKind) -> ModuleType:
    if which == "numpy":
        import array_api_compat.numpy

        return array_api_compat.numpy
    if which == "torch":
        import array_api_compat.torch

        return array_api_compat.torch
    if which == "cupy":
        import array_api_compat.cupy

        return array_api_compat.cupy
    return sys.modules["array_api_strict"]
