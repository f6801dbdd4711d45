"""For each row of one matrix the two nearest rows of another, and back: blocks of products, then exact differences.

|a - b|² = |a|² + |b|² - 2 a·b turns all distances into one matrix product, at the price of a rounding error relative
to |a|² + |b|². So the rows are first moved near zero, and the distances to the two rows found are then computed again
from their differences.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_BLOCK = 1 << 21
"""Distances held at once on the host: 8 MB, of the size of a cache."""

_DEVICE_BLOCK = 1 << 24


@dispatched(differentiable=False)
def nearest_rows(first: Any, second: Any) -> tuple[Any, Any, Any, Any]:
    """Return (index, square, next square, back) of the Euclidean distances between rows of (N, D) and (M, D), M >= 1.

    index (N,) int64 is the row of `second` nearest to each row of `first`, of equal ones the first; then its squared
    distance and that to the next nearest, inf where there is none; back (M,) is the row of `first` nearest to each
    row of `second`. Distances to a row that is not finite are infinite, and an index is -1 where all are.
    """
    xp = namespace(first)
    work = "float64" if "float64" in (work_dtype(first), work_dtype(second)) else "float32"
    first, second = cast_to(first, work), cast_to(second, work)
    a, b = _near_zero(first, second)
    count, columns = a.shape[0], b.shape[0]
    squares_b = xp.sum(b * b, axis=1)
    step = max(1, _DEVICE_BLOCK // columns)
    back_square, back = xp.full_like(squares_b, math.inf), xp.full(columns, -1, dtype=xp.int64, device=b.device)
    found = []
    column = xp.arange(columns, device=b.device)
    for top in range(0, count, step):
        block = a[top : min(top + step, count), :]
        squares = squares_b[None, :] - 2 * (block @ xp.matrix_transpose(b)) + xp.sum(block * block, axis=1)[:, None]
        squares = xp.where(xp.isfinite(squares), squares, xp.full_like(squares, math.inf))
        best = xp.argmin(squares, axis=1)
        others = xp.where(column[None, :] == best[:, None], xp.full_like(squares, math.inf), squares)
        found.append((best, xp.argmin(others, axis=1)))
        nearest = xp.min(squares, axis=0)
        is_nearer = nearest < back_square
        back = xp.where(is_nearer, top + xp.argmin(squares, axis=0), back)
        back_square = xp.where(is_nearer, nearest, back_square)
    if not found:
        none = xp.astype(back[:0], xp.int64)
        return none, squares_b[:0], squares_b[:0], back
    best, runner = (xp.concat(parts) for parts in zip(*found, strict=True))
    return (*_settle(first, second, best, runner), back)


def _near_zero(first: Any, second: Any) -> tuple[Any, Any]:
    """Take the mean of `second` from both, rounded to a power of two near its spread: whole numbers stay whole.

    What is not finite becomes NaN: inf - inf would in the product, and a row's own distances with it.
    """
    xp = namespace(second)
    is_finite = xp.isfinite(second)
    held = xp.where(is_finite, second, xp.zeros_like(second))
    mean = xp.mean(held, axis=0)
    spread = xp.max(xp.abs(held - mean[None, :])) if second.shape[1] else xp.zeros_like(xp.sum(held))
    unit = 2.0 ** xp.floor(xp.log2(xp.where(spread > 0, spread, xp.ones_like(spread))))
    center = (xp.round(mean / unit) * unit)[None, :]
    return first - center, second - center


def _settle(first: Any, second: Any, best: Any, runner: Any) -> tuple[Any, Any, Any]:
    """Order the two rows found by their differences, equal ones by index."""
    xp = namespace(first)

    def square(index: Any) -> Any:
        difference = first - xp.take(second, index, axis=0)
        total = xp.sum(difference * difference, axis=1)
        return xp.where(xp.isfinite(total), total, xp.full_like(total, math.inf))

    low, high = square(best), square(runner)
    high = xp.where(best == runner, xp.full_like(high, math.inf), high)
    swap = (high < low) | ((high == low) & (runner < best) & xp.isfinite(high))
    index = xp.where(swap, runner, best)
    low, high = xp.where(swap, high, low), xp.where(swap, low, high)
    return xp.astype(xp.where(xp.isfinite(low), index, xp.full_like(index, -1)), xp.int64), low, high


@implements(nearest_rows, "numpy")
def _nearest_numba(first: Any, second: Any) -> Any:
    from imgproc.primitives import _nearest_rows_numba

    work = "float64" if "float64" in (work_dtype(first), work_dtype(second)) else "float32"
    first, second = (np.ascontiguousarray(cast_to(x, work)) for x in (first, second))
    with np.errstate(all="ignore"):
        a, b = (np.ascontiguousarray(x, work) for x in _near_zero(first, second))
        squares_a, squares_b = (np.einsum("ij,ij->i", x, x) for x in (a, b))
        transposed = -2 * b.T
    count, columns = len(first), len(second)
    two, squares, back = np.full((count, 2), -1, np.int64), np.empty((count, 2), work), _Back(columns, work)
    scan = compiled(
        _nearest_rows_numba.scan,
        f"in2({work}), in1({work}), in1({work}), out2(int64), int64, out1({work}), out1(int32)",
    )
    rows = max(1, _BLOCK // columns)
    for top in range(0, count, rows):
        with np.errstate(all="ignore"):
            product = a[top : top + rows] @ transposed  # on the threads of the linear algebra: bands come after it

        def scan_band(start: int, stop: int) -> None:
            held = back.start()
            part = slice(top + start, top + stop)  # noqa: B023
            scan(product[start:stop], squares_a[part], squares_b, two[part], part.start, *held)  # noqa: B023
            back.finish(part.start, held)

        run_bands(scan_band, len(product), product.size * 8)
    settle = compiled(_nearest_rows_numba.settle, f"in2({work}), in2({work}), out2(int64), out2({work}), int64, int64")
    run_bands(lambda start, stop: settle(first, second, two, squares, start, stop), count, 2 * first.size)
    index, low, high = (np.ascontiguousarray(x) for x in (two[:, 0], squares[:, 0], squares[:, 1]))
    return index, low, high, back.merge()


class _Back:
    """The nearest row of the first matrix for each of the second, found band by band."""

    def __init__(self, columns: int, work: str) -> None:
        self.columns, self.work = columns, work
        self.bands: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def start(self) -> tuple[np.ndarray, np.ndarray]:
        return np.full(self.columns, math.inf, self.work), np.full(self.columns, -1, np.int32)

    def finish(self, band: int, held: tuple[np.ndarray, np.ndarray]) -> None:
        self.bands[band] = held

    def merge(self) -> np.ndarray:
        """Take the nearest of all bands, of equal ones the first."""
        square, index = self.start()
        for band in sorted(self.bands):
            other, where = self.bands[band]
            nearer = other < square
            square[nearer], index[nearer] = other[nearer], where[nearer]
        return index.astype(np.int64)


@dispatched(differentiable=False)
def nearest_bits(first: Any, second: Any) -> tuple[Any, Any, Any, Any]:
    """Return what `nearest_rows` does for Hamming distances between rows of bits packed in uint8: counts, as float32.

    The number of bits that differ is the squared distance between vectors of zeros and ones, whose products are exact.
    """
    return nearest_rows(_unpack(first), _unpack(second))


def _unpack(packed: Any) -> Any:
    """Return bits (N, 8 D) of bytes (N, D) as float32 zeros and ones."""
    xp = namespace(packed)
    wide = xp.astype(packed, xp.int32)
    bits = [wide // 2**k % 2 for k in range(8)]
    return xp.astype(xp.concat(bits, axis=1), xp.float32)


@implements(nearest_bits, "numpy")
def _nearest_bits_numba(first: Any, second: Any) -> Any:
    from imgproc.primitives import _nearest_rows_numba

    a, b = (_as_words(x) for x in (first, second))
    count = len(a)
    two, squares, back = np.full((count, 2), -1, np.int64), np.empty((count, 2), np.float32), _Back(len(b), "float32")
    scan = compiled(
        _nearest_rows_numba.scan_bits,
        "in2(int64), in2(int64), out2(int64), out2(float32), out1(float32), out1(int32), int64, int64",
    )

    def band(start: int, stop: int) -> None:
        held = back.start()
        scan(a, b, two, squares, *held, start, stop)
        back.finish(start, held)

    run_bands(band, count, count * b.size * 4)
    index, low, high = (np.ascontiguousarray(x) for x in (two[:, 0], squares[:, 0], squares[:, 1]))
    return index, low, high, back.merge()


def _as_words(packed: np.ndarray) -> np.ndarray:
    """Return rows of bytes as rows of 64-bit words, zeros at the end."""
    words = -(-packed.shape[1] // 8)
    padded = np.zeros((len(packed), max(words, 1) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.int64)
