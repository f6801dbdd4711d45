"""The smallest value in each window."""

from torch import Tensor, nn


class MinPool2d(nn.MaxPool2d):
    """Take the smallest value of each window; windows overlap where the stride is less than their size.

    Parameters
    ----------
    size : pixels
        The window's height and width.
    stride : pixels, optional
        By default `size`: windows side by side.
    padding : pixels on each side, which are never the smallest
    dilation : steps between the pixels of a window

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[[3.0, 1.0, 2.0], [4.0, 5.0, 6.0], [9.0, 8.0, 7.0]]])
    >>> MinPool2d(2, stride=1)(x)
    tensor([[[1., 1.],
             [4., 5.]]])
    """

    def __init__(self, size: int, *, stride: int | None = None, padding: int = 0, dilation: int = 1) -> None:
        super().__init__(size, stride, padding, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) to the pooled size."""
        smallest: Tensor = -super().forward(-x)
        return smallest
