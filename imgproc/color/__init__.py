"""Colour spaces; colour is RGB unless a name says otherwise."""

from imgproc.color.gray import gray_to_rgb, rgb_to_gray

__all__ = ["gray_to_rgb", "rgb_to_gray"]
