"""What layers give for an image."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deep.inspect.layers import evaluated, match_layers, watched
from deep.inspect.prepared import Predicts, batch_of, network_of

__all__ = ["activations"]


def activations(model: nn.Module | Predicts, image: Any, layers: str | Sequence[str] = "*") -> dict[str, Tensor]:
    """Collect what layers give for an image.

    Parameters
    ----------
    model : nn.Module, or Predictor
        Runs in evaluation mode without gradients; left as it is, whatever happens.
    image : prepared tensor (C, H, W) or batch of them; for a Predictor, image of any kind or a list of images
    layers : dotted name, pattern of the shell, or a list of them
        "layer?" names the stages of a ResNet, "features.*" all in the trunk; "" is the network itself.

    Returns
    -------
    dict of str to torch.Tensor
        By dotted name, in the order of the forward pass, with the axis of the batch. Copies: what later layers do in
        place does not reach them. Of a module that gives several tensors the first; of one that is called several
        times the first call; modules that are not called are not there.

    Raises
    ------
    TypeError
        A bare network is given an image that is not prepared.
    ValueError
        A name or pattern fits no module.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 4, 3))
    >>> found = activations(model, torch.rand(3, 9, 9), ["0", "2"])
    >>> {name: tuple(maps.shape) for name, maps in found.items()}
    {'0': (1, 8, 7, 7), '2': (1, 4, 5, 5)}
    """
    network = network_of(model)
    modules = match_layers(network, layers)
    found: dict[str, Tensor] = {}

    def keep(name: str, output: Any) -> None:
        first = output[0] if isinstance(output, tuple | list) else output
        if isinstance(first, Tensor):
            found.setdefault(name, first.detach().clone())

    batch = batch_of(model, image)
    with torch.no_grad(), evaluated(network), watched(modules, keep):
        network(batch)
    return found
