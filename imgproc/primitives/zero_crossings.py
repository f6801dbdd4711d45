"""Where a signed image passes through zero."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.correlate import Axes
from imgproc.primitives.correlate_sum import Product, correlate_sum, sum_of_rows
from imgproc.typing import Border


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


@dispatched(differentiable=False)
def sum_crossings(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, threshold: float
) -> Any:
    """Mark the zero crossings of a sum of correlations, see `correlate_sum`."""
    response = correlate_sum(image, products, axes, border, fill, work_dtype(image))
    return zero_crossings(response, threshold, axes)


@implements(zero_crossings, "numpy")
def _crossings_numba(response: Any, threshold: float, axes: Axes) -> Any:
    planes, channels = as_planes(response, axes)
    out = np.empty(planes.shape, np.uint8)
    mark = _marker(planes.dtype)
    for plane, made in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: mark(plane, made, threshold, channels, first, last),  # noqa: B023
            len(plane), made.size * 4,
        )  # fmt: skip
    return out.view(bool).reshape(response.shape)


def _marker(dtype: np.dtype) -> Any:
    from imgproc.primitives import _zero_crossings_numba

    return compiled(_zero_crossings_numba.mark, f"in2({dtype}), out2(uint8), {dtype}, int64, int64, int64")


_STRIP = 1 << 19
"""Bytes of the sum that are marked at once: in the cache."""

_TALL = 64
"""Rows marked at once at least, to amortise the two around them."""


@implements(sum_crossings, "numpy")
def _sum_crossings_numba(
    image: Any, products: tuple[Product, ...], axes: Axes, border: Border, fill: float, threshold: float
) -> Any:
    """Mark strips of a large sum, which is never there as a whole."""
    work = np.dtype(work_dtype(image))
    if image.size * work.itemsize <= _STRIP:
        return NotImplemented
    planes, channels = as_planes(image, axes)
    height, width = planes.shape[1:]
    compute, cost = sum_of_rows(planes, channels, products, border, fill, work.name)
    mark = _marker(work)
    out = np.empty(planes.shape, np.uint8)
    tall = max(_TALL, _STRIP // (width * work.itemsize))

    def find(plane: np.ndarray, made: np.ndarray, first: int, last: int) -> None:
        strip = np.empty((min(tall, last - first) + 2, width), work)
        for top in range(first, last, tall):
            bottom = min(top + tall, last)
            above, below = max(top - 1, 0), min(bottom + 1, height)
            response = strip[: below - above]
            compute(plane, response, above, above, below)
            mark(response, made[above:below], threshold, channels, top - above, bottom - above)

    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: find(plane, made, first, last), height, cost + made.size * 4)  # noqa: B023
    return out.view(bool).reshape(image.shape)
