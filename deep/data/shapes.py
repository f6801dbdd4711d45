"""Pictures of circles, rectangles and triangles, with all that is true of them: for tests and demonstrations."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray

from imgproc._checks import check_integer, check_rng
from imgproc.geometry import resize

__all__ = ["SyntheticShapes", "synthetic_shapes"]

_CLASSES = ["circle", "rectangle", "triangle"]
_LEAST_SIDE = 24
_MOST = 4
_TRIES = 20

Mask = NDArray[np.bool_]


def synthetic_shapes(
    n: int, *, size: tuple[int, int] = (128, 128), rng: int | np.random.Generator = 0
) -> "SyntheticShapes":
    """Draw samples for detection and segmentation.

    Parameters
    ----------
    n : int, >= 0
    size : (height, width), >= 24 each
    rng : int or numpy.random.Generator

    Returns
    -------
    SyntheticShapes
        A sequence of dicts: `image` uint8 (3, height, width); `boxes` float32 (K, 4), edges, the least around each
        shape; `labels` int64 (K,), indices into `.classes`; `masks` bool (K, height, width). K is from 1 to 4; no two
        shapes share a pixel. All torch tensors.

    Raises
    ------
    TypeError, ValueError
        A number is no integer or out of range.

    Examples
    --------
    >>> shapes = synthetic_shapes(2)
    >>> sample = shapes[0]
    >>> sample["image"].shape, len(shapes)
    (torch.Size([3, 128, 128]), 2)
    >>> sample["masks"].sum(dim=(1, 2)).min() > 0
    tensor(True)
    """
    count = check_integer(n, "n", at_least=0)
    height, width = (check_integer(side, "size", at_least=_LEAST_SIDE) for side in size)
    return SyntheticShapes(count, (height, width), int(check_rng(rng).integers(2**63)))


class SyntheticShapes(Sequence[dict[str, torch.Tensor]]):
    """The samples of `synthetic_shapes`, drawn when they are asked for; a sample is the same each time."""

    classes = _CLASSES

    def __init__(self, count: int, size: tuple[int, int], seed: int) -> None:
        self._indices = range(count)
        self._size = size
        self._seed = seed

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> dict[str, torch.Tensor]: ...
    @overload
    def __getitem__(self, index: slice) -> "SyntheticShapes": ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            part = SyntheticShapes(0, self._size, self._seed)
            part._indices = self._indices[index]
            return part
        return _draw_sample(self._size, np.random.default_rng((self._seed, self._indices[index])))


def _draw_sample(size: tuple[int, int], rng: np.random.Generator) -> dict[str, torch.Tensor]:
    image = _draw_background(size, rng)
    masks: list[Mask] = []
    labels: list[int] = []
    taken = np.zeros(size, bool)
    wanted = int(rng.integers(1, _MOST, endpoint=True))
    for _ in range(_TRIES):
        label = int(rng.integers(len(_CLASSES)))
        mask = _draw_mask(_CLASSES[label], size, rng)
        if (mask & taken).any():
            continue
        image[mask] = _far_color(image[mask].mean(axis=0), rng) + rng.normal(0, 4, (int(mask.sum()), 3))
        taken |= mask
        masks.append(mask)
        labels.append(label)
        if len(masks) == wanted:
            break
    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return {
        "image": torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))),
        "boxes": torch.tensor([_box_of(mask) for mask in masks], dtype=torch.float32),
        "labels": torch.tensor(labels, dtype=torch.int64),
        "masks": torch.from_numpy(np.stack(masks)),
    }


def _draw_background(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw soft clouds of colour."""
    clouds = resize(rng.uniform(40, 215, (4, 4, 3)), size, interpolation="cubic")
    return np.asarray(clouds + rng.normal(0, 6, (*size, 3)))


def _draw_mask(name: str, size: tuple[int, int], rng: np.random.Generator) -> Mask:
    """Draw a shape of a sixth to half of the shorter side, whole within the image."""
    height, width = size
    radius = rng.uniform(1 / 12, 1 / 4) * min(size)
    x, y = rng.uniform(radius, width - 1 - radius), rng.uniform(radius, height - 1 - radius)
    rows, columns = np.mgrid[:height, :width]
    if name == "circle":
        return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)
    if name == "rectangle":
        angle = np.arctan(rng.uniform(0.5, 2))  # half a diagonal is the radius
        return np.asarray((abs(columns - x) <= radius * np.cos(angle)) & (abs(rows - y) <= radius * np.sin(angle)))
    turns = rng.uniform(0, 2 * np.pi) + np.arange(3) * 2 * np.pi / 3
    sides = (np.cos(turn) * (columns - x) + np.sin(turn) * (rows - y) <= radius / 2 for turn in turns)
    return np.asarray(np.logical_and.reduce(list(sides)))


def _far_color(color: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw colours until one differs well from that beneath."""
    while True:
        drawn = rng.uniform(0, 255, 3)
        if np.linalg.norm(drawn - color) > 100:
            return drawn


def _box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Return the least box around a mask, edges."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
