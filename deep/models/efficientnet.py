"""EfficientNet, first and second version, with torchvision's keys: depth and width scaled together."""

import math
from functools import partial
from typing import NamedTuple

from torch import Tensor, nn

from deep.blocks.conv_norm import ConvNormAct
from deep.blocks.fan_out import initialize_fan_out
from deep.blocks.inverted_residual import InvertedResidual
from deep.blocks.round_channels import round_channels
from deep.blocks.squeeze_excite import SqueezeExcite
from deep.blocks.stochastic_depth import StochasticDepth

silu = partial(nn.SiLU, inplace=True)


class Stage(NamedTuple):
    """A run of equal blocks; the first changes channels and stride. Fused blocks widen with the 3×3 itself."""

    expansion: int
    size: int
    stride: int
    in_channels: int
    out_channels: int
    depth: int
    fused: bool = False


class FusedBlock(nn.Module):
    """V2's early block: one full convolution widens, where the first version widens by 1×1 and filters depthwise."""

    def __init__(self, stage: Stage, norm: partial[nn.BatchNorm2d], *, drop_rate: float) -> None:
        super().__init__()
        expansion, size, stride, in_channels, out_channels, *_ = stage
        if expansion == 1:
            parts = [ConvNormAct(in_channels, out_channels, size, stride=stride, norm=norm, activation=silu)]
        else:
            expanded = round_channels(in_channels * expansion)
            parts = [
                ConvNormAct(in_channels, expanded, size, stride=stride, norm=norm, activation=silu),
                ConvNormAct(expanded, out_channels, 1, norm=norm, activation=None),
            ]
        self.block = nn.Sequential(*parts)
        self.has_shortcut = stride == 1 and in_channels == out_channels
        self.stochastic_depth = StochasticDepth(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.block(x)
        if self.has_shortcut:
            branch = self.stochastic_depth(branch) + x
        return branch


def gated_block(stage: Stage, norm: partial[nn.BatchNorm2d], *, drop_rate: float) -> InvertedResidual:
    """Make MBConv: an inverted residual with SiLU and a gate of a quarter of the *narrow* channels."""
    return InvertedResidual(
        stage.in_channels, round_channels(stage.in_channels * stage.expansion), stage.out_channels,
        size=stage.size, stride=stage.stride, norm=norm, activation=silu, drop_rate=drop_rate,
        gate=lambda expanded: SqueezeExcite(expanded, max(1, stage.in_channels // 4), activation=silu),
    )  # fmt: skip


class EfficientNet(nn.Module):
    """Classify images by stages of inverted residuals.

    Parameters
    ----------
    stages : the stages, in order
    last : channels before the pooling
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier
    stochastic_depth : probability of dropping branches in training, growing linearly to just below this
    norm : maker of the batch norms; B5-B7 and the second version have epsilon 1e-3

    References
    ----------
    .. [1] M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019,
       table 1.
    .. [2] M. Tan, Q. Le, "EfficientNetV2: smaller models and faster training", ICML 2021, table 4.
    """

    def __init__(
        self,
        stages: list[Stage],
        last: int,
        *,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.2,
        stochastic_depth: float = 0.2,
        norm: partial[nn.BatchNorm2d] = partial(nn.BatchNorm2d),  # noqa: B008
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvNormAct(in_channels, stages[0].in_channels, stride=2, norm=norm, activation=silu)
        )
        number, total = 0, sum(stage.depth for stage in stages)
        for stage in stages:
            blocks = nn.Sequential()
            for _ in range(stage.depth):
                make = FusedBlock if stage.fused else gated_block
                blocks.append(make(stage, norm, drop_rate=stochastic_depth * number / total))
                stage = stage._replace(in_channels=stage.out_channels, stride=1)
                number += 1
            self.features.append(blocks)
        self.features.append(ConvNormAct(stages[-1].out_channels, last, 1, norm=norm, activation=silu))
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, num_classes))
        bound = 1 / math.sqrt(num_classes)
        initialize_fan_out(self, linear=lambda weight: nn.init.uniform_(weight, -bound, bound))

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (N, last, H/32, W/32)
        logits: Tensor = self.classifier(x.mean((2, 3)))
        return logits


B0 = [
    Stage(1, 3, 1, 32, 16, 1),
    Stage(6, 3, 2, 16, 24, 2),
    Stage(6, 5, 2, 24, 40, 2),
    Stage(6, 3, 2, 40, 80, 3),
    Stage(6, 5, 1, 80, 112, 3),
    Stage(6, 5, 2, 112, 192, 4),
    Stage(6, 3, 1, 192, 320, 1),
]


def scale(stages: list[Stage], width: float, depth: float) -> list[Stage]:
    """Multiply the channels (rounded to eights) and the numbers of blocks (rounded up).

    Examples
    --------
    >>> scale([Stage(6, 5, 2, 112, 192, 4)], 1.1, 1.2)[0][3:6]
    (120, 208, 5)
    """
    return [
        stage._replace(
            in_channels=round_channels(stage.in_channels * width),
            out_channels=round_channels(stage.out_channels * width),
            depth=math.ceil(stage.depth * depth),
        )
        for stage in stages
    ]


def _scaled(
    width: float, depth: float, num_classes: int, in_channels: int, dropout: float, stochastic_depth: float,
    *, norm: partial[nn.BatchNorm2d] = partial(nn.BatchNorm2d),  # noqa: B008
) -> EfficientNet:  # fmt: skip
    stages = scale(B0, width, depth)
    return EfficientNet(
        stages, 4 * stages[-1].out_channels, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
        stochastic_depth=stochastic_depth, norm=norm,
    )  # fmt: skip


slow_norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)  # B5 to B7, whose weights come from TensorFlow
norm_v2 = partial(nn.BatchNorm2d, eps=1e-3)


def efficientnet_b0(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B0, made for 224 pixels: 5,288,548 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier
    stochastic_depth : probability of dropping branches in training, growing linearly to just below this

    References
    ----------
    .. [1] M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019,
       tables 1 and 2; B1 to B7 scale depth by 1.2^phi and width by 1.1^phi, rounded.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = efficientnet_b0()
    >>> sum(parameter.numel() for parameter in model.parameters())
    5288548
    """
    return _scaled(1.0, 1.0, num_classes, in_channels, dropout, stochastic_depth)


def efficientnet_b1(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B1, made for 240 pixels: 7,794,184 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.0, 1.1, num_classes, in_channels, dropout, stochastic_depth)


def efficientnet_b2(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.3, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B2, made for 260 pixels: 9,109,994 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.1, 1.2, num_classes, in_channels, dropout, stochastic_depth)


def efficientnet_b3(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.3, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B3, made for 300 pixels: 12,233,232 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.2, 1.4, num_classes, in_channels, dropout, stochastic_depth)


def efficientnet_b4(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.4, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B4, made for 380 pixels: 19,341,616 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.4, 1.8, num_classes, in_channels, dropout, stochastic_depth)


def efficientnet_b5(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.4, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B5, made for 456 pixels: 30,389,784 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.6, 2.2, num_classes, in_channels, dropout, stochastic_depth, norm=slow_norm)


def efficientnet_b6(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B6, made for 528 pixels: 43,040,704 parameters; arguments as `efficientnet_b0`."""
    return _scaled(1.8, 2.6, num_classes, in_channels, dropout, stochastic_depth, norm=slow_norm)


def efficientnet_b7(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNet-B7, made for 600 pixels: 66,347,960 parameters; arguments as `efficientnet_b0`."""
    return _scaled(2.0, 3.1, num_classes, in_channels, dropout, stochastic_depth, norm=slow_norm)


def efficientnet_v2_s(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNetV2-S, made for 384 pixels: 21,458,488 parameters; arguments as `efficientnet_b0`."""
    stages = [
        Stage(1, 3, 1, 24, 24, 2, fused=True),
        Stage(4, 3, 2, 24, 48, 4, fused=True),
        Stage(4, 3, 2, 48, 64, 4, fused=True),
        Stage(4, 3, 2, 64, 128, 6),
        Stage(6, 3, 1, 128, 160, 9),
        Stage(6, 3, 2, 160, 256, 15),
    ]
    return EfficientNet(
        stages, 1280, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
        stochastic_depth=stochastic_depth, norm=norm_v2,
    )  # fmt: skip


def efficientnet_v2_m(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.3, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNetV2-M, made for 480 pixels: 54,139,356 parameters; arguments as `efficientnet_b0`."""
    stages = [
        Stage(1, 3, 1, 24, 24, 3, fused=True),
        Stage(4, 3, 2, 24, 48, 5, fused=True),
        Stage(4, 3, 2, 48, 80, 5, fused=True),
        Stage(4, 3, 2, 80, 160, 7),
        Stage(6, 3, 1, 160, 176, 14),
        Stage(6, 3, 2, 176, 304, 18),
        Stage(6, 3, 1, 304, 512, 5),
    ]
    return EfficientNet(
        stages, 1280, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
        stochastic_depth=stochastic_depth, norm=norm_v2,
    )  # fmt: skip


def efficientnet_v2_l(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.4, stochastic_depth: float = 0.2
) -> EfficientNet:
    """Build EfficientNetV2-L, made for 480 pixels: 118,515,272 parameters; arguments as `efficientnet_b0`."""
    stages = [
        Stage(1, 3, 1, 32, 32, 4, fused=True),
        Stage(4, 3, 2, 32, 64, 7, fused=True),
        Stage(4, 3, 2, 64, 96, 7, fused=True),
        Stage(4, 3, 2, 96, 192, 10),
        Stage(6, 3, 1, 192, 224, 19),
        Stage(6, 3, 2, 224, 384, 25),
        Stage(6, 3, 1, 384, 640, 7),
    ]
    return EfficientNet(
        stages, 1280, num_classes=num_classes, in_channels=in_channels, dropout=dropout,
        stochastic_depth=stochastic_depth, norm=norm_v2,
    )  # fmt: skip
