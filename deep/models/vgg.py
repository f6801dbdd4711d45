"""VGG: nothing but 3×3 convolutions and halvings, with torchvision's keys."""

from collections.abc import Sequence

from torch import Tensor, nn

from deep.blocks.conv_norm import relu

# 3×3 convolutions of 64, 128, 256, 512 and 512 channels (columns A, B, D, E of the paper's table 1)
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


class VGG(nn.Module):
    """Five stages of 3×3 convolutions, each halved by a maximum, and three dense layers.

    Three 3×3 convolutions see as far as one of 7×7 with 27 C² weights for 49 C² (the notes say two, which see 5×5 with
    18 C² for 25 C²). Most weights are in the first dense layer: 102.8 of VGG-16's 138.4 million.

    Parameters
    ----------
    depths : convolutions of the five stages
    norm : bool
        Normalise each convolution over the batch.
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a unit of the dense layers

    References
    ----------
    .. [1] K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition",
       ICLR 2015, table 1.
    """

    def __init__(
        self, depths: Sequence[int], *, norm: bool, num_classes: int, in_channels: int, dropout: float
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = in_channels
        for depth, width in zip(depths, (64, 128, 256, 512, 512), strict=True):
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1), *([nn.BatchNorm2d(width)] if norm else []), relu()]
                channels = width
            layers.append(nn.MaxPool2d(2, stride=2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), relu(), nn.Dropout(dropout),
            nn.Linear(4096, 4096), relu(), nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
            if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.features(images)  # (N, 512, H/32, W/32)
        x = self.avgpool(x).flatten(1)  # (N, 512 · 7 · 7)
        logits: Tensor = self.classifier(x)
        return logits


def vgg11(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-11 (column A): 132,863,336 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a unit of the dense layers

    Returns
    -------
    VGG

    References
    ----------
    .. [1] K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition",
       ICLR 2015, table 1.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = vgg11()
    >>> sum(parameter.numel() for parameter in model.parameters())
    132863336
    """
    return VGG(DEPTHS[11], norm=False, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg13(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-13 (column B): 133,047,848 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[13], norm=False, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg16(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-16 (column D): 138,357,544 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[16], norm=False, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg19(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-19 (column E): 143,667,240 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[19], norm=False, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg11_bn(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-11 with batch norm: 132,868,840 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[11], norm=True, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg13_bn(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-13 with batch norm: 133,053,736 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[13], norm=True, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg16_bn(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-16 with batch norm: 138,365,992 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[16], norm=True, num_classes=num_classes, in_channels=in_channels, dropout=dropout)


def vgg19_bn(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> VGG:
    """Build VGG-19 with batch norm: 143,678,248 parameters; arguments as `vgg11`."""
    return VGG(DEPTHS[19], norm=True, num_classes=num_classes, in_channels=in_channels, dropout=dropout)
