"""Data-efficient image transformers, plain and distilled, with timm's keys."""

from typing import Any

import torch
from torch import Tensor, nn

from deep.blocks.attention import SelfAttention
from deep.blocks.patch_embedding import PatchEmbedding, resize_positions
from deep.blocks.stochastic_depth import StochasticDepth, increasing_rates


class Mlp(nn.Module):
    """Transform each token by itself, through a layer four times as wide."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.act = nn.GELU()
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        transformed: Tensor = self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))
        return transformed


class Block(nn.Module):
    """Attend, then transform each token; both residual, normalised beforehand, dropped at random in training."""

    def __init__(self, width: int, heads: int, *, dropout: float, drop_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = SelfAttention(width, heads, dropout=dropout)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, dropout)
        self.drop_path = StochasticDepth(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attn(self.norm1(x)))
        transformed: Tensor = x + self.drop_path(self.mlp(self.norm2(x)))
        return transformed


class DeiT(nn.Module):
    """Classify images by a transformer over their patches, read off at a class token.

    All sizes have heads of length 64 and 12 blocks; only the number of heads changes: 3, 6, 12 for tiny, small, base.

    Parameters
    ----------
    heads : attention heads; a token is 64 * heads long
    image_size : pixels along the (square) image, a multiple of 16
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping
    stochastic_depth : probability of dropping the last block's branches in training; earlier ones less

    Raises
    ------
    ValueError
        `image_size` is not a multiple of 16; later, images of another size.

    Notes
    -----
    A checkpoint of another image size loads: its position embeddings are interpolated (bicubic), as the paper does to
    go from 224 to 384.

    References
    ----------
    .. [1] H. Touvron et al., "Training data-efficient image transformers & distillation through attention", ICML
       2021, table 1 and sections 3-4.
    """

    prefix = 1  # tokens before the patches

    def __init__(
        self,
        heads: int,
        *,
        image_size: int = 224,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.0,
        stochastic_depth: float = 0.0,
    ) -> None:
        super().__init__()
        if image_size < 16 or image_size % 16:
            raise ValueError(f"image_size must be a multiple of the patch size 16, got {image_size}")
        width = 64 * heads
        self.image_size = image_size
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.prefix + (image_size // 16) ** 2, width))
        self.patch_embed = PatchEmbedding(in_channels, width, 16)
        self.pos_drop = nn.Dropout(dropout)
        rates = increasing_rates(stochastic_depth, 12)
        self.blocks = nn.Sequential(*[Block(width, heads, dropout=dropout, drop_rate=rate) for rate in rates])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, num_classes)

        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.normal_(self.cls_token, std=1e-6)

    def prefix_tokens(self) -> Tensor:
        """Give the tokens put before the patches: (1, prefix, width)."""
        return self.cls_token

    def encode(self, images: Tensor) -> Tensor:
        """Give every token after the last block: (N, prefix + patches, width)."""
        height, width = images.shape[-2:]
        if (height, width) != (self.image_size, self.image_size):
            raise ValueError(f"images must be {self.image_size} × {self.image_size} pixels, got {height} × {width}")
        patches = self.patch_embed(images)  # (N, patches, width)
        x = torch.cat([self.prefix_tokens().expand(len(patches), -1, -1), patches], dim=1)
        encoded: Tensor = self.norm(self.blocks(self.pos_drop(x + self.pos_embed)))
        return encoded

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encode(images)[:, 0])
        return logits

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        key = prefix + "pos_embed"
        if key in state_dict:
            state_dict[key] = resize_positions(state_dict[key], self.pos_embed.shape[1], prefix=self.prefix)
        super()._load_from_state_dict(state_dict, prefix, *rest)


class DistilledDeiT(DeiT):
    """A DeiT with a second token and head, which learns from a teacher; predictions are the mean of both heads.

    Parameters are those of `DeiT`. `teach(images)` gives the two heads' logits apart, as the distillation loss needs.

    References
    ----------
    .. [1] H. Touvron et al., "Training data-efficient image transformers & distillation through attention", ICML
       2021, section 4, figure 2.
    """

    prefix = 2

    def __init__(self, heads: int, *, num_classes: int = 1000, **sizes: Any) -> None:
        super().__init__(heads, num_classes=num_classes, **sizes)
        self.dist_token = nn.Parameter(torch.zeros(1, 1, 64 * heads))
        self.head_dist = nn.Linear(64 * heads, num_classes)
        nn.init.trunc_normal_(self.dist_token, std=0.02)
        nn.init.trunc_normal_(self.head_dist.weight, std=0.02)
        nn.init.zeros_(self.head_dist.bias)

    def prefix_tokens(self) -> Tensor:
        return torch.cat([self.cls_token, self.dist_token], dim=1)

    def teach(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Give the class head's and the distillation head's logits, each (N, num_classes)."""
        tokens = self.encode(images)
        return self.head(tokens[:, 0]), self.head_dist(tokens[:, 1])

    def forward(self, images: Tensor) -> Tensor:
        by_class, by_teacher = self.teach(images)
        return (by_class + by_teacher) / 2


def deit_tiny(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Tiny for 224 pixels: 5,717,416 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    image_size : pixels along the image, a multiple of 16
        Checkpoints of another size load with interpolated positions.
    dropout, stochastic_depth : probabilities of dropping, the second of a block's branches

    Raises
    ------
    ValueError
        `image_size` is not a multiple of 16.

    References
    ----------
    .. [1] H. Touvron et al., "Training data-efficient image transformers & distillation through attention", ICML
       2021, table 1.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = deit_tiny()
    >>> sum(parameter.numel() for parameter in model.parameters())
    5717416
    """
    return DeiT(
        3, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_tiny_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Tiny for 384 pixels: 5,790,376 parameters; arguments as `deit_tiny`."""
    return DeiT(
        3, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_small(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Small for 224 pixels: 22,050,664 parameters; arguments as `deit_tiny`."""
    return DeiT(
        6, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_small_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Small for 384 pixels: 22,196,584 parameters; arguments as `deit_tiny`."""
    return DeiT(
        6, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_base(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Base for 224 pixels: 86,567,656 parameters; arguments as `deit_tiny`."""
    return DeiT(
        12, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_base_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DeiT:
    """Build DeiT-Base for 384 pixels: 86,859,496 parameters; arguments as `deit_tiny`."""
    return DeiT(
        12, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_tiny_distilled(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Tiny with a distillation token for 224 pixels: 5,910,800 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        3, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_tiny_distilled_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Tiny with a distillation token for 384 pixels: 5,983,760 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        3, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_small_distilled(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Small with a distillation token for 224 pixels: 22,436,432 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        6, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_small_distilled_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Small with a distillation token for 384 pixels: 22,582,352 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        6, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_base_distilled(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 224,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Base with a distillation token for 224 pixels: 87,338,192 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        12, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def deit_base_distilled_384(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    image_size: int = 384,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> DistilledDeiT:
    """Build DeiT-Base with a distillation token for 384 pixels: 87,630,032 parameters; arguments as `deit_tiny`."""
    return DistilledDeiT(
        12, image_size=image_size, num_classes=num_classes, in_channels=in_channels,
        dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip
