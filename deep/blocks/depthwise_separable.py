"""Convolution in two steps: each channel by itself, then all channels at each pixel."""

from collections.abc import Callable

from torch import Tensor, nn

from deep.blocks.conv_same import Conv2dSame


def relu6() -> nn.ReLU6:
    """Make the activation of the mobile networks, bounded for low precision."""
    return nn.ReLU6(inplace=True)


class DepthwiseSeparable(nn.Module):
    """Filter each channel by itself, then mix the channels by 1×1 (timm's keys `conv_dw`, `bn1`, `conv_pw`, `bn2`).

    Parameters
    ----------
    in_channels, out_channels : channels
    size : pixels, odd; the kernel's height and width
    stride : of the depthwise convolution
    norm : maker of a norm for so many channels, or None: then the convolutions have biases instead
    activation, activation_out : makers of the activation after the first and after the second step
    same : pad as TensorFlow's SAME instead of symmetrically

    References
    ----------
    .. [1] A. Howard et al., "MobileNets", arXiv:1704.04861, 2017, section 3.1.

    Examples
    --------
    The notes' ten 3×3 filters on three channels: 30 + 40 parameters do the work of 280.

    >>> layer = DepthwiseSeparable(3, 10, norm=None)
    >>> [sum(p.numel() for p in part.parameters()) for part in (layer.conv_dw, layer.conv_pw, nn.Conv2d(3, 10, 3))]
    [30, 40, 280]
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int = 3,
        *,
        stride: int = 1,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm2d,
        activation: Callable[[], nn.Module] = relu6,
        activation_out: Callable[[], nn.Module] = relu6,
        same: bool = False,
    ) -> None:
        super().__init__()
        norm_of = norm or (lambda channels: nn.Identity())
        self.conv_dw = depthwise(in_channels, size, stride=stride, bias=norm is None, same=same)
        self.bn1 = norm_of(in_channels)
        self.act1 = activation()
        self.conv_pw = nn.Conv2d(in_channels, out_channels, 1, bias=norm is None)
        self.bn2 = norm_of(out_channels)
        self.act2 = activation_out()

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, out_channels, H / stride, W / stride)."""
        x = self.act1(self.bn1(self.conv_dw(x)))
        mixed: Tensor = self.act2(self.bn2(self.conv_pw(x)))
        return mixed


def depthwise(channels: int, size: int, *, stride: int = 1, bias: bool = False, same: bool = False) -> nn.Conv2d:
    """Make a convolution that filters each channel by itself and keeps the image's size at stride 1."""
    if same and stride > 1:  # at stride 1 an odd kernel is padded alike
        return Conv2dSame(channels, channels, size, stride=stride, groups=channels, bias=bias)
    return nn.Conv2d(channels, channels, size, stride, (size - 1) // 2, groups=channels, bias=bias)
