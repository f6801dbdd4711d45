"""Convolution, normalisation, activation: the step most convolutional networks repeat."""

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

relu = partial(nn.ReLU, inplace=True)


def same_padding(size: int | tuple[int, int], dilation: int = 1) -> int | tuple[int, int]:
    """Give the zeros on each side that keep the image's size for an odd kernel: (size - 1) / 2 · dilation."""
    if isinstance(size, int):
        return (size - 1) // 2 * dilation
    return ((size[0] - 1) // 2 * dilation, (size[1] - 1) // 2 * dilation)


class ConvNormAct(nn.Sequential):
    """Convolve, normalise, activate; the state_dict keys are torchvision's: `0` the convolution, `1` the norm.

    Parameters
    ----------
    in_channels, out_channels : channels
    size : pixels, odd
        The kernel's height and width.
    stride, groups, dilation : as torch has them
    padding : pixels, optional
        The default keeps the image's size at stride 1.
    norm, activation : makers of a layer, or None for none
        `norm` is called with the number of channels.
    bias : optional
        Whether the convolution has a bias; by default only where no norm follows, which would remove it again.

    Examples
    --------
    >>> layer = ConvNormAct(3, 8, 3, stride=2)
    >>> list(dict(layer.named_parameters()))
    ['0.weight', '1.weight', '1.bias']
    """

    def __init__(
        self, in_channels: int, out_channels: int, size: int | tuple[int, int] = 3, *, stride: int = 1,
        padding: int | tuple[int, int] | None = None, groups: int = 1, dilation: int = 1,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm2d,
        activation: Callable[[], nn.Module] | None = relu, bias: bool | None = None,
    ) -> None:  # fmt: skip
        padding = same_padding(size, dilation) if padding is None else padding
        bias = norm is None if bias is None else bias
        layers: list[nn.Module] = [
            nn.Conv2d(in_channels, out_channels, size, stride, padding, dilation, groups, bias=bias)
        ]
        if norm is not None:
            layers.append(norm(out_channels))
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)
        self.out_channels = out_channels


class BasicConv2d(nn.Module):
    """Convolve without bias, normalise (epsilon 1e-3), ReLU; keys `conv` and `bn`, as in every published Inception.

    Parameters
    ----------
    in_channels, out_channels : channels
    size : pixels
        The kernel's height and width.
    stride, padding : pixels

    Examples
    --------
    >>> list(dict(BasicConv2d(3, 8, 3).named_parameters()))
    ['conv.weight', 'bn.weight', 'bn.bias']
    """

    def __init__(
        self, in_channels: int, out_channels: int, size: int | tuple[int, int], *, stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.act = relu()

    def forward(self, x: Tensor) -> Tensor:
        """Give the activated maps."""
        activated: Tensor = self.act(self.bn(self.conv(x)))
        return activated
