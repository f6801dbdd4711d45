"""ConvNeXt with torchvision's keys: a convolutional network with the proportions of a transformer."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.permute import Permute
from deep.blocks.stochastic_depth import StochasticDepth, increasing_rates


class LayerNorm2d(nn.LayerNorm):
    """Normalise the channels of each pixel of (N, C, H, W) maps."""

    def forward(self, x: Tensor) -> Tensor:
        x = functional.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class Block(nn.Module):
    """Filter 7×7 depthwise, then transform each pixel's channels through a layer four times as wide; residual.

    The branch is scaled by a learned factor for each channel, which starts at 1e-6.
    """

    def __init__(self, channels: int, *, drop_rate: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels),
            Permute(0, 2, 3, 1),  # (N, H, W, C), where dense layers act on channels
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
            Permute(0, 3, 1, 2),
        )
        self.layer_scale = nn.Parameter(torch.full((channels, 1, 1), 1e-6))
        self.stochastic_depth = StochasticDepth(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.stochastic_depth(self.layer_scale * self.block(x))
        return result


class ConvNeXt(nn.Module):
    """Classify images by four stages of blocks with a normalised, strided convolution between stages.

    Parameters
    ----------
    channels : channels of the four stages
    depths : blocks of the four stages
    num_classes, in_channels : outputs, channels of the image
    stochastic_depth : probability of dropping the last block's branch in training; earlier ones less

    References
    ----------
    .. [1] Z. Liu et al., "A ConvNet for the 2020s", CVPR 2022, section 2, figure 4.
    """

    def __init__(
        self,
        channels: tuple[int, int, int, int],
        depths: tuple[int, int, int, int],
        *,
        num_classes: int = 1000,
        in_channels: int = 3,
        stochastic_depth: float = 0.0,
    ) -> None:
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(in_channels, channels[0], 4, stride=4), LayerNorm2d(channels[0], eps=1e-6))
        self.features = nn.Sequential(stem)
        rates = iter(increasing_rates(stochastic_depth, sum(depths)))
        for stage, (width, depth) in enumerate(zip(channels, depths, strict=True)):
            if stage:
                previous = channels[stage - 1]
                self.features.append(
                    nn.Sequential(LayerNorm2d(previous, eps=1e-6), nn.Conv2d(previous, width, 2, stride=2))
                )
            self.features.append(nn.Sequential(*[Block(width, drop_rate=next(rates)) for _ in range(depth)]))
        self.classifier = nn.Sequential(
            LayerNorm2d(channels[-1], eps=1e-6), nn.Flatten(1), nn.Linear(channels[-1], num_classes)
        )
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.get_parameter("bias"))

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (N, C, H/32, W/32)
        logits: Tensor = self.classifier(x.mean((2, 3), keepdim=True))
        return logits


def convnext_tiny(*, num_classes: int = 1000, in_channels: int = 3, stochastic_depth: float = 0.1) -> ConvNeXt:
    """Build ConvNeXt-T: 28,589,128 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    stochastic_depth : probability of dropping the last block's branch in training; earlier ones less

    References
    ----------
    .. [1] Z. Liu et al., "A ConvNet for the 2020s", CVPR 2022, section 3.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = convnext_tiny()
    >>> sum(parameter.numel() for parameter in model.parameters())
    28589128
    """
    return ConvNeXt(
        (96, 192, 384, 768), (3, 3, 9, 3),
        num_classes=num_classes, in_channels=in_channels, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def convnext_small(*, num_classes: int = 1000, in_channels: int = 3, stochastic_depth: float = 0.4) -> ConvNeXt:
    """Build ConvNeXt-S: 50,223,688 parameters; arguments as `convnext_tiny`."""
    return ConvNeXt(
        (96, 192, 384, 768), (3, 3, 27, 3),
        num_classes=num_classes, in_channels=in_channels, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def convnext_base(*, num_classes: int = 1000, in_channels: int = 3, stochastic_depth: float = 0.5) -> ConvNeXt:
    """Build ConvNeXt-B: 88,591,464 parameters; arguments as `convnext_tiny`."""
    return ConvNeXt(
        (128, 256, 512, 1024), (3, 3, 27, 3),
        num_classes=num_classes, in_channels=in_channels, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def convnext_large(*, num_classes: int = 1000, in_channels: int = 3, stochastic_depth: float = 0.5) -> ConvNeXt:
    """Build ConvNeXt-L: 197,767,336 parameters; arguments as `convnext_tiny`."""
    return ConvNeXt(
        (192, 384, 768, 1536), (3, 3, 27, 3),
        num_classes=num_classes, in_channels=in_channels, stochastic_depth=stochastic_depth,
    )  # fmt: skip
