"""MobileNets: V1 (timm's keys) separates convolutions, V2 inverts the residual, V3 gates channels (torchvision's)."""

import math
from functools import partial

from torch import Tensor, nn

from deep.blocks.conv_norm import ConvNormAct
from deep.blocks.depthwise_separable import DepthwiseSeparable, relu6
from deep.blocks.fan_out import initialize_fan_out
from deep.blocks.inverted_residual import InvertedResidual
from deep.blocks.round_channels import round_channels
from deep.blocks.squeeze_excite import SqueezeExcite

small_normal = partial(nn.init.normal_, std=0.01)
hard_swish = partial(nn.Hardswish, inplace=True)  # x ReLU6(x + 3) / 6


class MobileNetV1(nn.Module):
    """Classify images by a stem and thirteen depthwise separable convolutions.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels; the paper has 1, 0.75, 0.5, 0.25
    dropout : probability of dropping before the classifier

    References
    ----------
    .. [1] A. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications",
       arXiv:1704.04861, 2017, table 1.
    """

    def __init__(
        self, *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.0
    ) -> None:
        super().__init__()
        channels = round_channels(32 * width)
        self.conv_stem = nn.Conv2d(in_channels, channels, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act1 = relu6()
        self.blocks = nn.Sequential()
        for number, (base, repeats, first_stride) in enumerate(
            [(64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 6, 2), (1024, 2, 2)]
        ):
            stage = nn.Sequential()
            for index in range(repeats):
                out_channels, stride = round_channels(base * width), first_stride if index == 0 else 1
                stage.append(DepthwiseSeparable(channels, out_channels, stride=stride))
                channels = out_channels
            self.blocks.add_module(str(number), stage)
        self.drop = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, num_classes)
        bound = 1 / math.sqrt(num_classes)
        initialize_fan_out(self, linear=lambda weight: nn.init.uniform_(weight, -bound, bound), per_group=True)

    def forward(self, images: Tensor) -> Tensor:
        x = self.act1(self.bn1(self.conv_stem(images)))  # (N, 32, H/2, W/2)
        x = self.blocks(x)  # (N, 1024, H/32, W/32)
        logits: Tensor = self.classifier(self.drop(x.mean((2, 3))))
        return logits


class LinearBottleneck(nn.Module):
    """V2's inverted residual: expand by 1×1, filter depthwise, project by 1×1 without activation (key `conv`)."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        expanded = in_channels * expansion
        parts: list[nn.Module] = []
        if expansion != 1:
            parts.append(ConvNormAct(in_channels, expanded, 1, activation=relu6))
        parts += [
            ConvNormAct(expanded, expanded, stride=stride, groups=expanded, activation=relu6),
            nn.Conv2d(expanded, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        ]
        self.conv = nn.Sequential(*parts)
        self.has_shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.conv(x)
        return x + branch if self.has_shortcut else branch


class MobileNetV2(nn.Module):
    """Classify images by seventeen inverted residuals with linear bottlenecks.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels but the last 1280, which only grow
    dropout : probability of dropping before the classifier

    References
    ----------
    .. [1] M. Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, table 2.
    """

    def __init__(
        self, *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        channels = round_channels(32 * width)
        self.features = nn.Sequential(ConvNormAct(in_channels, channels, stride=2, activation=relu6))
        for expansion, base, repeats, first_stride in [
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]:
            out_channels = round_channels(base * width)
            for index in range(repeats):
                stride = first_stride if index == 0 else 1
                self.features.append(LinearBottleneck(channels, out_channels, stride=stride, expansion=expansion))
                channels = out_channels
        last = round_channels(1280 * max(1.0, width))
        self.features.append(ConvNormAct(channels, last, 1, activation=relu6))
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, num_classes))
        initialize_fan_out(self, linear=small_normal)

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (N, 1280, H/32, W/32)
        logits: Tensor = self.classifier(x.mean((2, 3)))
        return logits


class MobileNetV3(nn.Module):
    """Classify images by inverted residuals with channel gates and hard swish, found by search.

    The last expansion stands behind the pooling, where it costs one pixel instead of 49.

    Parameters
    ----------
    rows : (size, expanded, out, gated, swish, stride) of each block
    last : channels of the dense layer before the classifier
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels
    dropout : probability of dropping before the classifier

    Notes
    -----
    The gate ends in a *hard sigmoid* (section 5.3 and torchvision); the notes write h-swish there. Norms have epsilon
    1e-3 and momentum 0.01.

    References
    ----------
    .. [1] A. Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2.
    """

    def __init__(
        self,
        rows: list[tuple[int, int, int, bool, bool, int]],
        last: int,
        *,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
        channels = round_channels(16 * width)
        self.features = nn.Sequential(
            ConvNormAct(in_channels, channels, stride=2, norm=norm, activation=hard_swish)
        )  # fmt: skip
        for size, expanded, out, is_gated, with_swish, stride in rows:
            out_channels = round_channels(out * width)
            block = InvertedResidual(
                channels, round_channels(expanded * width), out_channels, size=size, stride=stride, norm=norm,
                activation=hard_swish if with_swish else partial(nn.ReLU, inplace=True),
                gate=hard_gate if is_gated else None,
            )  # fmt: skip
            self.features.append(block)
            channels = out_channels
        self.features.append(ConvNormAct(channels, 6 * channels, 1, norm=norm, activation=hard_swish))
        last = round_channels(last * width)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, last), hard_swish(), nn.Dropout(dropout), nn.Linear(last, num_classes)
        )
        initialize_fan_out(self, linear=small_normal)

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (N, 6 channels, H/32, W/32)
        logits: Tensor = self.classifier(x.mean((2, 3)))
        return logits


def hard_gate(channels: int) -> SqueezeExcite:
    """Make V3's channel gate: a quarter of the channels inside, a hard sigmoid at the end."""
    return SqueezeExcite(channels, round_channels(channels // 4), gate=nn.Hardsigmoid)


def mobilenet_v1(
    *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.0
) -> MobileNetV1:
    """Build MobileNet V1: 4,231,976 parameters; 2,585,560, 1,331,592 and 470,072 at widths 0.75, 0.5 and 0.25.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels
    dropout : probability of dropping before the classifier

    Examples
    --------
    >>> sum(parameter.numel() for parameter in mobilenet_v1(width=0.25).parameters())
    470072
    """
    return MobileNetV1(num_classes=num_classes, in_channels=in_channels, width=width, dropout=dropout)


def mobilenet_v2(
    *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.2
) -> MobileNetV2:
    """Build MobileNet V2: 3,504,872 parameters; 2,636,424, 1,968,680 and 1,519,112 at widths 0.75, 0.5 and 0.25.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels
    dropout : probability of dropping before the classifier

    Examples
    --------
    >>> sum(parameter.numel() for parameter in mobilenet_v2().parameters())
    3504872
    """
    return MobileNetV2(num_classes=num_classes, in_channels=in_channels, width=width, dropout=dropout)


def mobilenet_v3_large(
    *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.2
) -> MobileNetV3:
    """Build MobileNet V3 Large: 5,483,032 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels
    dropout : probability of dropping before the classifier

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = mobilenet_v3_large()
    >>> sum(parameter.numel() for parameter in model.parameters())
    5483032
    """
    rows = [  # size, expanded, out, gated, swish, stride
        (3, 16, 16, False, False, 1),
        (3, 64, 24, False, False, 2),
        (3, 72, 24, False, False, 1),
        (5, 72, 40, True, False, 2),
        (5, 120, 40, True, False, 1),
        (5, 120, 40, True, False, 1),
        (3, 240, 80, False, True, 2),
        (3, 200, 80, False, True, 1),
        (3, 184, 80, False, True, 1),
        (3, 184, 80, False, True, 1),
        (3, 480, 112, True, True, 1),
        (3, 672, 112, True, True, 1),
        (5, 672, 160, True, True, 2),
        (5, 960, 160, True, True, 1),
        (5, 960, 160, True, True, 1),
    ]
    return MobileNetV3(rows, 1280, num_classes=num_classes, in_channels=in_channels, width=width, dropout=dropout)


def mobilenet_v3_small(
    *, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.2
) -> MobileNetV3:
    """Build MobileNet V3 Small: 2,542,856 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    width : multiplier of all channels
    dropout : probability of dropping before the classifier

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = mobilenet_v3_small()
    >>> sum(parameter.numel() for parameter in model.parameters())
    2542856
    """
    rows = [  # size, expanded, out, gated, swish, stride
        (3, 16, 16, True, False, 2),
        (3, 72, 24, False, False, 2),
        (3, 88, 24, False, False, 1),
        (5, 96, 40, True, True, 2),
        (5, 240, 40, True, True, 1),
        (5, 240, 40, True, True, 1),
        (5, 120, 48, True, True, 1),
        (5, 144, 48, True, True, 1),
        (5, 288, 96, True, True, 2),
        (5, 576, 96, True, True, 1),
        (5, 576, 96, True, True, 1),
    ]
    return MobileNetV3(rows, 1024, num_classes=num_classes, in_channels=in_channels, width=width, dropout=dropout)
