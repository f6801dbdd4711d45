"""Where two images have the same structure, summed up per plane."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements, is_recorded
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.borders import border_indices
from imgproc.primitives.correlate import Axes, correlate_separable

_ROWS_OF_A_SUM = 32
"""Rows summed up before they are added to the others: their number does not hang on the threads."""

_LEAST_PIECES = 2
"""Of a band."""

_COST = 40
"""Of a pixel, in tenths of a nanosecond."""


@dispatched
def structural_similarity(
    first: Any, second: Any, weights: tuple[float, ...], axes: Axes, middle: float, c1: float, c2: float
) -> tuple[Any, Any]:
    """Return the means over each plane of SSIM and of its factor of contrast and structure: two of (planes,), float64.

    `weights` of an odd window make local means, variances and the covariance, where the window fits; along a side
    shorter than the window it reaches into the mirrored border. `middle` is taken off all values first, which changes
    the means alone and spares the squares their rounding. Moments of s = a + b and d = a - b are two fewer than those
    of a, b and ab, and hold them: 2 (a² + b²) is s² + d², and 4 ab is s² - d².
    """
    xp = namespace(first)
    one, other = (lift(x) - middle for x in (first, second))
    total, difference = stack_planes(one + other, axes), stack_planes(one - other, axes)
    means = [_local_mean(x, weights) for x in (total, difference, total * total, difference * difference)]
    s, d = means[0] + 2 * middle, means[1]  # of the values themselves
    spread_s, spread_d = means[2] - means[0] * means[0], means[3] - d * d
    structure = (spread_s - spread_d + 2 * c2) / (spread_s + spread_d + 2 * c2)
    similarity = (s * s - d * d + 2 * c1) / (s * s + d * d + 2 * c1) * structure
    ssim, contrast = (xp.mean(cast_to(x, "float64"), axis=(1, 2)) for x in (similarity, structure))
    return ssim, contrast


def _local_mean(planes: Any, weights: tuple[float, ...]) -> Any:
    reach = len(weights) // 2
    made = correlate_separable(planes, weights, weights, (1, 2), "reflect", 0.0, str(planes.dtype).rpartition(".")[2])
    cut = [slice(reach, -reach) if reach and side >= len(weights) else slice(None) for side in planes.shape[1:]]
    return made[:, cut[0], cut[1]]


@implements(structural_similarity, "numpy")
def _similarity_numba(
    first: Any, second: Any, weights: tuple[float, ...], axes: Axes, middle: float, c1: float, c2: float
) -> tuple[Any, Any]:
    from imgproc.primitives import _structural_similarity_numba

    first, second = (_with_mirrored_sides(x, axes, len(weights)) for x in (first, second))
    planes, channels = as_planes(first, axes)
    others, _ = as_planes(second, axes)
    work = "float64" if planes.dtype == np.float64 else "float32"
    made_rows, made_columns = (side - len(weights) + 1 for side in (planes.shape[1], planes.shape[2] // channels))
    pieces = -(-made_rows // _ROWS_OF_A_SUM)
    sums = np.zeros((len(planes), pieces, 2 * channels))
    kernel = compiled(
        _structural_similarity_numba.similarity,
        f"in2({planes.dtype}), in2({planes.dtype}), out2(float64), in1({work}), int64, {work}, {work}, {work}, int64, "
        f"int64, int64",
    )
    taps, numbers = np.array(weights, work), (channels, middle, 2 * c1, 2 * c2, _ROWS_OF_A_SUM)
    for plane, other, own in zip(planes, others, sums, strict=True):
        run_bands(
            lambda a, b: kernel(plane, other, own, taps, *numbers, a, b),  # noqa: B023
            pieces, plane.size * _COST, _LEAST_PIECES,
        )  # fmt: skip
    means = sums.sum(axis=1).reshape(len(planes), channels, 2) / (made_rows * made_columns)
    return means[..., 0].reshape(-1), means[..., 1].reshape(-1)


def _with_mirrored_sides(image: Any, axes: Axes, size: int) -> Any:
    """Return an image whose sides shorter than a window of `size` pixels have the border that it reaches into."""
    for axis in axes:
        if image.shape[axis] < size:
            image = np.take(image, border_indices(image.shape[axis], size // 2, size // 2, "reflect"), axis)
    return image


@implements(structural_similarity, "torch")
def _similarity_recorded(
    first: Any, second: Any, weights: tuple[float, ...], axes: Axes, middle: float, c1: float, c2: float
) -> Any:
    if not (is_recorded(first, second) and first.device.type == "cpu"):
        return NotImplemented
    from imgproc.primitives._structural_similarity_torch import similarity_recorded

    return similarity_recorded(structural_similarity, first, second, (weights, axes, middle, c1, c2))
