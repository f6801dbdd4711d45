"""imread: from a path, bytes or a binary file to an RGB, gray or unchanged array."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from imgproc.io import bitmap, jpeg, png, tiff, webp
from imgproc.io.picture import Picture, UnreadableFileError

_COLORS = ("rgb", "gray", "unchanged")
_SIGNATURE_BYTES = 16
_BAND_ROWS = 64

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


def imread(
    source: Source, *, color: Literal["rgb", "gray", "unchanged"] = "rgb", max_pixels: int = 178_956_970
) -> NDArray[Any]:
    """Read an image file: PNG, JPEG, TIFF, WebP, BMP or GIF, known by its content.

    Parameters
    ----------
    source : path, bytes-like, or binary file object
        A file object is read from its current position to its end and left open.
    color : "rgb", "gray" or "unchanged"
        "rgb" replicates gray and drops alpha without compositing. "gray" weighs RGB by Rec. 601 (0.299, 0.587, 0.114),
        rounded half to even once. "unchanged" keeps the channels of the file.
    max_pixels : int, at least 1
        Larger pictures are refused from their header, before anything is decoded.

    Returns
    -------
    (H, W, 3) for "rgb", (H, W) for "gray", (H, W) or (H, W, channels) for "unchanged"
        C-contiguous, writable, native byte order, upright (EXIF orientation applied). uint8 for 8 bits and fewer,
        uint16 for 16; a TIFF keeps any real dtype. One-bit gray is a bool mask when "unchanged", 0 or 255 otherwise.

    Raises
    ------
    FileNotFoundError, PermissionError
        The path cannot be opened.
    TypeError
        `source` is of another type.
    ValueError
        `source` is a directory, empty, of unknown format, truncated, damaged, larger than `max_pixels`, or of a kind
        without a faithful RGB form (Lab); `color` or `max_pixels` is out of range.

    Notes
    -----
    "unchanged" gives palettes as RGB or RGBA, gray with alpha as (H, W, 2), CMYK as RGB, and in a TIFF of more samples
    all of them. A TIFF gives its first page, animations their first picture. Profiles and gamma are not applied. Only
    PNG and deflated TIFF carry checksums: damage that leaves the structure of another file whole shows as wrong
    pixels. OpenCV's own limits hold for all formats but TIFF: 2**20 pixels a side and 2**30 in all.

    Examples
    --------
    >>> from imgproc.io import imread, imwrite
    >>> imread(b"BM" + bytes(60))
    Traceback (most recent call last):
    ...
    ValueError: source must have at least one pixel, got 0 x 0 in 62 bytes
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "gray.png")
    >>> imwrite(path, np.array([[0, 255]], np.uint8))
    >>> imread(path).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    if color not in _COLORS:
        raise ValueError(f"color must be one of {_COLORS}, got {color!r}")
    if isinstance(max_pixels, bool) or not isinstance(max_pixels, (int, np.integer)):
        raise TypeError(f"max_pixels must be an int, got {type(max_pixels).__name__}")
    if max_pixels < 1:
        raise ValueError(f"max_pixels must be at least 1, got {max_pixels}")
    try:
        data, name, decode = _load(source)
    except UnreadableFileError as error:
        raise ValueError(f"source must {error.rule}, got {error.found} in {_name(source)}") from None
    try:
        picture = decode(data, int(max_pixels))
    except UnreadableFileError as error:
        raise ValueError(f"source must {error.rule}, got {error.found} in {name}") from error
    except MemoryError:
        raise
    except Exception as error:  # decoders meet damage in their own ways: struct.error, zlib.error, OSError, IndexError
        raise ValueError(f"source must be an undamaged image file, got {error!r} in {name}") from error
    upright = _upright(_in_color(picture, color), picture.orientation)
    native = upright.dtype.newbyteorder("=")
    result: NDArray[Any] = np.require(upright, native, ["C_CONTIGUOUS", "WRITEABLE", "ALIGNED"])
    return result


def _load(source: Source) -> tuple[bytes | memoryview, str, Callable[[Any, int], Picture]]:
    """Read the whole source once its first bytes name a known format."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        return data, _name(source), _decoder(data)
    if isinstance(source, (str, os.PathLike)):
        if os.path.isdir(source):
            raise UnreadableFileError("be an image file", "a directory")
        with open(source, "rb") as file:
            about = os.fstat(file.fileno())
            if not (stat.S_ISREG(about.st_mode) or stat.S_ISFIFO(about.st_mode)):
                raise UnreadableFileError("be a regular file", "a device")  # some of them never end
            return _read(file, about.st_size)
    if not hasattr(source, "read"):
        raise TypeError(f"source must be a path, bytes or a binary file object, got {type(source).__name__}")
    return _read(source)


def _read(file: BinaryIO, size: int = 0) -> tuple[bytes | memoryview, str, Callable[[Any, int], Picture]]:
    """Read to the end; a TIFF of known size goes into memory that is to become the image."""
    start = file.read(_SIGNATURE_BYTES)
    if not isinstance(start, bytes):
        raise TypeError(f"source must be a file opened in binary mode, got {type(file).__name__} of text")
    decode = _decoder(start)
    if decode is not tiff.decode or size < len(start):
        return start + file.read(), _name(file), decode
    data = np.empty(size, np.uint8).data
    data[: len(start)] = start
    filled = len(start)
    while filled < size and (got := file.readinto(data[filled:])):  # type: ignore[attr-defined]
        filled += got
    return data[:filled], _name(file), decode


def _decoder(start: bytes) -> Callable[[Any, int], Picture]:
    if start.startswith(png.SIGNATURE):
        return png.decode
    if start.startswith(jpeg.SIGNATURE):
        return jpeg.decode
    if start.startswith(tiff.SIGNATURES):
        return tiff.decode
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return webp.decode
    if start.startswith(b"BM"):
        return bitmap.decode_bmp
    if start.startswith((b"GIF87a", b"GIF89a")):
        return bitmap.decode_gif
    if not start:
        raise UnreadableFileError("be an image file", "no bytes")
    raise UnreadableFileError("be a PNG, JPEG, TIFF, WebP, BMP or GIF file", f"unknown content {start[:8]!r}")


def _name(source: object) -> str:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"{len(bytes(source))} bytes"
    if isinstance(source, (str, os.PathLike)):
        return repr(os.fspath(source))
    return repr(getattr(source, "name", source))


def _in_color(picture: Picture, color: str) -> NDArray[Any]:
    samples = picture.samples
    if color == "unchanged":
        return samples
    if samples.ndim == 3:
        samples = samples[..., 0] if picture.colors == 1 else samples[..., :3]
    if samples.dtype == bool:
        samples = samples.astype(np.uint8) * np.uint8(255)
    if samples.ndim == 2:
        return samples if color == "gray" else np.repeat(samples[..., np.newaxis], 3, axis=2)
    return samples if color == "rgb" else _gray(samples)


def _gray(rgb: NDArray[Any]) -> NDArray[Any]:
    """Weigh by Rec. 601 in bands of rows, which stay in the cache (4 times faster than at once)."""
    gray = np.empty(rgb.shape[:2], rgb.dtype)
    with np.errstate(all="ignore"):  # infinities of both signs in one pixel make NaN, as they should
        for top in range(0, len(gray), _BAND_ROWS):
            gray[top : top + _BAND_ROWS] = _weighted(rgb[top : top + _BAND_ROWS])
    return gray


def _weighted(rgb: NDArray[Any]) -> NDArray[Any]:
    work = np.float32 if rgb.dtype in (np.uint8, np.int8, np.float16, np.float32) else np.float64
    if rgb.dtype.kind == "f":
        mean: NDArray[Any] = rgb @ np.array([0.299, 0.587, 0.114], work)
        return mean
    # Sums of integers are exact (uint8 in float32, up to 32 bits in float64), so the correctly rounded quotient is a
    # tie exactly where the true value is one.
    rounded: NDArray[Any] = np.rint((rgb @ np.array([299, 587, 114], work)) / 1000)
    if rgb.itemsize == 8:  # their limits are no floats
        rounded = rounded.clip(np.iinfo(rgb.dtype).min, np.nextafter(float(np.iinfo(rgb.dtype).max), 0))
    return rounded


def _upright(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (TIFF 6.0, tag 274): where row 0 and column 0 of the file belong."""
    if orientation >= 5:
        image = np.swapaxes(image, 0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return image
