"""What a decoder gives back, and the two reasons for which it refuses."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Picture(NamedTuple):
    """A decoded file before orientation and colour policy.

    Attributes
    ----------
    samples : (H, W) or (H, W, channels); bool for one-bit gray
        As the file holds them, palettes expanded, RGB order, alpha after the colours.
    orientation : 1 to 8
        EXIF orientation still to be applied.
    colors : 1 or 3
        How many of the leading channels are colour.
    """

    samples: NDArray[Any]
    orientation: int = 1
    colors: int = 3


class UnreadableFileError(Exception):
    """A file that breaks `rule`; `found` says what it holds instead. `imread` turns it into a ValueError."""

    def __init__(self, rule: str, found: object) -> None:
        super().__init__(rule, found)
        self.rule = rule
        self.found = found


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse sizes of zero and sizes above `max_pixels`, from the header alone."""
    if width < 1 or height < 1:
        raise UnreadableFileError("have at least one pixel", f"{width} x {height}")
    if width * height > max_pixels:
        raise UnreadableFileError(f"have at most max_pixels={max_pixels} pixels", f"{width} x {height}")


def truncated(kind: str, data: bytes | memoryview) -> UnreadableFileError:
    """The refusal of a file that stops before its picture does."""
    return UnreadableFileError(f"be a complete {kind} file", f"one that ends early, after {len(data)} bytes,")


def expand_palette(indices: NDArray[Any], palette: NDArray[Any]) -> NDArray[Any]:
    """Replace every index by its colour: (H, W) and (entries, channels) to (H, W, channels)."""
    highest = int(indices.max())
    if highest >= len(palette):
        raise UnreadableFileError(f"use palette entries below {len(palette)}", f"entry {highest}")
    return np.take(palette, indices, axis=0)
