"""Layers as oneDNN and MKL want them: weights laid out once, the activation in the same pass."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

__all__ = [
    "ACTIVATIONS",
    "PackedAttention",
    "PackedConvolution",
    "PackedLinear",
    "PackedPointwise",
    "can_pack",
    "packed",
]

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
_MOST_SHAPES = 4
"""Shapes of input, with numbers of threads, for which a layer remembers a layout; the oldest goes first."""
_MANY_ROWS, _LONG_ROW = 1024, 512
"""A float32 product of more rows, and shorter ones, is bound by memory rather than by arithmetic."""


class _Layouts:
    """A weight as oneDNN wants it, which depends on the shape of the input and on the number of threads.

    A layout for another shape or number of threads gives the same outputs, but oneDNN lays it out anew at each call,
    which takes twice as long as from the plain weight. So what comes for the first time gets the plain weight, as in
    eager torch, and a layout from the second time on.
    """

    def __init__(self, weight: torch.Tensor, lay_out: Callable[[torch.Tensor, Any], torch.Tensor], shape: Any) -> None:
        self.plain = weight.detach()
        self.lay_out = lay_out
        self.known = {(torch.get_num_threads(), shape): lay_out(self.plain, shape)}

    def get(self, shape: Any) -> torch.Tensor:
        """Give the weight for an input of this shape and the threads of now."""
        key = (torch.get_num_threads(), shape)
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= _MOST_SHAPES:
                self.known.pop(next(iter(self.known)), None)
            found = self.known[key] = self.plain
        elif found is self.plain:
            found = self.known[key] = self.lay_out(self.plain, shape)
        return found


class PackedConvolution(nn.Module):
    """A convolution and the activation after it, for CPUs and without gradients.

    The operator is the one that Inductor calls; eager torch lays the weights out anew for each image.

    Parameters
    ----------
    layer : nn.Conv2d
    shape : of the images it will see most
    activation : one of `ACTIVATIONS`, optional
    """

    def __init__(self, layer: nn.Conv2d, shape: Sequence[int], activation: nn.Module | None = None) -> None:
        super().__init__()
        self.geometry = ([*map(int, layer.padding)], [*layer.stride], [*layer.dilation], layer.groups)
        self.activation = _attributes(activation)
        self.bias = layer.bias
        self.weight = _Layouts(layer.weight, self._lay_out, torch.Size(shape))

    def _lay_out(self, weight: torch.Tensor, shape: torch.Size) -> Any:
        return torch.ops.mkldnn._reorder_convolution_weight(weight, *self.geometry, shape)

    def forward(self, images: torch.Tensor) -> Any:
        weight = self.weight.get(images.shape)
        return torch.ops.mkldnn._convolution_pointwise(images, weight, self.bias, *self.geometry, *self.activation)


class PackedLinear(nn.Module):
    """A linear layer and the activation after it, for CPUs and without gradients.

    MKL has the faster products in float32 as long as they compute more than they write; oneDNN those of many short
    rows, since it applies the activation in the same pass, and those in bfloat16.

    Parameters
    ----------
    weight, bias : (outputs, inputs), (outputs,)
    shape : of the tokens it will see most
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
        self.bias = bias
        self.activation = activation
        self.attributes = _attributes(activation)
        is_short = self.rows > _MANY_ROWS and weight.shape[1] < _LONG_ROW
        self.is_for_mkl = weight.dtype == torch.float32 and not is_short
        if self.is_for_mkl:
            self.plain = weight.detach()
            self.for_threads = {torch.get_num_threads(): self._lay_out()}
        else:
            self.weight = _Layouts(weight, torch.ops.mkldnn._reorder_linear_weight, self.rows)

    def _lay_out(self) -> Any:
        return torch.ops.mkl._mkl_reorder_linear_weight(self.plain, self.rows)

    def forward(self, tokens: torch.Tensor) -> Any:
        if not self.is_for_mkl:
            weight = self.weight.get(tokens.shape[:-1].numel())
            return torch.ops.mkldnn._linear_pointwise(tokens, weight, self.bias, *self.attributes)
        threads = torch.get_num_threads()
        if threads not in self.for_threads:
            self.for_threads[threads] = self._lay_out()
        product = torch.ops.mkl._mkl_linear(tokens, self.for_threads[threads], self.plain, self.bias, self.rows)
        return product if self.activation is None else self.activation(product)


class PackedPointwise(PackedLinear):
    """A convolution of 1 × 1 and the activation after it, for CPUs and without gradients: a product with each pixel.

    Parameters
    ----------
    layer : nn.Conv2d of 1 × 1, without stride, padding and groups
    shape : of the images it will see most
    activation : one of `ACTIVATIONS`, optional
    """

    def __init__(self, layer: nn.Conv2d, shape: Sequence[int], activation: nn.Module | None = None) -> None:
        channels, *sizes = shape[1:]
        super().__init__(layer.weight.flatten(1), layer.bias, (shape[0], *sizes, channels), activation)

    def forward(self, images: torch.Tensor) -> Any:
        return super().forward(images.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


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
        kind = PackedPointwise if _is_pointwise(layer) and _has_products(layer.weight) else PackedConvolution
        return kind(layer, shape, activation)
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
    has_mkl = hasattr(torch.ops.mkl, "_mkl_linear") and hasattr(torch.ops.mkl, "_mkl_reorder_linear_weight")
    is_laid_out = has_mkl or weight.dtype != torch.float32
    return is_laid_out and _has_operators(weight, "_reorder_linear_weight", "_linear_pointwise")


def _is_pointwise(layer: nn.Conv2d) -> bool:
    is_single = layer.kernel_size == layer.stride == (1, 1) and layer.groups == 1
    return is_single and not any(map(int, layer.padding))


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
