"""Initial weights: their distributions, and what they do to the size of values and gradients."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from deep.blocks.initialize import (
    count_fans,
    he_normal,
    he_uniform,
    lecun_normal,
    orthogonal,
    standard_uniform,
    xavier_uniform,
)

ALL = (standard_uniform, lecun_normal, xavier_uniform, he_normal, he_uniform, orthogonal)
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple)
TORCH = [
    (xavier_uniform, nn.init.xavier_uniform_),
    (he_normal, nn.init.kaiming_normal_),
    (he_uniform, nn.init.kaiming_uniform_),
    (orthogonal, nn.init.orthogonal_),
    (standard_uniform, lambda weight: nn.init.kaiming_uniform_(weight, a=5**0.5)),  # as nn.Linear does
    (lecun_normal, lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="linear")),
]


@pytest.mark.parametrize(("ours", "theirs"), TORCH)
@given(shape=shapes)
def test_with_torchs_generator_the_weights_are_torchs(ours, theirs, shape):
    first, second = torch.empty(shape), torch.empty(shape)
    torch.manual_seed(1)
    ours(first)
    torch.manual_seed(1)
    theirs(second)
    torch.testing.assert_close(first, second, rtol=1e-6, atol=0)


@pytest.mark.parametrize("initialize", ALL)
@given(shape=shapes, seed=st.integers(0, 2**40))
def test_one_seed_gives_one_answer_and_leaves_torchs_generator_alone(initialize, shape, seed):
    before = torch.get_rng_state()
    weight = torch.empty(shape, dtype=torch.float64)
    assert initialize(weight, rng=seed) is weight
    assert torch.equal(weight, initialize(torch.empty_like(weight), rng=np.random.default_rng(seed)))
    assert torch.equal(torch.get_rng_state(), before)
    if math.prod(shape) > 1:  # an orthogonal 1 × 1 is ±1
        assert not torch.equal(weight, initialize(torch.empty_like(weight), rng=seed + 1))


@pytest.mark.parametrize("initialize", ALL)
def test_one_generator_gives_two_layers_different_weights(initialize):
    rng = np.random.default_rng(0)
    assert not torch.equal(initialize(torch.empty(3, 3), rng=rng), initialize(torch.empty(3, 3), rng=rng))


@pytest.mark.parametrize(
    ("initialize", "variance"),  # of n = 25 · 80 inputs and m = 25 · 40 outputs
    [
        (standard_uniform, 1 / (3 * 2000)),
        (lecun_normal, 1 / 2000),
        (xavier_uniform, 2 / 3000),
        (he_normal, 2 / 2000),
        (he_uniform, 2 / 2000),
    ],
)
def test_variances_are_the_papers(initialize, variance):
    weight = initialize(torch.empty(40, 80, 5, 5, dtype=torch.float64), rng=0)
    # the variance of 80,000 normal draws is good to √(2 / 80000) = 0.5 %; four of these
    assert weight.var().item() == pytest.approx(variance, rel=0.02)
    assert abs(weight.mean().item()) < 4 * (variance / weight.numel()) ** 0.5


@given(shape=shapes, gain=st.floats(0.1, 3))
def test_orthogonal_weights_keep_lengths(shape, gain):
    matrix = orthogonal(torch.empty(shape, dtype=torch.float64), gain=gain, rng=0).flatten(1)
    fewer = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    torch.testing.assert_close(fewer, gain**2 * torch.eye(len(fewer), dtype=torch.float64), rtol=1e-12, atol=1e-12)


def test_rotations_are_drawn_evenly():
    # the trace of an evenly drawn orthogonal 3 × 3 has mean 0 and variance 1; QR by itself favours some
    rng = np.random.default_rng(0)
    traces = [orthogonal(torch.empty(3, 3), rng=rng).trace().item() for _ in range(2000)]
    assert abs(np.mean(traces)) < 4 / 2000**0.5
    assert np.var(traces) == pytest.approx(1, abs=0.15)


def propagate(initialize, activation, *, width=400, depth=5):
    """Glorot and Bengio's experiment: the deviation of the values and of the gradients in each layer."""
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(300, width)))
    values = []
    for _ in range(depth):
        weight = initialize(torch.empty(width, width, dtype=torch.float64), rng=rng)
        x = activation((x @ weight.T).requires_grad_())
        x.retain_grad()
        values.append(x)
    (x * torch.from_numpy(rng.normal(size=x.shape))).sum().backward()
    return [v.detach().std().item() for v in values], [v.grad.std().item() for v in values]


def ratios(numbers):
    return [after / before for before, after in pairwise(numbers)]


def test_the_standard_start_loses_values_and_gradients_layer_by_layer():
    # linear: each layer takes √(n · 1 / 3n) = 0.577 of the deviation; tanh takes a little more of what is large
    forward, backward = propagate(standard_uniform, nn.Identity())
    assert ratios(forward) == pytest.approx([3**-0.5] * 4, rel=0.02)
    assert ratios(backward[::-1]) == pytest.approx([3**-0.5] * 4, rel=0.02)
    forward, _ = propagate(standard_uniform, torch.tanh)
    assert all(ratio < 0.6 for ratio in ratios(forward))


@pytest.mark.parametrize("initialize", [xavier_uniform, lecun_normal, orthogonal])
def test_glorots_start_keeps_both_in_a_linear_net(initialize):
    # 120,000 values per layer, but only 400 singular values of one draw: a few percent
    for numbers in propagate(initialize, nn.Identity()):
        assert ratios(numbers) == pytest.approx([1] * 4, rel=0.05)


def test_glorots_start_loses_less_than_the_standard_one_in_tanh():
    for glorots, standard in zip(
        propagate(xavier_uniform, torch.tanh), propagate(standard_uniform, torch.tanh), strict=True
    ):
        assert max(glorots) / min(glorots) < 2 < 5 < max(standard) / min(standard)


@pytest.mark.parametrize("initialize", [he_normal, he_uniform])
def test_hes_start_keeps_the_square_of_values_under_relu(initialize):
    forward, backward = propagate(initialize, torch.relu)
    assert ratios(forward) == pytest.approx([1] * 4, rel=0.1)
    assert ratios(backward) == pytest.approx([1] * 4, rel=0.1)
    lost, _ = propagate(lecun_normal, torch.relu)
    assert ratios(lost) == pytest.approx([0.5**0.5] * 4, rel=0.1)


def test_a_slope_below_zero_takes_less_away():
    slope = 0.25
    ours, theirs = torch.empty(30, 20), torch.empty(30, 20)
    torch.manual_seed(0)
    he_normal(ours, slope=slope)
    torch.manual_seed(0)
    nn.init.kaiming_normal_(theirs, a=slope)
    torch.testing.assert_close(ours, theirs)


def test_fans_are_torchs():
    for shape in [(3, 4), (5, 4, 3), (6, 2, 3, 3), (2, 3, 1, 2, 3)]:
        assert count_fans(torch.empty(shape)) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("initialize", ALL)
def test_other_precisions_and_no_memory_are_filled_too(initialize):
    for rng in (None, 0):
        half = initialize(torch.empty(4, 3, dtype=torch.bfloat16), rng=rng)
        assert half.isfinite().all()
        assert initialize(torch.empty(4, 3, device="meta"), rng=rng).device.type == "meta"
        assert initialize(nn.Parameter(torch.empty(4, 3)), rng=rng).requires_grad


@pytest.mark.parametrize("initialize", ALL)
def test_what_cannot_be_filled_is_told(initialize):
    with pytest.raises(ValueError, match=r"weight must be \(outputs, inputs, …\), got shape \(3,\)"):
        initialize(torch.empty(3))
    with pytest.raises(TypeError, match=r"weight must be a floating tensor, got torch\.int64"):
        initialize(torch.ones(3, 3, dtype=torch.int64))
    with pytest.raises(TypeError, match="rng must be an integer or a"):
        initialize(torch.empty(3, 3), rng="seed")
