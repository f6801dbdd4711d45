"""Attention inside the windows of a regular grid, in images or in videos."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def split_windows(x: Tensor, window: Sequence[int]) -> Tensor:
    """Cut (N, H, W, C), or (N, T, H, W, C), into windows: (N, windows, tokens, C), both in reading order.

    Examples
    --------
    >>> split_windows(torch.arange(16).view(1, 4, 4, 1), (2, 2))[0, 1, :, 0].tolist()
    [2, 3, 6, 7]
    """
    rank = len(window)
    counts = [length // size for length, size in zip(x.shape[1:-1], window, strict=True)]
    x = x.reshape(x.shape[0], *[n for pair in zip(counts, window, strict=True) for n in pair], x.shape[-1])
    x = x.permute(0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1)  # counts, then insides
    return x.reshape(x.shape[0], math.prod(counts), math.prod(window), -1)


def join_windows(windows: Tensor, window: Sequence[int], size: Sequence[int]) -> Tensor:
    """Put the windows of `split_windows` back into (N, *size, C)."""
    rank = len(window)
    counts = [length // inside for length, inside in zip(size, window, strict=True)]
    x = windows.reshape(windows.shape[0], *counts, *window, windows.shape[-1])
    x = x.permute(0, *[axis for index in range(rank) for axis in (1 + index, 1 + rank + index)], 2 * rank + 1)
    return x.reshape(windows.shape[0], *size, -1)


def window_regions(size: Sequence[int], window: Sequence[int], shift: Sequence[int], device: torch.device) -> Tensor:
    """Number the parts of a rolled image that were neighbours before: (windows, tokens).

    Along each shifted axis, the last window holds both ends of the image: they must not see each other.

    Examples
    --------
    >>> window_regions((4, 4), (2, 2), (1, 1), torch.device("cpu")).tolist()
    [[0, 0, 0, 0], [1, 2, 1, 2], [3, 3, 6, 6], [4, 5, 7, 8]]
    """
    region = torch.zeros((), dtype=torch.long, device=device)
    for length, inside, step in zip(size, window, shift, strict=True):
        position = torch.arange(length, device=device)
        along = (position >= length - inside).long() + (position >= length - step).long() if step else position * 0
        region = 3 * region[..., None] + along
    return split_windows(region[None, ..., None], window)[0, ..., 0]


class WindowAttention(nn.Module):
    """Let each token gather from the tokens of its window, with a learned bias for each offset between two.

    Every second block of a network shifts the windows by half, so that windows talk; what the shift rolls around the
    border is masked. Keys and outputs are torchvision's.

    Parameters
    ----------
    width : length of a token
    heads : number of heads
    window : tokens along each axis of a window, (H, W) or (T, H, W)
    shift : tokens by which windows are shifted along each axis

    Returns
    -------
    (N, H, W, width), or (N, T, H, W, width), as the input

    Notes
    -----
    As torchvision does it, images are padded by zeros (seen by the attention) to whole windows, while the windows of
    a video shrink to it and then use the first rows of the table of offsets, which is exact if only time shrinks.

    References
    ----------
    .. [1] Z. Liu et al., "Swin transformer: hierarchical vision transformer using shifted windows", ICCV 2021,
       section 3.2, equation 4, figure 4.
    .. [2] Z. Liu et al., "Video Swin transformer", CVPR 2022, section 3.2.
    """

    relative_position_index: Tensor

    def __init__(self, width: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, tuple(window), tuple(shift)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        offsets = math.prod(2 * size - 1 for size in window)
        self.relative_position_bias_table = nn.Parameter(torch.empty(offsets, heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        index = offset_index(window)
        self.register_buffer("relative_position_index", index.flatten() if len(window) == 2 else index)

    def forward(self, x: Tensor) -> Tensor:
        """Give tokens for tokens."""
        size = x.shape[1:-1]
        axes = list(range(1, 1 + len(size)))
        is_video = len(size) == 3
        window = [min(n, w) if is_video else w for n, w in zip(size, self.window, strict=True)]
        shift = [0 if n <= w else s for n, w, s in zip(size, self.window, self.shift, strict=True)]
        padding = [-n % w for n, w in zip(size, window, strict=True)]
        x = functional.pad(x, [0, 0, *[n for after in reversed(padding) for n in (0, after)]])
        padded = x.shape[1:-1]
        if any(shift):
            x = x.roll([-step for step in shift], axes)
        x = self.attend(split_windows(x, window), self.bias(math.prod(window)), self.mask(padded, window, shift, x))
        x = join_windows(x, window, padded)
        if any(shift):
            x = x.roll(shift, axes)
        for axis, length in zip(axes, size, strict=True):
            x = x.narrow(axis, 0, length)
        return x

    def attend(self, tokens: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
        """Give softmax(q kᵀ / √d + bias + mask) v in each window, projected: (N, windows, tokens, width)."""
        batch, windows, count, width = tokens.shape
        qkv = self.qkv(tokens).view(batch, windows, count, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)  # 3 × (N, windows, heads, tokens, d)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + bias
        if mask is not None:
            scores = scores + mask
        gathered = (scores.softmax(-1) @ v).transpose(2, 3).flatten(3)
        projected: Tensor = self.proj(gathered)
        return projected

    def bias(self, tokens: int) -> Tensor:
        """Give the bias of each pair of tokens: (heads, tokens, tokens)."""
        full = math.prod(self.window)
        index = self.relative_position_index.view(full, full)[:tokens, :tokens]
        return self.relative_position_bias_table[index].permute(2, 0, 1)

    def mask(self, size: Sequence[int], window: Sequence[int], shift: Sequence[int], x: Tensor) -> Tensor | None:
        """Give -100 for pairs that only the roll made neighbours, else 0: (windows, 1, tokens, tokens)."""
        if not any(shift):
            return None
        region = window_regions(size, window, shift, x.device)
        return torch.where(region[:, None, :, None] == region[:, None, None, :], 0.0, -100.0).to(x.dtype)


def offset_index(window: Sequence[int]) -> Tensor:
    """Number the offset between each two tokens of a window, row in the table of biases: (tokens, tokens).

    Examples
    --------
    Two tokens beside each other: the offsets -1, 0 and 1 are the rows 0, 1 and 2.

    >>> offset_index((1, 2)).tolist()
    [[1, 0], [2, 1]]
    """
    places = torch.stack(torch.meshgrid(*[torch.arange(size) for size in window], indexing="ij")).flatten(1)
    offsets = places[:, :, None] - places[:, None, :]  # (axes, tokens, tokens)
    index = torch.zeros_like(offsets[0])
    for along, size in zip(offsets, window, strict=True):
        index = index * (2 * size - 1) + along + size - 1
    return index
