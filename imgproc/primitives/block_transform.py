"""One small transform of every block of a picture."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled


@dispatched
def transform_blocks(blocks: Any, matrix: Any) -> Any:
    """Return M B Mᵀ for each block B of `blocks` (..., n, n), floating-point, and `matrix` M (n, n) of its dtype."""
    xp = namespace(blocks)
    columns = _times(xp.matrix_transpose(blocks), matrix)
    return _times(xp.matrix_transpose(columns), matrix)


def _times(rows: Any, matrix: Any) -> Any:
    """Multiply vectors along the last axis by a matrix, all in one product of two matrices."""
    xp = namespace(rows)
    flat = xp.reshape(rows, (-1, rows.shape[-1]))
    return xp.reshape(xp.matmul(flat, xp.matrix_transpose(matrix)), rows.shape)


@implements(transform_blocks, "numpy")
def _transform_numba(blocks: Any, matrix: Any) -> Any:
    """Do as the reference body, without what a library of large matrices does for small ones."""
    from imgproc.primitives import _block_transform_numba

    side, dtype = blocks.shape[-1], dtype_name(blocks)
    if dtype not in ("float32", "float64"):
        return NotImplemented
    many = np.ascontiguousarray(blocks).reshape(-1, side, side)
    across = np.ascontiguousarray(matrix.T)
    made = np.empty_like(many)
    signature = f"in3({dtype}), in2({dtype}), in2({dtype}), out3({dtype}), int64, int64"
    kernel = compiled(_block_transform_numba.transform_blocks, signature)
    down = np.ascontiguousarray(matrix)
    run_bands(lambda first, last: kernel(many, down, across, made, first, last), len(many), 2 * side * many.size)
    return made.reshape(blocks.shape)
