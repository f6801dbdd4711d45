"""Swin transformers of images and of videos, with torchvision's keys: attention in windows that shift."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.permute import Permute
from deep.blocks.stochastic_depth import StochasticDepth, increasing_rates
from deep.blocks.window_attention import WindowAttention


class Block(nn.Module):
    """Attend inside windows, then transform each token; both residual, normalised beforehand."""

    def __init__(
        self, width: int, heads: int, *, window: Sequence[int], is_shifted: bool, dropout: float, drop_rate: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, heads, window, [size // 2 if is_shifted else 0 for size in window])
        self.dropout = nn.Dropout(dropout)
        self.stochastic_depth = StochasticDepth(drop_rate)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.stochastic_depth(self.dropout(self.attn(self.norm1(x))))
        result: Tensor = x + self.stochastic_depth(self.mlp(self.norm2(x)))
        return result


class PatchMerging(nn.Module):
    """Join each 2×2 tokens into one twice as wide; an odd side is padded by zeros."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-3:-1]
        x = functional.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        corners = [x[..., row::2, column::2, :] for column in (0, 1) for row in (0, 1)]  # down first, as published
        merged: Tensor = self.reduction(self.norm(torch.cat(corners, -1)))  # (..., H/2, W/2, 2 width)
        return merged


def stages(
    width: int, depths: Sequence[int], heads: Sequence[int], window: Sequence[int], dropout: float, rate: float
) -> list[nn.Module]:
    """Make the blocks of each stage, every second one shifted, and the merging between stages."""
    made: list[nn.Module] = []
    rates = iter(increasing_rates(rate, sum(depths)))
    for number, (depth, count) in enumerate(zip(depths, heads, strict=True)):
        if number:
            made.append(PatchMerging(width * 2 ** (number - 1)))
        blocks = [
            Block(
                width * 2**number, count, window=window, is_shifted=index % 2 == 1, dropout=dropout,
                drop_rate=next(rates),
            )
            for index in range(depth)
        ]  # fmt: skip
        made.append(nn.Sequential(*blocks))
    return made


def initialize(model: nn.Module) -> None:
    """Draw dense weights from the normal distribution of deviation 0.02 cut off at 2; biases are 0."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class SwinTransformer(nn.Module):
    """Classify images by four stages of attention in 7×7 windows of ever larger patches, 4 to 32 pixels.

    Parameters
    ----------
    width : length of a token in the first stage; each stage doubles it
    depths, heads : blocks and attention heads of the four stages
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping
    stochastic_depth : probability of dropping the last block's branches in training; earlier ones less

    References
    ----------
    .. [1] Z. Liu et al., "Swin transformer: hierarchical vision transformer using shifted windows", ICCV 2021,
       figure 3 and section 3.3.
    """

    def __init__(
        self,
        width: int,
        depths: tuple[int, int, int, int],
        heads: tuple[int, int, int, int],
        *,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.0,
        stochastic_depth: float = 0.1,
    ) -> None:
        super().__init__()
        patches = nn.Sequential(
            nn.Conv2d(in_channels, width, 4, stride=4), Permute(0, 2, 3, 1), nn.LayerNorm(width)
        )  # fmt: skip
        self.features = nn.Sequential(patches, *stages(width, depths, heads, (7, 7), dropout, stochastic_depth))
        self.norm = nn.LayerNorm(8 * width)
        self.head = nn.Linear(8 * width, num_classes)
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        x = self.norm(self.features(images))  # (N, H/32, W/32, 8 width)
        logits: Tensor = self.head(x.mean((1, 2)))
        return logits


class VideoPatches(nn.Module):
    """Cut a video into patches of 2 × 4 × 4; what does not divide is padded by zeros at the ends."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv3d(in_channels, width, (2, 4, 4), stride=(2, 4, 4))
        self.norm = nn.LayerNorm(width)

    def forward(self, videos: Tensor) -> Tensor:
        frames, height, width = videos.shape[-3:]
        videos = functional.pad(videos, (0, -width % 4, 0, -height % 4, 0, -frames % 2))
        patches: Tensor = self.norm(self.proj(videos).permute(0, 2, 3, 4, 1))  # (N, T/2, H/4, W/4, width)
        return patches


class VideoSwinTransformer(nn.Module):
    """Classify videos (N, C, T, H, W) by attention in windows of 8 × 7 × 7 patches; time is never merged.

    Parameters
    ----------
    width, depths, heads, num_classes, in_channels, dropout, stochastic_depth : as `SwinTransformer`

    References
    ----------
    .. [1] Z. Liu et al., "Video Swin transformer", CVPR 2022, figure 1.
    """

    def __init__(
        self,
        width: int,
        depths: tuple[int, int, int, int],
        heads: tuple[int, int, int, int],
        *,
        num_classes: int = 400,
        in_channels: int = 3,
        dropout: float = 0.0,
        stochastic_depth: float = 0.1,
    ) -> None:
        super().__init__()
        self.patch_embed = VideoPatches(in_channels, width)
        self.pos_drop = nn.Dropout(dropout)
        self.features = nn.Sequential(*stages(width, depths, heads, (8, 7, 7), dropout, stochastic_depth))
        self.norm = nn.LayerNorm(8 * width)
        self.head = nn.Linear(8 * width, num_classes)
        initialize(self)

    def forward(self, videos: Tensor) -> Tensor:
        x = self.pos_drop(self.patch_embed(videos))
        x = self.norm(self.features(x))  # (N, T/2, H/32, W/32, 8 width)
        logits: Tensor = self.head(x.mean((1, 2, 3)))
        return logits


def swin_t(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.2,
) -> SwinTransformer:
    """Build Swin-T: 28,288,354 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping
    stochastic_depth : probability of dropping the last block's branches in training; earlier ones less

    References
    ----------
    .. [1] Z. Liu et al., "Swin transformer: hierarchical vision transformer using shifted windows", ICCV 2021,
       section 3.3.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = swin_t()
    >>> sum(parameter.numel() for parameter in model.parameters())
    28288354
    """
    return SwinTransformer(
        96, (2, 2, 6, 2), (3, 6, 12, 24),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def swin_s(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.3,
) -> SwinTransformer:
    """Build Swin-S: 49,606,258 parameters; arguments as `swin_t`."""
    return SwinTransformer(
        96, (2, 2, 18, 2), (3, 6, 12, 24),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def swin_b(
    *,
    num_classes: int = 1000,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.5,
) -> SwinTransformer:
    """Build Swin-B: 87,768,224 parameters; arguments as `swin_t`."""
    return SwinTransformer(
        128, (2, 2, 18, 2), (4, 8, 16, 32),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def swin3d_t(
    *,
    num_classes: int = 400,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.1,
) -> VideoSwinTransformer:
    """Build Video Swin-T: 28,158,070 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the video
    dropout : probability of dropping
    stochastic_depth : probability of dropping the last block's branches in training; earlier ones less

    References
    ----------
    .. [1] Z. Liu et al., "Video Swin transformer", CVPR 2022, section 3.3.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = swin3d_t()
    >>> sum(parameter.numel() for parameter in model.parameters())
    28158070
    """
    return VideoSwinTransformer(
        96, (2, 2, 6, 2), (3, 6, 12, 24),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def swin3d_s(
    *,
    num_classes: int = 400,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.1,
) -> VideoSwinTransformer:
    """Build Video Swin-S: 49,816,678 parameters; arguments as `swin3d_t`."""
    return VideoSwinTransformer(
        96, (2, 2, 18, 2), (3, 6, 12, 24),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip


def swin3d_b(
    *,
    num_classes: int = 400,
    in_channels: int = 3,
    dropout: float = 0.0,
    stochastic_depth: float = 0.1,
) -> VideoSwinTransformer:
    """Build Video Swin-B: 88,048,984 parameters; arguments as `swin3d_t`."""
    return VideoSwinTransformer(
        128, (2, 2, 18, 2), (4, 8, 16, 32),
        num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth,
    )  # fmt: skip
