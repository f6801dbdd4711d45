"""The words that public signatures use."""

from typing import Any, Literal, TypeVar

Array = Any
"""An array of any supported library, where its kind is not tied to another argument's."""

ArrayT = TypeVar("ArrayT")
"""A NumPy, CuPy or torch array: the same library, device and layout go in and come out."""

Kind = Literal["numpy", "cupy", "torch"]
Border = Literal["reflect", "symmetric", "edge", "wrap", "constant"]
Interpolation = Literal["linear", "nearest", "cubic", "area", "lanczos"]

__all__ = ["Array", "ArrayT", "Border", "Interpolation", "Kind"]
