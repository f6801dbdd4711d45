"""DenseNet with torchvision's keys: every layer sees the maps of all layers before it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.conv_norm import relu


class DenseLayer(nn.Module):
    """Make `growth` new maps of all the maps so far, by 1×1 to 4 · `growth` and then 3×3; the norm comes first.

    Checkpoints of before 2018 say `norm.1` for `norm1`; they load too.
    """

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = relu()
        self.conv1 = nn.Conv2d(in_channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = relu()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the new maps alone, (N, growth, H, W)."""
        x = self.conv1(self.relu1(self.norm1(x)))
        new: Tensor = self.conv2(self.relu2(self.norm2(x)))
        return new

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for word in ("norm", "conv"):
            for key in [key for key in state_dict if key.startswith(f"{prefix}{word}.")]:
                state_dict[prefix + word + key.removeprefix(f"{prefix}{word}.")] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *rest)


class DenseBlock(nn.Sequential):
    """Layers that each add `growth` maps to what they saw."""

    def __init__(self, depth: int, in_channels: int, growth: int) -> None:
        super().__init__()
        for index in range(depth):
            self.add_module(f"denselayer{index + 1}", DenseLayer(in_channels + index * growth, growth))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C + depth · growth, H, W)."""
        maps = [x]
        for layer in self:
            maps.append(layer(torch.cat(maps, dim=1)))
        return torch.cat(maps, dim=1)


class Transition(nn.Sequential):
    """Halve the channels by 1×1 and the image by means."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = relu()
        self.conv = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2, stride=2)


class DenseNet(nn.Module):
    """Four dense blocks with transitions between them ("DenseNet-BC").

    Parameters
    ----------
    depths : layers of the four blocks
    growth : maps that each layer adds
    stem : channels of the first convolution
    num_classes, in_channels : outputs, channels of the image

    References
    ----------
    .. [1] G. Huang et al., "Densely connected convolutional networks", CVPR 2017, table 1.
    """

    def __init__(
        self, depths: Sequence[int], *, growth: int = 32, stem: int = 64, num_classes: int, in_channels: int
    ) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(in_channels, stem, 7, stride=2, padding=3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(stem))
        self.features.add_module("relu0", relu())
        self.features.add_module("pool0", nn.MaxPool2d(3, stride=2, padding=1))
        channels = stem
        for index, depth in enumerate(depths, start=1):
            self.features.add_module(f"denseblock{index}", DenseBlock(depth, channels, growth))
            channels += depth * growth
            if index < len(depths):
                self.features.add_module(f"transition{index}", Transition(channels))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = functional.relu(self.features(images))  # (N, 1024, H/32, W/32) for DenseNet-121
        x = functional.adaptive_avg_pool2d(x, 1).flatten(1)
        logits: Tensor = self.classifier(x)
        return logits


def densenet121(*, num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """Build DenseNet-121: 6, 12, 24, 16 layers that add 32 maps each, 7,978,856 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    DenseNet

    References
    ----------
    .. [1] G. Huang et al., "Densely connected convolutional networks", CVPR 2017, table 1.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in densenet121().parameters())
    7978856
    """
    return DenseNet((6, 12, 24, 16), num_classes=num_classes, in_channels=in_channels)
