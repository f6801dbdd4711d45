"""Attention of a sequence to itself."""

from torch import Tensor, nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """Let each token gather from all tokens: softmax(q kᵀ / √d) v in several heads (timm's keys `qkv`, `proj`).

    Parameters
    ----------
    width : length of a token
    heads : number of heads; must divide `width`
    dropout : probability of dropping after the projection

    Returns
    -------
    (N, tokens, width), as the input

    Raises
    ------
    ValueError
        `heads` does not divide `width`.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.

    Examples
    --------
    >>> import torch
    >>> SelfAttention(192, 3)(torch.zeros(2, 197, 192)).shape
    torch.Size([2, 197, 192])
    """

    def __init__(self, width: int, heads: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"heads must divide the width {width}, got {heads}")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.proj_drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # (N, tokens, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 3 × (N, heads, tokens, d)
        gathered = functional.scaled_dot_product_attention(q, k, v)
        projected: Tensor = self.proj_drop(self.proj(gathered.transpose(1, 2).flatten(2)))
        return projected
