"""PNG: chunks proved by their checksums, then OpenCV's decoder on the pixels alone.

OpenCV is exact on gray, RGB and RGBA samples of 8 and 16 bits and knows nothing else. The other kinds travel as one
of those: PNG filters see only bytes per pixel, so gray + alpha of 8 bits *is* gray of 16 bits, gray + alpha of 16 bits
*is* RGBA of 8, palette indices *are* gray, and rows of one-bit pixels *are* shorter rows of bytes.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgproc.io.ifd import exif_orientation
from imgproc.io.opencv import decode_rgb, encode_rgb
from imgproc.io.picture import Picture, UnreadableFileError, check_size, expand_palette, truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_CHANNELS = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGBA: 4}
_DEPTHS = {_GRAY: (1, 2, 4, 8, 16), _RGB: (8, 16), _PALETTE: (1, 2, 4, 8), _GRAY_ALPHA: (8, 16), _RGBA: (8, 16)}
_CARRIERS = {(8, _GRAY_ALPHA): (16, _GRAY), (16, _GRAY_ALPHA): (8, _RGBA)}
_GRAY_STEP = {1: 255, 2: 85, 4: 17, 8: 1, 16: 1}  # what one step of a short sample becomes in 8 bits
_MAX_DEFLATE_RATIO = 1032  # 258 bytes from two bits, the most that deflate can do


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    depth: int
    color: int
    interlaced: int


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decode the picture of a PNG (an animation's default image)."""
    chunks = _chunks(data)
    header = _header(chunks.get(b"IHDR", b""), max_pixels)
    pixels = chunks.get(b"IDAT", b"")
    bits = header.width * header.height * header.depth * _CHANNELS[header.color]
    if bits // 8 > _MAX_DEFLATE_RATIO * len(pixels):
        raise truncated("PNG", data)
    depth, color = _CARRIERS.get((header.depth, header.color), (header.depth, header.color))
    carrier = _pack(
        _Header(header.width, header.height, depth, _GRAY if color == _PALETTE else color, header.interlaced), pixels
    )
    samples = _samples(decode_rgb(carrier, "PNG"), header, chunks)
    orientation = exif_orientation(chunks.get(b"eXIf", b""))
    return Picture(samples, orientation, 1 if header.color in (_GRAY, _GRAY_ALPHA) else 3)


def encode(image: NDArray[Any]) -> bytes:
    """Encode (H, W) bool, or (H, W[, 2, 3 or 4]) uint8 or uint16, without loss."""
    height, width = image.shape[:2]
    if image.dtype == bool:
        carrier, header = np.packbits(image, axis=1), _Header(width, height, 1, _GRAY, 0)
    elif image.ndim == 3 and image.shape[2] == 2:
        bits = 8 * image.itemsize
        as_bytes = image.astype(image.dtype.newbyteorder(">"), order="C").view(np.uint8)
        carrier = as_bytes.view(">u2")[..., 0].astype(np.uint16) if bits == 8 else as_bytes
        header = _Header(width, height, bits, _GRAY_ALPHA, 0)
    else:
        return encode_rgb(".png", image)
    return _pack(header, _chunks(encode_rgb(".png", carrier))[b"IDAT"])


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Contents by name, IDAT joined, after every checksum up to IEND has been found right."""
    view, position = memoryview(data), len(SIGNATURE)
    pixels: list[memoryview] = []
    first: dict[bytes, bytes] = {}
    while True:
        if position + 12 > len(data):
            raise truncated("PNG", data)
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise truncated("PNG", data)
        if zlib.crc32(view[position + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise UnreadableFileError("be an undamaged PNG file", f"a wrong checksum of chunk {name!r}")
        if name == b"IEND":
            return first | {b"IDAT": b"".join(pixels)}
        if name == b"IDAT":
            pixels.append(view[position + 8 : end - 4])
        elif name in (b"IHDR", b"PLTE", b"tRNS", b"eXIf"):
            first.setdefault(name, data[position + 8 : end - 4])
        position = end


def _header(content: bytes, max_pixels: int) -> _Header:
    if len(content) != 13:
        raise UnreadableFileError("be a PNG file with a header of 13 bytes", f"{len(content)} bytes")
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", content)
    if depth not in _DEPTHS.get(color, ()):
        raise UnreadableFileError("be a PNG file of a known colour type", f"type {color} with {depth} bits")
    check_size(width, height, max_pixels)
    return _Header(width, height, depth, color, interlaced)


def _samples(carried: NDArray[Any], header: _Header, chunks: dict[bytes, bytes]) -> NDArray[Any]:
    """Undo what `_CARRIERS` and the palette did, and add the alpha of a tRNS chunk."""
    transparency = chunks.get(b"tRNS", b"")
    if header.color == _PALETTE:
        return _colored(carried // _GRAY_STEP[header.depth], chunks.get(b"PLTE", b""), transparency)
    if header.color == _GRAY_ALPHA:
        big_endian = carried.astype(">u2") if header.depth == 8 else carried
        pairs = np.ascontiguousarray(big_endian).view("u1" if header.depth == 8 else ">u2")
        shape = (header.height, header.width, 2)
        return pairs.reshape(shape).astype(np.uint8 if header.depth == 8 else np.uint16)
    if header.color in (_GRAY, _RGB) and transparency:
        return _keyed(carried, header, transparency)
    return carried > 0 if header.depth == 1 else carried


def _colored(indices: NDArray[Any], palette: bytes, transparency: bytes) -> NDArray[Any]:
    if not palette or len(palette) % 3:
        raise UnreadableFileError("be a PNG file with a palette of 3-byte entries", f"{len(palette)} bytes")
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    if transparency:
        alpha = np.full((len(colors), 1), 255, np.uint8)
        given = np.frombuffer(transparency, np.uint8)[: len(colors)]
        alpha[: len(given), 0] = given
        colors = np.hstack([colors, alpha])
    return expand_palette(indices, colors)


def _keyed(samples: NDArray[Any], header: _Header, transparency: bytes) -> NDArray[Any]:
    """Add an alpha channel that is 0 where a pixel equals the one transparent colour."""
    channels = _CHANNELS[header.color]
    if len(transparency) != 2 * channels:
        raise UnreadableFileError(
            f"be a PNG file with a tRNS chunk of {2 * channels} bytes", f"{len(transparency)} bytes"
        )
    key = np.array(struct.unpack(f">{channels}H", transparency)) * _GRAY_STEP[header.depth]
    layered = samples.reshape(header.height, header.width, channels)
    opaque = np.any(layered != key, axis=2, keepdims=True)
    return np.concatenate([layered, opaque * np.array(np.iinfo(samples.dtype).max, samples.dtype)], axis=2)


def _pack(header: _Header, pixels: bytes) -> bytes:
    ihdr = struct.pack(">IIBBBBB", header.width, header.height, header.depth, header.color, 0, 0, header.interlaced)
    parts = [SIGNATURE]
    for name, content in ((b"IHDR", ihdr), (b"IDAT", pixels), (b"IEND", b"")):
        checksum = zlib.crc32(content, zlib.crc32(name))
        parts += [struct.pack(">I", len(content)), name, content, struct.pack(">I", checksum)]
    return b"".join(parts)
