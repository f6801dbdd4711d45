"""The two steps that k-means is made of: who is nearest to whom, and what a new centre would gain.

Points are columns (D, N). Sums over points are added up in pieces of fixed size, so that they do not hang on the
number of threads.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_PIECE = 1 << 11
_DEVICE_BLOCK = 1 << 22


@dispatched(differentiable=False)
def assign_to_centers(columns: Any, weights: Any, centers: Any) -> tuple[Any, Any, Any, Any]:
    """Return labels (N,) int32, squared distances (N,), sums (k, D) and counts (k,) of points nearest to each center.

    `centers` is (k, D). Of equal distances the first counts. Sums and counts, in float64, are those of the points times
    `weights` (N,).
    """
    xp = namespace(columns)
    held = cast_to(centers, dtype_name(columns))
    step = max(1, _DEVICE_BLOCK // held.shape[0])
    place = xp.arange(held.shape[0], dtype=xp.int64, device=columns.device)
    labels, squares, sums, counts = [], [], 0.0, 0.0
    for first in range(0, columns.shape[1], step):
        block = columns[:, first : min(first + step, columns.shape[1])]
        distances = square_distances(block, held)
        label = xp.argmin(distances, axis=0)
        labels.append(xp.astype(label, xp.int32))
        squares.append(xp.min(distances, axis=0))
        own = cast_to(weights[first : first + block.shape[1]], "float64")
        shares = xp.where(label[None, :] == place[:, None], own[None, :], xp.zeros_like(own[None, :]))
        sums = sums + xp.matmul(shares, xp.matrix_transpose(cast_to(block, "float64")))
        counts = counts + xp.sum(shares, axis=1)
    return xp.concat(labels), xp.concat(squares), sums, counts


@dispatched(differentiable=False)
def center_potentials(columns: Any, weights: Any, squares: Any, candidates: Any) -> Any:
    """Return, for each candidate (c, D), Σ w · min(square, squared distance to it) over the points, in float64."""
    xp = namespace(columns)
    held, found = cast_to(candidates, dtype_name(columns)), []
    for j in range(held.shape[0]):
        distance = square_distances(columns, held[j : j + 1, :])[0, :]
        least = xp.where(distance < squares, distance, squares)
        found.append(xp.sum(cast_to(least, "float64") * cast_to(weights, "float64")))
    return xp.stack(found)


@dispatched(differentiable=False)
def lesser_squares(columns: Any, squares: Any, center: Any) -> Any:
    """Return the lesser of `squares` (N,) and the squared distances to the one row of `center`."""
    distance = square_distances(columns, cast_to(center, dtype_name(columns)))[0, :]
    return namespace(columns).where(distance < squares, distance, squares)


def as_columns(rows: Any) -> Any:
    """Return points (N, D) as contiguous columns (D, N)."""
    xp, (count, dimensions) = namespace(rows), rows.shape
    return xp.reshape(xp.reshape(xp.matrix_transpose(rows), (-1,)), (dimensions, count))


def square_distances(columns: Any, centers: Any) -> Any:
    """Return (k, N), summed over dimensions in order."""
    total: Any = None
    for d in range(columns.shape[0]):
        t = columns[d, :][None, :] - centers[:, d][:, None]
        total = t * t if total is None else total + t * t
    return total


@implements(assign_to_centers, "numpy")
def _assign_numba(columns: Any, weights: Any, centers: Any) -> Any:
    from imgproc.primitives import _nearest_center_numba

    work = dtype_name(columns)
    held = np.ascontiguousarray(centers, dtype=work)
    dimensions, count = columns.shape
    pieces = math.ceil(count / _PIECE)
    labels, squares = np.empty(count, np.int32), np.empty(count, work)
    sums = np.zeros((pieces, len(held), dimensions + 1))
    kernel = compiled(
        _nearest_center_numba.assign,
        f"in2({work}), in1(float64), in2({work}), out1(int32), out1({work}), out3(float64), int64, int64, int64",
    )
    own = np.ascontiguousarray(columns), np.ascontiguousarray(weights, dtype=np.float64)
    run_bands(
        lambda first, last: kernel(*own, held, labels, squares, sums, _PIECE, first, last),
        pieces, count * (20 + len(held) * dimensions // 3),
    )  # fmt: skip
    total = sums.sum(axis=0)
    return labels, squares, total[:, :dimensions], total[:, dimensions]


@implements(center_potentials, "numpy")
def _potentials_numba(columns: Any, weights: Any, squares: Any, candidates: Any) -> Any:
    from imgproc.primitives import _nearest_center_numba

    work = dtype_name(columns)
    held = np.ascontiguousarray(candidates, dtype=work)
    pieces = math.ceil(columns.shape[1] / _PIECE)
    sums = np.empty((pieces, len(held)))
    kernel = compiled(
        _nearest_center_numba.potentials,
        f"in2({work}), in1(float64), in1({work}), in2({work}), out2(float64), int64, int64, int64",
    )
    own = np.ascontiguousarray(columns), np.ascontiguousarray(weights, dtype=np.float64), np.ascontiguousarray(squares)
    run_bands(
        lambda first, last: kernel(*own, held, sums, _PIECE, first, last),
        pieces, columns.size * (1 + len(held)),
    )  # fmt: skip
    return sums.sum(axis=0)


@implements(lesser_squares, "numpy")
def _lesser_numba(columns: Any, squares: Any, center: Any) -> Any:
    from imgproc.primitives import _nearest_center_numba

    work = dtype_name(columns)
    out = np.empty(columns.shape[1], work)
    kernel = compiled(_nearest_center_numba.lower, f"in2({work}), in1({work}), in2({work}), out1({work}), int64, int64")
    own = np.ascontiguousarray(columns), np.ascontiguousarray(squares), np.ascontiguousarray(center, dtype=work)
    run_bands(lambda first, last: kernel(*own, out, first, last), len(out), columns.size)
    return out
