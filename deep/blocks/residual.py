"""The residual blocks of ResNet and ResNeXt: output = activation(branch(x) + shortcut(x))."""

from torch import Tensor, nn

from deep.blocks.conv_norm import relu


def projection(in_channels: int, out_channels: int, stride: int, *, bias: bool = False) -> nn.Sequential | None:
    """Give the shortcut W_s x, a strided 1×1 convolution with its norm (keys `0`, `1`), or None for the identity."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=bias),
        nn.BatchNorm2d(out_channels),
    )


class BasicBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut (ResNet-18 and -34).

    Parameters
    ----------
    in_channels, channels : channels
        The output has `channels`.
    stride : pixels
        Of the first convolution and of the shortcut.
    shortcut : module, optional
        By default the identity, or a projection where the shape changes.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, figure 5 left.
    """

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int = 1, *, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = relu()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = projection(in_channels, channels, stride) if shortcut is None else shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, channels, H / stride, W / stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        activated: Tensor = self.relu(x + shortcut)
        return activated


class Bottleneck(nn.Module):
    """Squeeze to `width` by 1×1, convolve 3×3, expand to 4 · `channels` by 1×1, beside a shortcut.

    With groups the 3×3 convolution is ResNeXt's third form of `groups` parallel paths.

    Parameters
    ----------
    in_channels, channels : channels
        The output has 4 · `channels`.
    stride, dilation : pixels
        Of the 3×3 convolution ("v1.5", as torchvision has it).
    groups : paths, which divides `width`
    width : channels inside, optional
        By default `channels`.
    stride_first : bool
        Stride in the first 1×1 convolution instead, as in the paper and in Keras.
    bias : bool
        Give the convolutions biases, as Keras does, although the norm removes them again.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, figure 5 right.
    .. [2] S. Xie et al., "Aggregated residual transformations for deep neural networks", CVPR 2017, figure 3.
    """

    expansion = 4

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, *, dilation: int = 1, groups: int = 1,
        width: int | None = None, stride_first: bool = False, bias: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        width = channels if width is None else width
        first, second = (stride, 1) if stride_first else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, width, 1, first, bias=bias)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, second, dilation, dilation, groups, bias=bias)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels * self.expansion, 1, bias=bias)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.relu = relu()
        self.downsample = projection(in_channels, channels * self.expansion, stride, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 4 · channels, H / stride, W / stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))  # (N, width, H, W)
        x = self.relu(self.bn2(self.conv2(x)))  # (N, width, H / stride, W / stride)
        x = self.bn3(self.conv3(x))  # (N, 4 · channels, H / stride, W / stride)
        activated: Tensor = self.relu(x + shortcut)
        return activated
