"""The vector that a matrix shortens most: solutions of homogeneous equations, many small systems at once."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_CLOSED = 1e-12
"""Of the greatest squared singular value: squares nearer than this are one, and vectors do not turn within them."""

_COST = 20
"""Elementary operations of the singular vectors, for each of columns cubed."""


@dispatched
def null_vector(matrix: Any) -> tuple[Any, Any]:
    """Return the unit vector (..., n) that minimises the length of `matrix` (..., m, n) times it, up to its sign.

    With it the singular values (..., n), greatest first, which tell how well it is determined: the last is the length
    left over, and where the last but one vanishes too, another vector does as well. Fewer rows than columns are filled
    up with zeros. float64 in and out; NaN and infinity are the caller's to refuse.

    Gradients reach the vector alone, by first-order perturbation; they are finite where singular values agree.
    """
    held = matrix.detach() if kind(matrix) == "torch" else matrix
    values, vectors = _decompose(held)
    if kind(matrix) == "torch":
        return _perturbed(matrix, values, vectors), values
    return vectors[..., -1, :], values


def _decompose(matrix: Any) -> tuple[Any, Any]:
    """Return singular values (..., n) and right singular vectors as rows (..., n, n)."""
    xp = namespace(matrix)
    rows, columns = matrix.shape[-2:]
    if rows < columns:
        shape = (*matrix.shape[:-2], columns - rows, columns)
        matrix = xp.concat([matrix, xp.zeros(shape, dtype=matrix.dtype, device=matrix.device)], axis=-2)
    elif rows > columns:
        matrix = xp.linalg.qr(matrix).R
    _, values, vectors = xp.linalg.svd(matrix, full_matrices=False)
    return values, vectors


def _perturbed(matrix: Any, values: Any, vectors: Any) -> Any:
    """Let gradients pass: v turns towards each other v_j by (A v_j)'(A v) over the gap of squared singular values."""
    xp = namespace(matrix)
    vector = vectors[..., -1, :]
    squares = values * values
    gaps = squares[..., -1:] - squares
    is_open = xp.abs(gaps) > _CLOSED * squares[..., :1]
    images = matrix @ xp.matrix_transpose(vectors)  # (..., m, n): A v_j
    inner = xp.sum(images * (matrix @ vector[..., None]), axis=-2)
    turn = xp.where(is_open, inner - inner.detach(), xp.zeros_like(gaps)) / xp.where(is_open, gaps, xp.ones_like(gaps))
    return vector + xp.sum(turn[..., None] * vectors, axis=-2)


@implements(null_vector, "numpy")
def _null_vector_numba(matrix: Any) -> Any:
    """Do as the reference body, without what LAPACK's calls cost a small matrix."""
    from imgproc.primitives import _null_vector_numba

    rows, columns = matrix.shape[-2:]
    many = np.ascontiguousarray(matrix).reshape(-1, columns)
    count = math.prod(matrix.shape[:-2])
    made, values = np.empty((count, columns)), np.empty((count, columns))
    signature = "in2(float64), int64, out2(float64), out2(float64), int64, int64"
    kernel = compiled(_null_vector_numba.null_vectors, signature)
    cost = many.size * columns + count * _COST * columns**3
    run_bands(lambda first, last: kernel(many, rows, made, values, first, last), count, cost)
    shape = (*matrix.shape[:-2], columns)
    return made.reshape(shape), values.reshape(shape)
