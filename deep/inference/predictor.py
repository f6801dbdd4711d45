"""Predictions on images of any kind."""

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from deep.inference.prepare import prepare
from deep.preprocess import Preprocess
from deep.recipe import classes_of, preprocess_of, recipe_of
from deep.results import Classification
from imgproc import arrays

__all__ = ["Predictor", "usual_preprocess"]

_BATCH = 16
"""Images that go through the network at once; a longer list takes several turns."""


class Predictor:
    """Classify images as they come, with the preparation that belongs to the weights.

    Parameters
    ----------
    model : nn.Module
        Put into evaluation mode, and on `device` if one is given.
    preprocess : Preprocess, optional
        As came with the model's weights by default. A network of the registry without weights is
        given ImageNet's mean and deviation at its own input size.
    classes : names of the outputs, optional
        As came with the model's weights by default.
    device : torch device, optional
        Where the model lies by default.

    Raises
    ------
    ValueError
        The model brings no preprocessing and none is given.

    Examples
    --------
    >>> predict = Predictor(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), preprocess=Preprocess(size=2), classes="ab")
    >>> found = predict(np.zeros((30, 40, 3), np.uint8))
    >>> found.label in ("a", "b"), type(found.probabilities).__name__
    (True, 'ndarray')
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        preprocess: Preprocess | None = None,
        classes: Sequence[str] | None = None,
        device: str | torch.device | None = None,
    ) -> None:
        self.model = (model if device is None else model.to(device)).eval()
        self.preprocess = preprocess or preprocess_of(model) or usual_preprocess(model)
        self.classes = classes_of(model) if classes is None else tuple(classes)

    def __call__(self, images: Any) -> Any:
        """Classify one image, or each of a list or a batch.

        Parameters
        ----------
        images : image of any kind, layout and dtype, PIL image, path; a batch; or a list of images
            uint8 and uint16 have their full range, floats [0, 1].

        Returns
        -------
        Classification, or a list of them
            Probabilities in the kind and on the device of the image (NumPy for PIL images and paths).

        Raises
        ------
        TypeError, ValueError
            What is given is no image, or its range or layout cannot be what the network means; see `prepare`.
        """
        is_list = isinstance(images, list | tuple)
        many = list(images) if is_list else _images_of(images)
        if not many:
            return []
        found: list[Classification] = []
        for start in range(0, len(many), _BATCH):
            part = many[start : start + _BATCH]
            probabilities = self._probabilities(part)
            found += [self._classification(row, image) for row, image in zip(probabilities, part, strict=True)]
        return found if is_list or getattr(images, "ndim", 3) == 4 else found[0]

    def prepare(self, images: Any) -> torch.Tensor:
        """Make the batch that the network gets of one image or a list: `prepare` on its device and in its dtype."""
        place = next((value for value in self.model.parameters() if value.is_floating_point()), torch.zeros(()))
        dtype = getattr(self.model, "input_dtype", place.dtype)
        return prepare(images, self.preprocess, device=place.device).to(dtype)

    @torch.no_grad()
    def _probabilities(self, images: list[Any]) -> torch.Tensor:
        outputs = self.model(self.prepare(images))
        if not isinstance(outputs, torch.Tensor) or outputs.ndim != 2 or len(outputs) != len(images):
            shape = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
            raise TypeError(f"model must give (N, classes) for a Predictor, got {shape} for N = {len(images)}")
        if self.classes is not None and outputs.shape[1] != len(self.classes):
            raise ValueError(f"classes must name {outputs.shape[1]} outputs, got {len(self.classes)} names")
        return outputs.float().softmax(dim=1)

    def _classification(self, row: torch.Tensor, image: Any) -> Classification:
        index = int(row.argmax())
        label = str(index) if self.classes is None else self.classes[index]
        return Classification(_in_kind_of(row, image), index, label, float(row[index]), self.classes)


def _images_of(images: Any) -> list[Any]:
    """Take a batch apart; any other image stays whole."""
    return [images[i] for i in range(len(images))] if getattr(images, "ndim", 3) == 4 else [images]


def _in_kind_of(row: torch.Tensor, image: Any) -> Any:
    if isinstance(image, str | os.PathLike) or not hasattr(image, "ndim"):
        return arrays.to_numpy(row)
    return row.to(image.device) if isinstance(image, torch.Tensor) else arrays.like(row, image)


def usual_preprocess(model: nn.Module) -> Preprocess:
    """Give a network of the registry ImageNet's preparation at its own size; ValueError for any other."""
    recipe = recipe_of(model)
    if recipe is None:
        raise ValueError(f"preprocess must be given for a model that brings none, got {type(model).__name__}")
    size = recipe.config.get("image_size", recipe.input_size)
    height, width = (size, size) if isinstance(size, int) else tuple(size)[-2:]
    if recipe.config.get("in_channels", recipe.in_channels) == 1:
        return Preprocess((height, width), mean=(0.5,), std=(0.5,), channel_order="gray")
    return Preprocess((height, width), resize=max(height, width) * 8 // 7)
