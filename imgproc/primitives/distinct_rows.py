"""Distinct colours of an image and how often each occurs."""

from typing import Any

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched

_BITS = {"bool": 8, "uint8": 8, "uint16": 16}
_MOST_BITS = 62


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
