"""Files, in a temporary folder: whatever the page cache gives, to whatever it takes."""

import atexit
import os
import shutil
import tempfile
from typing import Any

import cv2
import kornia
import numpy as np
import skimage.io
from kornia.io import ImageLoadType
from PIL import Image

from benchmarks.case import Case, Peer
from imgproc.io import imread, imwrite

_FOLDER = tempfile.mkdtemp(prefix="imgproc-benchmarks-")
atexit.register(shutil.rmtree, _FOLDER)
_UNFLUSHED = "does not flush to the disk; ours does, then renames"


def _by_pillow(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def _read_by_opencv(path: str) -> Any:
    image: Any = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if image.ndim == 3 else image


def _write_by_opencv(path: str, image: np.ndarray) -> None:
    cv2.imwrite(path, cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image)


def _exact_of(path: str) -> np.ndarray:
    """What a file holds: by Pillow, and by OpenCV what Pillow cannot read (RGB of floats)."""
    image = _by_pillow(path) if not path.endswith(".tif") else _read_by_opencv(path)
    return np.asarray(image, np.float64)


def _path(suffix: str, image: np.ndarray) -> str:
    name = f"{image.dtype}-{'x'.join(map(str, image.shape))}{suffix}"
    return os.path.join(_FOLDER, name)


def _read(suffix: str, dtypes: tuple[str, ...] = ("uint8",)) -> Case:
    def operands(image: np.ndarray) -> tuple[Any, ...]:
        path = _path(suffix, image)
        imwrite(path, image)
        return (path,)

    def by_kornia(path: str) -> Any:
        is_gray = "x3." not in path
        return kornia.io.load_image(path, ImageLoadType.GRAY8 if is_gray else ImageLoadType.RGB8)

    peers = [Peer("OpenCV", _read_by_opencv), Peer("scikit-image", skimage.io.imread)]
    if suffix != ".tif":
        peers += [Peer("Pillow", _by_pillow), Peer("kornia", by_kornia, note="to a tensor")]
    definition = "what Pillow decodes" if suffix == ".jpg" else "the pixels that were written"
    return Case(
        f"imread, {suffix[1:]}",
        definition,
        lambda path: imread(path, color="unchanged"),
        _exact_of,
        tuple(peers),
        operands=operands,
        dtypes=dtypes,
    )


def _write(suffix: str, dtypes: tuple[str, ...] = ("uint8",)) -> Case:
    def by_skimage(path: str, image: np.ndarray) -> None:
        skimage.io.imsave(path, image, check_contrast=False)

    def by_pillow(path: str, image: np.ndarray) -> None:
        Image.fromarray(image).save(path, quality=95)

    calls: dict[str, Any] = {"OpenCV": _write_by_opencv}
    if suffix != ".jpg":  # takes no quality
        calls["scikit-image"] = by_skimage
    if suffix != ".tif":
        calls["Pillow"] = by_pillow
    return Case(
        f"imwrite, {suffix[1:]}",
        "the pixels given, read back from the file" + (" (quality 95)" if suffix == ".jpg" else ""),
        imwrite,
        lambda path, image: image.astype(np.float64),
        tuple(Peer(library, call, note=_UNFLUSHED) for library, call in calls.items()),
        operands=lambda image: (_path(".written" + suffix, image), image),
        dtypes=dtypes,
        outcome=lambda path, image: _exact_of(path),
        remark=lambda path, image: f"{os.path.getsize(path) / 1024:.0f} KiB",
    )


CASES = (
    _read(".png"),
    _read(".jpg"),
    _read(".tif", ("uint8", "float32")),
    _write(".png"),
    _write(".jpg"),
    _write(".tif", ("uint8", "float32")),
)
