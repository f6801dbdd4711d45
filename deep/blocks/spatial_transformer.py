"""Networks that choose how to turn, scale and shift what they look at."""

from typing import get_args

import torch
from torch import Tensor, nn

from imgproc._checks import check_choice
from imgproc.geometry.warp import warp
from imgproc.typing import Border

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class SpatialTransformer(nn.Module):
    """Warp each image by the affine map that a small network finds for it; everything is differentiable.

    The six numbers of an image, row by row, map positions of the result to positions of the image, both from -1 at the
    left and upper *edge* to 1 at the right and lower: the coordinates of torch's affine_grid with align_corners=False,
    in which pixel j of W has its centre at (2 j + 1) / W - 1.

    Parameters
    ----------
    localisation : module, (N, C, H, W) to (N, 6) or (N, 2, 3)
        Its last dense or convolutional layer, if it has six outputs, is set to weights 0 and the bias 1 0 0 0 1 0, so
        that training starts from the identity. One that ends otherwise starts as it is.
    size : (height, width) of the result, optional
        By default that of the image.
    border : as of imgproc.geometry.warp, "constant" is 0 outside

    Raises
    ------
    ValueError
        `border` is none of the words; `localisation` gives another shape, or a map that is not invertible, which takes
        the image to a line or a point.

    Notes
    -----
    Linear interpolation, imgproc.geometry.warp with positions in float64. torch's grid_sample (zeros, bilinear) gives
    the same to rounding.

    References
    ----------
    .. [1] M. Jaderberg et al., "Spatial transformer networks", NIPS 2015, equations 1 and 5.

    Examples
    --------
    >>> localisation = nn.Sequential(nn.Flatten(), nn.Linear(9, 6))
    >>> transformer = SpatialTransformer(localisation)
    >>> image = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> bool((transformer(image) == image).all())
    True

    Two thirds of the half width 1 are one pixel of three:

    >>> _ = localisation[1].bias.data.copy_(torch.tensor([1, 0, 2 / 3, 0, 1, 0]))
    >>> transformer(image)[0, 0].round().tolist()
    [[1.0, 2.0, 0.0], [4.0, 5.0, 0.0], [7.0, 8.0, 0.0]]
    """

    def __init__(
        self, localisation: nn.Module, *, size: tuple[int, int] | None = None, border: Border = "constant"
    ) -> None:
        super().__init__()
        self.localisation = localisation
        self.size = size
        self.border: Border = check_choice(border, get_args(Border), "border")
        _start_from_identity(localisation)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, *size)."""
        found: Tensor = self.localisation(x)
        if tuple(found.shape) not in ((len(x), 6), (len(x), 2, 3)):
            raise ValueError(f"localisation must give ({len(x)}, 6) numbers, got shape {tuple(found.shape)}")
        size = self.size or (x.shape[-2], x.shape[-1])
        matrix = _to_pixels(found.reshape(-1, 2, 3).double(), (x.shape[-2], x.shape[-1]), size)
        return warp(x, matrix, size=size, inverse=True, border=self.border)


def _to_pixels(theta: Tensor, size: tuple[int, int], made: tuple[int, int]) -> Tensor:
    """Give (N, 3, 3) between pixel centres at whole numbers for (N, 2, 3) between the edges at -1 and 1."""
    source, target = theta.new_tensor(size[::-1]), theta.new_tensor(made[::-1])  # each (width, height)
    linear = theta[:, :, :2] * (source[:, None] / target)
    shift = theta[:, :, 2] * source / 2 + (source - 1) / 2 - linear @ ((target - 1) / 2)
    last = theta.new_tensor([0.0, 0.0, 1.0]).expand(len(theta), 1, 3)
    return torch.cat([torch.cat([linear, shift[:, :, None]], dim=2), last], dim=1)


def _start_from_identity(localisation: nn.Module) -> None:
    layers = [layer for layer in localisation.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    if layers and layers[-1].weight.shape[0] == 6:
        with torch.no_grad():
            layers[-1].weight.zero_()
            if layers[-1].bias is not None:
                layers[-1].bias.copy_(layers[-1].bias.new_tensor(_IDENTITY))
