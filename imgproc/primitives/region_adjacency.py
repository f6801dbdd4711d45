"""Pairs of labels that touch."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements

_STEPS = {4: ((0, 1), (1, 0)), 8: ((0, 1), (1, 0), (1, 1), (1, -1))}


@dispatched(differentiable=False)
def adjacent_labels(labels: Any, connectivity: int) -> Any:
    """Return the pairs of labels of (H, W) that touch, (E, 2), the lesser first, sorted; a device is waited for."""
    xp = namespace(labels)
    pairs = [_select(first, second) for first, second in _neighbours(labels, connectivity)]
    return _sort_pairs(xp.concat([a for a, _ in pairs]), xp.concat([b for _, b in pairs]))


def _neighbours(labels: Any, connectivity: int) -> list[tuple[Any, Any]]:
    """Return views of (H, W) that lie on their neighbours, once for each direction."""
    height, width = labels.shape
    views = []
    for down, across in _STEPS[connectivity]:
        left, right = max(-across, 0), max(across, 0)
        first = labels[: height - down, left : width - right]
        views.append((first, labels[down:, right : width - left]))
    return views


def _select(first: Any, second: Any) -> tuple[Any, Any]:
    """Return the values of both where they differ."""
    differs = first != second
    return first[differs], second[differs]


def _sort_pairs(first: Any, second: Any) -> Any:
    """Return each pair once, the lesser first, sorted."""
    xp = namespace(first)
    if first.shape[0] == 0:
        return xp.reshape(xp.stack((first, second), axis=-1), (0, 2))
    unique = xp.unique_inverse(xp.concat((first, second)))
    codes = cast_to(unique.inverse_indices, "int64")
    a, b = codes[: first.shape[0]], codes[first.shape[0] :]
    count = unique.values.shape[0]
    pairs = xp.unique_values(xp.minimum(a, b) * count + xp.maximum(a, b))
    return xp.stack([xp.take(unique.values, part, axis=0) for part in (pairs // count, pairs % count)], axis=-1)


@implements(adjacent_labels, "numpy")
def _adjacent_numpy(labels: Any, connectivity: int) -> Any:
    """Runs of a boundary hold one pair many times over: only its first is sorted."""
    firsts, seconds = [], []
    for first, second in _neighbours(labels, connectivity):
        a, b = _select(first, second)
        is_new = np.ones(len(a), bool)
        is_new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        firsts.append(a[is_new])
        seconds.append(b[is_new])
    return _sort_pairs(np.concatenate(firsts), np.concatenate(seconds))
