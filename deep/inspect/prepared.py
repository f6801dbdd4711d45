"""What can be looked into: a bare network with a prepared tensor, or a Predictor with any image."""

import os
from typing import Any, Protocol

from torch import Tensor, nn

from deep.preprocess import Preprocess
from imgproc import arrays
from imgproc.io import imread

__all__ = ["Predicts", "batch_of", "network_of", "opened", "preprocess_for"]


class Predicts(Protocol):
    """A network that brings its preparation of images, as `deep.Predictor` does."""

    model: nn.Module
    preprocess: Preprocess

    def prepare(self, images: Any) -> Tensor:
        """Make the batch that the network gets."""


def network_of(model: nn.Module | Predicts) -> nn.Module:
    """Return the network itself."""
    network = model if isinstance(model, nn.Module) else getattr(model, "model", None)
    if not isinstance(network, nn.Module):
        raise TypeError(f"model must be an nn.Module or a Predictor, got {type(model).__name__}")
    return network


def batch_of(model: nn.Module | Predicts, image: Any) -> Tensor:
    """Make the batch that the network gets; a bare network is given what is prepared already."""
    if not isinstance(model, nn.Module):
        return model.prepare(image)
    if not isinstance(image, Tensor) or not image.is_floating_point() or image.ndim < 3:
        what = f"{image.dtype} {tuple(image.shape)}" if isinstance(image, Tensor) else type(image).__name__
        raise TypeError(
            f"image must be a prepared float tensor (C, H, W) or (N, C, H, W) for a bare network, got {what}; "
            "give a Predictor in place of the model for images of any kind"
        )
    batch = image.detach() if image.ndim > 3 else image.detach()[None]
    return batch.clone() if batch.is_inference() else batch


def preprocess_for(model: nn.Module | Predicts, batch: Tensor) -> Preprocess:
    """Return how the network's input lies in the image; for a bare network it is the image."""
    if isinstance(model, nn.Module):
        return Preprocess((batch.shape[2], batch.shape[3]))
    return model.preprocess


def opened(image: Any) -> Any:
    """Return the array of a path or a PIL image; anything else stays."""
    if isinstance(image, str | os.PathLike):
        return imread(image)
    return image if hasattr(image, "ndim") else arrays.from_pil(image)
