"""LeNet-5 as the notes tabulate it and as it was in 1998, and the notes' small net of Keras."""

import random
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional


class LeNet(nn.Module):
    """Three convolutions and two dense layers for 32×32 images: rectified, halved by maxima.

    Parameters
    ----------
    channels : two widths, of the first and second convolution
    num_classes, in_channels : outputs, channels of the image

    References
    ----------
    .. [1] Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, II.B.
       Names of layers are the paper's.
    """

    def __init__(self, channels: tuple[int, int], *, num_classes: int, in_channels: int) -> None:
        super().__init__()
        first, second = channels
        self.convnet = nn.Sequential(OrderedDict(
            c1=nn.Conv2d(in_channels, first, 5), relu1=nn.ReLU(), s2=nn.MaxPool2d(2),  # (N, 8, 14, 14)
            c3=nn.Conv2d(first, second, 5), relu3=nn.ReLU(), s4=nn.MaxPool2d(2),  # (N, 16, 5, 5)
            c5=nn.Conv2d(second, 120, 5), relu5=nn.ReLU(),  # (N, 120, 1, 1): dense, as a convolution
        ))  # fmt: skip
        self.fc = nn.Sequential(OrderedDict(f6=nn.Linear(120, 84), relu6=nn.ReLU(), f7=nn.Linear(84, num_classes)))

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, 32, 32) to logits, (N, classes)."""
        x = self.convnet(images)
        logits: Tensor = self.fc(x.flatten(1))
        return logits


def lenet5(*, num_classes: int = 10, in_channels: int = 3, channels: tuple[int, int] = (8, 16)) -> LeNet:
    """Build the LeNet-5 of the notes' table: 62,958 parameters.

    608 + 3,216 + 48,120 + 10,164 + 850; the table has wrong sums for the last two (16,164 and 856).

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    channels : widths of the first two convolutions
        (6, 16) with one input channel is the form most found today, of 61,706 parameters.

    Returns
    -------
    LeNet

    References
    ----------
    .. [1] Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, II.B.

    Examples
    --------
    >>> [parameter.numel() for parameter in lenet5().convnet.c1.parameters()]
    [600, 8]
    >>> sum(parameter.numel() for parameter in lenet5().parameters())
    62958
    """
    return LeNet(channels, num_classes=num_classes, in_channels=in_channels)


class ScaledTanh(nn.Module):
    """The sigmoid of 1998: 1.7159 tanh(2/3 a), which keeps 1 at 1 and -1 at -1."""

    def forward(self, x: Tensor) -> Tensor:
        """Give a tensor of the same shape."""
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsample(nn.Module):
    """Sum each 2×2 square; one learned factor and offset a map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, H/2, W/2)."""
        sums = 4 * functional.avg_pool2d(x, 2)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


class PartialConv2d(nn.Module):
    """A 5×5 convolution where each output map sees only some input maps.

    Parameters
    ----------
    seen : for each output map, the input maps it sees

    Examples
    --------
    >>> layer = PartialConv2d(["012", "345"])
    >>> sum(parameter.numel() for parameter in layer.parameters())  # 6 kernels of 25, 2 biases
    152
    """

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.links = [(to, int(start)) for to, starts in enumerate(seen) for start in starts]
        self.in_channels = 1 + max(start for _, start in self.links)
        self.weight = nn.Parameter(torch.empty(len(self.links), 5, 5))
        self.bias = nn.Parameter(torch.zeros(len(seen)))
        for kernel, (to, _) in zip(self.weight, self.links, strict=True):
            nn.init.uniform_(kernel, -2.4 / (25 * len(seen[to])), 2.4 / (25 * len(seen[to])))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in, H, W) to (N, out, H - 4, W - 4)."""
        to, start = zip(*self.links, strict=True)
        dense = self.weight.new_zeros(len(self.bias), self.in_channels, 5, 5)  # zero where there is no link
        dense = dense.index_put((torch.tensor(to, device=x.device), torch.tensor(start, device=x.device)), self.weight)
        return functional.conv2d(x, dense, self.bias)


class RadialBasis(nn.Linear):
    """Minus the squared distance to a fixed code of ±1 for each class; nothing to learn.

    A linear layer by kin only, so that a head for other classes can take its place.

    References
    ----------
    .. [1] Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, equation 7. There the codes
       are drawings of 7×12 pixels; ours have seven segments, and beyond ten classes are random.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__(84, num_classes, bias=False)
        del self.weight
        self.register_buffer("weight", torch.tensor([class_code(index) for index in range(num_classes)]))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 84) to logits, (N, classes)."""
        return -((x[:, None] - self.weight) ** 2).sum(dim=-1)


SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgcde", "abc", "abcdefg", "abcdfg")
PIXELS = {  # row and column in 12×7
    "a": [(1, x) for x in range(1, 6)], "g": [(6, x) for x in range(1, 6)], "d": [(10, x) for x in range(1, 6)],
    "f": [(y, 1) for y in range(1, 7)], "e": [(y, 1) for y in range(6, 11)],
    "b": [(y, 5) for y in range(1, 7)], "c": [(y, 5) for y in range(6, 11)],
}  # fmt: skip


def class_code(index: int) -> list[float]:
    """Give the 84 numbers of -1 and 1 that stand for a class: a drawn digit, or random beyond 9."""
    if index >= len(SEGMENTS):
        return random.Random(index).choices((-1.0, 1.0), k=84)
    drawn = {pixel for segment in SEGMENTS[index] for pixel in PIXELS[segment]}
    return [1.0 if (y, x) in drawn else -1.0 for y in range(12) for x in range(7)]


# Table I of the paper: the maps of S2 that each map of C3 sees
SEEN = [
    "012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235",
    "012345",
]  # fmt: skip


class LeNet1998(nn.Module):
    """LeNet-5 as published: learned subsampling, a sparse second convolution, codes as classes.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    References
    ----------
    .. [1] Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, II.B.
    """

    def __init__(self, *, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.convnet = nn.Sequential(OrderedDict(
            c1=nn.Conv2d(in_channels, 6, 5), tanh1=ScaledTanh(),  # (N, 6, 28, 28)
            s2=Subsample(6), tanh2=ScaledTanh(),  # (N, 6, 14, 14)
            c3=PartialConv2d(SEEN), tanh3=ScaledTanh(),  # (N, 16, 10, 10)
            s4=Subsample(16), tanh4=ScaledTanh(),  # (N, 16, 5, 5)
            c5=nn.Conv2d(16, 120, 5), tanh5=ScaledTanh(),  # (N, 120, 1, 1)
        ))  # fmt: skip
        self.fc = nn.Sequential(OrderedDict(f6=nn.Linear(120, 84), tanh6=ScaledTanh(), f7=RadialBasis(num_classes)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear) and not isinstance(module, RadialBasis):
                bound = 2.4 / module.weight[0].numel()
                nn.init.uniform_(module.weight, -bound, bound)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, 32, 32) to logits, (N, classes): minus squared distances."""
        x = self.convnet(images)
        logits: Tensor = self.fc(x.flatten(1))
        return logits


def lenet5_1998(*, num_classes: int = 10, in_channels: int = 1) -> LeNet1998:
    """Build the LeNet-5 of 1998: 156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000 learned parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    LeNet1998

    References
    ----------
    .. [1] Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, II.B.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in lenet5_1998().parameters())
    60000
    """
    return LeNet1998(num_classes=num_classes, in_channels=in_channels)


class SmallConvnet(nn.Module):
    """Three 3×3 convolutions and two dense layers for 28×28 images.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image
    """

    def __init__(self, *, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2),  # (N, 32, 13, 13)
            nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),  # (N, 64, 5, 5)
            nn.Conv2d(64, 64, 3), nn.ReLU(),  # (N, 64, 3, 3)
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, 28, 28) to logits, (N, classes)."""
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


def small_convnet(*, num_classes: int = 10, in_channels: int = 1) -> SmallConvnet:
    """Build the notes' small Keras net for digits: 320 + 18,496 + 36,928 + 36,928 + 650 = 93,322 parameters.

    Parameters
    ----------
    num_classes, in_channels : outputs, channels of the image

    Returns
    -------
    SmallConvnet

    References
    ----------
    .. [1] F. Chollet, "Deep learning with Python", Manning 2017, listings 5.1 and 5.2.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in small_convnet().parameters())
    93322
    """
    return SmallConvnet(num_classes=num_classes, in_channels=in_channels)
