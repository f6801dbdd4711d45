"""The initial values of the mobile networks."""

from collections.abc import Callable

from torch import Tensor, nn


def initialize_fan_out(model: nn.Module, *, linear: Callable[[Tensor], object], per_group: bool = False) -> None:
    """Draw convolutions from N(0, 2 / fan-out); norms become 1 and 0, biases 0, dense weights what `linear` draws.

    Parameters
    ----------
    model : changed in place
    linear : draws the weight of a dense layer in place
    per_group : count only a group's own outputs in the fan-out, as TensorFlow's reference code and timm do
        torchvision counts all outputs, which makes fresh depthwise kernels small.

    References
    ----------
    .. [1] K. He et al., "Delving deep into rectifiers", ICCV 2015, section 2.2 (backward case).
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            fan_out = layer.weight[0, 0].numel() * layer.out_channels // (layer.groups if per_group else 1)
            nn.init.normal_(layer.weight, std=(2 / fan_out) ** 0.5)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
        elif isinstance(layer, nn.Linear):
            linear(layer.weight)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
