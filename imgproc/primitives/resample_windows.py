"""A window of each image of a batch, all laid anew at one size."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, saturate
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import kernel_dtype
from imgproc.primitives.correlate import Axes
from imgproc.primitives.resample import COST, Spacing, kernel_for, resample, work_for
from imgproc.typing import Interpolation

Window = tuple[int, int, int, int]
"""First and last row, first and last column; the last ones are beyond it."""


@dispatched
def resample_windows(
    images: Any,
    windows: tuple[Window, ...],
    size: tuple[int, int],
    interpolation: Interpolation,
    antialias: bool,
    axes: Axes,
    dtype: str,
) -> Any:
    """Lay window i of image i of a batch out on `size`, as `resample` does; `axes` are those of one image."""
    parts = []
    for i, window in enumerate(windows):
        rows, columns = _spacings(window, size, interpolation, antialias)
        parts.append(resample(_part(images[i, ...], window, axes), rows, columns, axes, dtype))
    return namespace(images).stack(parts)


def _spacings(
    window: Window, size: tuple[int, int], interpolation: Interpolation, antialias: bool
) -> tuple[Spacing, Spacing]:
    top, bottom, left, right = window
    rows = Spacing(bottom - top, size[0], interpolation, antialias)
    return rows, Spacing(right - left, size[1], interpolation, antialias)


def _part(image: Any, window: Window, axes: Axes) -> Any:
    top, bottom, left, right = window
    return image[(slice(None),) * axes[0] + (slice(top, bottom), slice(left, right))]


@implements(resample_windows, "numpy")
def _resample_windows_numba(
    images: Any,
    windows: tuple[Window, ...],
    size: tuple[int, int],
    interpolation: Interpolation,
    antialias: bool,
    axes: Axes,
    dtype: str,
) -> Any:
    """Prepare all images, then let each thread make whole ones."""
    spacings = [_spacings(window, size, interpolation, antialias) for window in windows]
    works = {work_for(images, *pair) for pair in spacings}
    if len(works) > 1:
        return NotImplemented
    work = works.pop()
    made = dtype if dtype in ("uint8", "uint16") and work == "float32" else work
    stack = np.ascontiguousarray(cast_to(images, kernel_dtype(images)))
    is_interleaved = axes[0] == 0 and images.ndim == 4
    channels = images.shape[3] if is_interleaved else 1
    height, width = images.shape[1 + axes[0]], images.shape[1 + axes[1]]
    planes = stack.reshape(len(images), -1, height, width * channels)
    out = np.empty((*planes.shape[:2], size[0], size[1] * channels), made)
    jobs = [
        (planes[i, :, top:bottom, left * channels : right * channels], out[i])
        for i, (top, bottom, left, right) in enumerate(windows)
    ]
    lays = [kernel_for(*job, *pair, channels, work) for job, pair in zip(jobs, spacings, strict=True)]

    def make(first: int, last: int) -> None:
        for lay, job in zip(lays[first:last], jobs[first:last], strict=True):
            lay(*job, 0, size[0])

    run_bands(make, len(jobs), COST * (out.size + sum(part.size for part, _ in jobs)), least_rows=1)
    shape = [len(images), *images.shape[1:]]
    shape[1 + axes[0]], shape[1 + axes[1]] = size
    return saturate(out.reshape(shape), dtype)
