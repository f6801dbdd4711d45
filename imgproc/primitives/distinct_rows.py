"""Distinct colours of an image and how often each occurs."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled, kernel_dtype

_BITS = {"bool": 8, "uint8": 8, "uint16": 16}
_MOST_BITS = 62

_MOST_MARKS = 24
"""Bits of a colour up to which each that there could be has a mark, in two megabytes at most; others are sorted."""


def can_pack(channels: int, dtype: str) -> bool:
    """Say whether a colour of so many channels fits one integer."""
    return dtype in _BITS and channels * _BITS[dtype] <= _MOST_BITS


@dispatched(differentiable=False)
def distinct_rows(rows: Any) -> tuple[Any, Any, Any]:
    """Return (distinct rows (M, C), counts (M,) int64, places (N,)) of rows (N, C) of bytes or words, sorted.

    Row i is distinct row places[i].
    """
    xp, bits = namespace(rows), _BITS[dtype_name(rows)]
    channels = rows.shape[1]
    packed = cast_to(rows[:, 0], "int64")
    for c in range(1, channels):
        packed = packed * 2**bits + cast_to(rows[:, c], "int64")
    values, places = xp.unique_inverse(packed)
    counts = xp.unique_counts(packed).counts
    parts = [(values // 2 ** (bits * (channels - 1 - c))) % 2**bits for c in range(channels)]
    return cast_to(xp.stack(parts, axis=1), dtype_name(rows)), counts, xp.reshape(places, (-1,))


@implements(distinct_rows, "numpy")
def _distinct_marked(rows: Any) -> Any:
    name, channels = kernel_dtype(rows), rows.shape[1]
    bits = _BITS[dtype_name(rows)]
    if bits * channels > _MOST_MARKS:
        return NotImplemented
    from imgproc.primitives import _distinct_rows_numba

    source = np.ascontiguousarray(cast_to(rows, name))
    words = np.zeros(-(-(2 ** (bits * channels)) // 64), np.uint64)
    before = np.empty(len(words) + 1, np.int64)
    compiled(_distinct_rows_numba.mark, f"in2({name}), int64, out1(uint64), out1(int64)")(source, bits, words, before)
    places, counts = np.empty(len(rows), np.int64), np.empty(before[-1], np.int64)
    place = compiled(
        _distinct_rows_numba.place, f"in2({name}), int64, in1(uint64), in1(int64), out1(int64), out1(int64)"
    )
    place(source, bits, words, before, places, counts)
    distinct = np.empty((len(counts), channels), name)
    compiled(_distinct_rows_numba.unpack, f"in1(uint64), int64, out2({name})")(words, bits, distinct)
    return cast_to(distinct, dtype_name(rows)), counts, places
