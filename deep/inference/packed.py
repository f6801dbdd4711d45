"""Convolutions as oneDNN wants them: weights laid out once, the activation in the same pass."""

from typing import Any

import torch
from torch import nn

__all__ = ["PackedConvolution", "can_pack"]

_ACTIVATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
    nn.Hardswish: ("hardswish", []),
    nn.SiLU: ("swish", []),
    nn.Sigmoid: ("sigmoid", []),
}
ACTIVATIONS = tuple(_ACTIVATIONS)


class PackedConvolution(nn.Module):
    """A convolution and the activation after it, for CPUs and without gradients.

    The operator is the one that Inductor calls; eager torch lays the weights out anew for each image.

    Parameters
    ----------
    layer : nn.Conv2d
    shape : of the images it will see; others work, slower
    activation : one of `ACTIVATIONS`, optional
    """

    def __init__(self, layer: nn.Conv2d, shape: list[int], activation: nn.Module | None = None) -> None:
        super().__init__()
        self.geometry = ([*map(int, layer.padding)], [*layer.stride], [*layer.dilation], layer.groups)
        self.activation, self.scalars = _ACTIVATIONS[type(activation)] if activation is not None else ("none", [])
        self.bias = layer.bias
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(layer.weight.detach(), *self.geometry, shape)

    def forward(self, images: torch.Tensor) -> Any:
        return torch.ops.mkldnn._convolution_pointwise(
            images, self.weight, self.bias, *self.geometry, self.activation, self.scalars, ""
        )


def can_pack(layer: nn.Module) -> bool:
    """Tell whether a layer is a plain convolution on a CPU of a torch with oneDNN's operators."""
    has_operators = torch.backends.mkldnn.is_available() and all(  # type: ignore[no-untyped-call]
        hasattr(torch.ops.mkldnn, name) for name in ("_reorder_convolution_weight", "_convolution_pointwise")
    )
    return (
        type(layer) is nn.Conv2d
        and has_operators
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype in (torch.float32, torch.bfloat16)
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
    )
