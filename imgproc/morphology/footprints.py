"""Footprints: which neighbours an operation looks at."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.kinds import describe_type, find_kind, namespace
from imgproc._checks import LARGEST_SIZE, check_integer, check_number
from imgproc.primitives.rank import Footprint
from imgproc.typing import Array


def disk(radius: float, *, like: Array | None = None) -> Array:
    """Make a round footprint: the cells whose centre lies within `radius` of the middle.

    Parameters
    ----------
    radius : pixels, >= 0
        Need not be an integer: 1 is a cross, 1.5 a square of 3 x 3.
    like : array, optional
        Its library and device are used; NumPy by default.

    Returns
    -------
    bool (2 * floor(radius) + 1, 2 * floor(radius) + 1)

    Raises
    ------
    TypeError
        `radius` is no number, or `like` no array.
    ValueError
        `radius` is negative or not finite.

    Examples
    --------
    >>> disk(2).astype(int).tolist()
    [[0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [1, 1, 1, 1, 1], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]]
    """
    radius = check_number(radius, "radius", at_least=0.0, at_most=(LARGEST_SIZE - 1) / 2)
    reach = math.floor(radius)
    square = np.arange(-reach, reach + 1) ** 2
    return _as_kind_of(like, square[:, None] + square <= radius * radius)


def rectangle(size: int | tuple[int, int], *, like: Array | None = None) -> Array:
    """Make a rectangular footprint.

    Parameters
    ----------
    size : pixels
        The side of a square, or (height, width). Odd sides have a middle; of even ones, the anchor is the cell right of
        or below it.
    like : array, optional
        Its library and device are used; NumPy by default.

    Returns
    -------
    bool (height, width)
        All True.

    Raises
    ------
    TypeError
        `size` holds no integers, or `like` is no array.
    ValueError
        A side is less than 1, or `size` is no pair.

    Examples
    --------
    >>> rectangle((1, 3)).tolist()
    [[True, True, True]]
    """
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"size must be an integer or (height, width), got {size!r}")
    height, width = (check_integer(side, "size", at_least=1, at_most=LARGEST_SIZE) for side in pair)
    return _as_kind_of(like, np.ones((height, width), np.bool_))


def _as_kind_of(like: Any, footprint: np.ndarray) -> Any:
    if like is None:
        return footprint
    if find_kind(like) is None:
        raise TypeError(f"like must be a NumPy, CuPy or torch array, got {describe_type(like)}")
    return namespace(like).asarray(footprint, device=like.device)


def check_footprint(footprint: Any) -> Footprint:
    """Require a 2-D footprint with a cell that is not zero; return it as nested tuples, which kernels keep by value."""
    try:
        cells = to_numpy(footprint) if find_kind(footprint) is not None else np.asarray(footprint)
    except ValueError:
        raise ValueError("footprint must be two-dimensional, got rows of different lengths") from None
    if cells.dtype.kind not in "biuf":
        raise TypeError(f"footprint must hold real numbers, got dtype {cells.dtype}")
    return _nested(cells.tobytes(), cells.shape, cells.dtype.str)


@functools.lru_cache(maxsize=64)
def _nested(values: bytes, shape: tuple[int, ...], dtype: str) -> Footprint:
    cells = np.frombuffer(values, dtype).reshape(shape)
    if cells.ndim != 2 or 0 in cells.shape or max(cells.shape) > LARGEST_SIZE:
        raise ValueError(f"footprint must be (rows, columns), each from 1 to {LARGEST_SIZE}, got shape {cells.shape}")
    if cells.dtype.kind == "f" and not np.isfinite(cells).all():
        raise ValueError("footprint must be finite, got NaN or infinity")
    there = cells != 0
    if not there.any():
        raise ValueError(f"footprint must have a cell that is not zero, got all zeros of shape {cells.shape}")
    return tuple(map(tuple, there.tolist()))
