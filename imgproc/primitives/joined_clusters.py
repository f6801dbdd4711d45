"""Sets of centres that are moved to means, joined until fewer are left, and moved again."""

import math
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.nearest_center import assign_to_centers, square_distances


@dispatched(differentiable=False)
def move_and_join(columns: Any, weights: Any, centers: Any, kept: int, steps: tuple[int, int]) -> tuple[Any, Any]:
    """Move sets of centers (S, K, D) to the means of the points nearest to them, join clusters, and move again.

    `steps` says how often before and after. Those two clusters are joined whose joining adds least to the inertia,
    until `kept` are left. Empty clusters stay where they are. Returns the centres (S, kept, D) and the inertia (S,) of
    the clusters whose means they are, in float64.
    """
    xp, sets, inertias = namespace(columns), [], []
    for s in range(centers.shape[0]):
        moved, counts, _ = _moved(columns, weights, cast_to(centers[s, ...], "float64"), steps[0])
        joined = xp.asarray(join_cheapest(to_numpy(moved), to_numpy(counts), kept), device=columns.device)
        moved, _, inertia = _moved(columns, weights, joined, steps[1])
        sets.append(moved)
        inertias.append(inertia)
    return xp.stack(sets), xp.stack(inertias)


def _moved(columns: Any, weights: Any, centers: Any, steps: int) -> tuple[Any, Any, Any]:
    """Return the moved centres, and the counts and the inertia of their clusters."""
    xp = namespace(columns)
    counts = inertia = xp.zeros(centers.shape[0], dtype=xp.float64, device=columns.device)
    for _ in range(steps):
        _, squares, sums, counts = assign_to_centers(columns, weights, centers)
        before = cast_to(cast_to(centers, dtype_name(columns)), "float64")
        is_empty = counts == 0
        means = sums / xp.where(is_empty, xp.ones_like(counts), counts)[:, None]
        centers = xp.where(is_empty[:, None], centers, means)
        way = xp.sum((centers - before) ** 2, axis=1)
        inertia = xp.sum(cast_to(squares, "float64") * weights) - xp.sum(counts * way)
    return centers, counts, inertia


def join_cheapest(centers: np.ndarray, counts: np.ndarray, kept: int) -> np.ndarray:
    """Make one of those two clusters whose joining adds least to the inertia, until `kept` are left."""
    centers, counts = centers.copy(), counts.copy()
    while len(centers) > kept:
        both = np.maximum(counts[:, None] + counts, 1)
        costs = counts[:, None] * counts / both * square_distances(centers.T, centers)
        np.fill_diagonal(costs, math.inf)
        first, second = divmod(int(np.argmin(costs)), len(centers))
        if counts[first] + counts[second] > 0:
            sums = counts[first] * centers[first] + counts[second] * centers[second]
            centers[first] = sums / both[first, second]
        counts[first] += counts[second]
        centers, counts = np.delete(centers, second, axis=0), np.delete(counts, second)
    return centers


@implements(move_and_join, "numpy")
def _move_and_join_numba(columns: Any, weights: Any, centers: Any, kept: int, steps: tuple[int, int]) -> Any:
    from imgproc.primitives import _joined_clusters_numba

    work, (dimensions, total) = dtype_name(columns), columns.shape
    held = np.ascontiguousarray(centers, dtype=np.float64)
    moved, inertia = np.empty((len(held), kept, dimensions)), np.empty(len(held))
    kernel = compiled(
        _joined_clusters_numba.move_and_join,
        f"in2({work}), in1(float64), in3(float64), int64, int64, int64, out3(float64), out1(float64), int64, int64",
    )
    own = np.ascontiguousarray(columns), np.ascontiguousarray(weights, dtype=np.float64)
    run_bands(
        lambda first, last: kernel(*own, held, kept, *steps, moved, inertia, first, last),
        len(held), len(held) * sum(steps) * total * (20 + held.shape[1] * dimensions // 3), least_rows=1,
    )  # fmt: skip
    return moved, inertia
