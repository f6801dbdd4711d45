"""TIFF: the first page, sample for sample, whatever its type, planes, tiles, predictor or compression.

Strips and tiles are read here; Pillow's libtiff only undoes the compressions that Python lacks. It sees one synthetic
image whose rows are raw bytes, so that no sample type is beyond it (Pillow alone cuts 16-bit colour to 8 bits).
"""

from __future__ import annotations

import io
import math
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from imgproc.io.ifd import ORIENTATION, orientation_of, read_directory, strips_file
from imgproc.io.jpeg import segments
from imgproc.io.picture import Picture, UnreadableFileError, check_size, expand_palette, truncated

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _COUNTS, _PLANAR, _T4_OPTIONS, _T6_OPTIONS = 273, 277, 278, 279, 284, 292, 293
_PREDICTOR, _COLORMAP, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_COUNTS = 317, 320, 322, 323, 324, 325
_EXTRA_SAMPLES, _FORMAT, _JPEG_TABLES, _SUBSAMPLING = 338, 339, 347, 530
_TAGS = frozenset([
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _OFFSETS, ORIENTATION, _SAMPLES, _ROWS_PER_STRIP,
    _COUNTS, _PLANAR, _T4_OPTIONS, _T6_OPTIONS, _PREDICTOR, _COLORMAP, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS,
    _TILE_COUNTS, _FORMAT, _JPEG_TABLES, _SUBSAMPLING,
])  # fmt: skip
_NONE, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _LZMA, _ZSTD = 1, 5, 7, 8, 32946, 32773, 34925, 50000
_BYTE_CODECS = (_LZW, _PACKBITS, _LZMA, _ZSTD)
_FAX_CODECS = (2, 3, 4)
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR = 0, 1, 2, 3, 4, 5, 6
_KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}
_SIZES = {"u": (1, 2, 4, 8, 16, 32, 64), "i": (8, 16, 32, 64), "f": (16, 32, 64)}
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MAX_RATIOS = {_NONE: 1, _PACKBITS: 64, _DEFLATE: 1032, _OLD_DEFLATE: 1032, _LZW: 4096}  # bytes out for one byte in
_BATCH_BYTES = 1 << 26
_TILE_SLACK = 1 << 24  # tiles may hang over the edge by this many pixels beyond max_pixels


@dataclass(frozen=True)
class _Layout:
    """Where the samples of a page are; a strip is a tile as wide as the image."""

    order: Literal["<", ">"]
    width: int
    height: int
    samples: int
    bits: int
    kind: str
    compression: int
    photometric: int
    predictor: int
    reversed_bits: bool
    separate: bool
    tile_height: int
    tile_width: int
    tiled: bool
    offsets: NDArray[Any]
    counts: NDArray[Any]

    @property
    def planes(self) -> int:
        return self.samples if self.separate else 1

    @property
    def channels(self) -> int:
        return 1 if self.separate else self.samples

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(f"{self.kind}{max(self.bits, 8) // 8}")

    @property
    def row_bytes(self) -> int:
        return (self.tile_width * self.channels * self.bits + 7) // 8

    @property
    def grid(self) -> tuple[int, int, int]:
        """Planes, rows of tiles, columns of tiles."""
        return self.planes, -(-self.height // self.tile_height), -(-self.width // self.tile_width)

    def rows_of(self, tile: int) -> int:
        """Rows held by a tile: whole tiles are padded, the last strip of a plane is cut."""
        row = tile // self.grid[2] % self.grid[1]
        return self.tile_height if self.tiled else min(self.tile_height, self.height - row * self.tile_height)


def decode(data: bytes | memoryview, max_pixels: int) -> Picture:
    """Decode the first page; samples that lie in `data` as the image needs them are a view of it."""
    order, tags = read_directory(data, _TAGS)
    layout = _layout(order, tags)
    _check(data, layout, max_pixels)
    if _is_plain(layout):
        shape = layout.height, layout.width, layout.samples
        start = int(layout.offsets[0])
        stored = np.frombuffer(data, layout.dtype.newbyteorder(layout.order), math.prod(shape), start)
        return _colored(stored.reshape(shape), layout, tags)
    canvas = np.empty((layout.planes, layout.height, layout.width, layout.channels), layout.dtype)
    for first, tiles in _batches(data, layout, tags):
        for index, tile in enumerate(tiles, first):
            plane, row, column = np.unravel_index(index, layout.grid)
            top, left = row * layout.tile_height, column * layout.tile_width
            target = canvas[plane, top : top + layout.tile_height, left : left + layout.tile_width]
            target[...] = tile[: target.shape[0], : target.shape[1]]
    samples = np.moveaxis(canvas[..., 0], 0, 2) if layout.separate else canvas[0]
    return _colored(samples, layout, tags)


def encode(image: NDArray[Any]) -> bytes:
    """Encode (H, W) or (H, W, 2 to 4) of any real dtype, or (H, W) bool, uncompressed."""
    height, width = image.shape[:2]
    samples = image.shape[2] if image.ndim == 3 else 1
    packed = np.packbits(image, axis=1) if image.dtype == bool else np.ascontiguousarray(image)
    packed = packed.astype(packed.dtype.newbyteorder("<"), copy=False).reshape(height, -1)
    rows = max(1, (1 << 18) // packed[0].nbytes)  # strips of 256 KiB: many readers hold one at a time
    kind = "u" if image.dtype == bool else image.dtype.kind
    tags: dict[int, NDArray[Any]] = {
        _WIDTH: np.array([width], np.uint32),
        _HEIGHT: np.array([height], np.uint32),
        _BITS: np.full(samples, 1 if image.dtype == bool else 8 * image.itemsize, np.uint16),
        _COMPRESSION: np.array([_NONE], np.uint16),
        _PHOTOMETRIC: np.array([_RGB if samples > 2 else _BLACK_IS_ZERO], np.uint16),
        _SAMPLES: np.array([samples], np.uint16),
        _ROWS_PER_STRIP: np.array([rows], np.uint32),
        _FORMAT: np.full(samples, {"u": 1, "i": 2, "f": 3}[kind], np.uint16),
    }
    if samples in (2, 4):
        tags[_EXTRA_SAMPLES] = np.array([2], np.uint16)  # alpha that does not multiply the colours
    return strips_file(tags, [packed[top : top + rows].data.cast("B") for top in range(0, height, rows)])


def _layout(order: Literal["<", ">"], tags: Mapping[int, NDArray[Any]]) -> _Layout:
    def value(tag: int, default: int | None = None) -> int:
        if len(tags.get(tag, ())) == 0:
            if default is None:
                raise UnreadableFileError("be a TIFF file with all its tags inside", f"no tag {tag}")
            return default
        return int(tags[tag][0])

    tiled = _TILE_OFFSETS in tags
    width, height, bits = value(_WIDTH), value(_HEIGHT), value(_BITS, 1)
    kind = _KINDS.get(value(_FORMAT, 1), "")
    if bits not in _SIZES.get(kind, ()) or np.any(tags.get(_BITS, bits) != bits):
        raise UnreadableFileError(
            "be a TIFF file of 1, 2, 4, 8, 16, 32 or 64 real bits in every sample",
            f"{tags.get(_BITS, np.array([1]))[:8].tolist()} bits of format {value(_FORMAT, 1)}",
        )
    return _Layout(
        order, width, height, value(_SAMPLES, 1), bits, kind, value(_COMPRESSION, _NONE), value(_PHOTOMETRIC),
        value(_PREDICTOR, 1), value(_FILL_ORDER, 1) == 2, value(_PLANAR, 1) == 2 and value(_SAMPLES, 1) > 1,
        value(_TILE_HEIGHT) if tiled else max(1, min(height, value(_ROWS_PER_STRIP, height))),
        value(_TILE_WIDTH) if tiled else max(1, width), tiled,
        tags.get(_TILE_OFFSETS if tiled else _OFFSETS, np.empty(0, np.uint32)).astype(np.uint64),
        tags.get(_TILE_COUNTS if tiled else _COUNTS, np.empty(0, np.uint32)).astype(np.uint64),
    )  # fmt: skip


def _check(data: bytes | memoryview, layout: _Layout, max_pixels: int) -> None:
    """Prove before any allocation that the claimed sizes are bearable and every strip lies inside the file."""
    check_size(layout.width, layout.height, max_pixels)
    check_size(layout.tile_width, layout.tile_height, max_pixels + _TILE_SLACK)
    planes, rows, columns = layout.grid
    padded = rows * layout.tile_height * columns * layout.tile_width
    if layout.samples < 1 or padded > max_pixels + _TILE_SLACK:
        raise UnreadableFileError(f"have at most max_pixels={max_pixels} pixels", f"tiles of {padded}")
    bytes_per_pixel = layout.samples * layout.dtype.itemsize
    if layout.width * layout.height * bytes_per_pixel > 32 * max_pixels:  # RGBA float64 is 32 bytes
        raise UnreadableFileError(
            f"have at most max_pixels={max_pixels} pixels of 32 bytes", f"{bytes_per_pixel} bytes each"
        )
    if not len(layout.offsets) == len(layout.counts) == planes * rows * columns:
        raise UnreadableFileError(
            f"be a TIFF file with {planes * rows * columns} strips or tiles",
            f"{len(layout.offsets)} offsets and {len(layout.counts)} byte counts",
        )
    if np.any(layout.counts == 0):
        raise UnreadableFileError("be a TIFF file whose strips all hold data", "empty strips")
    size = np.uint64(len(data))
    claimed = (
        rows * layout.tile_height * planes * columns * layout.row_bytes
        if layout.tiled
        else (layout.height * planes * layout.row_bytes)
    )
    if claimed > len(data) * _MAX_RATIOS.get(layout.compression, claimed):
        raise truncated("TIFF", data)
    if np.any(layout.counts > size) or np.any(layout.offsets > size - layout.counts):
        raise truncated("TIFF", data)


def _is_plain(layout: _Layout) -> bool:
    """Say whether the strips hold whole samples of all channels, as they are, one strip after the other."""
    if layout.compression != _NONE or layout.reversed_bits or layout.predictor != 1 or layout.bits < 8:
        return False
    if layout.tiled or layout.separate:
        return False
    rows = np.minimum(layout.tile_height, layout.height - layout.tile_height * np.arange(len(layout.offsets)))
    follow = layout.offsets[1:] == layout.offsets[:-1] + layout.counts[:-1]
    return bool(follow.all() and (layout.counts == rows.astype(np.uint64) * np.uint64(layout.row_bytes)).all())


def _batches(
    data: bytes | memoryview, layout: _Layout, tags: Mapping[int, NDArray[Any]]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Give the first index and samples, (tiles, rows, columns, channels), of neighbours with equally many rows."""
    total = len(layout.offsets)
    most = max(1, _BATCH_BYTES // (layout.row_bytes * layout.tile_height))
    first = 0
    while first < total:
        rows, last = layout.rows_of(first), first + 1
        while last < min(total, first + most) and layout.rows_of(last) == rows:
            last += 1
        spans = zip(layout.offsets[first:last], layout.counts[first:last], strict=True)
        raw = [bytes(data[int(start) : int(start + length)]) for start, length in spans]
        if layout.compression == _JPEG or layout.compression in _FAX_CODECS:
            yield first, _decompress_images(raw, rows, layout, tags)
        else:
            yield first, _samples(_decompress_bytes(raw, rows, layout), layout)
        first = last


def _decompress_bytes(raw: list[bytes], rows: int, layout: _Layout) -> NDArray[np.uint8]:
    """Undo the compression: (tiles, rows, row_bytes)."""
    if layout.reversed_bits:
        raw = [segment.translate(_REVERSED_BITS) for segment in raw]
    size = rows * layout.row_bytes
    if layout.compression in _BYTE_CODECS:
        tags = {
            _WIDTH: layout.row_bytes,
            _HEIGHT: rows * len(raw),
            _BITS: 8,
            _COMPRESSION: layout.compression,
            _PHOTOMETRIC: _BLACK_IS_ZERO,
            _SAMPLES: 1,
            _ROWS_PER_STRIP: rows,
        }
        unpacked = _libtiff({tag: np.array([value], np.uint32) for tag, value in tags.items()}, raw)
        return unpacked.reshape(len(raw), rows, layout.row_bytes)
    if layout.compression in (_DEFLATE, _OLD_DEFLATE):
        raw = [_inflate(segment, size) for segment in raw]
    elif layout.compression != _NONE:
        raise UnreadableFileError(
            "be a TIFF file of a known compression (none, LZW, deflate, PackBits, LZMA, Zstandard, JPEG, CCITT)",
            f"compression {layout.compression}",
        )
    if min(map(len, raw)) < size:
        raise UnreadableFileError(f"be a TIFF file whose strips hold {size} bytes", f"{min(map(len, raw))}")
    return np.stack([np.frombuffer(segment, np.uint8, size) for segment in raw]).reshape(len(raw), rows, -1)


def _inflate(segment: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj()
    content = inflater.decompress(segment, size)
    inflater.decompress(inflater.unconsumed_tail, 64)  # reaches the checksum, which raises when it is wrong
    return content


def _decompress_images(raw: list[bytes], rows: int, layout: _Layout, tags: Mapping[int, NDArray[Any]]) -> NDArray[Any]:
    """Decode tiles that are JPEG or CCITT pictures themselves: (tiles, rows, columns, channels)."""
    if layout.kind != "u" or layout.bits != (8 if layout.compression == _JPEG else 1) or layout.predictor != 1:
        raise UnreadableFileError(
            "be a TIFF file with JPEG of 8 bits or CCITT of 1 bit",
            f"compression {layout.compression} of {layout.bits} bits",
        )
    if layout.compression == _JPEG:
        for segment in raw:
            deque(segments(segment), maxlen=0)  # raises unless complete; libtiff would fill the rest with gray
    photometric = layout.photometric if layout.compression == _JPEG and layout.channels > 1 else _BLACK_IS_ZERO
    synthetic = {
        _WIDTH: layout.tile_width, _HEIGHT: rows * len(raw), _COMPRESSION: layout.compression,
        _PHOTOMETRIC: photometric, _SAMPLES: layout.channels, _ROWS_PER_STRIP: rows,
        _FILL_ORDER: 1 + layout.reversed_bits,
    }  # fmt: skip
    arrays: dict[int, NDArray[Any]] = {tag: np.array([value], np.uint32) for tag, value in synthetic.items()}
    arrays[_BITS] = np.full(layout.channels, layout.bits, np.uint16)
    kept = (_T4_OPTIONS, _T6_OPTIONS, _JPEG_TABLES, _SUBSAMPLING)
    arrays |= {tag: tags[tag].astype(tags[tag].dtype.newbyteorder("=")) for tag in kept if tag in tags}
    if layout.channels == 4 and photometric == _RGB:
        arrays[_EXTRA_SAMPLES] = np.array([2], np.uint16)
    pixels = _libtiff(arrays, raw)
    return pixels.reshape(len(raw), rows, layout.tile_width, layout.channels)


def _libtiff(tags: Mapping[int, NDArray[Any]], strips: list[bytes]) -> NDArray[Any]:
    from PIL import ImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    class Strips(TiffImageFile):
        def load_prepare(self) -> None:
            ImageFile.ImageFile.load_prepare(self)  # TiffImageFile's own consults the global limit of pixels

    with Strips(io.BytesIO(strips_file(tags, strips))) as image:
        return np.array(image)


def _samples(content: NDArray[np.uint8], layout: _Layout) -> NDArray[Any]:
    """Make samples in native order of raw bytes: (tiles, rows, row_bytes) to (tiles, rows, columns, channels)."""
    shape = (*content.shape[:2], layout.tile_width, layout.channels)
    if layout.bits < 8:
        if layout.predictor != 1:
            raise UnreadableFileError("be a TIFF file with predictor 1 below 8 bits", f"predictor {layout.predictor}")
        places = np.unpackbits(content, axis=2)[..., : layout.tile_width * layout.channels * layout.bits]
        weights = (1 << np.arange(layout.bits)[::-1]).astype(np.uint8)
        joined: NDArray[np.uint8] = (places.reshape(*shape, layout.bits) * weights).sum(axis=-1, dtype=np.uint8)
        return joined
    if layout.predictor == 3 and layout.kind == "f":
        # TIFF technical note 3: bytes of like significance lie together, most significant first, and are differences
        sums = np.cumsum(content.reshape(*content.shape[:2], -1, layout.channels), axis=2, dtype=np.uint8)
        planes = sums.reshape(*content.shape[:2], layout.dtype.itemsize, -1)
        floats = np.ascontiguousarray(np.swapaxes(planes, 2, 3)).view(layout.dtype.newbyteorder(">"))
        return floats.reshape(shape).astype(layout.dtype)
    stored = content.view(layout.dtype.newbyteorder(layout.order)).reshape(shape)
    if layout.predictor == 1:
        return stored
    if layout.predictor != 2 or layout.kind == "f":
        raise UnreadableFileError(
            "be a TIFF file of predictor 1, 2 (integers) or 3 (floats)", f"predictor {layout.predictor}"
        )
    return np.cumsum(stored, axis=2, dtype=layout.dtype)  # wraps as the format wants


def _colored(samples: NDArray[Any], layout: _Layout, tags: Mapping[int, NDArray[Any]]) -> Picture:
    """Turn samples into gray or RGB with what follows them: (H, W, samples) to (H, W) or (H, W, channels)."""
    photometric, orientation = layout.photometric, orientation_of(tags)
    if photometric == _PALETTE and layout.kind == "u" and layout.bits <= 16:
        table = tags.get(_COLORMAP, np.empty(0, np.uint16))
        shift = 8 if table.size and table.max() > 255 else 0  # some writers store 8 bits where 16 are due
        palette = (table.astype(np.uint16)[: 3 << layout.bits] >> shift).astype(np.uint8)
        return Picture(expand_palette(samples[..., 0], palette[: palette.size // 3 * 3].reshape(3, -1).T), orientation)
    if layout.bits < 8 and samples.dtype != bool:
        samples = samples > 0 if layout.bits == 1 else samples * np.uint8(255 // (2**layout.bits - 1))
    if photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _MASK):
        if photometric == _WHITE_IS_ZERO and layout.kind != "u":
            raise UnreadableFileError("be a TIFF file that counts white as zero in unsigned samples only", layout.dtype)
        if photometric == _WHITE_IS_ZERO:
            samples = ~samples
        return Picture(samples[..., 0] if layout.samples == 1 else samples, orientation, colors=1)
    if samples.dtype == bool:
        samples = samples.astype(np.uint8) * np.uint8(255)
    if layout.samples >= 3 and (photometric == _RGB or (photometric == _YCBCR and layout.compression == _JPEG)):
        return Picture(samples, orientation)
    if layout.samples >= 4 and photometric == _CMYK and samples.dtype == np.uint8:
        return Picture(_cmyk_to_rgb(samples[..., :4]), orientation)
    raise UnreadableFileError(
        "be a TIFF file of gray, RGB, palette, 8-bit CMYK or JPEG's YCbCr colours",
        f"photometric interpretation {photometric} with {layout.samples} samples",
    )


def _cmyk_to_rgb(inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    return np.array(Image.fromarray(np.ascontiguousarray(inks), "CMYK").convert("RGB"))
