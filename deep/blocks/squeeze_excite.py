"""Gates that let a channel's mean over the whole image decide how much of the channel passes."""

from collections.abc import Callable

from torch import Tensor, nn


class SqueezeExcite(nn.Module):
    """Multiply each channel by a gate computed from the means of all channels (torchvision's keys `fc1`, `fc2`).

    Parameters
    ----------
    channels : channels of the input and the output
    squeezed : channels between the two dense layers
        A sixteenth of `channels` in SENet, a quarter in MobileNetV3 (of the expanded width).
    activation : after the first dense layer
    gate : after the second; its range is the gate's
        A sigmoid in SENet and EfficientNet; a *hard* sigmoid in MobileNetV3, where the notes write h-swish, which is
        not bounded.

    References
    ----------
    .. [1] J. Hu et al., "Squeeze-and-excitation networks", CVPR 2018, equations 2-4.
    .. [2] A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.3.

    Examples
    --------
    >>> import torch
    >>> SqueezeExcite(64, 4)(torch.zeros(2, 64, 7, 7)).shape
    torch.Size([2, 64, 7, 7])
    >>> sum(parameter.numel() for parameter in SqueezeExcite(64, 4).parameters())  # 64 * 4 + 4 + 4 * 64 + 64
    580
    """

    def __init__(
        self,
        channels: int,
        squeezed: int,
        *,
        activation: Callable[[], nn.Module] = nn.ReLU,
        gate: Callable[[], nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.activation = activation()
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.gate = gate()

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, C, H, W) for (N, C, H, W)."""
        means = x.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        gates: Tensor = self.gate(self.fc2(self.activation(self.fc1(means))))
        return x * gates
