"""Inception v3 with torchvision's keys: large kernels factorised into small and one-sided ones."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.conv_norm import BasicConv2d


def _mean3(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=1, padding=1)


class InceptionA(nn.Module):
    """1×1, 5×5, 3×3 twice, and means, on 35×35 maps (figure 5)."""

    def __init__(self, in_channels: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = BasicConv2d(in_channels, 64, 1)
        self.branch5x5_1 = BasicConv2d(in_channels, 48, 1)
        self.branch5x5_2 = BasicConv2d(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 64, 1)
        self.branch3x3dbl_2 = BasicConv2d(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = BasicConv2d(96, 96, 3, padding=1)
        self.branch_pool = BasicConv2d(in_channels, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 224 + pooled, H, W)."""
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_mean3(x))], dim=1)


class InceptionB(nn.Module):
    """Halve 35×35 maps: strided 3×3, 3×3 twice, and a maximum (figure 10)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3 = BasicConv2d(in_channels, 384, 3, stride=2)
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 64, 1)
        self.branch3x3dbl_2 = BasicConv2d(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = BasicConv2d(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 480 + C, (H - 1) / 2, (W - 1) / 2)."""
        twice = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), twice, functional.max_pool2d(x, 3, stride=2)], dim=1)


class InceptionC(nn.Module):
    """1×1, 7×7 as 1×7 and 7×1, the same twice, and means, on 17×17 maps (figure 6)."""

    def __init__(self, in_channels: int, inside: int) -> None:
        super().__init__()
        self.branch1x1 = BasicConv2d(in_channels, 192, 1)
        self.branch7x7_1 = BasicConv2d(in_channels, inside, 1)
        self.branch7x7_2 = BasicConv2d(inside, inside, (1, 7), padding=(0, 3))
        self.branch7x7_3 = BasicConv2d(inside, 192, (7, 1), padding=(3, 0))
        self.branch7x7dbl_1 = BasicConv2d(in_channels, inside, 1)
        self.branch7x7dbl_2 = BasicConv2d(inside, inside, (7, 1), padding=(3, 0))
        self.branch7x7dbl_3 = BasicConv2d(inside, inside, (1, 7), padding=(0, 3))
        self.branch7x7dbl_4 = BasicConv2d(inside, inside, (7, 1), padding=(3, 0))
        self.branch7x7dbl_5 = BasicConv2d(inside, 192, (1, 7), padding=(0, 3))
        self.branch_pool = BasicConv2d(in_channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 768, H, W)."""
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat([self.branch1x1(x), once, twice, self.branch_pool(_mean3(x))], dim=1)


class InceptionD(nn.Module):
    """Halve 17×17 maps: strided 3×3, 7×7 and strided 3×3, and a maximum."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = BasicConv2d(in_channels, 192, 1)
        self.branch3x3_2 = BasicConv2d(192, 320, 3, stride=2)
        self.branch7x7x3_1 = BasicConv2d(in_channels, 192, 1)
        self.branch7x7x3_2 = BasicConv2d(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = BasicConv2d(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = BasicConv2d(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 512 + C, (H - 1) / 2, (W - 1) / 2)."""
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([three, seven, functional.max_pool2d(x, 3, stride=2)], dim=1)


class InceptionE(nn.Module):
    """Wide branches on 8×8 maps, whose 1×3 and 3×1 kernels stand side by side (figure 7)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1x1 = BasicConv2d(in_channels, 320, 1)
        self.branch3x3_1 = BasicConv2d(in_channels, 384, 1)
        self.branch3x3_2a = BasicConv2d(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = BasicConv2d(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 448, 1)
        self.branch3x3dbl_2 = BasicConv2d(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = BasicConv2d(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = BasicConv2d(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = BasicConv2d(in_channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 2048, H, W)."""
        once = self.branch3x3_1(x)
        twice = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        return torch.cat(
            [
                self.branch1x1(x), self.branch3x3_2a(once), self.branch3x3_2b(once),
                self.branch3x3dbl_3a(twice), self.branch3x3dbl_3b(twice), self.branch_pool(_mean3(x)),
            ],
            dim=1,
        )  # fmt: skip


class SideHead(nn.Module):
    """A small classifier on the last 17×17 maps, in training (figure 8)."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.conv0 = BasicConv2d(in_channels, 128, 1)
        self.conv1 = BasicConv2d(128, 768, 5)
        self.fc = nn.Linear(768, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, 17, 17) to logits, (N, classes)."""
        x = functional.avg_pool2d(x, 5, stride=3)  # (N, C, 5, 5)
        x = self.conv1(self.conv0(x))  # (N, 768, 1, 1)
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


class SideOutput(NamedTuple):
    """Logits of the net and of its side head, in training."""

    logits: Tensor
    aux: Tensor


class InceptionV3(nn.Module):
    """Convolutions to 35×35 maps, then modules at 35, 17 and 8 pixels; a side head in training.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    aux : bool
        Whether there is a side head; then the net in training gives `SideOutput`.
    dropout : probability of dropping one of the last 2048 means

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the inception architecture for computer vision", CVPR 2016, table 1.
    """

    def __init__(self, *, num_classes: int, in_channels: int, aux: bool, dropout: float) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = BasicConv2d(in_channels, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = BasicConv2d(32, 32, 3)
        self.Conv2d_2b_3x3 = BasicConv2d(32, 64, 3, padding=1)
        self.maxpool1 = nn.MaxPool2d(3, stride=2)
        self.Conv2d_3b_1x1 = BasicConv2d(64, 80, 1)
        self.Conv2d_4a_3x3 = BasicConv2d(80, 192, 3)
        self.maxpool2 = nn.MaxPool2d(3, stride=2)
        self.Mixed_5b = InceptionA(192, 32)
        self.Mixed_5c = InceptionA(256, 64)
        self.Mixed_5d = InceptionA(288, 64)
        self.Mixed_6a = InceptionB(288)
        self.Mixed_6b = InceptionC(768, 128)
        self.Mixed_6c = InceptionC(768, 160)
        self.Mixed_6d = InceptionC(768, 160)
        self.Mixed_6e = InceptionC(768, 192)
        self.AuxLogits = SideHead(768, num_classes) if aux else None
        self.Mixed_7a = InceptionD(768)
        self.Mixed_7b = InceptionE(1280)
        self.Mixed_7c = InceptionE(2048)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.1)
        if self.AuxLogits is not None:
            nn.init.trunc_normal_(self.AuxLogits.fc.weight, std=0.001)

    def forward(self, images: Tensor) -> Tensor | SideOutput:
        """(N, C, H, W) to logits, (N, classes); with a side head in training to both."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))  # (N, 64, 147, 147) for 299 pixels
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(self.maxpool1(x)))  # (N, 192, 71, 71)
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(self.maxpool2(x))))  # (N, 288, 35, 35)
        x = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))  # (N, 768, 17, 17)
        seen = self.Mixed_6e(self.Mixed_6d(x))  # (N, 768, 17, 17)
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(seen)))  # (N, 2048, 8, 8)
        logits: Tensor = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        if self.training and self.AuxLogits is not None:
            return SideOutput(logits, self.AuxLogits(seen))
        return logits


def inception_v3(
    *, num_classes: int = 1000, in_channels: int = 3, aux: bool = True, dropout: float = 0.5
) -> InceptionV3:
    """Build Inception v3 for 299×299 images: 27,161,264 parameters, 23,834,568 without the side head.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    aux : bool
        Whether there is a side head; then the net in training gives `SideOutput`.
    dropout : probability of dropping one of the last 2048 means

    Returns
    -------
    InceptionV3

    Notes
    -----
    torchvision's checkpoint was trained on images scaled to [-1, 1]: mean and standard deviation are 0.5.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the inception architecture for computer vision", CVPR 2016, table 1.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = inception_v3()
    >>> sum(parameter.numel() for parameter in model.parameters())
    27161264
    """
    return InceptionV3(num_classes=num_classes, in_channels=in_channels, aux=aux, dropout=dropout)
