"""Long short-term memory: a state that gates keep, write and read."""

from torch import Tensor
from torch.nn.functional import linear

from deep.blocks.gated_cell import GatedCell


class LSTMCell(GatedCell):
    """Take one step of an LSTM; weights, gates and results are those of torch.nn.LSTMCell.

    f, i and o, sigmoids of the input and the last hidden state, decide what is forgotten, written and shown:
    c' = f c + i tanh(…), h' = o tanh(c').

    Parameters
    ----------
    input_size, hidden_size : m and n
    bias : bool

    Attributes
    ----------
    weight_ih, weight_hh : (4n, m) and (4n, n)
        Rows of the gates i, f, the candidate, o.
    bias_ih, bias_hh : (4n,), or None

    Raises
    ------
    ValueError
        A size is less than 1; the input is not (N, m) or (m,).

    Notes
    -----
    The notes count 4 (mn + n² + n) parameters, as Keras does; torch has two biases, 4 (mn + n² + 2n).

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, appendix A.1.
    .. [2] F. Gers et al., "Learning to forget: continual prediction with LSTM", Neural Computation 12(10), 2000,
       section 3 (the gate f).

    Examples
    --------
    >>> cell = LSTMCell(10, 20)
    >>> sum(parameter.numel() for parameter in cell.parameters()), 4 * (10 * 20 + 20**2 + 20)
    (2560, 2480)
    >>> state = None
    >>> for x in torch.zeros(7, 3, 10):  # seven steps of three sequences
    ...     state = cell(x, state)
    >>> [part.shape for part in state]
    [torch.Size([3, 20]), torch.Size([3, 20])]
    """

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True) -> None:
        super().__init__(4, input_size, hidden_size, bias=bias)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """(N, m) and the state (h, c), each (N, n), to the next state; without one, from zeros. N may be missing."""
        zeros = self.start(x)
        h, c = (zeros, zeros) if state is None else state
        gates = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)
        i, f, candidate, o = gates.chunk(4, dim=-1)  # each (N, n)
        c = f.sigmoid() * c + i.sigmoid() * candidate.tanh()
        return o.sigmoid() * c.tanh(), c


class CoupledLSTMCell(GatedCell):
    """Take one step of an LSTM that writes exactly where it forgets: c' = f c + (1 - f) tanh(…), h' = o tanh(c').

    The state is a weighted mean of candidates, so it stays within [-1, 1] if it starts there.

    Parameters
    ----------
    input_size, hidden_size : m and n
    bias : bool

    Attributes
    ----------
    weight_ih, weight_hh : (3n, m) and (3n, n)
        Rows of the gate f, the candidate, o: as in `LSTMCell`, without i.
    bias_ih, bias_hh : (3n,), or None

    Raises
    ------
    ValueError
        A size is less than 1; the input is not (N, m) or (m,).

    References
    ----------
    .. [1] K. Greff et al., "LSTM: a search space odyssey", IEEE Transactions on Neural Networks and Learning Systems
       28(10), 2017, section III.C, "CIFG".

    Examples
    --------
    >>> sum(parameter.numel() for parameter in CoupledLSTMCell(10, 20).parameters())  # 3 (mn + n² + 2n)
    1920
    """

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True) -> None:
        super().__init__(3, input_size, hidden_size, bias=bias)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """(N, m) and the state (h, c), each (N, n), to the next state; without one, from zeros. N may be missing."""
        zeros = self.start(x)
        h, c = (zeros, zeros) if state is None else state
        gates = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)
        f, candidate, o = gates.chunk(3, dim=-1)  # each (N, n)
        f = f.sigmoid()
        c = f * c + (1 - f) * candidate.tanh()
        return o.sigmoid() * c.tanh(), c
