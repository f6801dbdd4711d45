"""Weights whose length is learned apart from their direction."""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class WeightNorm(nn.Module):
    """Wrap a layer so that each output's weights are w = g v / ‖v‖, with the length g and the direction v learned.

    The wrapped layer gives what it gave before. Unlike batch normalisation nothing depends on the other images of a
    batch; with `MeanOnlyBatchNorm` after it, the mean is taken care of too.

    Parameters
    ----------
    layer : nn.Linear, or a convolution, plain or transposed
        Changed in place: its `weight` is from now on computed of `gain` and `direction`.

    Attributes
    ----------
    gain : (outputs, 1, …), g
    direction : the shape of the weight, v

    Raises
    ------
    TypeError
        `layer` is of another kind.
    ValueError
        `layer` is a transposed convolution in groups, whose outputs share no axis.

    Notes
    -----
    The keys are those of torch.nn.utils.parametrizations.weight_norm, behind `layer.`; that takes the inputs of a
    transposed convolution for its outputs. A direction of length 0 gives NaN. As every parametrization of torch, it is
    saved by its state_dict and cannot be pickled whole.

    References
    ----------
    .. [1] T. Salimans and D. Kingma, "Weight normalization: a simple reparameterization to accelerate training of deep
       neural networks", NIPS 2016, equation 2; `initialize`: equations 5 and 6.

    Examples
    --------
    >>> dense = nn.Linear(2, 1, bias=False)
    >>> _ = dense.weight.data.copy_(torch.tensor([[3.0, 4.0]]))
    >>> norm = WeightNorm(dense)
    >>> norm.gain.item(), norm(torch.tensor([[1.0, 1.0]])).item()
    (5.0, 7.0)
    >>> _ = norm.gain.data.fill_(10.0)
    >>> norm.layer.weight.tolist()
    [[6.0, 8.0]]
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        is_transposed = isinstance(layer, _TRANSPOSED)
        if not is_transposed and not isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            raise TypeError(f"layer must be nn.Linear or a convolution, got {type(layer).__name__}")
        if is_transposed and layer.groups != 1:
            raise ValueError(f"layer must have groups=1 where it is a transposed convolution, got {layer.groups}")
        parametrize.register_parametrization(layer, "weight", _GainTimesDirection(1 if is_transposed else 0))
        self.layer = layer

    @property
    def gain(self) -> nn.Parameter:
        """The lengths g of the weights."""
        return self.layer.get_parameter("parametrizations.weight.original0")

    @property
    def direction(self) -> nn.Parameter:
        """The vectors v, of any length."""
        return self.layer.get_parameter("parametrizations.weight.original1")

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer with the weights of this moment."""
        result: Tensor = self.layer(x)
        return result

    @torch.no_grad()
    def initialize(self, x: Tensor) -> Tensor:
        """Set gain and bias so that every output has mean 0 and deviation 1 over this batch; return the outputs.

        Parameters
        ----------
        x : a batch of the layer's inputs, with the batch's axis
            Of a network, initialise one layer after the other, each on what the one before gives.

        Raises
        ------
        ValueError
            The layer has no bias, or an output is the same for all inputs.
        """
        bias = self.layer.bias
        if not isinstance(bias, Tensor):
            raise ValueError("layer must have a bias to be initialised, got bias=None")
        outputs = self(x)
        axis = -1 if isinstance(self.layer, nn.Linear) else 1
        deviation, mean = torch.std_mean(outputs.movedim(axis, 0).flatten(1), dim=1, correction=0)
        if not bool((deviation > 0).all()):
            raise ValueError("x must make every output vary, got an output of deviation 0")
        self.gain.div_(deviation.reshape([-1 if length > 1 else 1 for length in self.gain.shape]))
        bias.sub_(mean).div_(deviation)
        normalised: Tensor = self(x)
        return normalised


class _GainTimesDirection(nn.Module):
    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, gain: Tensor, direction: Tensor) -> Tensor:
        return direction * (gain / self._length(direction))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return self._length(weight), weight

    def _length(self, weight: Tensor) -> Tensor:
        axes = [axis for axis in range(weight.ndim) if axis != self.axis]
        lengths: Tensor = torch.linalg.vector_norm(weight, dim=axes, keepdim=True)
        return lengths
