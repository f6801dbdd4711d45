"""Sums of a spectrum times waves along its two axes: a few values of its inverse transform, anywhere between pixels."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled


@dispatched
def wave_sums(spectrum: Any, rows: Any, columns: Any) -> Any:
    """Return rows · spectrum · columnsᵀ, (N, A, B) in complex128.

    spectrum (N, H, W), rows (N, A, H) and columns (N, B, W), all complex of one precision.
    """
    xp = namespace(spectrum)
    across = xp.matmul(spectrum, xp.matrix_transpose(columns))
    return xp.astype(xp.matmul(rows, across), xp.complex128)


@implements(wave_sums, "numpy")
def _wave_sums_numba(spectrum: Any, rows: Any, columns: Any) -> Any:
    """Do as the reference body, in double precision, without what a library of large matrices does for thin ones."""
    from imgproc.primitives import _wave_sums_numba

    name = {"complex64": "float32", "complex128": "float64"}[dtype_name(spectrum)]
    values = np.ascontiguousarray(spectrum).view(name)
    down, across = (np.ascontiguousarray(x, np.complex128).view(np.float64) for x in (rows, columns))
    kernel = compiled(_wave_sums_numba.sum_columns, f"in3({name}), in3(float64), out3(float64), int64, int64, int64")
    count, height = values.shape[:2]
    sums = np.empty((count, height, across.shape[1] * 2))
    for image in range(count):

        def add(first: int, last: int, image: int = image) -> None:
            kernel(values, across, sums, image, first, last)

        run_bands(add, height, 8 * across.shape[1] * values[image].size)
    return np.einsum("nah,nhb->nab", down.view(np.complex128), sums.view(np.complex128))
