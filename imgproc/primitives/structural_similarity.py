"""Where two images have the same structure, summed up per plane."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.borders import border_indices
from imgproc.primitives.correlate import Axes, correlate_separable

_ROWS_OF_A_SUM = 32
"""Rows summed up before they are added to the others: their number does not hang on the threads."""


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

    planes, channels = as_planes(first, axes)
    others, _ = as_planes(second, axes)
    work = "float64" if planes.dtype == np.float64 else "float32"
    height, width = planes.shape[1], planes.shape[2] // channels
    reach = len(weights) // 2
    margins = [reach if side >= len(weights) else 0 for side in (height, width)]
    rows = border_indices(height, reach - margins[0], reach - margins[0], "reflect")
    columns = border_indices(width, reach - margins[1], reach - margins[1], "reflect")
    made_rows = height - 2 * margins[0]
    pieces = -(-made_rows // _ROWS_OF_A_SUM)
    sums = np.zeros((len(planes), pieces, 2 * channels))
    kernel = compiled(
        _structural_similarity_numba.similarity,
        f"in2({planes.dtype}), in2({planes.dtype}), out2(float64), in1({work}), in1(int64), in1(int64), int64, {work}, "
        f"{work}, {work}, int64, int64, int64",
    )
    taps, numbers = np.array(weights, work), (channels, middle, 2 * c1, 2 * c2, _ROWS_OF_A_SUM)
    for plane, other, own in zip(planes, others, sums, strict=True):
        run_bands(
            lambda a, b: kernel(plane, other, own, taps, rows, columns, *numbers, a, b),  # noqa: B023
            pieces, plane.size * 8,
        )  # fmt: skip
    counted = made_rows * (width - 2 * margins[1])
    means = sums.sum(axis=1).reshape(len(planes), channels, 2) / counted
    return means[..., 0].reshape(-1), means[..., 1].reshape(-1)
