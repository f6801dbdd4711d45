"""The IDX format of MNIST: arrays in a file, packed by gzip or not."""

import gzip
import math
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

__all__ = ["IdxImages", "read_idx"]

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an array.

    Parameters
    ----------
    path : file, packed by gzip or not: known by its content

    Returns
    -------
    numpy.ndarray
        Of the shape and dtype that the file states, in native byte order.

    Raises
    ------
    FileNotFoundError, PermissionError
        The file cannot be opened.
    ValueError
        It is no regular file, is empty, does not begin as an IDX file, is cut off or goes on after its end, or is
        damaged.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", "The IDX file format".

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "two.idx")
    >>> path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]))
    10
    >>> read_idx(path).tolist()
    [5, 7]
    """
    file = Path(path)
    if file.exists() and not file.is_file():
        raise ValueError(f"path must be a regular file, got {str(file)!r}")
    with open(file, "rb") as raw:
        is_packed = raw.read(2) == _GZIP
    with gzip.open(file, "rb") if is_packed else open(file, "rb") as stream:
        try:
            return _read(stream, str(file))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"path must be a whole gzip file, got {str(file)!r}: {error}") from error


def _read(stream: Any, name: str) -> NDArray[Any]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _DTYPES:
        raise ValueError(f"path must begin as an IDX file, 00 00 and a known dtype, got {head.hex(' ')!r} in {name!r}")
    dtype, rank = np.dtype(_DTYPES[head[2]]), head[3]
    sides = stream.read(4 * rank)
    if len(sides) < 4 * rank:
        raise ValueError(f"path must hold the {rank} sides of its array, got {len(sides)} bytes of them in {name!r}")
    shape = tuple(int(side) for side in np.frombuffer(sides, ">u4"))
    wanted = math.prod(shape) * dtype.itemsize
    data = _read_at_most(stream, wanted + 1)
    if len(data) != wanted:
        got = f"only {len(data)}" if len(data) < wanted else "more"
        raise ValueError(f"path must hold {wanted} bytes for shape {shape}, got {got} in {name!r}")
    return np.frombuffer(data, dtype).astype(dtype.newbyteorder("=")).reshape(shape)


def _read_at_most(stream: Any, count: int) -> bytearray:
    """Read by blocks: what a damaged head claims is not set aside before it is there."""
    data = bytearray()
    while len(data) < count:
        block = stream.read(min(_BLOCK, count - len(data)))
        if not block:
            break
        data += block
    return data


class IdxImages(Dataset[tuple[torch.Tensor, int]]):
    """Images and labels in two IDX files, such as MNIST's.

    Parameters
    ----------
    images : file of uint8 (N, H, W), or (N, H, W, C)
    labels : file of integers (N,)
    classes : names, optional
        The digits of the labels by default.

    Raises
    ------
    FileNotFoundError, PermissionError
        A file cannot be opened.
    ValueError
        A file is damaged (see `read_idx`), holds another dtype or rank, the two have not the same length, or `classes`
        has no name for a label.

    Notes
    -----
    A sample is (uint8 tensor (C, H, W), int). The images stay in memory.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "images").write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 7]))
    18
    >>> (folder / "labels").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 3]))
    9
    >>> image, label = IdxImages(folder / "images", folder / "labels")[0]
    >>> image.tolist(), label
    ([[[5, 7]]], 3)
    """

    def __init__(
        self,
        images: str | os.PathLike[str],
        labels: str | os.PathLike[str],
        *,
        classes: Sequence[str] | None = None,
    ) -> None:
        pictures, numbers = read_idx(images), read_idx(labels)
        if pictures.dtype != np.uint8 or pictures.ndim not in (3, 4) or 0 in pictures.shape[1:]:
            got = f"{pictures.dtype} {pictures.shape} in {os.fspath(images)!r}"
            raise ValueError(f"images must be uint8 (N, H, W) or (N, H, W, C), got {got}")
        if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or numbers.min(initial=0) < 0:
            got = f"{numbers.dtype} {numbers.shape} in {os.fspath(labels)!r}"
            raise ValueError(f"labels must be integers (N,), none below 0, got {got}")
        if len(pictures) != len(numbers):
            raise ValueError(f"labels must be as many as images, {len(pictures)}, got {len(numbers)}")
        self.labels: list[int] = numbers.tolist()
        most = max(self.labels, default=-1)
        self.classes = [str(i) for i in range(most + 1)] if classes is None else list(classes)
        if len(self.classes) <= most:
            raise ValueError(f"classes must name labels up to {most}, got {len(self.classes)} names")
        tensor = torch.from_numpy(pictures)
        self.images = tensor[:, None] if tensor.ndim == 3 else tensor.permute(0, 3, 1, 2)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.images[index], self.labels[index]
