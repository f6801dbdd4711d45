"""The weights that recurrent cells share: some gates of the input and of the last hidden state."""

import torch
from torch import Tensor, nn


class GatedCell(nn.Module):
    """Hold the weights of a recurrent cell's gates as torch lays them out; a base, which computes nothing by itself.

    Parameters
    ----------
    gates : how many, stacked along the first axis
    input_size, hidden_size : m and n
    bias : bool
        Two for each gate, as torch has them, one for the input and one for the state.

    Attributes
    ----------
    weight_ih : (gates · n, m)
    weight_hh : (gates · n, n)
    bias_ih, bias_hh : (gates · n,), or None

    Raises
    ------
    ValueError
        A size is less than 1.
    """

    def __init__(self, gates: int, input_size: int, hidden_size: int, *, bias: bool = True) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        self.input_size, self.hidden_size = input_size, hidden_size
        self.weight_ih = nn.Parameter(torch.empty(gates * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(gates * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(gates * hidden_size)) if bias else None
        self.bias_hh = nn.Parameter(torch.empty(gates * hidden_size)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)  # as torch's cells

    def start(self, x: Tensor) -> Tensor:
        """Check the input, (m,) or (N, m), and give a state of zeros for it, (n,) or (N, n)."""
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ValueError(f"x must be (N, {self.input_size}) or ({self.input_size},), got shape {tuple(x.shape)}")
        return x.new_zeros(*x.shape[:-1], self.hidden_size)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")
