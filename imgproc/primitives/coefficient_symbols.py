"""The symbols by which a JPEG writes down the coefficients of its blocks."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled
from imgproc.primitives.histogram import histogram

SIZES = 16
"""Numbers of bits that a coefficient can have, 0 among them."""

RUN = 16
_SYMBOLS = RUN * SIZES
_UNUSED = 1
"""A run of one before a coefficient of no bits: does not occur."""

_LONG_RUN = 15
"""Sixteen zeros: fifteen before a coefficient of no bits."""


@dispatched(differentiable=False)
def tally_symbols(coefficients: Any, order: np.ndarray) -> tuple[Any, Any, Any]:
    """Count the symbols of blocks (N, blocks, n), whole numbers, read in `order` (n,); NaN counts as zero.

    Returns the counts (N, 256) of run + 16 size, of the runs of zeros and the sizes of the coefficients that end them;
    the counts (N, 16) of the sizes of steps between the first coefficients of blocks; and the sum (N,) of all sizes.
    A size is a number of bits, at most 15. float64.
    """
    xp = namespace(coefficients)
    known = xp.where(xp.isnan(coefficients), xp.zeros_like(coefficients), coefficients)
    blocks = xp.take(cast_to(known, "int32"), xp.asarray(order, device=known.device), axis=2)
    means = blocks[:, :, :1]
    steps = xp.concat([means[:, :1, :], means[:, 1:, :] - means[:, :-1, :]], axis=1)
    step_sizes, sizes = _bit_sizes(steps), _bit_sizes(blocks[:, :, 1:])
    symbols, long_runs = _run_symbols(sizes)
    table = cast_to(histogram(symbols, (1, 2), _SYMBOLS, 0, _SYMBOLS - 1), "float64")
    place = xp.arange(_SYMBOLS, dtype=xp.int64, device=table.device)
    table = xp.where(place == _UNUSED, xp.zeros_like(table), table)
    long_runs = xp.reshape(cast_to(long_runs, "float64"), (-1, 1))
    table = table + xp.where(place == _LONG_RUN, long_runs, xp.zeros_like(table))
    step_table = cast_to(histogram(step_sizes, (1, 2), SIZES, 0, SIZES - 1), "float64")
    bits = sum(xp.sum(cast_to(s, "float64"), axis=(1, 2)) for s in (step_sizes, sizes))
    return table, step_table, bits


def _bit_sizes(values: Any) -> Any:
    """Return the number of bits of each magnitude."""
    xp = namespace(values)
    magnitude, size = xp.abs(values), xp.zeros_like(values)
    for bits in range(SIZES - 1):
        size = size + xp.astype(magnitude >= 2**bits, size.dtype)
    return cast_to(size, "uint8")


def _run_symbols(sizes: Any) -> tuple[Any, Any]:
    """Return (run, size) of the nonzero coefficients and end marks as one number, and how often 16 zeros are skipped.

    A block that ends in zeros has the symbol 0 at its last place.
    """
    xp = namespace(sizes)
    size = cast_to(sizes, "int32")
    here = size > 0
    place = xp.arange(1, size.shape[2] + 1, dtype=xp.int32, device=size.device)
    last = xp.where(here, place, xp.zeros_like(size))  # to become the greatest place so far, by doubling
    before = xp.zeros_like(last)
    step = 1
    while step < size.shape[2]:
        last = _greater(last, xp.concat([before[:, :, :step], last[:, :, :-step]], axis=2))
        step *= 2
    run = place - 1 - xp.concat([before[:, :, :1], last[:, :, :-1]], axis=2)
    symbols = xp.where(here, run % RUN + RUN * size, xp.full_like(size, _UNUSED))
    ends = (last[:, :, -1:] < place[-1]) & (place == place[-1])
    symbols = xp.where(ends, xp.zeros_like(size), symbols)
    long_runs = xp.where(here, run // RUN, xp.zeros_like(run))
    return cast_to(symbols, "uint8"), xp.sum(long_runs, axis=(1, 2))


def _greater(a: Any, b: Any) -> Any:
    return namespace(a).where(a > b, a, b)


@implements(tally_symbols, "numpy")
def _tally_numba(coefficients: Any, order: np.ndarray) -> Any:
    from imgproc.primitives import _coefficient_symbols_numba

    dtype = dtype_name(coefficients)
    if dtype not in ("float32", "float64"):
        return NotImplemented
    count = len(coefficients)
    table, steps, bits = np.zeros((count, _SYMBOLS)), np.zeros((count, SIZES)), np.zeros(count)
    kernel = compiled(
        _coefficient_symbols_numba.tally_symbols,
        f"in3({dtype}), in1(int64), int64, int64, out2(float64), out2(float64), out1(float64)",
    )
    values, places = np.ascontiguousarray(coefficients), np.ascontiguousarray(order, np.int64)
    kernel(values, places, RUN, _LONG_RUN, table, steps, bits)
    return table, steps, bits
