"""What a unit answers to most."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from deep.inspect.follow import follow
from deep.inspect.layers import evaluated, output_of
from deep.inspect.places import Places
from deep.inspect.prepared import Predicts, batch_of, network_of, opened, preprocess_for
from deep.preprocess import Preprocess
from imgproc import arrays

__all__ = ["Patch", "top_patches"]

_BATCH = 16
"""Images that go through the network at once, where they have one size."""


@dataclass(frozen=True)
class Patch:
    """What one value of a unit saw: the part of the image, how strongly the unit answered, and where that is.

    Parameters
    ----------
    image : (h, w), with the channels of the image, of its kind and dtype; no copy
    score : activation of the unit
    index : of the image among those given
    box : (x1, y1, x2, y2), edges in the image
    """

    image: Any
    score: float
    index: int
    box: tuple[int, int, int, int]


def top_patches(
    model: nn.Module | Predicts, images: Iterable[Any], layer: str, unit: int, *, n: int = 9
) -> list[Patch]:
    """Find the patches of images that a unit answers to most, one of each image.

    Parameters
    ----------
    model : nn.Module, or Predictor
        Runs in evaluation mode without gradients; left as it is.
    images : prepared tensors (C, H, W); for a Predictor, images of any kind
        A batch, a list, or anything that gives one after the other, such as a generator: only the best are kept.
    layer : dotted name
        One that gives maps (N, C, H, W) or vectors (N, C).
    unit : channel of the layer
    n : at least 1

    Returns
    -------
    list of Patch
        The strongest first; fewer where there are fewer images. Each is what the strongest value of the unit saw of the
        image, its receptive field: cut off at the borders of the image and so smaller there, larger by a part of a
        pixel where the network saw the image resized, and all that the network saw where the layer sees all of it.

    Raises
    ------
    TypeError
        A bare network is given an image that is not prepared.
    ValueError
        There is no such layer, it gives neither maps nor vectors, `unit` is no channel of it, `n` is less than 1, or
        one of `images` is a batch itself.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.1
       and figure 2.

    Examples
    --------
    >>> bright = nn.Conv2d(1, 1, 3, bias=False)
    >>> _ = nn.init.ones_(bright.weight)
    >>> photos = torch.zeros(2, 1, 8, 8)
    >>> photos[1, 0, 5, 2] = 1.0
    >>> best = top_patches(nn.Sequential(bright), photos, "0", 0)[0]
    >>> best.score, best.index, best.box
    (1.0, 1, (0, 3, 3, 6))
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    network = network_of(model)
    best: list[Patch] = []
    start, seen = 0, _Fields(network, layer)
    with torch.no_grad(), evaluated(network):
        for group in _in_groups(images, isinstance(model, nn.Module)):
            batch = torch.cat([batch_of(model, image) for image in group])
            places = seen.of(batch)
            scores, at = _strongest(output_of(network, layer, partial(network, batch)), layer, unit)
            for k, image in enumerate(group):
                box = _box(places, at[k], preprocess_for(model, batch), image)
                best.append(Patch(_cropped(image, box), scores[k], start + k, box))
            best = sorted(best, key=lambda patch: -patch.score)[:n]
            start += len(group)
    return best


class _Fields:
    """Where a layer looks, followed once for each size of images."""

    def __init__(self, network: nn.Module, layer: str) -> None:
        self._network, self._layer = network, layer
        self._known: dict[tuple[int, ...], Places] = {}

    def of(self, batch: Tensor) -> Places:
        shape = (1, *batch.shape[1:])
        if shape not in self._known:
            self._known[shape] = follow(self._network, shape, self._layer)
        return self._known[shape]


def _in_groups(images: Iterable[Any], is_bare: bool) -> Iterator[list[Any]]:
    """Open images and give them in groups that go through the network together."""
    group: list[Any] = []
    for image in map(opened, images):
        if image.ndim > 3:
            raise ValueError(f"images must be single images, got one of shape {tuple(image.shape)}")
        if group and (len(group) == _BATCH or (is_bare and image.shape != group[0].shape)):
            yield group
            group = []
        group.append(image)
    if group:
        yield group


def _strongest(output: Any, layer: str, unit: int) -> tuple[list[float], list[tuple[int, ...]]]:
    """Give for each image the greatest value of a unit and its row and column."""
    if not isinstance(output, Tensor) or output.ndim not in (2, 4):
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(f"layer must give maps (N, C, H, W) or vectors (N, C), got {layer!r}, which gives {shape}")
    if not 0 <= unit < output.shape[1]:
        raise ValueError(f"unit must be a channel, at least 0 and below {output.shape[1]}, got {unit}")
    if output.ndim == 2:
        return output[:, unit].tolist(), [()] * len(output)
    scores, places = output[:, unit].flatten(1).max(1)
    return scores.tolist(), [divmod(place, output.shape[3]) for place in places.tolist()]


def _box(places: Places, at: tuple[int, ...], preprocess: Preprocess, image: Any) -> tuple[int, int, int, int]:
    """Give the edges of a field in the image, widened to whole pixels and cut off where the network saw no more."""
    sides = [image.shape[axis] for axis in arrays.spatial_axes(image)]
    whole, corner = preprocess.placement(sides[0], sides[1])
    edges = []
    for k, (side, seen) in enumerate(zip(sides, preprocess.height_width, strict=True)):
        first, last = places.axes[k][1][at[k]] if at and k in places.axes else (0, seen - 1)
        low, high = min(max(first, 0), seen - 1), min(max(last, 0), seen - 1)
        start, end = (low + corner[k]) * side // whole[k], -(-(high + 1 + corner[k]) * side // whole[k])
        edges.append((max(start, 0), min(end, side)))
    (y1, y2), (x1, x2) = edges
    return x1, y1, x2, y2


def _cropped(image: Any, box: tuple[int, int, int, int]) -> Any:
    cut = [slice(None)] * image.ndim
    rows, columns = arrays.spatial_axes(image)
    cut[rows], cut[columns] = slice(box[1], box[3]), slice(box[0], box[2])
    return image[tuple(cut)]
