"""The cells of recurrent networks, by their formulas and by torch's."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from deep.blocks.gru_cell import GRUCell
from deep.blocks.lstm_cell import CoupledLSTMCell, LSTMCell

sizes = st.integers(1, 6)


def like(ours, theirs):
    """Give our cell the weights of torch's."""
    ours.load_state_dict(theirs.state_dict())
    return ours


def states(*shape, count):
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1


@given(m=sizes, n=sizes, batch=sizes, bias=st.booleans())
def test_lstm_is_torchs(m, n, batch, bias):
    theirs = nn.LSTMCell(m, n, bias=bias).double()
    ours = like(LSTMCell(m, n, bias=bias).double(), theirs)
    x, (h, c) = states(batch, m, count=1)[0], states(batch, n, count=2)
    assert_close(ours(x, (h, c)), theirs(x, (h, c)))
    assert_close(ours(x), theirs(x))
    assert_close(ours(x[0], (h[0], c[0])), theirs(x[0], (h[0], c[0])))


@given(m=sizes, n=sizes, batch=sizes, bias=st.booleans())
def test_gru_with_reset_after_is_torchs(m, n, batch, bias):
    theirs = nn.GRUCell(m, n, bias=bias).double()
    ours = like(GRUCell(m, n, reset_after=True, bias=bias).double(), theirs)
    x, h = states(batch, m, count=1)[0], states(batch, n, count=1)[0]
    assert_close(ours(x, h), theirs(x, h))
    assert_close(ours(x), theirs(x))
    assert_close(ours(x[0], h[0]), theirs(x[0], h[0]))


@given(m=sizes, n=sizes, batch=sizes)
def test_gru_as_the_notes_write_it(m, n, batch):
    cell = GRUCell(m, n, bias=False).double()
    x, h = states(batch, m, count=1)[0], states(batch, n, count=1)[0]
    # the notes' W acts on [h, x]
    r, z, w = (torch.cat(parts, 1) for parts in zip(cell.weight_hh.chunk(3), cell.weight_ih.chunk(3), strict=True))
    reset = torch.sigmoid(torch.cat([h, x], 1) @ r.T)
    update = torch.sigmoid(torch.cat([h, x], 1) @ z.T)
    candidate = torch.tanh(torch.cat([reset * h, x], 1) @ w.T)
    assert_close(cell(x, h), (1 - update) * h + update * candidate)


def test_biases_of_the_notes_gru_add_up():
    cell = GRUCell(3, 4).double()
    x, h = states(2, 3, count=1)[0], states(2, 4, count=1)[0]
    expected = cell(x, h)
    with torch.no_grad():
        cell.bias_ih += cell.bias_hh
        cell.bias_hh.zero_()
    assert_close(cell(x, h), expected)


def test_the_two_grus_differ_but_where_nothing_is_reset():
    before, after = GRUCell(3, 4).double(), GRUCell(3, 4, reset_after=True).double()
    with torch.no_grad():
        n = 4
        before.bias_ih[:n] = 50  # the reset gate is open
        after.load_state_dict(before.state_dict())
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(after, name)[n : 2 * n] *= -1  # torch's z is what the notes call 1 - z
    x, h = states(2, 3, count=1)[0], states(2, 4, count=1)[0]
    assert_close(before(x, h), after(x, h))
    with torch.no_grad():
        for cell in (before, after):
            cell.bias_ih[:n] = 0
    assert (before(x, h) - after(x, h)).abs().max() > 1e-3


@given(m=sizes, n=sizes, batch=sizes)
def test_a_coupled_lstm_is_an_lstm_that_writes_where_it_forgets(m, n, batch):
    coupled, full = CoupledLSTMCell(m, n).double(), LSTMCell(m, n).double()
    with torch.no_grad():
        for name, part in coupled.named_parameters():
            f, candidate, o = part.chunk(3)
            getattr(full, name).copy_(torch.cat([-f, f, candidate, o]))  # σ(-f) = 1 - σ(f)
    x, state = states(batch, m, count=1)[0], tuple(states(batch, n, count=2))
    assert_close(coupled(x, state), full(x, state))


def test_a_coupled_state_stays_within_one():
    cell = CoupledLSTMCell(3, 5)
    nn.init.normal_(cell.weight_ih, std=10)
    state = None
    for x in torch.randn(50, 2, 3, generator=torch.Generator().manual_seed(0)):
        state = cell(x, state)
        assert all(part.abs().max() <= 1 for part in state)


@pytest.mark.parametrize("make", [LSTMCell, GRUCell])
def test_one_seed_gives_torchs_weights(make):
    torch.manual_seed(3)
    ours = make(4, 5).state_dict()
    torch.manual_seed(3)
    theirs = getattr(nn, make.__name__)(4, 5).state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_the_notes_count_one_bias_and_torch_two():
    def count(cell):
        return sum(parameter.numel() for parameter in cell.parameters())

    assert count(LSTMCell(10, 20)) == 4 * (10 * 20 + 20**2 + 2 * 20) == 2560
    assert count(LSTMCell(10, 20)) - 4 * 20 == 2480
    assert count(GRUCell(10, 20)) == count(CoupledLSTMCell(10, 20)) == 3 * (10 * 20 + 20**2 + 2 * 20)


@pytest.mark.parametrize("make", [LSTMCell, GRUCell, CoupledLSTMCell])
def test_what_does_not_fit_is_told(make):
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        make(3, 0)
    with pytest.raises(ValueError, match=r"x must be \(N, 3\) or \(3,\), got shape \(2, 4\)"):
        make(3, 2)(torch.zeros(2, 4))
