"""Residual branches that are left out at random while a network trains."""

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Drop a residual branch, per image, with the given probability while training.

    What is kept is divided by the probability of keeping, so that the mean is that of evaluation, where nothing is
    dropped.

    Parameters
    ----------
    probability : 0 <= probability < 1
        Probability of *dropping* (torch's word; the notes give the probability of retaining).

    Raises
    ------
    ValueError
        `probability` is outside [0, 1).

    References
    ----------
    .. [1] G. Huang et al., "Deep networks with stochastic depth", ECCV 2016, section 3.

    Examples
    --------
    >>> branch = torch.ones(4, 2, 3, 3)
    >>> bool((StochasticDepth(0.5).eval()(branch) == branch).all())
    True
    >>> set(StochasticDepth(0.5)(branch).unique().tolist()) <= {0.0, 2.0}
    True
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        if not 0 <= probability < 1:
            raise ValueError(f"probability must be at least 0 and below 1, got {probability}")
        self.p = probability  # as nn.Dropout calls it

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        kept = torch.empty(x.shape[0], *[1] * (x.ndim - 1), dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * (kept / keep)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def increasing_rates(rate: float, depth: int) -> list[float]:
    """Give the drop rates of `depth` blocks: linear from 0 at the first to `rate` at the last.

    Examples
    --------
    >>> increasing_rates(0.2, 5)
    [0.0, 0.05, 0.1, 0.15000000000000002, 0.2]
    """
    return [rate * index / max(depth - 1, 1) for index in range(depth)]
