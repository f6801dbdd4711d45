"""Photos in folders: the name of a folder is the class of what lies in it."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from imgproc._checks import check_choice
from imgproc.arrays import to_torch, to_uint8
from imgproc.io import imread

__all__ = ["ImageFolder", "Skipped"]

_PNG, _JPEG, _WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", (b"RIFF", b"WEBP")
_SIGNATURES = (_PNG, _JPEG, b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM", b"GIF87a", b"GIF89a")
_LISTED = 10
"""Files that an error names before it only counts."""
_READERS = 4
"""Threads that look through a folder."""


class Skipped(NamedTuple):
    """A file left out, and why."""

    path: Path
    reason: str


class ImageFolder(Dataset[tuple[torch.Tensor, int]]):
    """Images in one folder a class.

    Parameters
    ----------
    path : folder of class folders
        Classes are their names in order; what lies deeper belongs to them too. Names that begin with a dot are passed
        over, and nothing else is.
    on_error : "raise" or "skip"
        What becomes of files that are no images (empty, of another format, no regular file), damaged, or outside all
        class folders. "raise": an error names those that their first bytes give away at once, and damaged ones when
        they are read. "skip": every file is read once now, and `skipped` tells what was left out and why.

    Attributes
    ----------
    classes : list of str
    labels : list of int
    paths : list of pathlib.Path
        Sorted by class and name.
    skipped : list of Skipped

    Raises
    ------
    FileNotFoundError
        `path` is no folder.
    ValueError
        There are no class folders, a class has no image and `on_error` is "raise", or, then, some files are no images;
        on reading a sample, the file is damaged.

    Notes
    -----
    A sample is (uint8 tensor (3, H, W), int), upright, read by `imgproc.io.imread`: formats are known by content, so
    that a PNG called .jpg is read for what it is. The tensor shares the decoder's memory, channels side by side.
    Pictures of 16 bits and floats are taken to uint8 by their range. No file that could block (pipe, device) is ever
    opened, and no link to a folder below a class followed.

    Examples
    --------
    >>> from imgproc.io import imwrite
    >>> import tempfile
    >>> pets = Path(tempfile.mkdtemp())
    >>> for name in ("cat", "dog"):
    ...     (pets / name).mkdir()
    ...     imwrite(pets / name / "0.png", np.zeros((4, 6, 3), np.uint8))
    >>> (pets / "dog" / "1.jpg").touch()
    >>> data = ImageFolder(pets, on_error="skip")
    >>> data.classes, data.labels, data.skipped[0].path.name, data.skipped[0].reason
    (['cat', 'dog'], [0, 1], '1.jpg', 'is empty')
    >>> image, label = data[1]
    >>> tuple(image.shape), label
    ((3, 4, 6), 1)
    """

    def __init__(self, path: str | os.PathLike[str], *, on_error: Literal["raise", "skip"] = "raise") -> None:
        check_choice(on_error, ("raise", "skip"), "on_error")
        root = Path(path)
        if not root.is_dir():
            raise FileNotFoundError(f"path must be a folder, got {str(root)!r}")
        entries = sorted(entry for entry in root.iterdir() if not entry.name.startswith("."))
        folders = [entry for entry in entries if entry.is_dir()]
        if not folders:
            raise ValueError(f"path must hold a folder for each class, got none in {str(root)!r}")
        self.classes = [folder.name for folder in folders]
        found = [(file, label) for label, folder in enumerate(folders) for file in _files(folder)]
        outside = [Skipped(entry, "lies in no class folder") for entry in entries if not entry.is_dir()]
        reasons = _fault_of_each([file for file, _ in found], is_whole=on_error == "skip")
        faulty = [Skipped(file, reason) for (file, _), reason in zip(found, reasons, strict=True) if reason]
        self.skipped = outside + faulty
        if self.skipped and on_error == "raise":
            raise ValueError(f'path must hold images alone, or take on_error="skip"; got {_listed(self.skipped)}')
        kept = [pair for pair, reason in zip(found, reasons, strict=True) if not reason]
        self.paths = [file for file, _ in kept]
        self.labels = [label for _, label in kept]
        bare = [name for label, name in enumerate(self.classes) if label not in set(self.labels)]
        if bare and on_error == "raise":
            raise ValueError(f"path must hold images of every class, got none in {', '.join(map(repr, bare))}")

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return to_torch(_read(self.paths[index])), self.labels[index]


def _files(folder: Path) -> Iterator[Path]:
    """Give every file below a folder in order."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _fault_of_each(files: list[Path], *, is_whole: bool) -> list[str]:
    """Say of each file what is wrong with it, in order; nothing where it is an image."""
    if not is_whole:
        return [_fault_of_start(file) for file in files]
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(_fault, files))


def _fault(file: Path) -> str:
    """Read a whole file."""
    reason = _fault_of_start(file)
    if reason:
        return reason
    try:
        _read(file)
    except (ValueError, OSError) as error:
        return str(error)
    return ""


def _fault_of_start(file: Path) -> str:
    """Look at the kind of a file and at its first bytes."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return "is no regular file"
        with open(file, "rb") as opened:
            start = opened.read(16)
    except OSError as error:
        return f"cannot be opened: {error.strerror}"
    if not start:
        return "is empty"
    is_webp = (start[:4], start[8:12]) == _WEBP
    return "" if is_webp or start.startswith(_SIGNATURES) else f"is no image: begins with {start[:8]!r}"


def _read(file: Path) -> NDArray[Any]:
    """Give (H, W, 3) in uint8."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError(f"source must be a regular file, got {str(file)!r}")  # it may have changed since
    image = imread(file)
    return image if image.dtype == np.uint8 else to_uint8(image)


def _listed(skipped: list[Skipped]) -> str:
    lines = [f"{str(path)!r}, which {reason}" for path, reason in skipped[:_LISTED]]
    more = [f"and {len(skipped) - _LISTED} more"] if len(skipped) > _LISTED else []
    return "; ".join(lines + more)
