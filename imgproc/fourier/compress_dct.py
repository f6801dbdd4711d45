"""What a photo loses when fewer numbers are kept."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, restore, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch, spatial_axes
from imgproc._checks import check_data_range, check_image, check_integer, check_number
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.block_transform import transform_blocks
from imgproc.primitives.borders import pad
from imgproc.primitives.coefficient_symbols import tally_symbols
from imgproc.typing import ArrayT

LUMINANCE_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Steps of the coefficients at quality 50: ITU-T T.81, table K.1."""

_LARGEST_BLOCK = 64
_BITS_OF_A_TABLE_ENTRY = 8


def compress_dct(
    image: ArrayT,
    *,
    quality: int | None = None,
    keep: float | None = None,
    block: int = 8,
    data_range: tuple[float, float] | None = None,
) -> tuple[ArrayT, ArrayT]:
    """Drop what matters least of the cosine transform of blocks, as JPEG does, and tell how many bits are left.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Each channel is treated as luminance.
    quality : int, 1 to 100
        Coefficients are rounded to multiples of JPEG's luminance table, scaled as the Independent JPEG Group does.
    keep : above 0, at most 1
        Share of the coefficients of each channel that is kept unrounded: the greatest. Give this or `quality`.
    block : pixels, 2 to 64
        Side of the blocks; of `quality` 8. The image is mirrored to whole blocks.
    data_range : (low, high), optional
        Values of black and white; needed for integers other than uint8 and uint16.

    Returns
    -------
    (compressed, bits)
        `compressed` has the shape and dtype of `image` (float32 for masks), rounded once for integers. `bits` is one
        number for each image, () or (N,), float32 or float64 as a measurement.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; not exactly one of `quality` and `keep` is given; one is out of range.

    Notes
    -----
    Not differentiable. `bits` counts what a baseline JPEG with Huffman tables of its own would need for the
    coefficients on a scale of 0 to 255 (with `keep` rounded to whole numbers): the entropy of its symbols (runs of
    zeros with sizes, and sizes of the steps of the means), the bits of each coefficient, and 8 for each symbol of a
    table; not the fixed headers, some 2,000 bits. Files of libjpeg are 2 % larger (5 % at quality 10). A NaN stays in
    its block and counts as zero.

    References
    ----------
    .. [1] G. K. Wallace, "The JPEG still picture compression standard", IEEE Trans. Consumer Electronics 38(1), 1992,
       sections 4-7. ITU-T Recommendation T.81, annexes F and K.

    Examples
    --------
    >>> flat, bits = compress_dct(np.full((16, 16), 100, np.uint8), quality=50)
    >>> int(flat.min()), int(flat.max()), float(bits) < 100
    (100, 100, True)
    """
    check_image(image)
    if (quality is None) == (keep is None):
        raise ValueError(f"quality or keep must be given, and not both, got {quality!r} and {keep!r}")
    side = check_integer(block, "block", at_least=2, at_most=_LARGEST_BLOCK)
    level = None if quality is None else check_integer(quality, "quality", at_least=1, at_most=100)
    share = None if keep is None else check_number(keep, "keep", above=0.0, at_most=1.0)
    if level is not None and side != 8:
        raise ValueError(f"block must be 8 with quality, got {block}")
    low, high = check_data_range(data_range, image)
    coefficients = _block_coefficients((lift(image) - low) * (255.0 / (high - low)) - 128.0, image, side)
    if level is None:
        assert share is not None
        kept = _keep_greatest(coefficients, share)
        whole = namespace(kept).round(kept)
    else:
        steps = _upload(jpeg_table(level), kept_like=coefficients)
        whole = namespace(coefficients).round(coefficients / steps)
        kept = whole * steps
    made = _from_coefficients(kept, image, side)
    exact = (made + 128.0) * ((high - low) / 255.0) + low
    return restore(exact, image), _count_bits(whole, image)


@functools.lru_cache(maxsize=100)
def jpeg_table(quality: int) -> np.ndarray:
    """Return the steps of the luminance coefficients at a quality, as the Independent JPEG Group scales them."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    table: np.ndarray = np.clip((np.array(LUMINANCE_TABLE) * scale + 50) // 100, 1, 255)
    return table


def _block_coefficients(exact: Any, image: Any, side: int) -> Any:
    """Return (planes, down, across, side, side): the cosine transform of each block."""
    xp, axes = namespace(exact), spatial_axes(image)
    widths = tuple((0, -image.shape[axis] % side) for axis in axes)
    planes = stack_planes(pad(exact, axes, widths, "symmetric", 0.0), axes)
    count, height, width = planes.shape
    blocks = xp.reshape(planes, (count, height // side, side, width // side, side))
    return transform_blocks(xp.permute_dims(blocks, (0, 1, 3, 2, 4)), _upload(_cosines(side), kept_like=planes))


def _from_coefficients(coefficients: Any, image: Any, side: int) -> Any:
    xp, axes = namespace(coefficients), spatial_axes(image)
    values = transform_blocks(coefficients, _upload(_cosines(side).T, kept_like=coefficients))
    blocks = xp.permute_dims(values, (0, 1, 3, 2, 4))
    count, down, across = coefficients.shape[:3]
    planes = xp.reshape(blocks, (count, down * side, across * side))
    return unstack_planes(planes[:, : image.shape[axes[0]], : image.shape[axes[1]]], image.shape, axes)


@functools.lru_cache(maxsize=_LARGEST_BLOCK)
def _cosines(side: int) -> np.ndarray:
    """Return the orthonormal cosine transform as a matrix: rows are frequencies."""
    k, n = np.arange(side)[:, None], np.arange(side)
    basis: np.ndarray = np.sqrt(2 / side) * np.cos(np.pi * k * (2 * n + 1) / (2 * side))
    basis[0] = math.sqrt(1 / side)
    return basis


def _upload(values: np.ndarray, *, kept_like: Any) -> Any:
    return namespace(kept_like).asarray(values.astype(dtype_name(kept_like)), device=kept_like.device)


def _keep_greatest(coefficients: Any, share: float) -> Any:
    """Set all but the greatest `share` of each plane to zero; at least one stays, and equals of the last one do."""
    xp = namespace(coefficients)
    flat = xp.reshape(coefficients, (coefficients.shape[0], -1))
    total = flat.shape[1]
    known = xp.where(xp.isnan(flat), xp.zeros_like(flat), xp.abs(flat))
    count = max(1, round(share * total))
    least = xp.sort(known, axis=1)[:, total - count]
    dropped = known < xp.reshape(least, (-1, 1))
    dropped = dropped & ~xp.isnan(flat)
    return xp.reshape(xp.where(dropped, xp.zeros_like(flat), flat), coefficients.shape)


@functools.lru_cache(maxsize=_LARGEST_BLOCK)
def zigzag(side: int) -> np.ndarray:
    """Return the places of a block from coarse to fine, along its diagonals."""
    rows, columns = np.divmod(np.arange(side * side), side)
    diagonal = rows + columns
    order: np.ndarray = np.lexsort((np.where(diagonal % 2, rows, columns), diagonal))
    return order


def _count_bits(whole: Any, image: Any) -> Any:
    """Estimate the bits of each image: entropies of the symbols, bits of the coefficients, tables."""
    xp = namespace(whole)
    side = whole.shape[-1]
    blocks = xp.reshape(whole, (whole.shape[0], -1, side * side))
    table, step_table, amplitudes = tally_symbols(blocks, zigzag(side))
    bits = amplitudes + _entropy(table) + _entropy(step_table)
    per_image = xp.reshape(bits, (image.shape[0], -1)) if is_batch(image) else xp.reshape(bits, (1, -1))
    total = cast_to(xp.sum(per_image, axis=1), work_dtype(image))
    return total if is_batch(image) else total[0, ...]


def _entropy(table: Any) -> Any:
    """Return the bits that the symbols of each row need at their own frequencies, and those of the table itself."""
    xp = namespace(table)
    total = xp.sum(table, axis=-1, keepdims=True)
    there = table > 0
    share = xp.where(there, table / xp.where(total > 0, total, xp.ones_like(total)), xp.ones_like(table))
    used = xp.sum(xp.astype(there, table.dtype), axis=-1)
    return xp.sum(-table * xp.log2(share), axis=-1) + _BITS_OF_A_TABLE_ENTRY * used
