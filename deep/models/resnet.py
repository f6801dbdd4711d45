"""ResNet and ResNeXt with torchvision's keys; the notes' ResNet-50; the small nets of the CIFAR experiments."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.conv_norm import relu
from deep.blocks.residual import BasicBlock, Bottleneck

MakeBlock = Callable[[int, int, int, int], nn.Module]  # in_channels, channels, stride, dilation


class ResNet(nn.Module):
    """A stem, four stages of residual blocks that halve the image and double the channels, and a mean.

    Parameters
    ----------
    block : maker of a block
        Called with in_channels, channels, stride and dilation.
    depths : blocks of the four stages
    expansion : output channels of a block over `channels`
    num_classes, in_channels : outputs, channels of the image
    dilate : three booleans
        Whether stage 2, 3, 4 dilates its kernels instead of halving the image, for dense prediction.
    stem_bias : bool
        Give the first convolution a bias.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, table 1.
    .. [2] S. Xie et al., "Aggregated residual transformations for deep neural networks", CVPR 2017, table 1.
    """

    def __init__(
        self, block: MakeBlock, depths: Sequence[int], *, expansion: int, num_classes: int, in_channels: int,
        dilate: Sequence[bool] = (False, False, False), stem_bias: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=stem_bias)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = relu()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        stages, channels, width, dilation = [], 64, 64, 1
        for stage, depth in enumerate(depths, start=1):
            first_dilation, stride = dilation, 1 if stage == 1 else 2
            if stage > 1 and dilate[stage - 2]:
                dilation, stride = 2 * dilation, 1
            blocks = [block(channels, width, stride, first_dilation)]
            channels = width * expansion
            blocks += [block(channels, width, 1, dilation) for _ in range(1, depth)]
            stages.append(nn.Sequential(*blocks))
            width *= 2
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.relu(self.bn1(self.conv1(images)))  # (N, 64, H/2, W/2)
        x = self.maxpool(x)  # (N, 64, H/4, W/4)
        x = self.layer1(x)  # (N, 64 e, H/4, W/4); e is the expansion
        x = self.layer2(x)  # (N, 128 e, H/8, W/8)
        x = self.layer3(x)  # (N, 256 e, H/16, W/16)
        x = self.layer4(x)  # (N, 512 e, H/32, W/32)
        x = self.avgpool(x).flatten(1)
        logits: Tensor = self.fc(x)
        return logits


def _basic(depths: Sequence[int], num_classes: int, in_channels: int) -> ResNet:
    def block(channels_in: int, channels: int, stride: int, dilation: int) -> nn.Module:
        return BasicBlock(channels_in, channels, stride)

    return ResNet(block, depths, expansion=1, num_classes=num_classes, in_channels=in_channels)


def _bottleneck(
    depths: Sequence[int], num_classes: int, in_channels: int, dilate: Sequence[bool], *, groups: int = 1,
    width: int = 64,
) -> ResNet:  # fmt: skip
    def block(channels_in: int, channels: int, stride: int, dilation: int) -> nn.Module:
        inside = channels * width // 64 * groups  # `width` channels a path in the first stage
        return Bottleneck(channels_in, channels, stride, dilation=dilation, groups=groups, width=inside)

    return ResNet(block, depths, expansion=4, num_classes=num_classes, in_channels=in_channels, dilate=dilate)


def resnet18(*, num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """Build ResNet-18: 2, 2, 2, 2 basic blocks, 11,689,512 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    ResNet

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, table 1.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = resnet18()
    >>> sum(parameter.numel() for parameter in model.parameters())
    11689512
    """
    return _basic((2, 2, 2, 2), num_classes, in_channels)


def resnet34(*, num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """Build ResNet-34: 3, 4, 6, 3 basic blocks, 21,797,672 parameters; arguments as `resnet18`."""
    return _basic((3, 4, 6, 3), num_classes, in_channels)


def resnet50(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNet-50 ("v1.5"): 3, 4, 6, 3 bottlenecks with the stride in the 3×3, 25,557,032 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dilate : three booleans
        Whether stage 2, 3, 4 dilates its kernels instead of halving the image.

    Returns
    -------
    ResNet

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, table 1. The paper has the stride
       in the first 1×1 convolution (`resnet50_v1`).

    Examples
    --------
    >>> import torch
    >>> model = resnet50(dilate=(False, True, True))
    >>> model.avgpool = model.fc = nn.Identity()
    >>> model(torch.zeros(1, 3, 64, 64)).shape  # 2048 maps of 8 × 8: 64 / 8
    torch.Size([1, 131072])
    """
    return _bottleneck((3, 4, 6, 3), num_classes, in_channels, dilate)


def resnet101(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNet-101: 3, 4, 23, 3 bottlenecks, 44,549,160 parameters; arguments as `resnet50`."""
    return _bottleneck((3, 4, 23, 3), num_classes, in_channels, dilate)


def resnet152(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNet-152: 3, 8, 36, 3 bottlenecks, 60,192,808 parameters; arguments as `resnet50`."""
    return _bottleneck((3, 8, 36, 3), num_classes, in_channels, dilate)


def resnext50_32x4d(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNeXt-50, 32 paths of 4 channels in each bottleneck: 25,028,904 parameters; arguments as `resnet50`.

    The paths are one grouped convolution, the third of the block's equivalent forms [1]_.

    References
    ----------
    .. [1] S. Xie et al., "Aggregated residual transformations for deep neural networks", CVPR 2017, figure 3.
    """
    return _bottleneck((3, 4, 6, 3), num_classes, in_channels, dilate, groups=32, width=4)


def resnext101_32x8d(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNeXt-101, 32 paths of 8 channels: 88,791,336 parameters; arguments as `resnet50`."""
    return _bottleneck((3, 4, 23, 3), num_classes, in_channels, dilate, groups=32, width=8)


def resnext101_64x4d(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNeXt-101, 64 paths of 4 channels: 83,455,272 parameters; arguments as `resnet50`."""
    return _bottleneck((3, 4, 23, 3), num_classes, in_channels, dilate, groups=64, width=4)


def wide_resnet50_2(
    *, num_classes: int = 1000, in_channels: int = 3, dilate: Sequence[bool] = (False, False, False)
) -> ResNet:
    """Build ResNet-50 with 3×3 convolutions twice as wide: 68,883,240 parameters; arguments as `resnet50`."""
    return _bottleneck((3, 4, 6, 3), num_classes, in_channels, dilate, width=128)


def resnet50_v1(*, num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """Build ResNet-50 as the notes' Keras code: stride in the first 1×1, biased convolutions, Glorot's uniform start.

    25,636,712 parameters as Keras counts, with the 53,120 running statistics; 25,583,592 learned. Keras's defaults for
    the norm hold too: epsilon 1e-3, momentum 0.99 (0.01 as torch counts it).

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    ResNet

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, table 1.

    Examples
    --------
    >>> from deep.surgery import count_parameters
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = resnet50_v1()
    >>> count_parameters(model)
    (25636712, 25583592)
    """

    def block(channels_in: int, channels: int, stride: int, dilation: int) -> nn.Module:
        return Bottleneck(channels_in, channels, stride, stride_first=True, bias=True)

    model = ResNet(
        block, (3, 4, 6, 3), expansion=4, num_classes=num_classes, in_channels=in_channels, stem_bias=True
    )  # fmt: skip
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.01
    return model


class SubsampleAndPad(nn.Module):
    """The shortcut without parameters ("option A"): every second pixel, and as many zero channels before as after.

    Examples
    --------
    >>> import torch
    >>> SubsampleAndPad(4)(torch.ones(1, 2, 4, 4))[0, :, 0, 0]
    tensor([0., 1., 1., 0.])
    """

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        self.out_channels = out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, out_channels, H/2, W/2)."""
        missing = self.out_channels - x.shape[1]
        return functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, missing // 2, missing - missing // 2))


class CifarResNet(nn.Module):
    """A 3×3 stem and three stages of basic blocks on 32×32 images; shortcuts without parameters.

    Parameters
    ----------
    depth : blocks of each stage
    num_classes, in_channels : outputs, channels of the image

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2.
    """

    def __init__(self, depth: int, *, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(BasicBlock(16, 16) for _ in range(depth)))
        self.layer2 = self._halving(16, depth)
        self.layer3 = self._halving(32, depth)
        self.linear = nn.Linear(64, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)

    @staticmethod
    def _halving(channels: int, depth: int) -> nn.Sequential:
        first = BasicBlock(channels, 2 * channels, 2, shortcut=SubsampleAndPad(2 * channels))
        return nn.Sequential(first, *(BasicBlock(2 * channels, 2 * channels) for _ in range(1, depth)))

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, 32, 32) to logits, (N, classes)."""
        x = functional.relu(self.bn1(self.conv1(images)))  # (N, 16, 32, 32)
        x = self.layer1(x)  # (N, 16, 32, 32)
        x = self.layer2(x)  # (N, 32, 16, 16)
        x = self.layer3(x)  # (N, 64, 8, 8)
        logits: Tensor = self.linear(x.mean(dim=(2, 3)))
        return logits


def resnet20_cifar(*, num_classes: int = 10, in_channels: int = 3) -> CifarResNet:
    """Build the 20-layer ResNet for CIFAR-10: 269,722 parameters, of which shortcuts have none.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    CifarResNet

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2, option A. Keys are
       those of Y. Idelbayev's checkpoints (akamaster/pytorch_resnet_cifar10) without their prefix `module.`.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in resnet20_cifar().parameters())
    269722
    """
    return CifarResNet(3, num_classes=num_classes, in_channels=in_channels)


def resnet32_cifar(*, num_classes: int = 10, in_channels: int = 3) -> CifarResNet:
    """Build the 32-layer ResNet for CIFAR-10: 464,154 parameters; arguments as `resnet20_cifar`."""
    return CifarResNet(5, num_classes=num_classes, in_channels=in_channels)
