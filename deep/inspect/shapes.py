"""The shape of what a network takes, from what is known of it."""

from torch import nn

from deep.recipe import recipe_of

__all__ = ["input_shape"]

_USUAL = {1: 4096, 2: 224, 3: 64}
"""Sides of a signal, an image and a cube for networks of which nothing is known."""


def input_shape(model: nn.Module, size: int | tuple[int, ...] | None = None) -> tuple[int, ...]:
    """Give the shape of one input, (1, C, …).

    Parameters
    ----------
    model : nn.Module
    size : side of a square, (H, W), (C, H, W), or (C, T, H, W) of the input
        The channels of the first layer where none are given. Where the first convolution has one axis or three, a
        number is the length of the signal or the side of the cube. None is the network's own size, as `model_info`
        tells it, and 224 pixels for networks that are not of the registry.
    """
    recipe = recipe_of(model)
    stem = recipe.stem[0] if recipe else None
    layers = [model.get_submodule(stem)] if stem else [*model.modules()]
    first = next((layer for layer in layers if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d)), None)
    rank = 2 if first is None else first.weight.ndim - 2
    channels = 3 if first is None else first.in_channels
    if size is None:
        own = recipe.config.get("image_size", recipe.input_size) if recipe else _USUAL[rank]
        return (1, channels, *((own,) * rank if isinstance(own, int) else own))
    sides = (size,) * rank if isinstance(size, int) else tuple(size)
    if not (isinstance(size, int) or 2 <= len(sides) <= 4) or min(sides) < 1:
        raise ValueError(f"size must be a side, (H, W), (C, H, W) or (C, T, H, W) of at least 1, got {size!r}")
    return (1, channels, *sides) if len(sides) == min(rank, 2) or isinstance(size, int) else (1, *sides)
