"""Widen, filter each channel, gate, narrow again: the block of MobileNetV3 and EfficientNet."""

from collections.abc import Callable

from torch import Tensor, nn

from deep.blocks.conv_norm import ConvNormAct
from deep.blocks.squeeze_excite import SqueezeExcite
from deep.blocks.stochastic_depth import StochasticDepth


class InvertedResidual(nn.Module):
    """Expand by 1×1, filter depthwise, gate the channels, project by 1×1 without activation; a shortcut where it fits.

    The shortcut joins the narrow ends, which need no activation to be kept (the linear bottleneck). The parts are
    numbered in `block`, as in torchvision; a part that is not there takes no number.

    Parameters
    ----------
    in_channels, expanded, out_channels : channels at the ends and in between
        No expansion where `expanded` equals `in_channels`.
    size, stride : of the depthwise convolution
    norm, activation : makers of layers
    gate : maker of the channel gate for `expanded` channels, or None
    drop_rate : probability of dropping the branch while training, where there is a shortcut

    References
    ----------
    .. [1] M. Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, section 3.
    .. [2] A. Howard et al., "Searching for MobileNetV3", ICCV 2019, figure 4.
    """

    def __init__(
        self,
        in_channels: int,
        expanded: int,
        out_channels: int,
        *,
        size: int = 3,
        stride: int = 1,
        norm: Callable[[int], nn.Module],
        activation: Callable[[], nn.Module],
        gate: Callable[[int], SqueezeExcite] | None = None,
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        if expanded != in_channels:
            parts.append(ConvNormAct(in_channels, expanded, 1, norm=norm, activation=activation))
        parts.append(
            ConvNormAct(expanded, expanded, size, stride=stride, groups=expanded, norm=norm, activation=activation)
        )
        if gate is not None:
            parts.append(gate(expanded))
        parts.append(ConvNormAct(expanded, out_channels, 1, norm=norm, activation=None))
        self.block = nn.Sequential(*parts)
        self.has_shortcut = stride == 1 and in_channels == out_channels
        self.stochastic_depth = StochasticDepth(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, out_channels, H / stride, W / stride)."""
        branch: Tensor = self.block(x)
        if not self.has_shortcut:
            return branch
        return self.stochastic_depth(branch) + x  # type: ignore[no-any-return]
