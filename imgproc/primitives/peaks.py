"""The strongest local maxima of a plane, no two of them near each other."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.apart import thin_points


@dispatched(differentiable=False)
def strongest_peaks(
    response: Any, mask: Any, threshold: float, relative_threshold: float, min_distance: float, limit: int
) -> Any:
    """Return flat indices (K,) of at most `limit` local maxima of a plane (H, W), int64, strongest first.

    A maximum is no less than its eight neighbours, and greater than those before it in the order of memory; it is above
    `threshold` and above `relative_threshold` times the greatest finite value. Pixels at the edge and beside a NaN are
    none, nor is one where `mask`, which may be None, is False; the greatest value is looked for under the mask too. Of
    two nearer than `min_distance` the stronger stays; equal ones are ordered as in memory. The number found is read
    from the device.
    """
    xp = namespace(response)
    plane = lift(response)
    height, width = plane.shape
    if height < 3 or width < 3:
        return xp.zeros(0, dtype=xp.int64, device=plane.device)
    allowed = xp.isfinite(plane) if mask is None else xp.isfinite(plane) & mask
    lowest = xp.full_like(plane, -math.inf)
    greatest = xp.max(xp.where(allowed, plane, lowest))
    inner = plane[1:-1, 1:-1]
    found = (inner > threshold) & (inner > greatest * relative_threshold)
    found = found if mask is None else found & mask[1:-1, 1:-1]
    for dy, dx in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        neighbour = plane[max(1 + dy, 0) : height - 1 + dy, max(1 + dx, 0) : width - 1 + dx]
        found = found & (inner > neighbour if (dy, dx) < (0, 0) else inner >= neighbour)
    rows, columns = xp.nonzero(found)
    indices = (rows + 1) * width + columns + 1
    strength = xp.take(xp.reshape(plane, (-1,)), indices, axis=0)
    indices = xp.take(indices, xp.argsort(strength, descending=True, stable=True), axis=0)
    if min_distance > 1:
        places = cast_to(xp.stack((indices % width, indices // width), axis=-1), "float64")
        indices = indices[thin_points(places, min_distance, limit)]
    return xp.astype(indices[: min(limit, indices.shape[0])], xp.int64)


@implements(strongest_peaks, "numpy")
def _peaks_numba(
    response: Any, mask: Any, threshold: float, relative_threshold: float, min_distance: float, limit: int
) -> Any:
    from imgproc.primitives import _peaks_numba

    plane = np.ascontiguousarray(lift(response))
    height, width = plane.shape
    word = plane.dtype.type
    greatest = _greatest_finite(plane if mask is None else np.where(mask, plane, -math.inf))
    with np.errstate(over="ignore", invalid="ignore"):
        cutoff = max(word(threshold), greatest * word(relative_threshold))
    marks = np.zeros(plane.shape, np.bool_)
    mark = compiled(_peaks_numba.mark, f"in2({plane.dtype}), {plane.dtype}, out2(boolean), int64, int64")
    if not math.isnan(cutoff):
        run_bands(lambda first, last: mark(plane, cutoff, marks, first, last), height, 8 * plane.size)
    if mask is not None:
        marks &= mask
    indices = np.flatnonzero(marks)
    indices = indices[np.argsort(-plane.reshape(-1)[indices], kind="stable")]
    if min_distance > 1:
        stays = np.zeros(len(indices), np.bool_)
        thin = compiled(_peaks_numba.thin, "in1(int64), int64, int64, float64, int64, out1(boolean)")
        thin(indices, height, width, min_distance, limit, stays)
        indices = indices[stays]
    return np.ascontiguousarray(indices[:limit], np.int64)


def _greatest_finite(plane: np.ndarray) -> Any:
    greatest = plane.max()
    return greatest if np.isfinite(greatest) else np.where(np.isfinite(plane), plane, -math.inf).max()
