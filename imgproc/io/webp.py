"""WebP: chunks of the RIFF container walked for sizes, orientation and completeness, then OpenCV's decoder."""

from __future__ import annotations

import io
import struct
from typing import Any

from numpy.typing import NDArray

from imgproc.io.ifd import exif_orientation
from imgproc.io.opencv import decode_rgb
from imgproc.io.picture import Picture, UnreadableFileError, check_size, truncated


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decode the picture, or the first frame of an animation, to RGB or RGBA."""
    size = struct.unpack_from("<I", data, 4)[0] + 8
    if size > len(data):
        raise truncated("WebP", data)
    position, orientation, sizes = 12, 1, 0
    while position + 8 <= size:
        name, length = struct.unpack_from("<4sI", data, position)
        start, position = position + 8, position + 8 + length + length % 2
        if start + length > size:
            raise truncated("WebP", data)
        if name in _SIZES:
            check_size(*_SIZES[name](data[start : start + 10]), max_pixels)
            sizes += 1
        elif name == b"EXIF":
            orientation = exif_orientation(data[start : start + length].removeprefix(b"Exif\0\0"))
    if sizes == 0:
        raise UnreadableFileError("be a WebP file that holds a picture", "none")
    return Picture(decode_rgb(data[:size], "WebP"), orientation)


def encode(image: NDArray[Any], quality: int) -> bytes:
    """Encode (H, W), (H, W, 3) or (H, W, 4) uint8; quality 100 is lossless, hidden colours included."""
    from PIL import Image

    encoded = io.BytesIO()
    try:
        Image.fromarray(image).save(encoded, "WEBP", quality=quality, lossless=quality == 100, exact=True)
    except ValueError as error:
        raise ValueError(f"image must be at most 16383 x 16383 for .webp, got shape {image.shape}") from error
    return encoded.getvalue()


def _lossy_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(content: bytes) -> tuple[int, int]:
    bits = struct.unpack_from("<I", content, 1)[0]
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _canvas_size(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1


_SIZES = {b"VP8 ": _lossy_size, b"VP8L": _lossless_size, b"VP8X": _canvas_size}
