"""Fading images out towards the frame, so that the jump between opposite sides adds nothing to a spectrum."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace


def fade_out(stack: Any) -> Any:
    """Take the mean of (..., H, W) away and multiply by a Hann window, in floating point."""
    xp = namespace(stack)
    height, width = stack.shape[-2:]
    stack = stack - stack[..., :1, :1]  # a flat image is exactly 0 from here on
    # in float64, so that the order of the sum, which hangs on the strides, does not show
    mean = xp.sum(stack, axis=(-2, -1), keepdims=True, dtype=xp.float64) / (height * width)
    return (stack - xp.astype(mean, stack.dtype)) * _hann(stack, height)[:, None] * _hann(stack, width)


def _hann(x: Any, length: int) -> Any:
    window = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    return namespace(x).asarray(window.astype(dtype_name(x)), device=x.device)
