"""Batch normalisations that torch does not have: of the mean only, and of each position by itself."""

import math

import torch
from torch import Tensor, nn


class MeanOnlyBatchNorm(nn.Module):
    """Subtract each channel's mean over the batch and the positions, and add a bias; nothing is divided.

    With weights of fixed length (`WeightNorm`) the scale needs no other care, and means are less noisy than variances,
    so that small batches do. In evaluation the running mean is subtracted.

    Parameters
    ----------
    channels : the second axis of the input
    momentum : 0 < momentum <= 1
        Part of the newest mean in the running mean, as in torch.

    Raises
    ------
    ValueError
        `momentum` is out of range; the input has another number of channels.

    Notes
    -----
    The layer before needs no bias: its mean would take it away again.

    References
    ----------
    .. [1] T. Salimans and D. Kingma, "Weight normalization", NIPS 2016, section 4.

    Examples
    --------
    >>> norm = MeanOnlyBatchNorm(2)
    >>> norm(torch.tensor([[1.0, 10.0], [3.0, 30.0]])).tolist(), norm.running_mean
    ([[-1.0, -10.0], [1.0, 10.0]], tensor([0.2000, 2.0000]))
    """

    running_mean: Tensor

    def __init__(self, channels: int, *, momentum: float = 0.1) -> None:
        super().__init__()
        if not 0 < momentum <= 1:
            raise ValueError(f"momentum must be above 0 and at most 1, got {momentum}")
        self.momentum = momentum
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) or (N, C, …) to the same shape."""
        if x.ndim < 2 or x.shape[1] != len(self.bias):
            raise ValueError(f"x must be (N, {len(self.bias)}, …), got shape {tuple(x.shape)}")
        mean = self.running_mean
        if self.training:
            mean = x.mean([axis for axis in range(x.ndim) if axis != 1])
            with torch.no_grad():
                self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
        shape = (-1, *[1] * (x.ndim - 2))
        return x - mean.reshape(shape) + self.bias.reshape(shape)

    def extra_repr(self) -> str:
        """Show the number of channels."""
        return f"{len(self.bias)}, momentum={self.momentum}"


class PositionBatchNorm(nn.BatchNorm1d):
    """Normalise each position of each channel by itself over the batch; every one has its own scale and shift.

    The notes define batch normalisation twice: per channel over the batch and all positions, which is torch's
    `BatchNorm2d` and what networks use, and per position over the batch, which is this. Only images of one size fit.

    Parameters
    ----------
    shape : (C, H, W), or of any other rank
        Of one image's maps.
    eps, momentum : as torch has them

    Raises
    ------
    ValueError
        The input is not a batch of `shape`.

    Examples
    --------
    >>> norm = PositionBatchNorm((1, 1, 2))
    >>> norm(torch.tensor([[[[0.0, 10.0]]], [[[2.0, 30.0]]]])).flatten(1).round(decimals=3).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> len(PositionBatchNorm((8, 5, 5)).weight), len(nn.BatchNorm2d(8).weight)
    (200, 8)
    """

    def __init__(self, shape: tuple[int, ...], *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(math.prod(shape), eps=eps, momentum=momentum)
        self.shape = tuple(shape)

    def forward(self, x: Tensor) -> Tensor:
        """(N, *shape) to the same shape."""
        if tuple(x.shape[1:]) != self.shape:
            raise ValueError(f"x must be (N, {', '.join(map(str, self.shape))}), got shape {tuple(x.shape)}")
        return super().forward(x.flatten(1)).reshape(x.shape)
