"""What makes large kernels cheap: kernels that are products of two short ones, and transforms of blocks."""

import functools
import math

import numpy as np

from imgproc.primitives._bands import run_bands

_LEAST_BLOCK = 256
"""Sides of blocks whose transform stays in the second-level cache."""

_COST_OF_TRANSFORM = 19.0
"""Of a block's two transforms, per pixel and factor 2 of its area, in multiply-adds of the direct sum; measured."""


def as_product(kernel: np.ndarray, tolerance: float) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Return weights along columns and along rows whose outer product is `kernel`, or None.

    They may differ from it by 2 `tolerance` of the sum of its magnitudes. The column and the row through its greatest
    element are such weights if any are; a symmetric kernel gives symmetric ones.
    """
    row, column = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    greatest = kernel[row, column]
    if greatest == 0:
        return None
    down, across = kernel[:, column], kernel[row] / greatest
    if np.abs(kernel - np.outer(down, across)).sum() > 2 * tolerance * np.abs(kernel).sum():
        return None
    return tuple(down.tolist()), tuple(across.tolist())


@functools.lru_cache(maxsize=64)
def block_sides(size: tuple[int, int], kernel: tuple[int, int]) -> tuple[int, int]:
    """Return the sides of blocks to transform for an image of `size`: those whose transform is fast."""
    from scipy.fft import next_fast_len

    height, width = (
        next_fast_len(min(length + side - 1, max(4 * side, _LEAST_BLOCK)), real=True)
        for length, side in zip(size, kernel, strict=True)
    )
    return height, width


def pays_by_fft(sides: tuple[int, int], kernel: tuple[int, int]) -> bool:
    """Say whether transforming blocks costs less than the direct sum over the pixels that they give."""
    area = sides[0] * sides[1]
    given = (sides[0] - kernel[0] + 1) * (sides[1] - kernel[1] + 1)
    return _COST_OF_TRANSFORM * area * math.log2(area) < given * kernel[0] * kernel[1]


def correlate_blocks(
    planes: np.ndarray, kernel: np.ndarray, indices: tuple[np.ndarray, np.ndarray], fill: float, sides: tuple[int, int]
) -> np.ndarray:
    """Correlate planes (P, H, W) by transforms of blocks, in the dtype of the kernel.

    `indices` say which row and column stands at each position of the image and its border, -1 for `fill`. The mean is
    taken away before and given back after, so that errors are relative to the range and not to the values.
    """
    from scipy.fft import irfft2, rfft2

    steps = sides[0] - kernel.shape[0] + 1, sides[1] - kernel.shape[1] + 1
    height, width = planes.shape[1:]
    spectrum, total = np.conj(rfft2(kernel, s=sides)), kernel.sum()
    means = planes.mean(axis=(1, 2), dtype=np.float64)
    out = np.empty(planes.shape, kernel.dtype)
    starts = [
        (plane, y, x)
        for plane in range(len(planes))
        for y in range(0, height, steps[0])
        for x in range(0, width, steps[1])
    ]

    def make(first: int, last: int) -> None:
        for plane, y, x in starts[first:last]:
            rows, columns = indices[0][y : y + sides[0]], indices[1][x : x + sides[1]]
            block = _block(planes[plane], rows, columns, fill, means[plane], kernel.dtype)
            made = irfft2(rfft2(block, s=sides, overwrite_x=True) * spectrum, s=sides, overwrite_x=True)
            target = out[plane, y : y + steps[0], x : x + steps[1]]
            np.add(made[: target.shape[0], : target.shape[1]], kernel.dtype.type(means[plane]) * total, out=target)

    run_bands(make, len(starts), planes.size * 64)
    return out


def _block(
    plane: np.ndarray, rows: np.ndarray, columns: np.ndarray, fill: float, mean: float, dtype: np.dtype[np.floating]
) -> np.ndarray:
    """Return rows × columns of a plane without its mean; a view of it is read where they lie side by side."""
    inside = [i[0] >= 0 and i[-1] - i[0] == len(i) - 1 for i in (rows, columns)]
    source = plane[rows[0] : rows[-1] + 1] if inside[0] else plane[rows]
    source = source[:, columns[0] : columns[-1] + 1] if inside[1] else source[:, columns]
    block: np.ndarray = np.subtract(source, mean, dtype=dtype, casting="unsafe")
    block[rows < 0] = fill - mean
    block[:, columns < 0] = fill - mean
    return block
