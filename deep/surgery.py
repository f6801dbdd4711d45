"""Changes to a built network: another head, another input, frozen parts."""

import copy
import math

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from deep.recipe import recipe_of, remember

__all__ = ["adapt_input", "count_parameters", "freeze", "replace_head"]

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def count_parameters(model: nn.Module) -> tuple[int, int]:
    """Count the values of a network, all and those that training changes.

    Parameters
    ----------
    model : nn.Module

    Returns
    -------
    total : int
        Parameters and running statistics (means and variances), as Keras counts; a shared parameter once.
    trainable : int
        Parameters with `requires_grad`.

    Examples
    --------
    >>> count_parameters(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)))
    (256, 240)
    """
    parameters = list(model.parameters())
    statistics = sum(
        values.numel()
        for module in model.modules() if isinstance(module, _NormBase)
        for values in (module.running_mean, module.running_var) if values is not None
    )  # fmt: skip
    total = sum(values.numel() for values in parameters) + statistics
    return total, sum(values.numel() for values in parameters if values.requires_grad)


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Exchange the last layer for a fresh one with another number of outputs.

    Parameters
    ----------
    model : nn.Module
        Of `create_model`; of any other the last linear layer or convolution is taken.
    num_classes : at least 1

    Returns
    -------
    nn.Module
        The same model, changed in place; it forgets the names of its classes.

    Raises
    ------
    ValueError
        `num_classes` is less than 1, or the model has no such layer.

    Examples
    --------
    >>> model = replace_head(nn.Sequential(nn.Flatten(), nn.Linear(12, 1000)), 5)
    >>> model[-1].out_features
    5
    """
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1, got {num_classes}")
    recipe = recipe_of(model)
    for name in recipe.head if recipe else (_find(model, (nn.Linear, *_CONVOLUTIONS))[-1],):
        _exchange(model, name, _with_outputs(model.get_submodule(name), num_classes))
    if recipe is not None:
        recipe.config["num_classes"] = num_classes
    remember(model, classes=None)
    return model


def adapt_input(model: nn.Module, in_channels: int) -> nn.Module:
    """Make a network take another number of channels, and keep what its first convolution has learned.

    Parameters
    ----------
    model : nn.Module
        Of `create_model`; of any other the first convolution is taken.
    in_channels : at least 1
        The learned channels are repeated in turn and scaled, so that the sum of the weights stays: a network of RGB
        answers to a gray image with one channel as it did to the same image with three.

    Returns
    -------
    nn.Module
        The same model, changed in place.

    Raises
    ------
    ValueError
        `in_channels` is less than 1, or the model has no convolution, or its first one has groups.

    Examples
    --------
    >>> model = adapt_input(nn.Sequential(nn.Conv2d(3, 8, 3)), 1)
    >>> model(torch.zeros(1, 1, 9, 9)).shape
    torch.Size([1, 8, 7, 7])
    """
    if in_channels < 1:
        raise ValueError(f"in_channels must be at least 1, got {in_channels}")
    recipe = recipe_of(model)
    for name in recipe.stem if recipe else (_find(model, _CONVOLUTIONS)[0],):
        _exchange(model, name, _with_inputs(model.get_submodule(name), in_channels, name))
    if recipe is not None:
        recipe.config["in_channels"] = in_channels
    return model


def freeze(model: nn.Module, until: str | None = None, *, norm: str = "all") -> nn.Module:
    """Keep the first layers of a network as they are while the rest trains.

    Parameters
    ----------
    model : nn.Module
    until : dotted name of the last module to be frozen; all but the head where None
    norm : "all" or "stats"
        Normalisations of the frozen part keep their running statistics either way and normalise by them; "all"
        freezes their scale and shift too, "stats" lets these train.

    Returns
    -------
    nn.Module
        The same model; `train()` does not wake what is frozen.

    Raises
    ------
    ValueError
        No module is called `until`; `norm` is none of the words.

    Examples
    --------
    >>> model = freeze(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1)), until="1")
    >>> count_parameters(model)[1]
    36
    """
    if norm not in ("all", "stats"):
        raise ValueError(f"norm must be 'all' or 'stats', got {norm!r}")
    for module in _first_modules(model, until):
        is_norm = isinstance(module, _NormBase | nn.GroupNorm | nn.LayerNorm)
        if isinstance(module, _NormBase):
            module.register_forward_pre_hook(_use_running_statistics)
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(is_norm and norm == "stats")
    return model


def _first_modules(model: nn.Module, until: str | None) -> list[nn.Module]:
    """List the modules in the order of building, up to and with the one called `until` and what it holds."""
    named = dict(model.named_modules())
    if until is None:
        recipe = recipe_of(model)
        heads = recipe.head if recipe else (_find(model, (nn.Linear, *_CONVOLUTIONS))[-1],)
        return [module for name, module in named.items() if name not in heads]
    if until not in named or until == "":
        first = ", ".join(list(named)[1:12])
        raise ValueError(f"until must name a module of the model, got {until!r}; it has {first} …")
    names = list(named)
    last = max(i for i, name in enumerate(names) if name == until or name.startswith(f"{until}."))
    return [named[name] for name in names[: last + 1]]


def _use_running_statistics(module: nn.Module, _: object) -> None:
    module.training = False


def _find(model: nn.Module, kinds: tuple[type[nn.Module], ...]) -> list[str]:
    found = [name for name, module in model.named_modules() if isinstance(module, kinds) and name]
    if not found:
        raise ValueError(f"model must hold one of {', '.join(kind.__name__ for kind in kinds)}, got none")
    return found


def _exchange(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, layer)


def _with_outputs(old: nn.Module, outputs: int) -> nn.Module:
    """Make a fresh layer of the same kind, place and dtype."""
    if not isinstance(old, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
        raise ValueError(f"last layer must be linear or a convolution, got {type(old).__name__}")
    new = copy.deepcopy(old)
    if isinstance(new, nn.Linear):
        new.out_features = outputs
    else:
        new.out_channels = outputs
    new.weight = nn.Parameter(old.weight.new_empty(outputs, *old.weight.shape[1:]))
    if old.bias is not None:
        new.bias = nn.Parameter(old.bias.new_empty(outputs))
    new.reset_parameters()
    return new


def _with_inputs(old: nn.Module, channels: int, name: str) -> nn.Module:
    if not isinstance(old, nn.Conv1d | nn.Conv2d | nn.Conv3d) or old.groups != 1:
        raise ValueError(f"first layer must be a convolution without groups, got {name}: {old}")
    weight = old.weight.detach()
    repeated = torch.cat([weight] * math.ceil(channels / old.in_channels), dim=1)[:, :channels]
    if channels < old.in_channels:
        repeated = weight.mean(dim=1, keepdim=True).expand_as(repeated)
    new = copy.deepcopy(old)
    new.in_channels = channels
    new.weight = nn.Parameter(repeated * (old.in_channels / channels))
    return new
