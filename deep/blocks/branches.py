"""Branches side by side: each sees the same maps, and their results are stacked."""

import torch
from torch import Tensor, nn


class Branches(nn.Module):
    """Stack the results of several branches; keys `branch0`, `branch1`, …

    Parameters
    ----------
    branches : modules
        All take the same maps and give maps of one size; the channels may differ.

    Examples
    --------
    >>> Branches(nn.Conv2d(3, 4, 1), nn.MaxPool2d(3, stride=1, padding=1))(torch.zeros(1, 3, 5, 5)).shape
    torch.Size([1, 7, 5, 5])
    """

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.count = len(branches)
        for index, branch in enumerate(branches):
            self.add_module(f"branch{index}", branch)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, sum of the branches' channels, H', W')."""
        return torch.cat([self.get_submodule(f"branch{index}")(x) for index in range(self.count)], dim=1)


class ResidualBranches(Branches):
    """Stack branches, match the channels by a 1×1 convolution (key `conv2d`), and add a fraction of that to the input.

    Parameters
    ----------
    branches : modules
    inside, channels : channels
        Of all branches together, and of the input and output.
    scale : factor of the sum
        Small ones keep wide residual nets from dying in training.
    activation : module
        Applied to the sum.

    References
    ----------
    .. [1] C. Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
       AAAI 2017, section 3.3 and figure 20.
    """

    def __init__(self, *branches: nn.Module, inside: int, channels: int, scale: float, activation: nn.Module) -> None:
        super().__init__(*branches)
        self.scale = scale
        self.conv2d = nn.Conv2d(inside, channels, 1)
        self.act = activation

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        branches = super().forward(x)  # (N, inside, H, W)
        activated: Tensor = self.act(self.conv2d(branches) * self.scale + x)
        return activated
