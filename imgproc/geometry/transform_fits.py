"""What fits of transforms need to know of their points: how many they take, and how far to trust them."""

from typing import Any

from imgproc._array.dtypes import dtype_name
from imgproc.primitives.transform_fits import TransformKind

SAMPLE_SIZES: dict[TransformKind, int] = {
    "translation": 1, "euclidean": 2, "similarity": 2, "affine": 3, "projective": 4,
}  # fmt: skip
"""Pairs of points that determine each kind."""

_EPSILONS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23}


def rounding_of(*points: Any) -> float:
    """Return the relative error that coordinates of these dtypes carry."""
    return max(_EPSILONS.get(dtype_name(x), 2.0**-52) for x in points)
