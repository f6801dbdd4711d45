"""AlexNet as torchvision has it (one tower, no LRN), and the net of the paper (two halves, LRN)."""

from torch import Tensor, nn

from deep.blocks.conv_norm import relu
from deep.blocks.local_response_norm import LocalResponseNorm


class AlexNet(nn.Module):
    """Five convolutions and three dense layers: features, 6×6 means, classifier.

    Parameters
    ----------
    features : (N, C, H, W) to (N, 256, h, w)
    num_classes : outputs
    dropout : probability of dropping a unit before either hidden dense layer

    References
    ----------
    .. [1] A. Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012.
    .. [2] A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
    """

    def __init__(self, features: nn.Sequential, *, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(256 * 6 * 6, 4096), relu(),
            nn.Dropout(dropout), nn.Linear(4096, 4096), relu(),
            nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.features(images)  # (N, 256, 6, 6) for 224 pixels
        x = self.avgpool(x).flatten(1)
        logits: Tensor = self.classifier(x)
        return logits


def alexnet(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> AlexNet:
    """Build AlexNet as torchvision has it: 64, 192, 384, 256, 256 channels in one tower [1]_, 61,100,840 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a unit before either hidden dense layer

    Returns
    -------
    AlexNet

    References
    ----------
    .. [1] A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = alexnet()
    >>> sum(parameter.numel() for parameter in model.parameters())
    61100840
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 64, 11, stride=4, padding=2), relu(), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2), relu(), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, 3, padding=1), relu(),
        nn.Conv2d(384, 256, 3, padding=1), relu(),
        nn.Conv2d(256, 256, 3, padding=1), relu(), nn.MaxPool2d(3, stride=2),
    )  # fmt: skip
    return AlexNet(features, num_classes=num_classes, dropout=dropout)


def alexnet_paper(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> AlexNet:
    """Build the net of the paper: two halves that meet in the third convolution, LRN, 60,965,224 parameters.

    The halves were one GPU each; here they are groups. Weights start as N(0, 0.01²); biases as 1 in the second, fourth
    and fifth convolution and the hidden dense layers, else as 0. The paper says 224 pixels but 55×55 maps follow from
    227; two zeros around 224 give them too.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a unit before either hidden dense layer

    Returns
    -------
    AlexNet

    References
    ----------
    .. [1] A. Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012,
       figure 2 and sections 3 and 5.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = alexnet_paper()
    >>> sum(parameter.numel() for parameter in model.parameters())
    60965224
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 96, 11, stride=4, padding=2), relu(), LocalResponseNorm(5), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, 5, padding=2, groups=2), relu(), LocalResponseNorm(5), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(256, 384, 3, padding=1), relu(),
        nn.Conv2d(384, 384, 3, padding=1, groups=2), relu(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2), relu(), nn.MaxPool2d(3, stride=2),
    )  # fmt: skip
    model = AlexNet(features, num_classes=num_classes, dropout=dropout)
    weighted = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    for module, bias in zip(weighted, (0, 1, 0, 1, 1, 1, 1, 0), strict=True):
        nn.init.normal_(module.weight, std=0.01)
        assert module.bias is not None
        nn.init.constant_(module.bias, bias)
    return model
