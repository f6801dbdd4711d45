"""Inception-ResNet v2 with timm's keys: inception branches as the residual of each block."""

from torch import Tensor, nn

from deep.blocks.branches import Branches, ResidualBranches
from deep.blocks.conv_norm import BasicConv2d

Conv = BasicConv2d


def mixed_5b() -> Branches:
    """Build the first module, 35×35×192 to 35×35×320, as in Inception v3."""
    means = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return Branches(
        Conv(192, 96, 1),
        nn.Sequential(Conv(192, 48, 1), Conv(48, 64, 5, padding=2)),
        nn.Sequential(Conv(192, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, padding=1)),
        nn.Sequential(means, Conv(192, 64, 1)),
    )


def block_35() -> ResidualBranches:
    """Build a residual block for 35×35×320 maps (figure 16)."""
    return ResidualBranches(
        Conv(320, 32, 1),
        nn.Sequential(Conv(320, 32, 1), Conv(32, 32, 3, padding=1)),
        nn.Sequential(Conv(320, 32, 1), Conv(32, 48, 3, padding=1), Conv(48, 64, 3, padding=1)),
        inside=128, channels=320, scale=0.17, activation=nn.ReLU(),
    )  # fmt: skip


def mixed_6a() -> Branches:
    """Build the step from 35×35×320 to 17×17×1088 (figure 7 with k, l, m, n = 256, 256, 384, 384)."""
    return Branches(
        Conv(320, 384, 3, stride=2),
        nn.Sequential(Conv(320, 256, 1), Conv(256, 256, 3, padding=1), Conv(256, 384, 3, stride=2)),
        nn.MaxPool2d(3, stride=2),
    )


def block_17() -> ResidualBranches:
    """Build a residual block for 17×17×1088 maps (figure 17)."""
    return ResidualBranches(
        Conv(1088, 192, 1),
        nn.Sequential(
            Conv(1088, 128, 1), Conv(128, 160, (1, 7), padding=(0, 3)), Conv(160, 192, (7, 1), padding=(3, 0))
        ),
        inside=384, channels=1088, scale=0.10, activation=nn.ReLU(),
    )  # fmt: skip


def mixed_7a() -> Branches:
    """Build the step from 17×17×1088 to 8×8×2080 (figure 18)."""
    return Branches(
        nn.Sequential(Conv(1088, 256, 1), Conv(256, 384, 3, stride=2)),
        nn.Sequential(Conv(1088, 256, 1), Conv(256, 288, 3, stride=2)),
        nn.Sequential(Conv(1088, 256, 1), Conv(256, 288, 3, padding=1), Conv(288, 320, 3, stride=2)),
        nn.MaxPool2d(3, stride=2),
    )


def block_8(scale: float, activation: nn.Module) -> ResidualBranches:
    """Build a residual block for 8×8×2080 maps (figure 19)."""
    return ResidualBranches(
        Conv(2080, 192, 1),
        nn.Sequential(
            Conv(2080, 192, 1), Conv(192, 224, (1, 3), padding=(0, 1)), Conv(224, 256, (3, 1), padding=(1, 0))
        ),
        inside=448, channels=2080, scale=scale, activation=activation,
    )  # fmt: skip


class InceptionResNetV2(nn.Module):
    """Convolutions to 35×35 maps, then 10, 20 and 10 residual blocks at 35, 17 and 8 pixels (figure 15).

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping one of the last 1536 means

    References
    ----------
    .. [1] C. Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
       AAAI 2017, figures 15 to 20. Channels are those of the published checkpoint.
    """

    def __init__(self, *, num_classes: int, in_channels: int, dropout: float) -> None:
        super().__init__()
        self.conv2d_1a = Conv(in_channels, 32, 3, stride=2)
        self.conv2d_2a = Conv(32, 32, 3)
        self.conv2d_2b = Conv(32, 64, 3, padding=1)
        self.maxpool_3a = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b = Conv(64, 80, 1)
        self.conv2d_4a = Conv(80, 192, 3)
        self.maxpool_5a = nn.MaxPool2d(3, stride=2)
        self.mixed_5b = mixed_5b()
        self.repeat = nn.Sequential(*(block_35() for _ in range(10)))
        self.mixed_6a = mixed_6a()
        self.repeat_1 = nn.Sequential(*(block_17() for _ in range(20)))
        self.mixed_7a = mixed_7a()
        self.repeat_2 = nn.Sequential(*(block_8(0.20, nn.ReLU()) for _ in range(9)))
        self.block8 = block_8(1.0, nn.Identity())
        self.conv2d_7b = Conv(2080, 1536, 1)
        self.dropout = nn.Dropout(dropout)
        self.classif = nn.Linear(1536, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(images)))  # (N, 64, 147, 147) for 299 pixels
        x = self.conv2d_4a(self.conv2d_3b(self.maxpool_3a(x)))  # (N, 192, 71, 71)
        x = self.repeat(self.mixed_5b(self.maxpool_5a(x)))  # (N, 320, 35, 35)
        x = self.repeat_1(self.mixed_6a(x))  # (N, 1088, 17, 17)
        x = self.block8(self.repeat_2(self.mixed_7a(x)))  # (N, 2080, 8, 8)
        x = self.conv2d_7b(x)  # (N, 1536, 8, 8)
        logits: Tensor = self.classif(self.dropout(x.mean(dim=(2, 3))))
        return logits


def inception_resnet_v2(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.0) -> InceptionResNetV2:
    """Build Inception-ResNet v2 for 299×299 images: 55,843,464 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping one of the last 1536 means
        The paper trains with 0.2.

    Returns
    -------
    InceptionResNetV2

    References
    ----------
    .. [1] C. Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
       AAAI 2017, figure 15.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = inception_resnet_v2()
    >>> sum(parameter.numel() for parameter in model.parameters())
    55843464
    """
    return InceptionResNetV2(num_classes=num_classes, in_channels=in_channels, dropout=dropout)
