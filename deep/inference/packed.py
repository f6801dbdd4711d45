"""Layers as oneDNN and MKL want them: weights laid out once, the activation in the same pass."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["ACTIVATIONS", "PackedAttention", "PackedConvolution", "PackedLinear", "can_pack", "packed"]

_ACTIVATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
    nn.Hardswish: ("hardswish", []),
    nn.SiLU: ("swish", []),
    nn.Sigmoid: ("sigmoid", []),
    nn.Hardsigmoid: ("hardsigmoid", []),
    nn.GELU: ("gelu", []),
}
ACTIVATIONS = tuple(_ACTIVATIONS)
_FEWEST_ROWS = 32
"""A product of fewer rows waits for the weights to come from memory, whatever their layout."""


class PackedConvolution(nn.Module):
    """A convolution and the activation after it, for CPUs and without gradients.

    The operator is the one that Inductor calls; eager torch lays the weights out anew for each image.

    Parameters
    ----------
    layer : nn.Conv2d
    shape : of the images it will see; others work, slower
    activation : one of `ACTIVATIONS`, optional
    """

    def __init__(self, layer: nn.Conv2d, shape: Sequence[int], activation: nn.Module | None = None) -> None:
        super().__init__()
        self.geometry = ([*map(int, layer.padding)], [*layer.stride], [*layer.dilation], layer.groups)
        self.activation = _attributes(activation)
        self.bias = layer.bias
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(layer.weight.detach(), *self.geometry, [*shape])

    def forward(self, images: torch.Tensor) -> Any:
        return torch.ops.mkldnn._convolution_pointwise(images, self.weight, self.bias, *self.geometry, *self.activation)


class PackedLinear(nn.Module):
    """A linear layer, and in bfloat16 the activation after it, for CPUs and without gradients.

    MKL has the faster products in float32, oneDNN those in bfloat16.

    Parameters
    ----------
    weight, bias : (outputs, inputs), (outputs,)
    shape : of the tokens it will see; other numbers of them work, slower
    activation : one of `ACTIVATIONS`, optional
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        shape: Sequence[int],
        activation: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.rows = math.prod(shape[:-1])
        self.weight, self.bias = weight.detach(), bias
        self.activation = activation
        self.is_single = weight.dtype == torch.float32
        if self.is_single:
            self.laid_out = torch.ops.mkl._mkl_reorder_linear_weight(self.weight, self.rows)
        else:
            self.laid_out = torch.ops.mkldnn._reorder_linear_weight(self.weight, self.rows)

    def forward(self, tokens: torch.Tensor) -> Any:
        if not self.is_single:
            return torch.ops.mkldnn._linear_pointwise(tokens, self.laid_out, self.bias, *_attributes(self.activation))
        product = torch.ops.mkl._mkl_linear(tokens, self.laid_out, self.weight, self.bias, self.rows)
        return product if self.activation is None else self.activation(product)


class PackedAttention(nn.Module):
    """Attention of a sequence to itself, called as nn.MultiheadAttention is, for CPUs and without gradients.

    Parameters
    ----------
    layer : nn.MultiheadAttention, batch first
    shape : (N, tokens, width) that it will see
    """

    def __init__(self, layer: nn.MultiheadAttention, shape: Sequence[int]) -> None:
        super().__init__()
        self.heads = layer.num_heads
        self.qkv = PackedLinear(layer.in_proj_weight, layer.in_proj_bias, shape)
        self.out_proj = PackedLinear(layer.out_proj.weight, layer.out_proj.bias, shape)

    def forward(self, query: torch.Tensor, *_: torch.Tensor, need_weights: bool = False) -> tuple[Any, None]:
        qkv = self.qkv(query).unflatten(-1, (3, self.heads, -1))  # (N, tokens, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 3 × (N, heads, tokens, d)
        gathered = scaled_dot_product_attention(q, k, v)
        return self.out_proj(gathered.transpose(1, 2).flatten(2)), None


def packed(layer: nn.Module, shape: Sequence[int], activation: nn.Module | None = None) -> nn.Module:
    """Lay out a layer for inputs of a shape; `can_pack` tells for which layers."""
    if isinstance(layer, nn.Conv2d):
        return PackedConvolution(layer, shape, activation)
    if isinstance(layer, nn.Linear):
        return PackedLinear(layer.weight, layer.bias, shape, activation)
    if isinstance(layer, nn.MultiheadAttention):
        return PackedAttention(layer, shape)
    raise TypeError(f"layer must be a convolution, linear or attention, got {type(layer).__name__}")


def can_pack(layer: nn.Module, shape: Sequence[int]) -> bool:
    """Tell whether a layer is a plain one on a CPU, of a torch with the operators, and large enough to gain by it."""
    if type(layer) is nn.Conv2d:
        is_plain = layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
        return is_plain and _has_operators(layer.weight, "_reorder_convolution_weight", "_convolution_pointwise")
    if type(layer) is nn.Linear:
        return math.prod(shape[:-1]) >= _FEWEST_ROWS and _has_products(layer.weight)
    if type(layer) is nn.MultiheadAttention:
        is_plain = layer.batch_first and layer.bias_k is None and layer.bias_v is None and not layer.add_zero_attn
        is_joint = layer.in_proj_weight is not None and len(shape) == 3
        return is_plain and is_joint and math.prod(shape[:-1]) >= _FEWEST_ROWS and _has_products(layer.in_proj_weight)
    return False


def _has_products(weight: torch.Tensor) -> bool:
    if weight.dtype == torch.float32:
        has_mkl = hasattr(torch.ops.mkl, "_mkl_linear") and hasattr(torch.ops.mkl, "_mkl_reorder_linear_weight")
        return has_mkl and weight.device.type == "cpu"
    return _has_operators(weight, "_reorder_linear_weight", "_linear_pointwise")


def _has_operators(weight: torch.Tensor, *names: str) -> bool:
    return (
        weight.device.type == "cpu"
        and weight.dtype in (torch.float32, torch.bfloat16)
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and all(hasattr(torch.ops.mkldnn, name) for name in names)
    )


def _attributes(activation: nn.Module | None) -> tuple[str, list[float], str]:
    """Give oneDNN's name of an activation, its numbers, and which approximation of GELU is meant."""
    if activation is None:
        return "none", [], ""
    name, numbers = _ACTIVATIONS[type(activation)]
    return name, numbers, activation.approximate if isinstance(activation, nn.GELU) else ""
