"""Colours to draw: each step gives what is added to the channels of one sample."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from imgproc._array.convert import value_range
from imgproc._array.dtypes import cast_to, dtype_name, image_dtype, is_float, lift, saturate
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, channels_of
from imgproc._checks import check_matrix, check_number, check_rgb
from imgproc.arrays import to_numpy
from imgproc.color import pca_color

__all__ = ["ColorStep", "PcaColor", "ShiftColor", "color_covariance"]

Offsets = NDArray[np.float64]
_PIXELS_AT_ONCE = 4096


class ColorStep(Protocol):
    """A range of colours."""

    def draw_offsets(self, image: Any, rng: np.random.Generator) -> Offsets:
        """Draw what is added to the channels of an image, in units of its range: (C,)."""
        ...


@dataclass(frozen=True)
class ShiftColor:
    """Add a number to each channel.

    Parameters
    ----------
    limit : share of the range, 0 to 1
        Each number is drawn evenly between -limit and limit; the result is cut off at black and white.

    Raises
    ------
    ValueError
        `limit` is out of range.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(ShiftColor(20 / 255))(np.full((1, 1, 3), 100, np.uint8), rng=0).tolist()
    [[[105, 91, 82]]]
    """

    limit: float = 0.1

    def __post_init__(self) -> None:
        check_number(self.limit, "limit", at_least=0, at_most=1)

    def draw_offsets(self, image: Any, rng: np.random.Generator) -> Offsets:
        """Draw one number a channel."""
        return np.asarray(rng.uniform(-self.limit, self.limit, channels_of(image)))


@dataclass(frozen=True)
class PcaColor:
    """Add the principal axes of colour, each times its variance and a normal number; AlexNet's lighting.

    Parameters
    ----------
    sigma : >= 0
        Standard deviation of the numbers.
    covariance : (3, 3), optional
        Of RGB in [0, 1] over the data set, as `color_covariance` gives it; by default that of each image.

    Raises
    ------
    ValueError
        `sigma` is negative, or `covariance` has another shape; on drawing, the image has not three channels.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks",
       NIPS 2012, section 4.1.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> red_varies = np.diag([0.5, 0, 0])
    >>> Compose(PcaColor(0.1, red_varies))(np.full((1, 1, 3), 100, np.uint8), rng=0).tolist()
    [[[102, 100, 100]]]
    """

    sigma: float = 0.1
    covariance: NDArray[np.float64] | None = None
    _axes: NDArray[np.float64] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        check_number(self.sigma, "sigma", at_least=0)
        if self.covariance is not None:
            object.__setattr__(self, "_axes", _axes_of(check_matrix(self.covariance, "covariance", np.empty(0))))

    def draw_offsets(self, image: Any, rng: np.random.Generator) -> Offsets:
        """Draw three numbers, and weigh the axes by them."""
        check_rgb(image)
        axes = _axes_of(color_covariance([image])) if self._axes is None else self._axes
        return rng.normal(0, self.sigma, 3) @ axes


def _axes_of(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the principal axes times their variances as rows: what they add to a black pixel."""
    black = np.zeros((3, 1, 1, 3))
    return np.asarray(pca_color(black, np.eye(3), covariance=covariance)).reshape(3, 3)


def color_covariance(images: Iterable[Any]) -> NDArray[np.float64]:
    """Measure how red, green and blue vary together over all pixels of a data set.

    Parameters
    ----------
    images : images (H, W, 3), torch (3, H, W); or samples of a data set, (image, label)
        Floats mean [0, 1], uint8 and uint16 their full range.

    Returns
    -------
    numpy.ndarray, (3, 3)
        Of RGB in [0, 1].

    Raises
    ------
    ValueError
        There is no image, or one has not three channels.

    Examples
    --------
    >>> color_covariance([np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8)]).tolist()
    [[0.25, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    count, total, products = 0, np.zeros(3), np.zeros((3, 3))
    for sample in images:
        image = sample[0] if isinstance(sample, tuple | list) else sample
        check_rgb(image)
        for block in _blocks(to_numpy(image), *value_range(image)):
            count += block.shape[1]
            total += block.sum(axis=1)
            products += block @ block.T
    if not count:
        raise ValueError("images must hold at least one image, got none")
    mean = total / count
    return products / count - np.outer(mean, mean)


def _blocks(image: NDArray[Any], low: float, high: float) -> Iterator[NDArray[Any]]:
    """Give the pixels of some rows at a time as (3, n), gray at 0: they fit the cache, and their sums into float32."""
    rows = max(1, _PIXELS_AT_ONCE // image.shape[1])
    work = np.float64 if high > 255 else np.float32
    for top in range(0, len(image), rows):
        block: NDArray[Any] = np.empty((3, *image[top : top + rows].shape[:2]), work)
        np.subtract(image[top : top + rows].transpose(2, 0, 1), work((low + high) / 2), out=block)
        block *= 1 / (high - low)
        yield block.reshape(3, -1)


def add_offsets(image: Any, offsets: Offsets) -> Any:
    """Add to the channels, in units of the range; rounded once, cut off at black and white.

    Parameters
    ----------
    image : image or batch
    offsets : (C,), or (N, C) for a batch
    """
    if offsets.ndim == 0 or not offsets.any():
        return image
    if dtype_name(image) == "uint8" and offsets.ndim == 1 and _is_on_host(image):
        return _by_table(image, offsets)
    low, high = value_range(image)
    xp = namespace(image)
    shape = [1] * image.ndim
    axis = channel_axis(image)
    if axis is not None:
        shape[axis] = offsets.shape[-1]
        if offsets.ndim == 2:
            shape[0] = len(offsets)
    exact = lift(image)
    shift = xp.asarray((offsets * (high - low)).reshape(shape), device=image.device)
    moved = exact + cast_to(shift, dtype_name(exact))
    if is_float(image):
        moved = moved.clamp_(low, high) if kind(image) == "torch" else xp.clip(moved, low, high)
    return saturate(moved, image_dtype(image))


def _is_on_host(image: Any) -> bool:
    return kind(image) == "numpy" or (kind(image) == "torch" and image.device.type == "cpu")


def _by_table(image: Any, offsets: Offsets) -> Any:
    """Look the sums of 256 values up; channels lie side by side or in planes, as in the image."""
    import cv2

    tables = np.rint(np.clip(np.arange(256) + 255 * offsets[:, None], 0, 255)).astype(np.uint8)  # (C, 256)
    if kind(image) == "numpy":
        if image.ndim != 3:
            return cv2.LUT(np.ascontiguousarray(image), tables[0])
        made = cv2.LUT(np.ascontiguousarray(image), np.ascontiguousarray(tables.T)[None])
        return made.reshape(image.shape)
    import torch

    if image.ndim == 3 and image.stride(0) == 1 and len(image) > 1:
        return torch.from_numpy(_by_table(image.permute(1, 2, 0).numpy(), offsets)).permute(2, 0, 1)
    result = torch.empty_like(image, memory_format=torch.contiguous_format)
    sides = image.shape[-2:]
    planes = zip(image.reshape(-1, *sides), result.view(-1, *sides), tables, strict=True)
    for plane, out, table in planes:
        cv2.LUT(np.ascontiguousarray(plane.numpy()), table, dst=out.numpy())
    return result
