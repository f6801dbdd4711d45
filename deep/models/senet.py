"""Residual networks whose blocks gate their channels, with timm's keys."""

from torch import Tensor, nn

from deep.blocks.squeeze_excite import SqueezeExcite


class GatedBottleneck(nn.Module):
    """Narrow, filter 3×3 in groups, widen, gate the channels, add the shortcut.

    The gate has a sixteenth of the block's channels inside. The stride is that of the 3×3 convolution.
    """

    def __init__(
        self, in_channels: int, first: int, width: int, out_channels: int, *,
        stride: int, groups: int, shortcut_size: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, first, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, width, 3, stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.se = SqueezeExcite(out_channels, out_channels // 16)
        self.act = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            size = shortcut_size if stride != 1 else 1
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, size, stride, padding=size // 2, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.act(self.bn1(self.conv1(x)))
        x = self.act(self.bn2(self.conv2(x)))  # (N, width, H/stride, W/stride)
        x = self.se(self.bn3(self.conv3(x)))
        activated: Tensor = self.act(x + shortcut)
        return activated


class SENet(nn.Module):
    """Classify images by four stages of gated bottlenecks.

    Parameters
    ----------
    depths : blocks of the four stages
    groups : groups of the 3×3 convolutions
    widening : channels of the 3×3 convolution, as a multiple of 64, 128, 256, 512
    deep_stem : three 3×3 convolutions to 128 channels instead of one 7×7 to 64
    shortcut_size : pixels; kernel of the strided shortcuts
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier

    References
    ----------
    .. [1] J. Hu et al., "Squeeze-and-excitation networks", CVPR 2018, table 1 and appendix (SENet-154).
    """

    def __init__(
        self,
        depths: tuple[int, int, int, int],
        *,
        groups: int = 1,
        widening: int = 1,
        deep_stem: bool = False,
        shortcut_size: int = 1,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        channels = 128 if deep_stem else 64
        self.conv1 = stem_of_three(in_channels) if deep_stem else nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act1 = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        stages = []
        for number, depth in enumerate(depths):
            base = 64 * 2**number
            width = base * widening
            stage = nn.Sequential()
            for index in range(depth):
                block = GatedBottleneck(
                    channels, width // 2 if widening > 1 else width, width, 4 * base,
                    stride=2 if number and not index else 1, groups=groups, shortcut_size=shortcut_size,
                )  # fmt: skip
                stage.append(block)
                channels = 4 * base
            stages.append(stage)
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        x = self.maxpool(self.act1(self.bn1(self.conv1(images))))  # (N, 64 or 128, H/4, W/4)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))  # (N, 2048, H/32, W/32)
        logits: Tensor = self.fc(self.drop(x.mean((2, 3))))
        return logits


def stem_of_three(in_channels: int) -> nn.Sequential:
    """Make SENet-154's stem, three 3×3 convolutions in the place of one 7×7; the last norm follows outside."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 64, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.Conv2d(64, 64, 3, padding=1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.Conv2d(64, 128, 3, padding=1, bias=False),
    )


def seresnet50(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.0) -> SENet:
    """Build SE-ResNet-50, a ResNet-50 with channel gates: 28,088,024 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier

    References
    ----------
    .. [1] J. Hu et al., "Squeeze-and-excitation networks", CVPR 2018, table 1.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = seresnet50()
    >>> sum(parameter.numel() for parameter in model.parameters())
    28088024
    """
    return SENet((3, 4, 6, 3), num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def senet154(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> SENet:
    """Build SENet-154, the winner of ILSVRC 2017: 115,088,984 parameters.

    64 groups of four times the channels, narrowed by half beforehand, a deep stem and 3×3 shortcuts.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier

    References
    ----------
    .. [1] J. Hu et al., "Squeeze-and-excitation networks", CVPR 2018, appendix.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = senet154()
    >>> sum(parameter.numel() for parameter in model.parameters())
    115088984
    """
    return SENet(
        (3, 8, 36, 3), groups=64, widening=4, deep_stem=True, shortcut_size=3,
        num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip
