"""GoogLeNet as torchvision has it (batch norm, 3×3 for 5×5) and as published (LRN, true 5×5)."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from torch import Tensor, nn

from deep.blocks.conv_norm import BasicConv2d, ConvNormAct, relu
from deep.blocks.inception import Inception
from deep.blocks.local_response_norm import LocalResponseNorm

MakeConv = Callable[..., nn.Module]


class SideOutputs(NamedTuple):
    """Logits of the net and of its side heads, in training; the paper weights the side losses 0.3."""

    logits: Tensor
    aux2: Tensor
    aux1: Tensor


class SideHead(nn.Module):
    """A small classifier on maps halfway, so that gradients reach the first layers.

    Parameters
    ----------
    in_channels, num_classes : channels, outputs
    pool : (N, C, 14, 14) to (N, C, 4, 4)
    conv : maker of a convolution
    dropout : probability of dropping a unit of the hidden layer
    """

    def __init__(self, in_channels: int, num_classes: int, *, pool: nn.Module, conv: MakeConv, dropout: float) -> None:
        super().__init__()
        self.pool = pool
        self.conv = conv(in_channels, 128, 1)
        self.fc1 = nn.Linear(2048, 1024)
        self.relu = relu()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.conv(self.pool(x)).flatten(1)  # (N, 2048)
        logits: Tensor = self.fc2(self.dropout(self.relu(self.fc1(x))))
        return logits


class GoogLeNet(nn.Module):
    """Three convolutions, nine inception modules, means, one dense layer; two side heads in training.

    Parameters
    ----------
    conv : maker of a convolution
        Called with in_channels, out_channels, size, stride and padding.
    large : pixels
        Size of the modules' large kernel.
    last_pool : pixels
        Size of the last maximum: 3, or 2 as torchvision has it.
    norm : maker of a layer
        Of the norm before and after the second and third convolution.
    side_pool : maker of a layer
        Of the 4×4 maps that a side head sees.
    num_classes, in_channels : outputs, channels of the image
    aux : bool
        Whether there are side heads; then the net in training gives `SideOutputs`.
    dropout : probability of dropping one of the last 1024 means

    References
    ----------
    .. [1] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, table 1 and section 5.
    """

    def __init__(
        self, *, conv: MakeConv, large: int, last_pool: int, norm: Callable[[], nn.Module],
        side_pool: Callable[[], nn.Module], num_classes: int, in_channels: int, aux: bool, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__()
        module = partial(Inception, conv=conv, large=large)
        self.conv1 = conv(in_channels, 64, 7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.norm1 = norm()
        self.conv2 = conv(64, 64, 1)
        self.conv3 = conv(64, 192, 3, padding=1)
        self.norm2 = norm()
        self.maxpool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = module(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = module(256, 128, (128, 192), (32, 96), 64)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = module(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = module(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = module(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = module(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = module(528, 256, (160, 320), (32, 128), 128)
        self.maxpool4 = nn.MaxPool2d(last_pool, stride=2, ceil_mode=True)
        self.inception5a = module(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = module(832, 384, (192, 384), (48, 128), 128)
        side = partial(SideHead, conv=conv, dropout=0.7)
        self.aux1 = side(512, num_classes, pool=side_pool()) if aux else None
        self.aux2 = side(528, num_classes, pool=side_pool()) if aux else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.01)

    def forward(self, images: Tensor) -> Tensor | SideOutputs:
        """(N, C, H, W) to logits, (N, classes); with side heads in training to all three."""
        x = self.norm1(self.maxpool1(self.conv1(images)))  # (N, 64, 56, 56) for 224 pixels
        x = self.maxpool2(self.norm2(self.conv3(self.conv2(x))))  # (N, 192, 28, 28)
        x = self.inception3b(self.inception3a(x))  # (N, 480, 28, 28)
        first = self.inception4a(self.maxpool3(x))  # (N, 512, 14, 14)
        second = self.inception4d(self.inception4c(self.inception4b(first)))  # (N, 528, 14, 14)
        x = self.maxpool4(self.inception4e(second))  # (N, 832, 7, 7)
        x = self.inception5b(self.inception5a(x))  # (N, 1024, 7, 7)
        logits: Tensor = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return SideOutputs(logits, self.aux2(second), self.aux1(first))
        return logits


def googlenet(*, num_classes: int = 1000, in_channels: int = 3, aux: bool = True, dropout: float = 0.2) -> GoogLeNet:
    """Build GoogLeNet as torchvision has it: 13,004,888 parameters, 6,624,904 without side heads.

    It has batch norm, and 3×3 kernels where the paper has 5×5 (pytorch/vision#906): `googlenet_paper` is the paper's.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    aux : bool
        Whether there are side heads; then the net in training gives `SideOutputs`.
    dropout : probability of dropping one of the last 1024 means

    Returns
    -------
    GoogLeNet

    Notes
    -----
    torchvision's checkpoint was trained on images scaled to [-1, 1]: mean and standard deviation are 0.5.

    References
    ----------
    .. [1] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, table 1.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = googlenet(aux=False)
    >>> sum(parameter.numel() for parameter in model.parameters())
    6624904
    """
    return GoogLeNet(
        conv=BasicConv2d, large=3, last_pool=2, norm=nn.Identity, side_pool=partial(nn.AdaptiveAvgPool2d, 4),
        num_classes=num_classes, in_channels=in_channels, aux=aux, dropout=dropout,
    )  # fmt: skip


def googlenet_paper(
    *, num_classes: int = 1000, in_channels: int = 3, aux: bool = True, dropout: float = 0.4
) -> GoogLeNet:
    """Build GoogLeNet as published, for 224×224 images: LRN, biases, 5×5 kernels, two side heads.

    13,378,280 parameters, 6,998,552 without side heads. The paper leaves the constants of LRN open; here they are
    AlexNet's. Fresh biases are 0.2, as in the published Caffe file.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    aux : bool
        Whether there are side heads; then the net in training gives `SideOutputs`, for images of 224 pixels.
    dropout : probability of dropping one of the last 1024 means

    Returns
    -------
    GoogLeNet

    References
    ----------
    .. [1] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, table 1 and section 5.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = googlenet_paper(aux=False)
    >>> sum(parameter.numel() for parameter in model.parameters())
    6998552
    """
    model = GoogLeNet(
        conv=partial(ConvNormAct, norm=None), large=5, last_pool=3, norm=partial(LocalResponseNorm, 5),
        side_pool=partial(nn.AvgPool2d, 5, stride=3), num_classes=num_classes, in_channels=in_channels, aux=aux,
        dropout=dropout,
    )  # fmt: skip
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.constant_(layer.bias, 0.2)
    return model
