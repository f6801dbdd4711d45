"""Where a signed image passes through zero."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.correlate import Axes


@dispatched(differentiable=False)
def zero_crossings(response: Any, threshold: float, axes: Axes) -> Any:
    """Mark the pixel next to each change of sign along either axis by more than `threshold`.

    Of two neighbours of opposite sign the one nearer to zero is marked, the former if they are equally near; a pixel
    that is exactly zero is marked between two of opposite sign.
    """
    xp = namespace(response)
    marked = xp.zeros_like(response, dtype=xp.bool)
    for axis in axes:
        before = (slice(None),) * axis
        length = response.shape[axis]

        def part(start: int, stop: int, x: Any = response, before: Any = before) -> Any:
            return x[(*before, slice(start, stop), ...)]

        def spread(mask: Any, front: int, back: int, axis: int = axis) -> Any:
            shape = list(mask.shape)
            ends = []
            for width in (front, back):
                shape[axis] = width
                ends.append(xp.zeros(tuple(shape), dtype=xp.bool, device=mask.device))
            return xp.concat([ends[0], mask, ends[1]], axis=axis)

        if length > 1:
            first, second = part(0, length - 1), part(1, length)
            crosses = _differ(first, second, threshold)
            nearer = xp.abs(first) <= xp.abs(second)
            marked = marked | spread(crosses & nearer, 0, 1) | spread(crosses & ~nearer, 1, 0)
        if length > 2:
            here = part(1, length - 1) == 0
            marked = marked | spread(here & _differ(part(0, length - 2), part(2, length), threshold), 1, 1)
    return marked


def _differ(first: Any, second: Any, threshold: float) -> Any:
    opposite = ((first < 0) & (second > 0)) | ((first > 0) & (second < 0))
    xp = namespace(first)
    return opposite & (xp.abs(first) + xp.abs(second) > threshold)


@implements(zero_crossings, "numpy")
def _crossings_numba(response: Any, threshold: float, axes: Axes) -> Any:
    from imgproc.primitives import _zero_crossings_numba

    planes, channels = as_planes(response, axes)
    out = np.empty(planes.shape, np.uint8)
    kernel = compiled(
        _zero_crossings_numba.mark, f"in2({planes.dtype}), out2(uint8), {planes.dtype}, int64, int64, int64"
    )
    for plane, made in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: kernel(plane, made, threshold, channels, first, last),  # noqa: B023
            len(plane), made.size * 4,
        )  # fmt: skip
    return out.view(bool).reshape(response.shape)
