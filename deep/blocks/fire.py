"""SqueezeNet's module: squeeze to few channels, expand half by 1×1 and half by 3×3."""

import torch
from torch import Tensor, nn

from deep.blocks.conv_norm import relu


class Fire(nn.Module):
    """Squeeze by 1×1, expand by 1×1 and by 3×3 side by side, optionally beside a bypass.

    Parameters
    ----------
    in_channels, squeeze : channels
    expand : channels of each of the two expansions
        The output has 2 · `expand`.
    bypass : module, optional
        What is added to the output: `nn.Identity()` or a 1×1 convolution of the input.

    References
    ----------
    .. [1] F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, figures 1, 2.

    Examples
    --------
    >>> Fire(96, 16, 64)(torch.zeros(1, 96, 55, 55)).shape
    torch.Size([1, 128, 55, 55])
    """

    def __init__(self, in_channels: int, squeeze: int, expand: int, *, bypass: nn.Module | None = None) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(in_channels, squeeze, 1)
        self.squeeze_activation = relu()
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = relu()
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = relu()
        self.bypass = bypass

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 2 · expand, H, W)."""
        squeezed = self.squeeze_activation(self.squeeze(x))  # (N, squeeze, H, W)
        narrow = self.expand1x1_activation(self.expand1x1(squeezed))  # (N, expand, H, W)
        wide = self.expand3x3_activation(self.expand3x3(squeezed))  # (N, expand, H, W)
        expanded = torch.cat([narrow, wide], dim=1)
        return expanded if self.bypass is None else expanded + self.bypass(x)
