"""imwrite: encode without rescaling, then replace the file in one step."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgproc.io import jpeg, png, tiff, webp
from imgproc.io.opencv import encode_rgb

_DTYPES: dict[str, tuple[str, ...]] = {
    ".png": ("bool", "uint8", "uint16"),
    ".jpg": ("uint8",),
    ".tif": ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
             "float16", "float32", "float64"),
    ".webp": ("uint8",),
    ".bmp": ("uint8",),
}  # fmt: skip
_SAME_FORMAT = {".jpeg": ".jpg", ".tiff": ".tif"}


def imwrite(path: str | os.PathLike[str], image: NDArray[Any], *, quality: int = 95) -> None:
    """Write an image in the format that the suffix names, whole or not at all.

    Parameters
    ----------
    path : ends in .png, .jpg, .jpeg, .tif, .tiff, .webp or .bmp
        A symbolic link is followed. The folder must exist.
    image : (H, W), (H, W, 1), (H, W, 2) gray + alpha, (H, W, 3) RGB or (H, W, 4) RGBA; NumPy
        uint8 everywhere; uint16 in PNG and TIFF; bool (H, W) in PNG and TIFF, as one bit; floats and other integers in
        TIFF. Any strides. Values are never rescaled.
    quality : 1 to 100
        Of JPEG and WebP, where 100 means lossless. The other formats are lossless and ignore it.

    Raises
    ------
    TypeError
        `image` is not a NumPy array, or is complex or of objects.
    ValueError
        The suffix is unknown, the format holds neither the dtype nor the channels, or `image` is empty.
    FileNotFoundError, IsADirectoryError, PermissionError
        The folder is missing, `path` is a folder, or the file is read-only.

    Notes
    -----
    The bytes go to a temporary file beside the target, to the disk, and then take the target's name, so that whoever
    is killed or reads meanwhile finds the old file or the new one. A kill may leave a `.imwrite-*.tmp` behind. A new
    file gets the permissions of the umask, a replaced one keeps its own. Gray becomes RGB in WebP, and gray with alpha
    becomes RGBA in WebP and BMP; WebP forgets an alpha that is opaque throughout.

    Examples
    --------
    >>> from imgproc.io import imread, imwrite
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "depth.tif")
    >>> imwrite(path, np.array([[0.5, 2.0]], np.float32))
    >>> imread(path, color="unchanged").tolist()
    [[0.5, 2.0]]
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    suffix = _SAME_FORMAT.get(suffix, suffix)
    if suffix not in _DTYPES:
        known = ", ".join(sorted([*_DTYPES, *_SAME_FORMAT]))
        raise ValueError(f"path must end in one of {known}, got {os.fspath(path)!r}")
    if isinstance(quality, bool) or not isinstance(quality, (int, np.integer)):
        raise TypeError(f"quality must be an int, got {type(quality).__name__}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be from 1 to 100, got {quality}")
    target = _target(path)
    _replace(target, _encoder(suffix, int(quality))(_checked(image, suffix)))


def _target(path: str | os.PathLike[str]) -> str:
    """Follow links to the file that is to be replaced, and see that it may be."""
    target = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise FileNotFoundError(f"path must lie in an existing folder, got {os.fspath(path)!r}")
    if os.path.isdir(target):
        raise IsADirectoryError(f"path must name a file, got the folder {os.fspath(path)!r}")
    if os.path.exists(target):
        if not stat.S_ISREG(os.stat(target).st_mode):
            raise ValueError(f"path must name a regular file, got the device {os.fspath(path)!r}")
        if not os.access(target, os.W_OK):  # replacing would quietly get around the protection
            raise PermissionError(f"path must name a writable file, got the read-only {os.fspath(path)!r}")
    return target


def _checked(image: NDArray[Any], suffix: str) -> NDArray[Any]:
    """Give `image` contiguous, in native byte order, without a channel axis of 1."""
    if not isinstance(image, np.ndarray):
        kind = f"{type(image).__module__}.{type(image).__qualname__}"
        raise TypeError(f"image must be a NumPy array (arrays.to_numpy makes one), got {kind}")
    if image.dtype.kind not in "buif":
        raise TypeError(f"image must have a real dtype, got {image.dtype}")
    if image.dtype.name not in _DTYPES[suffix]:
        allowed = ", ".join(_DTYPES[suffix])
        raise ValueError(
            f"image must have a dtype that {suffix} holds ({allowed}; arrays.to_uint8 converts), got {image.dtype}"
        )
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or channels not in (1, 2, 3, 4) or image.size == 0:
        raise ValueError(f"image must be (H, W) or (H, W, 1 to 4) and not empty, got shape {image.shape}")
    if image.dtype == bool and channels > 1:
        raise ValueError(f"image must be (H, W) when bool, got shape {image.shape}")
    if suffix == ".jpg" and channels in (2, 4):
        raise ValueError(f"image must have no alpha in JPEG, got shape {image.shape}")
    if image.ndim == 3 and channels == 1:
        image = image[..., 0]
    return np.ascontiguousarray(image, image.dtype.newbyteorder("="))


def _encoder(suffix: str, quality: int) -> Callable[[NDArray[Any]], bytes]:
    return {
        ".png": png.encode,
        ".tif": tiff.encode,
        ".jpg": lambda image: jpeg.encode(image, quality),
        ".webp": lambda image: webp.encode(_without_pairs(image), quality),
        ".bmp": lambda image: encode_rgb(".bmp", _without_pairs(image)),
    }[suffix]


def _without_pairs(image: NDArray[Any]) -> NDArray[Any]:
    """Gray with alpha as RGBA, for formats that know no pairs."""
    if image.ndim == 3 and image.shape[2] == 2:
        return np.ascontiguousarray(image[..., [0, 0, 0, 1]])
    return image


def _replace(target: str, content: bytes) -> None:
    """Put `content` under the name `target` in one step."""
    temporary = os.path.join(os.path.dirname(target), f".imwrite-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
