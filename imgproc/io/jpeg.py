"""JPEG: segments walked up to the end marker, metadata left out, then libjpeg on what remains.

libjpeg fills what is missing with gray and only warns, so completeness is proved here. JPEG has no checksum: damage
inside the coded data that keeps every marker in place cannot be told from a picture.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgproc.io.ifd import exif_orientation
from imgproc.io.opencv import decode_rgb, encode_rgb
from imgproc.io.picture import Picture, UnreadableFileError, check_size, truncated

SIGNATURE = b"\xff\xd8\xff"

_END_OF_CODED_DATA = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HUFFMAN_FRAMES = (0xC0, 0xC1, 0xC2)
_SCAN, _END, _EXIF, _COMMENT = 0xDA, 0xD9, 0xE1, 0xFE
_COLOR_HINTS = (0xE0, 0xEE)  # JFIF and Adobe decide how channels become colours; other APPn are metadata
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD8)])
_MAX_SCANS = 100  # ten make a usual progressive file; thousands make a bomb of time


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decode gray, YCbCr, RGB, CMYK and YCCK of 8 bits; CMYK becomes RGB."""
    kept, orientation, scans, coded = [b"\xff\xd8"], 1, 0, 0
    frames: list[tuple[int, bytes]] = []
    for marker, start, table_end, end in segments(data):
        if marker == _EXIF and data[start + 4 : start + 10] == b"Exif\0\0":
            orientation = exif_orientation(data[start + 10 : end])
        if marker in _FRAMES:
            frames.append((marker, data[start + 4 : end]))
        if marker == _SCAN:
            scans, coded = scans + 1, coded + end - table_end
        is_metadata = marker == _COMMENT or (0xE0 <= marker <= 0xEF and marker not in _COLOR_HINTS)
        if not is_metadata:
            kept.append(data[start:end])
    channels = _check_frame(data, frames, scans, coded, max_pixels)
    complete = b"".join([*kept, b"\xff\xd9"])
    samples = _decode_cmyk(complete) if channels == 4 else decode_rgb(complete, "JPEG")
    return Picture(samples, orientation, 1 if channels == 1 else 3)


def segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Give marker, start, end of table, and end of coded data of every segment before the end marker.

    Raises
    ------
    UnreadableFileError
        The segments do not follow one another up to an end marker.
    """
    position = 2
    while True:
        marker, start, table_end = _segment(data, position)
        if marker == _END:
            return
        position = _end_of_coded_data(data, table_end) if marker == _SCAN else table_end
        yield marker, start, table_end, position


def encode(image: NDArray[Any], quality: int) -> bytes:
    """Encode (H, W) or (H, W, 3) uint8."""
    import cv2

    return encode_rgb(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _segment(data: bytes, position: int) -> tuple[int, int, int]:
    """Find the marker at `position`; give it with the start and end of its segment."""
    start = position
    while data[position : position + 2] == b"\xff\xff":  # fill bytes are legal before a marker
        position += 1
    if position + 2 > len(data):
        raise truncated("JPEG", data)
    if data[position] != 0xFF:
        raise UnreadableFileError("be an undamaged JPEG file", f"byte {data[position]:#04x} in place of a marker")
    marker = data[position + 1]
    if marker in _STANDALONE or marker == _END:
        return marker, start, position + 2
    if position + 4 > len(data):
        raise truncated("JPEG", data)
    end = position + 2 + int(struct.unpack_from(">H", data, position + 2)[0])
    if end < position + 4:
        raise UnreadableFileError("be an undamaged JPEG file", f"an empty segment {marker:#04x}")
    if end > len(data):
        raise truncated("JPEG", data)
    return marker, position, end


def _end_of_coded_data(data: bytes, position: int) -> int:
    found = _END_OF_CODED_DATA.search(data, position)
    if found is None:
        raise truncated("JPEG", data)
    return found.start()


def _check_frame(data: bytes, frames: list[tuple[int, bytes]], scans: int, coded: int, max_pixels: int) -> int:
    """Check size and plausibility before decoding; return the number of channels."""
    if len(frames) != 1 or len(frames[0][1]) < 6 or not 1 <= scans <= _MAX_SCANS:
        raise UnreadableFileError(
            "be a JPEG file of one frame and at most 100 scans", f"{len(frames)} frames, {scans} scans"
        )
    marker, content = frames[0]
    precision, height, width, channels = struct.unpack_from(">BHHB", content)
    check_size(width, height, max_pixels)
    if precision != 8 or channels not in (1, 3, 4):
        raise UnreadableFileError(
            "be a JPEG file of 8 bits and 1, 3 or 4 channels", f"{precision} bits, {channels} channels"
        )
    blocks = -(-width // 8) * -(-height // 8)
    if marker in _HUFFMAN_FRAMES and 8 * coded < blocks:  # each block costs a bit at the very least
        raise truncated("JPEG", data)
    return int(channels)


def _decode_cmyk(data: bytes) -> NDArray[Any]:
    # Pillow minds Adobe's inverted inks. Its file class, unlike Image.open, consults no global limit of pixels.
    from PIL.JpegImagePlugin import JpegImageFile

    with JpegImageFile(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))
