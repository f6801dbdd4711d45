"""Resizing and rotation by shears."""

from typing import Any

import cv2
import numpy as np
import skimage.transform
import torch
from PIL import Image
from scipy import ndimage

from benchmarks.case import Case, Peer
from imgproc import geometry
from imgproc._dispatch import reference_only

_PILLOW = {"linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}
_OPENCV = {
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "nearest": cv2.INTER_NEAREST_EXACT,
}


def _size(x: Any, factor: float) -> tuple[int, int]:
    height, width = x.shape[-2:] if isinstance(x, torch.Tensor) else x.shape[:2]
    return round(height * factor), round(width * factor)


def _by_pillow(x: np.ndarray, factor: float, word: str) -> Any:
    return np.asarray(Image.fromarray(x).resize(_size(x, factor)[::-1], _PILLOW[word]))


def _by_torch(x: Any, factor: float, word: str) -> Any:
    return torch.nn.functional.interpolate(x, _size(x, factor), mode=f"bi{word}", antialias=True)


def _by_torch_channels_last(x: np.ndarray, factor: float, word: str) -> Any:
    tensor = torch.from_numpy(x).permute(2, 0, 1)[None]
    return _by_torch(tensor, factor, word)[0].permute(1, 2, 0).numpy()


def _exact(x: np.ndarray, factor: float, word: str) -> Any:
    with reference_only():
        exact = geometry.resize(x.astype(np.float64), _size(x, factor), interpolation=word)  # type: ignore[arg-type]
    return np.clip(exact, 0, 255) if x.dtype == np.uint8 else exact


def _peers(factor: float, word: str) -> tuple[Peer, ...]:
    twice = "rounds between the axes too"
    pillow = [
        Peer("Pillow", lambda x: _by_pillow(x, factor, word), dtypes=("uint8",), note=twice),
        Peer("Pillow", lambda x: _by_pillow(x, factor, word), dtypes=("float32",), layouts=("gray",)),
    ]
    by_torch = [
        Peer("torch", lambda x: _by_torch(x, factor, word), dtypes=("float32",), on="torch"),
        Peer(
            "torch, memory as ours",
            lambda x: _by_torch_channels_last(x, factor, word),
            layouts=("rgb",),
            note="for uint8 rounds between the axes too",
        ),
    ]
    return (*pillow, *(by_torch if word != "lanczos" else ()))


def _opencv(factor: float, word: str, differs: str) -> Peer:
    return Peer(
        "OpenCV",
        lambda x: cv2.resize(x, _size(x, factor)[::-1], interpolation=_OPENCV[word]),
        differs=differs,
    )


def _skimage(factor: float, order: int) -> Peer:
    def call(x: np.ndarray) -> Any:
        size = _size(x, factor)
        return skimage.transform.resize(x, size, order=order, mode="edge", anti_aliasing=False, preserve_range=True)

    return Peer("scikit-image", call, differs="repeats the edge; clips to the range of the image", note="gives floats")


def _resize(name: str, factor: float, word: str, *others: Peer) -> Case:
    return Case(
        f"resize, {name}",
        "our reference body in float64: kernels widen where the image shrinks, weights inside sum to 1",
        lambda x: geometry.resize(x, _size(x, factor), interpolation=word),  # type: ignore[arg-type]
        lambda x: _exact(x, factor, word),
        (*_peers(factor, word), *others) if word in _PILLOW else others,
        with_memory=True,
    )


def _exactly_turned(x: np.ndarray) -> Any:
    with reference_only():
        return geometry.rotate_by_shears(x.astype(np.float64), 30.0)


def _turned_by_scipy(x: np.ndarray) -> Any:
    return ndimage.rotate(x, 30.0, axes=(0, 1), reshape=False, order=1)


CASES = (
    _resize("half, linear", 0.5, "linear", _opencv(0.5, "linear", "no antialiasing")),
    _resize("0.34, linear", 0.34, "linear", _opencv(0.34, "linear", "no antialiasing")),
    _resize("half, cubic", 0.5, "cubic"),
    _resize("0.34, area", 0.34, "area", _opencv(0.34, "area", "")),
    _resize("half, lanczos", 0.5, "lanczos"),
    _resize("twice, linear", 2.0, "linear", _opencv(2.0, "linear", ""), _skimage(2.0, 1)),
    _resize("1.4, linear", 1.4, "linear", _opencv(1.4, "linear", "")),
    _resize("twice, cubic", 2.0, "cubic", _opencv(2.0, "cubic", "a = -3/4"), _skimage(2.0, 3)),
    _resize("1.4, nearest", 1.4, "nearest", _opencv(1.4, "nearest", "")),
    Case(
        "rotate_by_shears, 30 degrees, linear",
        "our reference body in float64",
        lambda x: geometry.rotate_by_shears(x, 30.0),
        _exactly_turned,
        (Peer("SciPy", _turned_by_scipy, differs="interpolates once, between four pixels"),),
        with_memory=True,
    ),
)
