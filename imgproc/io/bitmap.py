"""BMP and GIF: sizes checked from the header, then OpenCV's decoders, which refuse data that ends early."""

from __future__ import annotations

import struct

import numpy as np

from imgproc.io.opencv import decode_rgb
from imgproc.io.picture import Picture, check_size, truncated

_UNCOMPRESSED, _BITFIELDS, _ALPHA_BITFIELDS = 0, 3, 6


def decode_bmp(data: bytes, max_pixels: int) -> Picture:
    """Decode to gray (gray palettes), RGB, or RGBA where the header names an alpha mask."""
    offset, header = struct.unpack_from("<II", data, 10)
    compression = alpha_mask = 0
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if header >= 56 and compression in (_BITFIELDS, _ALPHA_BITFIELDS):
        alpha_mask = struct.unpack_from("<I", data, 66)[0]
    height = abs(height)  # negative: rows from the top
    check_size(width, height, max_pixels)
    row_bytes = (width * bits + 31) // 32 * 4
    if compression in (_UNCOMPRESSED, _BITFIELDS, _ALPHA_BITFIELDS) and offset + row_bytes * height > len(data):
        raise truncated("BMP", data)
    samples = decode_rgb(data, "BMP")
    if samples.ndim == 3 and samples.shape[2] == 4 and not alpha_mask:  # the fourth byte means nothing then
        samples = np.ascontiguousarray(samples[..., :3])
    return Picture(samples, colors=1 if samples.ndim == 2 else 3)


def decode_gif(data: bytes, max_pixels: int) -> Picture:
    """Decode the first frame to RGB, or RGBA where it has transparent pixels."""
    width, height = struct.unpack_from("<HH", data, 6)
    check_size(width, height, max_pixels)
    return Picture(decode_rgb(data, "GIF"))
