"""Inception v4 with timm's keys: the figures of the paper, one function each."""

import torch
from torch import Tensor, nn

from deep.blocks.branches import Branches
from deep.blocks.conv_norm import BasicConv2d

Conv = BasicConv2d


def _wide(in_channels: int, out_channels: int) -> BasicConv2d:
    return BasicConv2d(in_channels, out_channels, (1, 7), padding=(0, 3))


def _tall(in_channels: int, out_channels: int) -> BasicConv2d:
    return BasicConv2d(in_channels, out_channels, (7, 1), padding=(3, 0))


def _means(in_channels: int, out_channels: int) -> nn.Sequential:
    pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return nn.Sequential(pool, BasicConv2d(in_channels, out_channels, 1))


class PooledBesideConv(nn.Module):
    """Halve by a maximum and by a strided 3×3 convolution, stacked (figure 3, first and last step)."""

    def __init__(self, in_channels: int, out_channels: int, *, pooled_first: bool) -> None:
        super().__init__()
        self.conv = BasicConv2d(in_channels, out_channels, 3, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2)
        self.pooled_first = pooled_first

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C + out_channels, (H - 1) / 2, (W - 1) / 2)."""
        convolved, pooled = self.conv(x), self.maxpool(x)
        return torch.cat([pooled, convolved] if self.pooled_first else [convolved, pooled], dim=1)


def stem_split() -> Branches:
    """Build the stem's two ways from 73×73×160 to 71×71×192 (figure 3)."""
    return Branches(
        nn.Sequential(Conv(160, 64, 1), Conv(64, 96, 3)),
        nn.Sequential(Conv(160, 64, 1), _wide(64, 64), _tall(64, 64), Conv(64, 96, 3)),
    )


def inception_a() -> Branches:
    """Build a module for 35×35×384 maps (figure 4)."""
    return Branches(
        Conv(384, 96, 1),
        nn.Sequential(Conv(384, 64, 1), Conv(64, 96, 3, padding=1)),
        nn.Sequential(Conv(384, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, padding=1)),
        _means(384, 96),
    )


def reduction_a() -> Branches:
    """Build the step from 35×35×384 to 17×17×1024 (figure 7 with k, l, m, n = 192, 224, 256, 384)."""
    return Branches(
        Conv(384, 384, 3, stride=2),
        nn.Sequential(Conv(384, 192, 1), Conv(192, 224, 3, padding=1), Conv(224, 256, 3, stride=2)),
        nn.MaxPool2d(3, stride=2),
    )


def inception_b() -> Branches:
    """Build a module for 17×17×1024 maps (figure 5)."""
    return Branches(
        Conv(1024, 384, 1),
        nn.Sequential(Conv(1024, 192, 1), _wide(192, 224), _tall(224, 256)),
        nn.Sequential(Conv(1024, 192, 1), _tall(192, 192), _wide(192, 224), _tall(224, 224), _wide(224, 256)),
        _means(1024, 128),
    )


def reduction_b() -> Branches:
    """Build the step from 17×17×1024 to 8×8×1536 (figure 8)."""
    return Branches(
        nn.Sequential(Conv(1024, 192, 1), Conv(192, 192, 3, stride=2)),
        nn.Sequential(Conv(1024, 256, 1), _wide(256, 256), _tall(256, 320), Conv(320, 320, 3, stride=2)),
        nn.MaxPool2d(3, stride=2),
    )


class InceptionC(nn.Module):
    """A module for 8×8×1536 maps, whose 1×3 and 3×1 kernels stand side by side (figure 6)."""

    def __init__(self) -> None:
        super().__init__()
        self.branch0 = Conv(1536, 256, 1)
        self.branch1_0 = Conv(1536, 384, 1)
        self.branch1_1a = Conv(384, 256, (1, 3), padding=(0, 1))
        self.branch1_1b = Conv(384, 256, (3, 1), padding=(1, 0))
        self.branch2_0 = Conv(1536, 384, 1)
        self.branch2_1 = Conv(384, 448, (3, 1), padding=(1, 0))
        self.branch2_2 = Conv(448, 512, (1, 3), padding=(0, 1))
        self.branch2_3a = Conv(512, 256, (1, 3), padding=(0, 1))
        self.branch2_3b = Conv(512, 256, (3, 1), padding=(1, 0))
        self.branch3 = _means(1536, 256)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1536, H, W) to the same shape."""
        once = self.branch1_0(x)
        twice = self.branch2_2(self.branch2_1(self.branch2_0(x)))
        return torch.cat(
            [
                self.branch0(x), self.branch1_1a(once), self.branch1_1b(once),
                self.branch2_3a(twice), self.branch2_3b(twice), self.branch3(x),
            ],
            dim=1,
        )  # fmt: skip


class InceptionV4(nn.Module):
    """A branching stem, then 4, 7 and 3 modules at 35, 17 and 8 pixels (figure 9).

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping one of the last 1536 means

    References
    ----------
    .. [1] C. Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
       AAAI 2017, figures 3 to 9.
    """

    def __init__(self, *, num_classes: int, in_channels: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Conv(in_channels, 32, 3, stride=2), Conv(32, 32, 3), Conv(32, 64, 3, padding=1),  # (N, 64, 147, 147)
            PooledBesideConv(64, 96, pooled_first=True),  # (N, 160, 73, 73)
            stem_split(),  # (N, 192, 71, 71)
            PooledBesideConv(192, 192, pooled_first=False),  # (N, 384, 35, 35)
            *(inception_a() for _ in range(4)), reduction_a(),  # (N, 1024, 17, 17)
            *(inception_b() for _ in range(7)), reduction_b(),  # (N, 1536, 8, 8)
            *(InceptionC() for _ in range(3)),
        )  # fmt: skip
        self.dropout = nn.Dropout(dropout)
        self.last_linear = nn.Linear(1536, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.features(images)  # (N, 1536, 8, 8) for 299 pixels
        logits: Tensor = self.last_linear(self.dropout(x.mean(dim=(2, 3))))
        return logits


def inception_v4(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.0) -> InceptionV4:
    """Build Inception v4 for 299×299 images: 42,679,816 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping one of the last 1536 means
        The paper trains with 0.2.

    Returns
    -------
    InceptionV4

    References
    ----------
    .. [1] C. Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
       AAAI 2017, figure 9.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = inception_v4()
    >>> sum(parameter.numel() for parameter in model.parameters())
    42679816
    """
    return InceptionV4(num_classes=num_classes, in_channels=in_channels, dropout=dropout)
