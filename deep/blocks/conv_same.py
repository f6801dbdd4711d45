"""Convolution with TensorFlow's two paddings, which any stride allows."""

import math
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional


def padding_same(length: int, size: int, *, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Give TensorFlow's SAME padding of one axis, before and after; where it is odd, the extra zero comes after.

    Parameters
    ----------
    length : pixels along the axis
    size : taps of the kernel
    stride, dilation : of the convolution

    Examples
    --------
    The notes' thirteen inputs, six taps, stride 5: three outputs instead of the two of VALID.

    >>> padding_same(13, 6, stride=5)
    (1, 2)
    """
    outputs = math.ceil(length / stride)
    total = max((outputs - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    return total // 2, total - total // 2


class Conv2dSame(nn.Conv2d):
    """Convolve with TensorFlow's SAME (ceil(H / stride) rows, whatever the kernel) or VALID padding (none).

    torch's own `padding="same"` refuses strides; symmetric padding of an even image at stride 2 samples one pixel
    further left, so that weights trained with the one do not fit the other.

    Parameters
    ----------
    in_channels, out_channels : channels
    size : pixels, the kernel's height and width
    stride, dilation, groups, bias : as torch has them
    padding : "same" or "valid"

    Raises
    ------
    ValueError
        `padding` is another word.

    References
    ----------
    .. [1] TensorFlow API, tf.nn, "Notes on padding".

    Examples
    --------
    >>> import torch
    >>> line = torch.zeros(1, 1, 13, 13)
    >>> Conv2dSame(1, 1, 6, stride=5)(line).shape[-1], Conv2dSame(1, 1, 6, stride=5, padding="valid")(line).shape[-1]
    (3, 2)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        padding: Literal["same", "valid"] = "same",
    ) -> None:
        if padding not in ("same", "valid"):
            raise ValueError(f'padding must be "same" or "valid", got {padding!r}')
        super().__init__(in_channels, out_channels, size, stride, dilation=dilation, groups=groups, bias=bias)
        self.same = padding == "same"

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, out_channels, ceil(H / stride), ceil(W / stride)) for "same"."""
        if self.same:
            (size, width), (stride, _), (dilation, _) = self.kernel_size, self.stride, self.dilation
            rows = padding_same(x.shape[-2], size, stride=stride, dilation=dilation)
            columns = padding_same(x.shape[-1], width, stride=stride, dilation=dilation)
            x = functional.pad(x, (*columns, *rows))
        return super().forward(x)
