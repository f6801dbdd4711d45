"""Gated recurrent unit: one state, and two gates that reset and update it."""

from torch import Tensor
from torch.nn.functional import linear

from deep.blocks.gated_cell import GatedCell


class GRUCell(GatedCell):
    """Take one step of a GRU, in the form of the paper and the notes, or in that of torch and cuDNN.

    Before (the default): the reset gate takes from the state, then that is multiplied by the weights; z is how much is
    *new*: h~ = tanh(W x + U (r h)), h' = (1 - z) h + z h~.

    After (torch.nn.GRUCell exactly): it takes from the product, and z is how much is *kept*:
    h~ = tanh(W x + r (U h)), h' = (1 - z) h~ + z h.

    Parameters
    ----------
    input_size, hidden_size : m and n
    reset_after : bool
    bias : bool
        The notes' formulas have none.

    Attributes
    ----------
    weight_ih, weight_hh : (3n, m) and (3n, n)
        W and U: rows of the gates r, z and the candidate, as in torch.
    bias_ih, bias_hh : (3n,), or None

    Raises
    ------
    ValueError
        A size is less than 1; the input is not (N, m) or (m,).

    Notes
    -----
    The forms are different networks: weights trained in the one do not fit the other. The paper has reset before, and
    its z is torch's; 1 - z of the notes is only another name, as a gate learns either.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
       translation", EMNLP 2014, equations 5-8.

    Examples
    --------
    >>> cell = GRUCell(10, 20)
    >>> sum(parameter.numel() for parameter in cell.parameters())  # 3 (mn + n² + 2n)
    1920
    >>> cell(torch.zeros(3, 10)).shape
    torch.Size([3, 20])

    With weights of 0 both gates are half open, and the candidate is 0:

    >>> for parameter in cell.parameters():
    ...     _ = parameter.data.zero_()
    >>> cell(torch.zeros(10), torch.ones(20))[0].item()
    0.5
    """

    def __init__(self, input_size: int, hidden_size: int, *, reset_after: bool = False, bias: bool = True) -> None:
        super().__init__(3, input_size, hidden_size, bias=bias)
        self.reset_after = reset_after

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """(N, m) and the state (N, n) to the next state; without one, from zeros. N may be missing."""
        zeros = self.start(x)
        h = zeros if state is None else state
        r, z, candidate = linear(x, self.weight_ih, self.bias_ih).chunk(3, dim=-1)  # each (N, n)
        if self.reset_after:
            r_of_h, z_of_h, candidate_of_h = linear(h, self.weight_hh, self.bias_hh).chunk(3, dim=-1)
            r, z = (r + r_of_h).sigmoid(), (z + z_of_h).sigmoid()
            return (1 - z) * (candidate + r * candidate_of_h).tanh() + z * h
        r_weight, z_weight, candidate_weight = self.weight_hh.chunk(3)  # each (n, n)
        r_bias, z_bias, candidate_bias = (None, None, None) if self.bias_hh is None else self.bias_hh.chunk(3)
        r, z = (r + linear(h, r_weight, r_bias)).sigmoid(), (z + linear(h, z_weight, z_bias)).sigmoid()
        candidate = (candidate + linear(r * h, candidate_weight, candidate_bias)).tanh()
        return (1 - z) * h + z * candidate
