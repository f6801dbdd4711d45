"""The module of GoogLeNet: kernels of several sizes side by side, each after a 1×1 convolution that narrows."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from deep.blocks.conv_norm import BasicConv2d


class Inception(nn.Module):
    """Four branches on the same maps, stacked: 1×1, 3×3, 5×5, and a maximum with a 1×1.

    The 1×1 convolutions before the large kernels are what makes it affordable: for 28×28×192 maps and 32 kernels of
    5×5, 120,422,400 multiplications become 2,408,448 + 10,035,200 by way of 16 channels.

    Parameters
    ----------
    in_channels : channels
    ones : channels of the 1×1 branch
    threes, fives : two channels each
        After the narrowing 1×1 and after the large kernel.
    pooled : channels of the branch with the maximum
    conv : maker of a convolution
        Called with in_channels, out_channels, size and padding.
    large : pixels
        Size of the third branch's kernel: 5, or 3 as torchvision has it by mistake (pytorch/vision#906).

    References
    ----------
    .. [1] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, figure 2b.

    Examples
    --------
    >>> Inception(192, 64, (96, 128), (16, 32), 32)(torch.zeros(1, 192, 28, 28)).shape
    torch.Size([1, 256, 28, 28])
    """

    def __init__(
        self, in_channels: int, ones: int, threes: tuple[int, int], fives: tuple[int, int], pooled: int, *,
        conv: Callable[..., nn.Module] = BasicConv2d, large: int = 5,
    ) -> None:  # fmt: skip
        super().__init__()
        self.branch1 = conv(in_channels, ones, 1)
        self.branch2 = nn.Sequential(conv(in_channels, threes[0], 1), conv(*threes, 3, padding=1))
        self.branch3 = nn.Sequential(conv(in_channels, fives[0], 1), conv(*fives, large, padding=large // 2))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(in_channels, pooled, 1))
        self.out_channels = ones + threes[1] + fives[1] + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, out_channels, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)
