"""What histograms say: the split into two classes, and the tables that equalize."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled


@dispatched(differentiable=False)
def split_counts(counts: Any) -> Any:
    """Return the last bin of the dark class, the first of equally good ones, of every histogram as (histograms,).

    `counts` is int64 (..., bins). Otsu's split: the greatest variance between the classes.
    """
    xp = namespace(counts)
    bins = counts.shape[-1]
    share = xp.reshape(cast_to(counts, "float64"), (-1, bins))
    value = xp.arange(bins, dtype=xp.float64, device=counts.device)
    dark, moment = xp.cumulative_sum(share, axis=-1), xp.cumulative_sum(share * value, axis=-1)
    bright, rest = dark[..., -1:] - dark, moment[..., -1:] - moment
    both = (dark > 0) & (bright > 0)
    one = xp.ones_like(dark)
    distance = moment / xp.where(both, dark, one) - rest / xp.where(both, bright, one)
    between = xp.where(both, dark * bright * distance * distance, xp.zeros_like(dark))
    # a constant plane has no two classes: its only bin is the dark one
    occupied = xp.argmax(cast_to(share > 0, "int64"), axis=-1)
    best = xp.argmax(between, axis=-1)
    return xp.where(xp.max(between, axis=-1) > 0, best, occupied)


@implements(split_counts, "numpy")
def _split_numba(counts: Any) -> Any:
    from imgproc.primitives import _tone_counts_numba

    flat = np.ascontiguousarray(counts).reshape(-1, counts.shape[-1])
    out = np.empty(len(flat), np.int64)
    compiled(_tone_counts_numba.split, "in2(int64), out1(int64)")(flat, out)
    return out


@dispatched(differentiable=False)
def equalizing_tables(counts: Any, low: float, high: float, by_value: bool, dtype: str) -> Any:
    """Return what values become that are spread evenly over low ... high, of every histogram: (..., entries).

    `counts` is int64 (..., bins). By value there is an entry for each bin, the share up to it, without the least one;
    else for each edge of the bins, the share below it. A histogram of one value leaves all values as they are.
    """
    xp = namespace(counts)
    below = xp.cumulative_sum(cast_to(counts, "float64"), axis=-1)
    total = below[..., -1:]
    if by_value:
        # the count at the least value present: the smallest cumulative count that is not zero
        least = xp.min(xp.where(below > 0, below, total + xp.zeros_like(below)), axis=-1, keepdims=True)
    else:
        below = xp.concat([xp.zeros_like(below[..., :1]), below], axis=-1)
        least = xp.zeros_like(total)
    span = total - least
    one = xp.ones_like(span)
    values = low + (high - low) * (below - least) / xp.where(span > 0, span, one)
    values = xp.where(values < low, xp.full_like(values, low), values)
    place = xp.arange(values.shape[-1], dtype=xp.float64, device=counts.device)
    same = low + (high - low) * place / (values.shape[-1] - 1)
    return cast_to(xp.where(span > 0, values, same + xp.zeros_like(values)), dtype)


@implements(equalizing_tables, "numpy")
def _tables_numba(counts: Any, low: float, high: float, by_value: bool, dtype: str) -> Any:
    from imgproc.primitives import _tone_counts_numba

    flat = np.ascontiguousarray(counts).reshape(-1, counts.shape[-1])
    made = np.empty((len(flat), flat.shape[1] + (not by_value)), dtype)
    kernel = compiled(_tone_counts_numba.tables, f"in2(int64), out2({dtype}), float64, float64, boolean")
    kernel(flat, made, low, high, by_value)
    return made.reshape(*counts.shape[:-1], -1)
