"""No output knows the future."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from deep.blocks.causal_conv import CausalConv1d

sizes, dilations, masks = st.integers(1, 4), st.integers(1, 4), st.sampled_from("AB")
LENGTH = 40  # more than three layers of four taps at dilation 4 see, 1 + 3 · 12


def seen(layers, t):
    """The inputs that move output t, by the gradient; all weights are positive, so that nothing cancels."""
    for parameter in layers.parameters():
        nn.init.ones_(parameter)
    signal = torch.zeros(1, 1, LENGTH, requires_grad=True)
    layers(signal)[0, 0, t].backward()
    return torch.nonzero(signal.grad.flatten()).flatten().tolist()


@given(size=sizes, dilation=dilations, mask=masks, t=st.integers(0, LENGTH - 1))
def test_output_t_sees_its_taps_and_nothing_later(size, dilation, mask, t):
    last = t if mask == "B" else t - 1
    taps = [last - dilation * i for i in reversed(range(size))]
    assert seen(CausalConv1d(1, 1, size, dilation=dilation, mask=mask), t) == [tap for tap in taps if tap >= 0]


@given(data=st.data(), size=sizes, dilation=dilations, mask=masks, t=st.integers(0, LENGTH - 1))
def test_what_comes_later_changes_nothing_before(data, size, dilation, mask, t):
    layer = CausalConv1d(2, 3, size, dilation=dilation, mask=mask)
    signal, other = torch.rand(2, 1, 2, LENGTH)
    first_free = t if mask == "A" else t + 1  # mask A may not see input t itself
    mixed = torch.cat([signal[..., :first_free], other[..., first_free:]], dim=-1)
    torch.testing.assert_close(layer(mixed)[..., : t + 1], layer(signal)[..., : t + 1])


@given(stack=st.lists(st.tuples(sizes, dilations), min_size=1, max_size=3))
def test_receptive_fields_add_up(stack):
    layers = nn.Sequential(*(CausalConv1d(1, 1, size, dilation=dilation) for size, dilation in stack))
    field = 1 + sum(dilation * (size - 1) for size, dilation in stack)
    t = LENGTH - 1
    found = seen(layers, t)
    assert (found[0], found[-1]) == (t - field + 1, t)


def test_wavenets_ten_layers_see_1024_samples():
    layers = nn.Sequential(*(CausalConv1d(1, 1, 2, dilation=2**i) for i in range(10)))
    for parameter in layers.parameters():
        nn.init.ones_(parameter)
    signal = torch.zeros(1, 1, 2000, requires_grad=True)
    layers(signal)[0, 0, -1].backward()
    assert (signal.grad != 0).sum() == 1024


def test_mask_b_is_torchs_convolution_of_a_signal_with_zeros_before_it():
    layer = CausalConv1d(3, 4, 3, dilation=2)
    signal = torch.rand(2, 3, 10)
    padded = functional.pad(signal, (4, 0))
    torch.testing.assert_close(layer(signal), functional.conv1d(padded, layer.weight, layer.bias, dilation=2))
    assert layer(signal[0]).shape == (4, 10)


def test_mask_a_is_mask_b_one_step_late():
    late, layer = CausalConv1d(3, 4, 3, dilation=2, mask="A"), CausalConv1d(3, 4, 3, dilation=2)
    late.load_state_dict(layer.state_dict())
    signal = torch.rand(2, 3, 10)
    torch.testing.assert_close(late(signal)[..., 1:], layer(signal)[..., :-1])
    torch.testing.assert_close(late(signal)[..., 0], layer.bias.expand(2, 4))  # before the signal there is nothing


def test_a_mask_is_a_or_b():
    with pytest.raises(ValueError, match='mask must be "A" or "B", got \'C\''):
        CausalConv1d(1, 1, 2, mask="C")
