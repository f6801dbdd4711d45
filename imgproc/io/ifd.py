"""TIFF directories: read tags (EXIF is a TIFF too) and write a file of strips."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from imgproc.io.picture import UnreadableFileError

ORIENTATION = 274

_TYPES = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_ALIGNMENT = 16
_TYPE_CODES = {"u1": 7, "u2": 3, "u4": 4}


def read_directory(
    data: bytes | memoryview, wanted: Collection[int]
) -> tuple[Literal["<", ">"], dict[int, NDArray[Any]]]:
    """Read the `wanted` tags of the first directory, classic or BigTIFF.

    Returns
    -------
    order : "<" or ">"
        Byte order of the file, in NumPy's words.
    tags : dict of 1-D integer arrays
        Tags of other types are left out.

    Raises
    ------
    UnreadableFileError, struct.error
        `data` has no TIFF header, or it ends before the directory and its values do.
    """
    order: Literal["<", ">"] = "<" if data[:2] == b"II" else ">"
    version = struct.unpack_from(f"{order}H", data, 2)[0] if data[:2] in (b"II", b"MM") else 0
    if version not in (42, 43):
        raise UnreadableFileError("be a TIFF file of version 42 or 43", f"version {version}")
    big = version == 43
    start = struct.unpack_from(f"{order}Q" if big else f"{order}I", data, 8 if big else 4)[0]
    count = struct.unpack_from(f"{order}Q" if big else f"{order}H", data, start)[0]
    start += 8 if big else 2
    entry = struct.Struct(f"{order}HHQ8s" if big else f"{order}HHI4s")
    pointer = struct.Struct(f"{order}Q" if big else f"{order}I")
    tags: dict[int, NDArray[Any]] = {}
    if start + count * entry.size > len(data):
        raise UnreadableFileError(
            "be a complete TIFF file", f"one that ends in its directory, after {len(data)} bytes,"
        )
    for position in range(start, start + count * entry.size, entry.size):
        tag, code, number, inline = entry.unpack_from(data, position)
        if tag not in wanted or tag in tags or code not in _TYPES:
            continue
        dtype = np.dtype(order + _TYPES[code])
        size, place = number * dtype.itemsize, 0
        if size > len(inline):
            place = pointer.unpack(inline)[0]
            if place + size > len(data):
                raise UnreadableFileError("be a complete TIFF file", f"one that ends before the values of tag {tag}")
        tags[tag] = np.frombuffer(data if size > len(inline) else inline, dtype, number, place)
    return order, tags


def exif_orientation(exif: bytes) -> int:
    """Read the orientation, 1 to 8; 1 where `exif` is absent or damaged, since metadata must not hide good pixels."""
    try:
        _, tags = read_directory(exif, (ORIENTATION,))
    except (UnreadableFileError, struct.error):
        return 1
    return orientation_of(tags)


def orientation_of(tags: Mapping[int, NDArray[Any]]) -> int:
    """Give the orientation among `tags`, 1 where it is absent or out of range."""
    value = int(tags[ORIENTATION][0]) if len(tags.get(ORIENTATION, ())) else 1
    return value if 1 <= value <= 8 else 1


def strips_file(tags: Mapping[int, NDArray[Any]], strips: Sequence[bytes | memoryview]) -> bytes:
    """Build a little-endian TIFF of `strips`; `tags` are uint8, uint16 or uint32 arrays without offsets and counts.

    The first strip starts where an array of any dtype may.

    Raises
    ------
    ValueError
        The file would need 4 GiB or more, which classic TIFF cannot address.
    """
    offsets, counts = 273, 279
    lengths = np.array([len(strip) for strip in strips], np.uint64)
    every: dict[int, NDArray[Any]] = {
        **tags,
        offsets: np.zeros(len(strips), np.uint32),
        counts: lengths.astype(np.uint32),
    }
    values_start = 8 + 2 + 12 * len(every) + 4
    outside = sum(_padded(array.nbytes) for array in every.values() if array.nbytes > 4)
    data_start = -(-(values_start + outside) // _ALIGNMENT) * _ALIGNMENT
    if data_start + int(lengths.sum()) >= 2**32:
        raise ValueError(f"image must take less than 4 GiB as TIFF, got {int(lengths.sum())} bytes")
    every[offsets] = (data_start + np.cumsum(lengths) - lengths).astype(np.uint32)
    entries, values = [], b""
    for tag in sorted(every):
        array = every[tag]
        content = array.astype(array.dtype.newbyteorder("<")).tobytes()
        field = content.ljust(4, b"\0")
        if len(content) > 4:
            field = struct.pack("<I", values_start + len(values))
            values += content.ljust(_padded(len(content)), b"\0")
        entries.append(struct.pack("<HHI", tag, _TYPE_CODES[array.dtype.str[1:]], array.size) + field)
    directory = struct.pack("<2sHIH", b"II", 42, 8, len(every)) + b"".join(entries) + bytes(4)
    return b"".join([(directory + values).ljust(data_start, b"\0"), *strips])


def _padded(size: int) -> int:
    return size + size % 2
