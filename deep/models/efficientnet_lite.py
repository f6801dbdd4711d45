"""EfficientNet-Lite with timm's keys: no gates, ReLU6, TensorFlow's padding, for phones without float units."""

import math
from functools import partial

from torch import Tensor, nn

from deep.blocks.conv_same import Conv2dSame
from deep.blocks.depthwise_separable import DepthwiseSeparable, depthwise, relu6
from deep.blocks.fan_out import initialize_fan_out
from deep.blocks.round_channels import round_channels
from deep.blocks.stochastic_depth import StochasticDepth

norm = partial(nn.BatchNorm2d, eps=1e-3)


class InvertedBlock(nn.Module):
    """Expand by 1×1, filter depthwise, project by 1×1 without activation; a shortcut where it fits."""

    def __init__(
        self, in_channels: int, out_channels: int, size: int, *, stride: int, expansion: int, drop_rate: float
    ) -> None:
        super().__init__()
        expanded = round_channels(in_channels * expansion)
        self.conv_pw = nn.Conv2d(in_channels, expanded, 1, bias=False)
        self.bn1 = norm(expanded)
        self.act1 = relu6()
        self.conv_dw = depthwise(expanded, size, stride=stride, same=True)
        self.bn2 = norm(expanded)
        self.act2 = relu6()
        self.conv_pwl = nn.Conv2d(expanded, out_channels, 1, bias=False)
        self.bn3 = norm(out_channels)
        self.has_shortcut = stride == 1 and in_channels == out_channels
        self.drop_path = StochasticDepth(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act1(self.bn1(self.conv_pw(x)))  # (N, expanded, H, W)
        y = self.act2(self.bn2(self.conv_dw(y)))  # (N, expanded, H/stride, W/stride)
        y = self.bn3(self.conv_pwl(y))
        result: Tensor = self.drop_path(y) + x if self.has_shortcut else y
        return result


class EfficientNetLite(nn.Module):
    """Classify images by inverted residuals without gates; stem, head, first and last stage are not scaled in depth.

    Parameters
    ----------
    width, depth : multipliers of the channels and of the blocks of a stage
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier
    stochastic_depth : probability of dropping branches in training, growing linearly to just below this

    Notes
    -----
    The published weights were trained in TensorFlow: strided convolutions pad like SAME, norms have epsilon 1e-3, and
    images come with mean and standard deviation 0.5.

    References
    ----------
    .. [1] TensorFlow, "EfficientNet-Lite", tensorflow/tpu, models/official/efficientnet/lite, 2020.
    .. [2] M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019.
    """

    def __init__(
        self,
        width: float,
        depth: float,
        *,
        num_classes: int = 1000,
        in_channels: int = 3,
        dropout: float = 0.2,
        stochastic_depth: float = 0.2,
    ) -> None:
        super().__init__()
        self.conv_stem = Conv2dSame(in_channels, 32, 3, stride=2, bias=False)
        self.bn1 = norm(32)
        self.act1 = relu6()
        channels = round_channels(16 * width)
        first = DepthwiseSeparable(32, channels, norm=norm, activation_out=nn.Identity, same=True)
        self.blocks = nn.Sequential(nn.Sequential(first))
        rows = [(3, 24, 2, 2), (5, 40, 2, 2), (3, 80, 3, 2), (5, 112, 3, 1), (5, 192, 4, 2), (3, 320, 1, 1)]
        depths = [math.ceil(repeats * depth) for _, _, repeats, _ in rows[:-1]] + [1]
        number, total = 1, 1 + sum(depths)
        for (size, base, _, first_stride), repeats in zip(rows, depths, strict=True):
            stage = nn.Sequential()
            out_channels = round_channels(base * width)
            for index in range(repeats):
                stride, drop_rate = first_stride if index == 0 else 1, stochastic_depth * number / total
                stage.append(
                    InvertedBlock(channels, out_channels, size, stride=stride, expansion=6, drop_rate=drop_rate)
                )
                channels, number = out_channels, number + 1
            self.blocks.append(stage)
        self.conv_head = nn.Conv2d(channels, 1280, 1, bias=False)
        self.bn2 = norm(1280)
        self.act2 = relu6()
        self.drop = nn.Dropout(dropout)
        self.classifier = nn.Linear(1280, num_classes)
        bound = 1 / math.sqrt(num_classes)
        initialize_fan_out(self, linear=lambda weight: nn.init.uniform_(weight, -bound, bound), per_group=True)

    def forward(self, images: Tensor) -> Tensor:
        x = self.act1(self.bn1(self.conv_stem(images)))  # (N, 32, H/2, W/2), rounded up
        x = self.blocks(x)
        x = self.act2(self.bn2(self.conv_head(x)))  # (N, 1280, H/32, W/32)
        logits: Tensor = self.classifier(self.drop(x.mean((2, 3))))
        return logits


def efficientnet_lite0(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNetLite:
    """Build EfficientNet-Lite0, made for 224 pixels: 4,652,008 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping before the classifier
    stochastic_depth : probability of dropping branches in training, growing linearly to just below this

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = efficientnet_lite0()
    >>> sum(parameter.numel() for parameter in model.parameters())
    4652008
    """
    return EfficientNetLite(
        1.0, 1.0, num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth
    )


def efficientnet_lite1(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNetLite:
    """Build EfficientNet-Lite1, made for 240 pixels: 5,416,680 parameters; arguments as `efficientnet_lite0`."""
    return EfficientNetLite(
        1.0, 1.1, num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth
    )


def efficientnet_lite2(
    *, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.3, stochastic_depth: float = 0.2
) -> EfficientNetLite:
    """Build EfficientNet-Lite2, made for 260 pixels: 6,092,072 parameters; arguments as `efficientnet_lite0`."""
    return EfficientNetLite(
        1.1, 1.2, num_classes=num_classes, in_channels=in_channels, dropout=dropout, stochastic_depth=stochastic_depth
    )
