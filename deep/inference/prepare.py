"""From any image to a network's input; what a network cannot mean is refused."""

from typing import Any

import torch

from deep.preprocess import Preprocess
from imgproc.arrays import to_tensor
from imgproc.color import rgb_to_gray
from imgproc.geometry import resize

__all__ = ["lay_out", "normalize", "prepare"]

_SLACK = 1e-3
"""Floats may leave [0, 1] by this much: earlier steps round."""


def prepare(images: Any, preprocess: Preprocess, *, device: str | torch.device | None = None) -> torch.Tensor:
    """Make the batch a network takes of one image or of a list.

    Parameters
    ----------
    images : image, batch, PIL image, path, or a list of images, PIL images and paths, of any sizes
        Gray images are repeated for a network of colours.
    preprocess : Preprocess
    device : where the batch shall lie; where the images lie by default

    Returns
    -------
    torch.Tensor, float32, (N, C, height, width)

    Raises
    ------
    TypeError
        An element is no image.
    ValueError
        Floats leave [0, 1] or are not finite, integers have no known range, or the channels are neither one nor three
        (torch images are (C, H, W), NumPy's (H, W, C)).

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> prepare(np.zeros((300, 400, 3), np.uint8), Preprocess(size=224, resize=256)).shape
    torch.Size([1, 3, 224, 224])
    """
    many = list(images) if isinstance(images, list | tuple) else [images]
    if not many:
        raise ValueError("images must hold at least one image, got an empty list")
    return torch.cat([_prepare_one(image, preprocess).to(device) for image in many])


def _prepare_one(image: Any, preprocess: Preprocess) -> torch.Tensor:
    batch = to_tensor(image)
    _check_range(batch)
    return normalize(lay_out(batch, preprocess), preprocess)


def lay_out(batch: torch.Tensor, preprocess: Preprocess) -> torch.Tensor:
    """Give a batch, (N, C, H, W), the channels and the size that a network sees; values and dtype stay."""
    return _resized(_in_channels(batch, preprocess), preprocess)


def normalize(batch: torch.Tensor, preprocess: Preprocess) -> torch.Tensor:
    """Give a batch of floats in [0, 1] the order of channels, the range, the mean and the deviation of a network."""
    if preprocess.channel_order == "bgr":
        batch = batch.flip(1)
    black, white = preprocess.range
    mean = batch.new_tensor(preprocess.mean).reshape(1, -1, 1, 1)
    std = batch.new_tensor(preprocess.std).reshape(1, -1, 1, 1)
    return (batch * (white - black) + black - mean) / std


def _check_range(batch: torch.Tensor) -> None:
    low, high = (float(value) for value in torch.aminmax(batch.detach()))
    if not (low >= -_SLACK and high <= 1 + _SLACK):  # NaN fails, too
        raise ValueError(
            f"float images must lie in [0, 1], got values from {low:.4g} to {high:.4g}; the Predictor normalises by "
            "itself; give uint8, or divide by what white is"
        )


def _in_channels(batch: torch.Tensor, preprocess: Preprocess) -> torch.Tensor:
    channels = batch.shape[1]
    if channels not in (1, 3):
        raise ValueError(
            f"image must have one channel or three, got {channels}; torch images are (C, H, W), those of NumPy and "
            "CuPy (H, W, C), and an alpha channel must go first"
        )
    if preprocess.channel_order == "gray":
        return batch if channels == 1 else rgb_to_gray(batch).reshape(len(batch), 1, *batch.shape[2:])
    return batch.expand(-1, 3, -1, -1) if channels == 1 else batch


def _resized(batch: torch.Tensor, preprocess: Preprocess) -> torch.Tensor:
    """Resize and cut out the centre, as torchvision does."""
    height, width = preprocess.height_width
    size, (top, left) = preprocess.placement(batch.shape[2], batch.shape[3])
    batch = resize(batch, size, interpolation=preprocess.interpolation, antialias=preprocess.antialias)
    return batch[:, :, top : top + height, left : left + width]
