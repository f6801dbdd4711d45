"""What a model remembers of itself: how it was created, its classes, and how its images are prepared."""

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from deep.preprocess import Preprocess

__all__ = ["Recipe", "classes_of", "preprocess_of", "recipe_of", "remember"]


@dataclass(frozen=True)
class Recipe:
    """How `create_model` built a model, so that its checkpoint needs nothing else.

    Parameters
    ----------
    name : registered name
    config : the words given to the builder
    head : dotted names of the last layers
    stem : dotted names of the first convolutions
    input_size : as `model_info(name).input_size`
    in_channels : channels of the network's own input
    """

    name: str
    config: dict[str, Any] = field(default_factory=dict)
    head: tuple[str, ...] = ()
    stem: tuple[str, ...] = ()
    input_size: int | tuple[int, ...] = 224
    in_channels: int = 3


def remember(model: nn.Module, **facts: Any) -> None:
    """Keep facts about a model as its attributes `recipe`, `classes`, `preprocess` or `load_report`."""
    vars(model).update(facts)


def recipe_of(model: nn.Module) -> Recipe | None:
    """Return how `create_model` built the model, None for any other."""
    recipe = vars(model).get("recipe")
    return recipe if isinstance(recipe, Recipe) else None


def classes_of(model: nn.Module) -> tuple[str, ...] | None:
    """Return the names of the classes that came with the weights."""
    classes = vars(model).get("classes")
    return None if classes is None else tuple(classes)


def preprocess_of(model: nn.Module) -> Preprocess | None:
    """Return the preparation of images that came with the weights."""
    preprocess = vars(model).get("preprocess")
    return preprocess if isinstance(preprocess, Preprocess) else None
