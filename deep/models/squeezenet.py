"""SqueezeNet 1.0 and 1.1 with torchvision's keys, and the paper's nets with bypasses."""

from collections.abc import Callable

from torch import Tensor, nn

from deep.blocks.conv_norm import relu
from deep.blocks.fire import Fire

MakeBypass = Callable[[int, int], nn.Module | None]  # in_channels, out_channels of a fire module


class SqueezeNet(nn.Module):
    """Fire modules, and a 1×1 convolution averaged over the image in place of dense layers.

    Parameters
    ----------
    features : (N, C, H, W) to (N, 512, h, w)
    num_classes : outputs
    dropout : probability of dropping a value before the last convolution

    References
    ----------
    .. [1] F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016.
    """

    def __init__(self, features: nn.Sequential, *, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        last = nn.Conv2d(512, num_classes, 1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), last, relu(), nn.AdaptiveAvgPool2d(1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        nn.init.normal_(last.weight, std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to logits, (N, classes)."""
        x = self.features(images)  # (N, 512, H/16, W/16)
        logits: Tensor = self.classifier(x).flatten(1)
        return logits


def _halve() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def _no_bypass(channels: int, out_channels: int) -> None:
    return None


def _simple_bypass(channels: int, out_channels: int) -> nn.Module | None:
    return nn.Identity() if channels == out_channels else None


def _complex_bypass(channels: int, out_channels: int) -> nn.Module:
    return nn.Identity() if channels == out_channels else nn.Conv2d(channels, out_channels, 1)


def _squeezenet1_0(bypass: MakeBypass, num_classes: int, in_channels: int, dropout: float) -> SqueezeNet:
    def fire(channels: int, squeeze: int, expand: int) -> Fire:
        return Fire(channels, squeeze, expand, bypass=bypass(channels, 2 * expand))

    features = nn.Sequential(
        nn.Conv2d(in_channels, 96, 7, stride=2), relu(), _halve(),
        fire(96, 16, 64), fire(128, 16, 64), fire(128, 32, 128), _halve(),  # fire 2, 3, 4
        fire(256, 32, 128), fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256), _halve(),  # fire 5 to 8
        fire(512, 64, 256),
    )  # fmt: skip
    return SqueezeNet(features, num_classes=num_classes, dropout=dropout)


def squeezenet1_0(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> SqueezeNet:
    """Build SqueezeNet 1.0 as in the paper, without bypass: 1,248,424 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    dropout : probability of dropping a value before the last convolution

    Returns
    -------
    SqueezeNet

    References
    ----------
    .. [1] F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, table 1.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in squeezenet1_0().parameters())
    1248424
    """
    return _squeezenet1_0(_no_bypass, num_classes, in_channels, dropout)


def squeezenet1_0_simple_bypass(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> SqueezeNet:
    """Build SqueezeNet 1.0 whose fires 3, 5, 7 and 9 add their input: 1,248,424 parameters, as `squeezenet1_0`.

    The paper measured 2.9 points more top-1 and 2.2 more top-5 accuracy; its checkpoint keys are `squeezenet1_0`'s.
    """
    return _squeezenet1_0(_simple_bypass, num_classes, in_channels, dropout)


def squeezenet1_0_complex_bypass(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> SqueezeNet:
    """Build SqueezeNet 1.0 where fires 2, 4, 6, 8 too add their input, by a 1×1 convolution: 1,589,672 parameters.

    Arguments as `squeezenet1_0`.
    """
    return _squeezenet1_0(_complex_bypass, num_classes, in_channels, dropout)


def squeezenet1_1(*, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> SqueezeNet:
    """Build SqueezeNet 1.1, which halves earlier and needs 2.4 times less arithmetic: 1,235,496 parameters.

    Arguments as `squeezenet1_0`.
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 64, 3, stride=2), relu(), _halve(),
        Fire(64, 16, 64), Fire(128, 16, 64), _halve(),
        Fire(128, 32, 128), Fire(256, 32, 128), _halve(),
        Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
    )  # fmt: skip
    return SqueezeNet(features, num_classes=num_classes, dropout=dropout)
