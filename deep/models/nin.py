"""Network in network: small dense nets slid over the image (1×1 convolutions), and means in place of dense layers."""

from torch import Tensor, nn

from deep.blocks.conv_norm import relu


def mlpconv(in_channels: int, size: int, *widths: int) -> list[nn.Module]:
    """Give a convolution and the 1×1 convolutions after it, each rectified: a dense net at every place."""
    layers: list[nn.Module] = []
    for index, width in enumerate(widths):
        kernel = 1 if index else size
        layers += [nn.Conv2d(in_channels, width, kernel, padding=kernel // 2), relu()]
        in_channels = width
    return layers


class NetworkInNetwork(nn.Module):
    """Three mlpconv layers; the maps of the last are the classes, and their means the logits.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a value after the first and the second mlpconv layer

    References
    ----------
    .. [1] M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014, sections 3 and 4.2.
    """

    def __init__(self, *, num_classes: int, in_channels: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *mlpconv(in_channels, 5, 192, 160, 96), nn.MaxPool2d(3, stride=2, ceil_mode=True), nn.Dropout(dropout),
            *mlpconv(96, 5, 192, 192, 192), nn.AvgPool2d(3, stride=2, ceil_mode=True), nn.Dropout(dropout),
            *mlpconv(192, 3, 192, 192),
        )  # fmt: skip
        self.classifier = nn.Conv2d(192, num_classes, 1)
        self.relu = relu()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.05)
                assert module.bias is not None
                nn.init.zeros_(module.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, 32, 32) to logits, (N, classes)."""
        x = self.features(images)  # (N, 192, 8, 8)
        x = self.relu(self.classifier(x))  # (N, classes, 8, 8): one map a class
        logits: Tensor = x.mean(dim=(2, 3))
        return logits


def nin(*, num_classes: int = 10, in_channels: int = 3, dropout: float = 0.5) -> NetworkInNetwork:
    """Build the network in network for CIFAR-10: 966,986 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a value after the first and the second mlpconv layer

    Returns
    -------
    NetworkInNetwork

    References
    ----------
    .. [1] M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014; sizes of the authors' file for CIFAR-10.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in nin().parameters())
    966986
    """
    return NetworkInNetwork(num_classes=num_classes, in_channels=in_channels, dropout=dropout)
