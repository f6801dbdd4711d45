"""Moving an image by a matrix that shrinks it, with kernels as wide as the pixels of the result.

Let J be the derivative of the source position by the target position, and J = U S Vᵀ. The kernel k(dx) k(dy) is
stretched by P = U max(S, 1) Uᵀ: the weight of a source pixel at distance d is k(ex) k(ey) with e = P⁻¹ d, and weights
are scaled to sum to 1. Where nothing shrinks, P = 1 and this is plain interpolation, also of a turned image; where an
axis shrinks s times it is the kernel of `resize`, s times as wide; in between, as in perspective, the kernel is long
only where and in the direction in which it must be.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.dtypes import dtype_name, image_dtype, lift, saturate, work_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, strides_below
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import fill_value
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.primitives.interpolation import TAPS, kernel_at
from imgproc.primitives.sample import (
    Pixels,
    bounded,
    fold,
    for_device,
    full,
    project_grid,
    to_library,
    weighed,
)
from imgproc.typing import Border, Interpolation

LARGEST_STRETCH = 256.0
"""What shrinks more than this is averaged as if it shrank so: near a horizon a pixel covers any number of pixels."""


class Stretch(NamedTuple):
    """Symmetric matrices of each pixel: P as (xx, xy, yy), and its inverse."""

    wide: tuple[Any, Any, Any]
    inverse: tuple[Any, Any, Any]


@dispatched
def sample_antialiased(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    """Read `image` as `sample_projected` does, with kernels stretched to the pixels of the result; rounded once.

    How far the kernels reach must be known before they are summed: this body waits for a matrix on a device.
    """
    x, y, nearness = project_grid(matrix, size)
    xm = namespace(matrix)
    is_nowhere = ~(xm.isfinite(x) & xm.isfinite(y) & xm.isfinite(nearness))
    x, y, nearness = (bounded(xm.where(is_nowhere, xm.zeros_like(p), p)) for p in (x, y, nearness))
    stretch = stretch_of(matrix, x, y, nearness)
    reach = [_reach(r, interpolation) for r in ((stretch.wide[0], stretch.wide[1]), (stretch.wide[1], stretch.wide[2]))]
    x, y, is_nowhere, *inverse = (to_library(p, image) for p in (x, y, is_nowhere, *stretch.inverse))
    xp = namespace(image)
    pixels, work, outside = Pixels(lift(image), axes, x), work_dtype(image), fill_value(fill, image)
    left, top = xp.floor(x), xp.floor(y)
    total: Any = 0.0
    norm: Any = 0.0
    for i in range(1 - reach[1], reach[1] + 1):
        row, row_inside = fold(_whole(top + i), pixels.size[0], border)
        for j in range(1 - reach[0], reach[0] + 1):
            column, column_inside = fold(_whole(left + j), pixels.size[1], border)
            dx, dy = left + j - x, top + i - y
            weight = kernel_at(inverse[0] * dx + inverse[1] * dy, interpolation)
            weight = weight * kernel_at(inverse[1] * dx + inverse[2] * dy, interpolation)
            value = pixels.take(row, column)
            if border == "constant":
                value = xp.where(pixels.spread(row_inside & column_inside), value, full(outside, value))
            total = total + weighed(value, xp.astype(pixels.spread(weight), value.dtype))
            norm = norm + weight
    made = total / xp.astype(pixels.spread(norm), getattr(xp, work))
    made = xp.where(pixels.spread(is_nowhere), full(outside, made), made)
    return saturate(pixels.restore(made), image_dtype(image))


def _whole(x: Any) -> Any:
    return namespace(x).astype(x, namespace(x).int64)


def _reach(row: tuple[Any, Any], interpolation: Interpolation) -> int:
    """Return how many pixels before and after a position the widest of all kernels covers."""
    xp = namespace(row[0])
    widest = xp.max(xp.abs(row[0]) + xp.abs(row[1]))
    known = float(widest.detach() if kind(row[0]) == "torch" else widest)
    return math.floor(TAPS[interpolation] // 2 * known) + 1


def stretch_of(matrix: Any, x: Any, y: Any, nearness: Any) -> Stretch:
    """Return how the kernel at each position is stretched: P = max(sqrt(J Jᵀ), 1), a function of a symmetric matrix."""
    a, b, d, e, g, h = (matrix[..., i, j][..., None, None] for i, j in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)))
    xu, xv = bounded((a - g * x) * nearness), bounded((b - h * x) * nearness)
    yu, yv = bounded((d - g * y) * nearness), bounded((e - h * y) * nearness)
    squared = (xu * xu + xv * xv, xu * yu + xv * yv, yu * yu + yv * yv)
    xp = namespace(x)
    mean, half = (squared[0] + squared[2]) / 2, (squared[0] - squared[2]) / 2
    spread = half * half + squared[1] * squared[1]
    is_round = spread == 0
    root = xp.where(is_round, xp.zeros_like(spread), xp.sqrt(xp.where(is_round, xp.ones_like(spread), spread)))
    large, small = mean + root, mean - root
    long, short = _side(large), _side(small)
    gap = xp.where(large > small, large - small, xp.ones_like(large))
    # (f(large) - f(small)) / (large - small), without cancellation where neither side is bounded
    is_free = (small > 1) & (large < LARGEST_STRETCH**2)
    wide = xp.where(is_free, 1 / (long + short), (long - short) / gap)
    inverse = xp.where(is_free, -1 / (long * short * (long + short)), (1 / long - 1 / short) / gap)
    return Stretch(_linear(squared, wide, long - wide * large), _linear(squared, inverse, 1 / long - inverse * large))


def _side(squared: Any) -> Any:
    xp = namespace(squared)
    one = xp.ones_like(squared)
    is_bounded = squared >= LARGEST_STRETCH**2
    root = xp.sqrt(xp.where((squared > 1) & ~is_bounded, squared, one))
    return xp.where(is_bounded, LARGEST_STRETCH * one, root)


def _linear(squared: tuple[Any, Any, Any], factor: Any, shift: Any) -> tuple[Any, Any, Any]:
    return factor * squared[0] + shift, factor * squared[1], factor * squared[2] + shift


@implements(sample_antialiased, "numpy")
def _sample_antialiased_numba(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    from imgproc.primitives import _antialias_numba

    planes, channels = as_planes(image, axes)
    dtype, work = image_dtype(image), work_dtype(image)
    made = dtype if dtype in ("uint8", "uint16") else work
    out = np.empty((len(planes), size[0], size[1] * channels), made)
    kernel = compiled(
        _antialias_numba.antialiased,
        f"in2({planes.dtype}), out2({made}), in1(float64), float64, int64, int64, int64, float64, in1(float64), "
        "int64, int64",
    )
    arguments = (
        LARGEST_STRETCH, TAPS[interpolation], channels, int(border_code(border)), float(fill_value(fill, image)),
        np.array(rounding_range(made)),
    )  # fmt: skip
    matrices = np.ascontiguousarray(matrix).reshape(-1, 9)
    for i, (plane, made_plane) in enumerate(zip(planes, out, strict=True)):
        one = matrices[i * len(matrices) // len(planes)]
        run_bands(
            lambda first, last: kernel(plane, made_plane, one, *arguments, first, last),  # noqa: B023
            size[0], (plane.size + made_plane.size) * 4 * TAPS[interpolation] ** 2,
        )  # fmt: skip
    shape = list(image.shape)
    shape[axes[0]], shape[axes[1]] = size
    return saturate(out.reshape(shape), dtype)


@implements(sample_antialiased, "cupy")
def _sample_antialiased_cuda(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    source, matrices, work = for_kernel(image), for_device(matrix), work_dtype(image)
    shape = list(image.shape)
    shape[axes[0]], shape[axes[1]] = size
    made = namespace(image).empty(tuple(shape), dtype=getattr(np, work))
    outside = np.array(fill_value(fill, image), dtype_name(image)).astype(dtype_name(source))
    launch(
        cuda_kernel("sample.cu", "sample_antialiased", dtype_name(source), work), made.size,
        source, matrices, made, made.size, image.shape[axes[0]], image.shape[axes[1]],
        strides_below(tuple(shape), axes)[1], *size, made.size if matrices.ndim == 2 else made.size // len(matrices),
        np.int32(TAPS[interpolation]), border_code(border), outside[()], np.float64(LARGEST_STRETCH),
    )  # fmt: skip
    return saturate(made, image_dtype(image))
