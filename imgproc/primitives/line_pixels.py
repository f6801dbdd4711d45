"""The pixels of a mask that lie along given lines, summed for a fit."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_MOST_PIXELS = 1 << 22
"""Pixels looked at together."""


@dispatched(differentiable=False)
def line_moments(mask: Any, normals: Any, width: float) -> Any:
    """Sum over the pixels of a mask (H, W) within `width` of each line: int64 (N, 6) of 1, x, y, x², xy, y².

    Parameters
    ----------
    mask : (H, W), bool
    normals : (N, 3), float64
        cos θ, sin θ and ρ of the lines x cos θ + y sin θ = ρ.
    width : pixels
    """
    xp = namespace(mask)
    height, columns = mask.shape
    reach = math.ceil(width * math.sqrt(2)) + 1
    flat = xp.reshape(mask, (-1,))
    along = xp.arange(max(height, columns), dtype=xp.int64, device=mask.device)[None, :, None]
    across = xp.arange(-reach, reach + 1, dtype=xp.int64, device=mask.device)[None, None, :]
    step = max(1, _MOST_PIXELS // (along.shape[1] * across.shape[2]))
    parts = [xp.zeros((0, 6), dtype=xp.int64, device=mask.device)]
    for first in range(0, normals.shape[0], step):
        some = slice(first, min(first + step, normals.shape[0]))
        c, s, rho = (normals[some, i][:, None, None] for i in range(3))
        is_flat = xp.abs(s) >= xp.abs(c)  # the line meets every column once
        major, minor = xp.where(is_flat, c, s), xp.where(is_flat, s, c)
        middle = cast_to(xp.floor((rho - cast_to(along, "float64") * major) / minor + 0.5), "int64") + across
        x, y = xp.where(is_flat, along, middle), xp.where(is_flat, middle, along)
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < height)
        x, y = xp.where(inside, x, xp.zeros_like(x)), xp.where(inside, y, xp.zeros_like(y))
        near = xp.abs(cast_to(x, "float64") * c + cast_to(y, "float64") * s - rho) <= width
        marked = xp.reshape(xp.take(flat, xp.reshape(y * columns + x, (-1,)), axis=0), x.shape)
        counts = cast_to(inside & near & marked, "int64")
        terms = (counts, x * counts, y * counts, x * x * counts, x * y * counts, y * y * counts)
        parts.append(xp.stack([xp.sum(term, axis=(1, 2)) for term in terms], axis=-1))
    return xp.concat(parts)


@implements(line_moments, "numpy")
def _moments_numba(mask: Any, normals: Any, width: float) -> Any:
    from imgproc.primitives import _hough_numba

    marks = np.ascontiguousarray(mask).view(np.uint8)
    sums = np.zeros((len(normals), 6), np.int64)
    reach = math.ceil(width * math.sqrt(2)) + 1
    arguments = marks, np.ascontiguousarray(normals), width, reach, sums
    add = compiled(_hough_numba.line_moments, "in2(uint8), in2(float64), float64, int64, out2(int64), int64, int64")
    cost = len(normals) * max(marks.shape) * 4
    run_bands(lambda first, last: add(*arguments, first, last), len(normals), cost)
    return sums
