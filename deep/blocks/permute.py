"""Layers with channels last among layers with channels first."""

from torch import Tensor, nn


class Permute(nn.Module):
    """Reorder the axes, as a layer of a sequence.

    Parameters
    ----------
    axes : for each axis of the result, the axis it is in the input

    Examples
    --------
    >>> import torch
    >>> Permute(0, 2, 3, 1)(torch.zeros(1, 3, 5, 7)).shape
    torch.Size([1, 5, 7, 3])
    """

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """Give a view of `x`."""
        return x.permute(self.axes)
