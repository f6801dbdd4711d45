"""How often each pair of labels meets."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements

_LARGEST_TABLE = 1 << 22
"""Pairs of labels, up to which counting in a table beats sorting."""


@dispatched(differentiable=False)
def contingency(first: Any, second: Any) -> tuple[Any, Any, Any]:
    """Return the counts of pairs of labels that occur, and those of the labels of each, in float64, in any order.

    Both are of one dimension and an integer dtype.
    """
    xp = namespace(first)
    values = [xp.unique_inverse(x) for x in (first, second)]
    pairs = values[0].inverse_indices * values[1].values.shape[0] + values[1].inverse_indices
    counts = [xp.unique_counts(x).counts for x in (pairs, values[0].inverse_indices, values[1].inverse_indices)]
    together, alone, other = (xp.astype(x, xp.float64) for x in counts)
    return together, alone, other


@implements(contingency, "numpy")
def _contingency_table(first: Any, second: Any) -> Any:
    spans = [(int(x.min()), int(x.max())) for x in (first, second)]
    counts = [high - low + 1 for low, high in spans]
    if counts[0] * counts[1] > _LARGEST_TABLE:
        return NotImplemented
    one, other = (x.astype(np.int64) - low for x, (low, _) in zip((first, second), spans, strict=True))
    table = np.bincount(one * counts[1] + other, minlength=counts[0] * counts[1]).reshape(counts)
    results = (table[table > 0], table.sum(axis=1), table.sum(axis=0))
    return tuple(x[x > 0].astype(np.float64) for x in results)
