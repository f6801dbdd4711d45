"""Several opinions on one image, averaged: of networks, and of ten crops."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from deep.data.augment.steps import check_sides
from deep.data.augment.ten_crop import ten_crop

__all__ = ["Ensemble", "TenCropped"]


class Ensemble(nn.Module):
    """Networks of the same classes whose probabilities are averaged.

    Parameters
    ----------
    models : networks that give (N, classes)

    Raises
    ------
    ValueError
        There is no network.

    Notes
    -----
    Gives logarithms of the mean probabilities, of which a softmax makes those: it stands wherever a network does, in a
    `Predictor` or a metric.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks",
       NIPS 2012, section 6.1: the predictions of five and seven networks averaged.

    Examples
    --------
    >>> sure, unsure = nn.Linear(1, 2), nn.Linear(1, 2)
    >>> for model, margin in ((sure, math.log(9)), (unsure, 0.0)):
    ...     model.load_state_dict({"weight": torch.zeros(2, 1), "bias": torch.tensor([margin, 0.0])})
    <All keys matched successfully>
    <All keys matched successfully>
    >>> Ensemble([sure, unsure])(torch.zeros(1, 1)).softmax(dim=1)  # the means of 0.9, 0.5 and of 0.1, 0.5
    tensor([[0.7000, 0.3000]], grad_fn=<SoftmaxBackward0>)
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        if not models:
            raise ValueError("models must hold at least one network, got none")
        self.models = nn.ModuleList(models)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give (N, classes), logarithms of mean probabilities."""
        return _log_mean(torch.stack([model(images) for model in self.models], dim=1))


class TenCropped(nn.Module):
    """A network that looks at the corners and the middle of an image, and at their mirror images.

    Parameters
    ----------
    model : network that gives (N, classes)
    size : pixels, a number for a square or (height, width)
        Of a crop; images must be at least as large.

    Raises
    ------
    ValueError
        `size` is less than 1, or, on calling, larger than the images.

    Notes
    -----
    Gives logarithms of the mean probabilities, as `Ensemble`.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks",
       NIPS 2012, section 4.1.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5))
    >>> TenCropped(model, 8)(torch.zeros(2, 3, 10, 12)).shape
    torch.Size([2, 5])
    """

    def __init__(self, model: nn.Module, size: int | tuple[int, int]) -> None:
        super().__init__()
        self.model = model
        self.size = check_sides(size)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give (N, classes) of (N, C, H, W), logarithms of mean probabilities."""
        crops = ten_crop(images, self.size)  # (N, 10, C, h, w)
        return _log_mean(self.model(crops.flatten(0, 1)).unflatten(0, crops.shape[:2]))


def _log_mean(logits: torch.Tensor) -> torch.Tensor:
    """Average the probabilities of (N, opinions, classes)."""
    return logits.log_softmax(dim=-1).logsumexp(dim=1) - math.log(logits.shape[1])
