"""Local response normalisation: loud neighbours quieten a response."""

from torch import Tensor, nn
from torch.nn import functional


class LocalResponseNorm(nn.Module):
    """Divide each value by (k + alpha Σ a²)^beta, the sum over its neighbours, as AlexNet and the notes write it.

    Parameters
    ----------
    size : neighbours, >= 1
        n: the sum runs over n // 2 neighbours on each side and the value itself, 2 (n // 2) + 1 values in all.
    alpha, beta, k : the constants of the formula
        Where k is 0, a value whose neighbourhood is 0 gives NaN.
    within_channel : bool
        Sum over a square of the same map instead of the same pixel of the neighbouring maps.

    Raises
    ------
    ValueError
        `size` is less than 1.

    Notes
    -----
    torch's own layer divides alpha by the size and has a one-sided window where the size is even. Beyond the edge there
    is nothing to sum.

    References
    ----------
    .. [1] A. Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012, 3.3.

    Examples
    --------
    Four maps of one pixel, (k, alpha, beta, n) = (0, 1, 1, 2):

    >>> import torch
    >>> norm = LocalResponseNorm(2, alpha=1.0, beta=1.0, k=0.0)
    >>> norm(torch.ones(1, 4, 1, 1)).flatten()
    tensor([0.5000, 0.3333, 0.3333, 0.5000])
    """

    def __init__(
        self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0, *, within_channel: bool = False
    ) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size must be at least 1, got {size}")
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k
        self.within_channel = within_channel

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        reach = self.size // 2
        window = 2 * reach + 1
        if self.within_channel:
            squares = functional.avg_pool2d(x * x, window, 1, reach, divisor_override=1)
            return x / (self.k + self.alpha * squares) ** self.beta
        return functional.local_response_norm(x, window, self.alpha * window, self.beta, self.k)

    def extra_repr(self) -> str:
        """Show the constants."""
        where = ", within_channel=True" if self.within_channel else ""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}{where}"
