"""What two spectra say of the motion between their images: the phases of their product."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.fourier_transform import as_complex


@dispatched
def whiten_spectra(first: Any, second: Any, width: int) -> tuple[Any, Any]:
    """Return conj(first) · second summed over channels, of size 1: (N, C, H, width // 2 + 1) to (N, H, width // 2 + 1).

    0 where the product is below the rounding of the transforms, at frequency 0, which knows of no motion, and at ½,
    whose direction is ambiguous. NaN stays. With it how many frequencies of the whole plane (N,) are not 0, float64.
    """
    xp = namespace(first)
    cross = xp.sum(as_complex(xp.real(first), -xp.imag(first)) * second, axis=1)
    squared = _squared(cross)
    greatest = [xp.max(xp.sum(_squared(x), axis=1), axis=(-2, -1), keepdims=True) for x in (first, second)]
    there = squared > _rounding(float(xp.finfo(squared.dtype).eps)) * greatest[0] * greatest[1]
    there = (there | xp.isnan(squared)) & _votes(cross, width)
    scale = xp.where(there, 1.0 / xp.sqrt(xp.where(there, squared, xp.ones_like(squared))), xp.zeros_like(squared))
    shares = 1 + xp.astype(_columns(cross, width) > 0, xp.float64)  # all but the first stand for their mirrors too
    return cross * scale, xp.sum(xp.astype(there, xp.float64) * shares, axis=(-2, -1))


def _rounding(epsilon: float) -> float:
    """Return what of the product of the greatest squares has no phase."""
    return (4 * epsilon) ** 4


def _squared(z: Any) -> Any:
    xp = namespace(z)
    return xp.real(z) ** 2 + xp.imag(z) ** 2


def _votes(cross: Any, width: int) -> Any:
    xp, height = namespace(cross), cross.shape[-2]
    rows = xp.arange(height, dtype=xp.int64, device=cross.device)[:, None]
    columns = _columns(cross, width)
    return ~((rows == 0) & (columns == 0)) & (2 * rows != height) & (2 * columns != width)


def _columns(cross: Any, width: int) -> Any:
    return namespace(cross).arange(width // 2 + 1, dtype=namespace(cross).int64, device=cross.device)[None, :]


@implements(whiten_spectra, "numpy")
def _whiten_numba(first: Any, second: Any, width: int) -> tuple[Any, Any]:
    from imgproc.primitives import _whiten_spectra_numba

    name = {"complex64": "float32", "complex128": "float64"}[dtype_name(first)]
    one, other = (np.ascontiguousarray(x).view(name) for x in (first, second))
    count, channels, height, pairs = one.shape
    made, votes = np.empty((count, height, pairs), name), np.empty((count, height))
    greatest = np.empty((height, 2), name)
    join = compiled(
        _whiten_spectra_numba.join_rows,
        f"in3({name}), in3({name}), out2({name}), out2({name}), int64, int64",
    )
    scale = compiled(_whiten_spectra_numba.scale_rows, f"out2({name}), {name}, int64, out1(float64), int64, int64")
    cost = 2 * channels * height * pairs
    for image in range(count):
        spectra, cross, counts = (one[image], other[image]), made[image], votes[image]
        run_bands(lambda start, stop: join(*spectra, cross, greatest, start, stop), height, cost)  # noqa: B023
        least = _rounding(float(np.finfo(name).eps)) * greatest[:, 0].max() * greatest[:, 1].max()
        run_bands(lambda start, stop: scale(cross, least, width, counts, start, stop), height, cost)  # noqa: B023
    return made.view(first.dtype), votes.sum(axis=1)
