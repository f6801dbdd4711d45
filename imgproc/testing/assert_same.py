"""Equality of arrays of any library, with an error that shows the worst place."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import describe_type, find_kind
from imgproc._checks import check_number
from imgproc.arrays import to_numpy
from imgproc.typing import Array


def assert_same(a: Array, b: Array, *, absolute: float = 0.0, relative: float = 0.0) -> None:
    """Assert that two arrays have one shape, one dtype, and the same values.

    Parameters
    ----------
    a, b : arrays of any kind, or numbers
        Arrays of two libraries are compared as images, channels last, and brought to the host. A Python number has no
        dtype: it fits any.
    absolute, relative : >= 0
        Values may differ by ``absolute + relative * max(abs(a), abs(b))``, at each place. NaN is the same as NaN, and
        an infinity as itself only. Integers are compared exactly, however large.

    Raises
    ------
    AssertionError
        Shapes, dtypes or values differ; says how many do, which differ most, and where.
    TypeError
        `a` or `b` is neither array nor number.

    Examples
    --------
    >>> assert_same(torch.zeros(3, 4, 5), np.zeros((4, 5, 3), np.float32))
    >>> assert_same(np.array([[1.0, 2.0]]), np.array([[1.0, 2.5]]), absolute=0.1)
    Traceback (most recent call last):
    ...
    AssertionError: values must be the same within 0.1, got 1 of 2 that differ, most at (0, 1): 2.0 and 2.5
    """
    check_number(absolute, "absolute", at_least=0.0)
    check_number(relative, "relative", at_least=0.0)
    first, second = _on_host(a, b)
    if first.shape != second.shape:
        raise AssertionError(f"arrays must have one shape, got {first.shape} and {second.shape}")
    names = [dtype_name(x) for x in (a, b) if not isinstance(x, bool | int | float)]
    if len(set(names)) == 2:
        raise AssertionError(f"arrays must have one dtype, got {names[0]} and {names[1]}")
    differs, distance = _compare(first, second, absolute, relative)
    if differs.any():
        place = np.unravel_index(int(np.where(differs, distance, -1).argmax()), differs.shape)
        where = tuple(int(index) for index in place)
        bound = " + ".join([f"{absolute:g}"] * (absolute > 0) + [f"{relative:g} of the greater"] * (relative > 0))
        rule = f"the same within {bound}" if bound else "the same"
        raise AssertionError(
            f"values must be {rule}, got {int(differs.sum())} of {differs.size} that differ, "
            f"most at {where}: {first[where].item()!r} and {second[where].item()!r}"
        )


def _on_host(a: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
    hosted = []
    for x in (a, b):
        if isinstance(x, bool | int | float | np.generic):
            hosted.append(np.asarray(x))
        elif find_kind(x) is None:
            raise TypeError(f"a and b must be NumPy, CuPy or torch arrays, got {describe_type(x)}")
        else:
            # of one library both keep their axes, so that the place is told in the caller's terms
            hosted.append(_as_it_lies(x) if find_kind(a) == find_kind(b) == "torch" else to_numpy(x))
    return hosted[0], hosted[1]


def _as_it_lies(tensor: Any) -> np.ndarray:
    return to_numpy(tensor.reshape(-1)).reshape(tuple(tensor.shape))


def _compare(a: np.ndarray, b: np.ndarray, absolute: float, relative: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where the values differ, and by how much."""
    if a.dtype.kind == "b" or b.dtype.kind == "b":
        different = np.asarray(a.astype(bool) != b.astype(bool))
        return different, different.astype(np.float64)
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        greater, lesser = np.maximum(a, b), np.minimum(a, b)
        # wraps for distant signed numbers, to what the unsigned type reads rightly
        distance = np.subtract(greater, lesser).view(f"u{greater.itemsize}")
        allowed = absolute + relative * np.maximum(np.abs(a.astype(np.float64)), np.abs(b.astype(np.float64)))
        return np.asarray(distance > allowed), distance.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        x, y = a.astype(np.float64), b.astype(np.float64)
        distance = np.abs(x - y)
        within = np.isfinite(x) & np.isfinite(y) & (distance <= absolute + relative * np.maximum(np.abs(x), np.abs(y)))
    same = (x == y) | (np.isnan(x) & np.isnan(y)) | within
    return np.asarray(~same), np.where(np.isnan(distance), np.inf, distance)
