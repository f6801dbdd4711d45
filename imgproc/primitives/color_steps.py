"""Colours as whole numbers of steps, whose sums are exact: of Lab for RGB, of the range for other channels."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled, kernel_dtype
from imgproc.primitives.color_spaces import FORWARD, lab_of_rgb
from imgproc.primitives.limits import limit
from imgproc.primitives.transfer import NO_TABLE, byte_table, to_unit

STEPS = 64.0
"""Of one unit of Lab, or of the range, of 100."""

_FARTHEST = 2.0**20
"""Steps from zero at which colours are cut off, a hundred times beyond any picture."""


@dispatched(differentiable=False)
def count_steps(images: Any, low: float, high: float) -> Any:
    """Return colours (N, C, H, W) of which `low` and `high` mean black and white as numbers of steps, in float32."""
    if images.shape[1] == 3:
        units = lab_of_rgb(images, low, high, 1)
    else:
        units = (lift(images) - low) * 100.0 / (high - low)
    return cast_to(limit(namespace(units).round(units * STEPS), -_FARTHEST, _FARTHEST), "float32")


@implements(count_steps, "numpy")
def _count_numba(images: Any, low: float, high: float) -> Any:
    steps = np.empty(images.shape, np.float32)
    count = _count_lab if images.shape[1] == 3 else _count_range
    for image, made in zip(images, steps.reshape(len(images), -1), strict=True):
        count(image, low, high, made)
    return steps


def _count_lab(image: np.ndarray, low: float, high: float, made: np.ndarray) -> None:
    """Count in one pass what `lab_of_rgb` would give."""
    from imgproc.primitives import _color_steps_numba

    name, work = kernel_dtype(image), work_dtype(image)
    unit = to_unit(image, low, high) if name.startswith("float") else image  # the kernel does so for integers
    pixels = np.moveaxis(unit, 0, -1)
    is_interleaved = pixels.flags.c_contiguous
    source = np.ascontiguousarray(pixels if is_interleaved else unit, name).reshape(-1)
    table = byte_table(low, high) if name == "uint8" else NO_TABLE
    kernel = compiled(
        _color_steps_numba.count_lab,
        f"in1({name}), out1(float32), in1(float32), {work}, {work}, in1({work}), boolean, {work}, {work}, int64, int64",
    )
    fixed = source, made, table, low, high - low, np.array(FORWARD, work), is_interleaved, STEPS, _FARTHEST
    run_bands(lambda first, last: kernel(*fixed, first, last), made.size // 3, made.size * 4)


def _count_range(image: np.ndarray, low: float, high: float, made: np.ndarray) -> None:
    from imgproc.primitives import _color_steps_numba

    name, work = kernel_dtype(image), work_dtype(image)
    source = np.ascontiguousarray(image, name).reshape(-1)
    kernel = compiled(
        _color_steps_numba.count_range,
        f"in1({name}), out1(float32), {work}, {work}, {work}, {work}, int64, int64",
    )
    fixed = source, made, low, high - low, STEPS, _FARTHEST
    run_bands(lambda first, last: kernel(*fixed, first, last), made.size, made.size * 4)
