"""Points (x, y) at pixel centres and between them, and boxes (x1, y1, x2, y2) in edge coordinates."""

from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from imgproc._checks import check_choice, check_number
from imgproc.arrays import to_cupy, to_torch
from imgproc.testing._sizes import Size, check_size, counts
from imgproc.typing import Array, Kind


def points(
    *,
    min_count: int = 1,
    max_count: int = 32,
    size: Size = 64,
    dtype: Literal["float32", "float64"] = "float64",
    kind: Kind = "numpy",
) -> st.SearchStrategy[Array]:
    """Draw points inside an image, on the grid of pixel centres and off it; some coincide.

    Parameters
    ----------
    min_count, max_count : int, >= 0
    size : int or (height, width) of the image
        x is from 0 to width - 1, y from 0 to height - 1: interpolation needs no border.
    dtype : "float32" or "float64"
    kind : "numpy", "cupy" or "torch"

    Returns
    -------
    hypothesis.strategies.SearchStrategy of (N, 2)
        Shrinks towards few points at (0, 0).

    Raises
    ------
    ValueError
        A range is empty or a choice unknown.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(found=points(size=(48, 64)))
    ... def points_lie_inside(found):
    ...     assert found.min() >= 0 and (found <= (63, 47)).all()
    >>> points_lie_inside()
    """
    height, width = check_size(size, "size")
    least, greatest = counts(min_count, max_count)
    _check_result(dtype, kind)
    pairs = st.tuples(_places(width - 1), _places(height - 1))
    return st.lists(pairs, min_size=least, max_size=greatest).map(lambda rows: _as_kind(rows, 2, dtype, kind))


def boxes(
    *,
    min_count: int = 1,
    max_count: int = 16,
    size: Size = 64,
    min_side: float = 0.0,
    dtype: Literal["float32", "float64"] = "float64",
    kind: Kind = "numpy",
) -> st.SearchStrategy[Array]:
    """Draw boxes inside an image, in edge coordinates; some end on pixel edges, coincide, or fill the image.

    Parameters
    ----------
    min_count, max_count : int, >= 0
    size : int or (height, width) of the image
        x1 <= x2 are from 0 to width, y1 <= y2 from 0 to height.
    min_side : pixels, >= 0
        Of width and height of a box; with 0 some boxes are empty.
    dtype : "float32" or "float64"
    kind : "numpy", "cupy" or "torch"

    Returns
    -------
    hypothesis.strategies.SearchStrategy of (N, 4)
        Shrinks towards few boxes of the least side at (0, 0).

    Raises
    ------
    ValueError
        A range is empty, a choice unknown, or `min_side` larger than the image.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(found=boxes(size=64, min_side=1))
    ... def sides_are_long_enough(found):
    ...     assert (found[:, 2:] - found[:, :2] >= 1).all()
    >>> sides_are_long_enough()
    """
    height, width = check_size(size, "size")
    side = check_number(min_side, "min_side", at_least=0.0, at_most=min(height, width))
    least, greatest = counts(min_count, max_count)
    _check_result(dtype, kind)
    box = st.tuples(_spans(width, side, dtype), _spans(height, side, dtype)).map(
        lambda spans: (spans[0][0], spans[1][0], spans[0][1], spans[1][1])
    )
    return st.lists(box, min_size=least, max_size=greatest).map(lambda rows: _as_kind(rows, 4, dtype, kind))


def _check_result(dtype: str, kind: str) -> None:
    check_choice(dtype, ("float32", "float64"), "dtype")
    check_choice(kind, ("numpy", "cupy", "torch"), "kind")


def _places(last: int) -> st.SearchStrategy[float]:
    return st.one_of(st.integers(0, last).map(float), st.floats(0.0, last))


def _spans(length: int, side: float, dtype: str) -> st.SearchStrategy[tuple[float, float]]:
    """Draw (first, last) with last - first >= side, in the dtype: on pixel edges or anywhere."""
    at_least = int(np.ceil(side))
    on_edges = st.integers(at_least, length).flatmap(
        lambda extent: st.integers(0, length - extent).map(lambda first: (float(first), float(first + extent)))
    )
    shares = st.floats(0.0, 1.0)
    narrow = np.dtype(dtype).type

    def between(share: tuple[float, float]) -> tuple[float, float]:
        extent = side + share[0] * (length - side)
        first = narrow(share[1] * (length - extent))
        last = min(narrow(first + narrow(extent)), narrow(length))
        if last - first < side:  # lost in rounding: the box at the far end is as good
            first, last = narrow(max(length - np.ceil(extent), 0)), narrow(length)
        return float(first), float(last)

    return st.one_of(on_edges, st.tuples(shares, shares).map(between))


def _as_kind(rows: list[Any], columns: int, dtype: str, kind: Kind) -> Array:
    x = np.array(rows, dtype).reshape(-1, columns)
    return to_torch(x) if kind == "torch" else to_cupy(x) if kind == "cupy" else x
