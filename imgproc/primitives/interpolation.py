"""What an image is between its pixels: the kernels of interpolation, as weights of whole pixels and as functions.

Positions are float64 whatever the image; only the weights are taken to the work dtype.
"""

import math
from typing import Any

from imgproc._array.kinds import namespace
from imgproc.typing import Interpolation

TAPS: dict[str, int] = {"nearest": 1, "linear": 2, "cubic": 4, "lanczos": 6}
"""Pixels that a kernel covers on an axis."""


def tap_weights(fraction: Any, interpolation: Interpolation) -> list[Any]:
    """Return the weights of the pixels about a position that lies `fraction` (0 <= fraction <= 1) behind a pixel.

    They are those of the pixels 1 - TAPS // 2 ... TAPS // 2 from that one, and sum to 1. At a fraction of 0 that pixel
    has a weight of exactly 1, and the others of 0.

    Examples
    --------
    >>> tap_weights(np.array(0.5), "cubic")
    [np.float64(-0.0625), np.float64(0.5625), np.float64(0.5625), np.float64(-0.0625)]
    """
    t = fraction
    if interpolation == "linear":
        return [1 - t, t]
    if interpolation == "cubic":  # Keys, a = -1/2
        return [
            t * (t * (1 - 0.5 * t) - 0.5),
            t * t * (1.5 * t - 2.5) + 1,
            t * (t * (2 - 1.5 * t) + 0.5),
            t * t * (0.5 * t - 0.5),
        ]
    xp = namespace(t)
    wave = xp.where(t == 1, xp.zeros_like(t), xp.sin(math.pi * t))
    weights = [_lobe(t + 2 - i, wave if i % 2 == 0 else -wave) for i in range(6)]
    total = sum(weights[1:], weights[0])
    return [weight / total for weight in weights]


def _lobe(distance: Any, wave: Any) -> Any:
    """sinc(d) * sinc(d / 3), given wave = sin(pi d), which is exactly 0 at whole numbers."""
    xp = namespace(distance)
    is_middle = distance == 0
    angle = math.pi * xp.where(is_middle, xp.ones_like(distance), distance)
    return xp.where(is_middle, xp.ones_like(distance), (wave / angle) * (xp.sin(angle / 3) / (angle / 3)))


def kernel_at(distance: Any, interpolation: Interpolation) -> Any:
    """Return the kernel as a function of the distance in pixels; exactly 1 at 0, and 0 at other whole numbers."""
    xp = namespace(distance)
    d = xp.abs(distance)
    zero = xp.zeros_like(d)
    if interpolation == "linear":
        return xp.where(d < 1, 1 - d, zero)
    if interpolation == "cubic":
        near, far = d * d * (1.5 * d - 2.5) + 1, d * (d * (2.5 - 0.5 * d) - 4) + 2
        return xp.where(d < 1, near, xp.where(d < 2, far, zero))
    whole = xp.floor(d + 0.5)
    wave = xp.sin(math.pi * (d - whole)) * (1 - 2 * (whole % 2))
    return xp.where(d < 3, _lobe(d, wave), zero)
