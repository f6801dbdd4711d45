"""Convolution in time that never sees what is still to come."""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional


class CausalConv1d(nn.Conv1d):
    """Convolve a signal so that no output depends on a later input; zeros stand before its beginning.

    Parameters
    ----------
    in_channels, out_channels : channels
    size : taps of the kernel
    dilation : steps between taps
        1 is a plain kernel, which the notes call dilation 0.
    mask : "A" or "B"
        "B": output t sees inputs t, t - dilation, …; the rule for all layers but the first. "A": it sees t - 1,
        t - 1 - dilation, … and not t, which a network must not be told when it has to predict t.
    groups, bias : as torch has them

    Raises
    ------
    ValueError
        `mask` is another word.

    Notes
    -----
    The notes let every layer derive output t from t - 1; with that in each layer a deep net would only see further and
    further into the past. One layer of mask "A" at the start is enough.

    The masked kernels of PixelCNN set the tap at t to 0; here "A" is a shift by one, so that all taps are used.

    References
    ----------
    .. [1] A. van den Oord et al., "WaveNet: a generative model for raw audio", arXiv:1609.03499, 2016, section 2.1.
    .. [2] A. van den Oord et al., "Pixel recurrent neural networks", ICML 2016, section 3.4 (masks A and B).

    Examples
    --------
    >>> import torch
    >>> pulse = torch.tensor([[[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]])
    >>> for mask in ("A", "B"):
    ...     layer = CausalConv1d(1, 1, 2, dilation=2, mask=mask, bias=False)
    ...     _ = nn.init.ones_(layer.weight)
    ...     print(layer(pulse).flatten().tolist())
    [0.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]

    Layers of two taps at dilations 1, 2, 4, 8 see 1 + (1 + 2 + 4 + 8) = 16 samples:

    >>> layers = nn.Sequential(*(CausalConv1d(1, 1, 2, dilation=2**i) for i in range(4)))
    >>> signal = torch.zeros(1, 1, 40, requires_grad=True)
    >>> layers(signal)[0, 0, 30].backward()
    >>> torch.nonzero(signal.grad.flatten())[[0, -1]].flatten().tolist()
    [15, 30]
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int,
        *,
        dilation: int = 1,
        mask: Literal["A", "B"] = "B",
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        if mask not in ("A", "B"):
            raise ValueError(f'mask must be "A" or "B", got {mask!r}')
        super().__init__(in_channels, out_channels, size, dilation=dilation, groups=groups, bias=bias)
        self.mask = mask

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T), or without N, to the same length T."""
        before, after = self.dilation[0] * (self.kernel_size[0] - 1), 0
        if self.mask == "A":
            before, after = before + 1, -1
        return super().forward(functional.pad(x, (before, after)))

    def extra_repr(self) -> str:
        """Show the sizes and the mask."""
        taps, steps = self.kernel_size[0], self.dilation[0]
        return f"{self.in_channels}, {self.out_channels}, {taps}, dilation={steps}, mask={self.mask!r}"
