"""Vision transformers with torchvision's keys: an image is a sentence of patches."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from deep.blocks.patch_embedding import resize_positions


class EncoderBlock(nn.Module):
    """Attend, then transform each token by itself; both residual, both normalised beforehand."""

    def __init__(self, width: int, heads: int, mlp_width: int, dropout: float, attention_dropout: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, dropout=attention_dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(width, mlp_width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(mlp_width, width),
            nn.Dropout(dropout),
        )
        for name, parameter in self.mlp.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.normal_(parameter, std=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln_1(x)
        y, _ = self.self_attention(y, y, y, need_weights=False)
        x = x + self.dropout(y)
        result: Tensor = x + self.mlp(self.ln_2(x))
        return result


class Encoder(nn.Module):
    """Add each token's position and pass all through the blocks.

    Positions of a checkpoint made for another image size are interpolated (bicubic) on loading.
    """

    def __init__(self, tokens: int, depth: int, width: int, block: dict[str, Any]) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, tokens, width).normal_(std=0.02))
        self.dropout = nn.Dropout(block["dropout"])
        self.layers = nn.Sequential()
        for index in range(depth):
            self.layers.add_module(f"encoder_layer_{index}", EncoderBlock(width, **block))
        self.ln = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        encoded: Tensor = self.ln(self.layers(self.dropout(x + self.pos_embedding)))
        return encoded

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        key = prefix + "pos_embedding"
        if key in state_dict:
            state_dict[key] = resize_positions(state_dict[key], self.pos_embedding.shape[1], align_corners=True)
        super()._load_from_state_dict(state_dict, prefix, *rest)


class VisionTransformer(nn.Module):
    """Classify images by a transformer over their patches, read off at one extra token.

    Parameters
    ----------
    patch_size : pixels along a patch
    depth : number of encoder blocks
    width : length of a token
    heads : attention heads of a block
    mlp_width : length of the hidden layer of a block
    image_size : pixels along the (square) image; a multiple of `patch_size`
    num_classes, in_channels : outputs, channels of the image
    dropout, attention_dropout : probability of dropping, in [0, 1)

    Raises
    ------
    ValueError
        `image_size` is not a multiple of `patch_size`; later, images of another size.

    Notes
    -----
    A checkpoint of another image size loads: its position embeddings are interpolated. The head starts at zero, as
    torchvision's does, so that all logits of a fresh network are 0.

    References
    ----------
    .. [1] A. Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, section 3.1, table 1.
    """

    def __init__(
        self,
        patch_size: int,
        depth: int,
        width: int,
        heads: int,
        mlp_width: int,
        *,
        image_size: int = 224,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if image_size < patch_size or image_size % patch_size:
            raise ValueError(f"image_size must be a multiple of the patch size {patch_size}, got {image_size}")
        self.image_size = image_size
        self.conv_proj = nn.Conv2d(in_channels, width, patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        block = {
            "heads": heads, "mlp_width": mlp_width, "dropout": dropout, "attention_dropout": attention_dropout,
        }  # fmt: skip
        self.encoder = Encoder((image_size // patch_size) ** 2 + 1, depth, width, block)
        self.heads = nn.Sequential()
        self.heads.add_module("head", nn.Linear(width, num_classes))

        nn.init.trunc_normal_(self.conv_proj.weight, std=math.sqrt(1 / (in_channels * patch_size**2)))
        for parameter in (self.conv_proj.get_parameter("bias"), *self.heads.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-2:] != (self.image_size, self.image_size):
            height, width = images.shape[-2:]
            raise ValueError(f"images must be {self.image_size} × {self.image_size} pixels, got {height} × {width}")
        x = self.conv_proj(images).flatten(2).transpose(1, 2)  # (N, patches, width)
        token = self.class_token.expand(x.shape[0], -1, -1)
        x = self.encoder(torch.cat([token, x], dim=1))  # (N, 1 + patches, width)
        logits: Tensor = self.heads(x[:, 0])
        return logits


def vit_b_16(
    *, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224, dropout: float = 0.0
) -> VisionTransformer:
    """Build ViT-Base on patches of 16 pixels: 12 blocks of width 768, 86,567,656 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    image_size : pixels along the image, a multiple of the patch size
        Checkpoints of another size load with interpolated positions.
    dropout : probability of dropping

    Raises
    ------
    ValueError
        `image_size` is not a multiple of the patch size.

    References
    ----------
    .. [1] A. Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, table 1.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = vit_b_16()
    >>> sum(parameter.numel() for parameter in model.parameters())
    86567656
    """
    return VisionTransformer(
        16, 12, 768, 12, 3072,
        image_size=image_size, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip


def vit_b_32(
    *, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224, dropout: float = 0.0
) -> VisionTransformer:
    """Build ViT-Base on patches of 32 pixels: 88,224,232 parameters; arguments as `vit_b_16`."""
    return VisionTransformer(
        32, 12, 768, 12, 3072,
        image_size=image_size, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip


def vit_l_16(
    *, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224, dropout: float = 0.0
) -> VisionTransformer:
    """Build ViT-Large on patches of 16 pixels: 24 blocks of width 1024, 304,326,632 parameters; as `vit_b_16`."""
    return VisionTransformer(
        16, 24, 1024, 16, 4096,
        image_size=image_size, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip


def vit_l_32(
    *, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224, dropout: float = 0.0
) -> VisionTransformer:
    """Build ViT-Large on patches of 32 pixels: 306,535,400 parameters; arguments as `vit_b_16`."""
    return VisionTransformer(
        32, 24, 1024, 16, 4096,
        image_size=image_size, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip


def vit_h_14(
    *, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224, dropout: float = 0.0
) -> VisionTransformer:
    """Build ViT-Huge on patches of 14 pixels: 32 blocks of width 1280, 632,045,800 parameters; as `vit_b_16`.

    The 630,764,800 often quoted leave out the classifier's 1,281,000.
    """
    return VisionTransformer(
        14, 32, 1280, 16, 5120,
        image_size=image_size, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
    )  # fmt: skip
