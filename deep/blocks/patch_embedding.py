"""Images as sequences of patches, and the position each patch is told."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class PatchEmbedding(nn.Module):
    """Cut images into square patches and project each to a vector.

    A convolution whose stride is its size is the same as flattening patches and multiplying by one matrix.

    Parameters
    ----------
    in_channels : channels of the image
    width : length of a patch's vector
    patch_size : pixels along a side of a patch

    Returns
    -------
    (N, H / patch_size * W / patch_size, width), row by row

    Raises
    ------
    ValueError
        The image is smaller than one patch or not a whole number of patches.

    References
    ----------
    .. [1] A. Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, equation 1.

    Examples
    --------
    >>> PatchEmbedding(3, 192, 16)(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 196, 192])
    """

    def __init__(self, in_channels: int, width: int, patch_size: int) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.proj = nn.Conv2d(in_channels, width, patch_size, stride=patch_size)

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        if height % self.patch_size or width % self.patch_size or not height or not width:
            raise ValueError(
                f"images must be a whole number of {self.patch_size}-pixel patches, got {height} × {width} pixels"
            )
        patches: Tensor = self.proj(images)  # (N, width, rows, columns)
        return patches.flatten(2).transpose(1, 2)


def resize_positions(positions: Tensor, count: int, *, prefix: int = 1, align_corners: bool = False) -> Tensor:
    """Interpolate the position embeddings of a square grid of patches to another square grid.

    Parameters
    ----------
    positions : (1, prefix + n * n, width)
    count : number of positions wanted, prefix + m * m
    prefix : leading tokens without a place in the image (class, distillation), passed through
    align_corners : True as torchvision does, or False as the authors of DeiT and timm do (antialiased)

    Returns
    -------
    (1, count, width)
        `positions` itself where the grid is already right.

    Raises
    ------
    ValueError
        Either grid is not square.

    References
    ----------
    .. [1] H. Touvron et al., "Training data-efficient image transformers", ICML 2021, section 3 (bicubic).

    Examples
    --------
    >>> resize_positions(torch.ones(1, 1 + 14 * 14, 8), 1 + 24 * 24).shape
    torch.Size([1, 577, 8])
    """
    if positions.shape[1] == count:
        return positions
    old, new = math.isqrt(positions.shape[1] - prefix), math.isqrt(count - prefix)
    for side, number in ((old, positions.shape[1]), (new, count)):
        if side * side + prefix != number:
            raise ValueError(f"positions must be {prefix} and a square grid, got {number} of them")
    grid = positions[:, prefix:].reshape(1, old, old, -1).permute(0, 3, 1, 2).float()  # (1, width, n, n)
    grid = functional.interpolate(
        grid, (new, new), mode="bicubic", align_corners=align_corners, antialias=not align_corners
    )
    patches = grid.permute(0, 2, 3, 1).flatten(1, 2).to(positions.dtype)
    return torch.cat([positions[:, :prefix], patches], dim=1)
