"""Convolution as one matrix, whose transpose is the transposed convolution."""

from collections.abc import Sequence

import torch
from torch import Tensor

from deep.blocks.convolution_size import convolution_size


def convolution_matrix(
    kernel: Tensor | Sequence[Sequence[float]],
    size: int | tuple[int, int],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Write a convolution, in networks' sense (the kernel is not flipped), as a matrix that acts on flattened images.

    Row r holds the kernel at the pixels that output r sees, and zeros. `matrix @ image.flatten()` is the convolution;
    `matrix.T` takes what it gives back to the image's size: the transposed convolution, and the convolution's gradient.

    Parameters
    ----------
    kernel : (h, w)
        A tensor, or rows of numbers.
    size : (height, width) of the image, or the side of a square one
    stride, padding, dilation : of the convolution

    Returns
    -------
    (rows of the output * columns of the output, height * width), the dtype and device of `kernel`

    Raises
    ------
    ValueError
        `kernel` is not (h, w), or does not fit into the padded image; another number is out of range.

    Notes
    -----
    Differentiable with respect to the kernel. Most entries are 0: it shows what happens, on small images.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016,
       sections 4.1 and 4.2.

    Examples
    --------
    The notes' 4×4 image becomes 2×2, and 2×2 numbers become 4×4 again:

    >>> C = convolution_matrix([[1, 4, 1], [1, 4, 3], [3, 3, 1]], (4, 4))
    >>> C[0].tolist(), tuple(C.shape)
    ([1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0, 0], (4, 16))
    >>> image = torch.tensor([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]])
    >>> (C @ image.flatten()).reshape(2, 2)
    tensor([[122, 148],
            [126, 134]])
    >>> (C.T @ torch.tensor([2, 1, 4, 4])).reshape(4, 4)
    tensor([[ 2,  9,  6,  1],
            [ 6, 29, 30,  7],
            [10, 29, 33, 13],
            [12, 24, 16,  4]])
    """
    kernel = torch.as_tensor(kernel)
    if kernel.ndim != 2:
        raise ValueError(f"kernel must be (h, w), got shape {tuple(kernel.shape)}")
    height, width = (size, size) if isinstance(size, int) else size
    rows, height = _taps(height, kernel.shape[0], stride=stride, padding=padding, dilation=dilation)
    columns, width = _taps(width, kernel.shape[1], stride=stride, padding=padding, dilation=dilation)
    pixels = rows[:, None, :, None] * width + columns[None, :, None, :]  # (outputs down, across, h, w)
    pixels = pixels.reshape(-1, kernel.numel()).to(kernel.device)
    matrix = kernel.new_zeros(len(pixels), height * width).scatter(1, pixels, kernel.flatten().expand_as(pixels))
    inside = matrix.reshape(-1, height, width)[:, padding : height - padding, padding : width - padding]
    return inside.flatten(1)


def _taps(length: int, size: int, *, stride: int, padding: int, dilation: int) -> tuple[Tensor, int]:
    """Give the padded positions (outputs, taps) that each output of one axis sees, and the padded length."""
    outputs = convolution_size(length, size, stride=stride, padding=padding, dilation=dilation)
    return torch.arange(outputs)[:, None] * stride + torch.arange(size) * dilation, length + 2 * padding
