"""Colours for labels: the same label has the same colour everywhere, and neighbours in number are far apart in hue."""

import colorsys
import functools

_GOLDEN_SHARE = 0.6180339887498949
"""Steps of this share of the circle never come close to one another, however many there are."""


@functools.cache
def label_colors(count: int = 256) -> tuple[tuple[float, float, float], ...]:
    """Return the colours of labels 0, 1, …: RGB in [0, 1], black for 0."""
    shades = ((1.0, 1.0), (0.6, 1.0), (1.0, 0.7))  # (saturation, value) in turn
    bright = (colorsys.hsv_to_rgb(k * _GOLDEN_SHARE % 1, *shades[k // 7 % 3]) for k in range(count - 1))
    return ((0.0, 0.0, 0.0), *bright)
