"""Batch, instance, layer, group and weight normalisation: what each divides, and which are the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.testing import assert_close

from deep.blocks.batch_norm import MeanOnlyBatchNorm, PositionBatchNorm
from deep.blocks.weight_norm import WeightNorm

sides = st.integers(1, 4)
shapes = st.tuples(st.integers(2, 4), sides, st.integers(2, 4), st.integers(2, 4))


def maps(shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(3, 2, shape))


def normalise(x, axes, eps=1e-5):
    mean = x.mean(axes, keepdim=True)
    return (x - mean) / (x.var(axes, keepdim=True, correction=0) + eps).sqrt()


@given(shape=shapes)
def test_each_norm_has_its_axes(shape):
    x, channels = maps(shape), shape[1]
    assert_close(nn.BatchNorm2d(channels).double()(x), normalise(x, (0, 2, 3)))
    assert_close(nn.InstanceNorm2d(channels)(x), normalise(x, (2, 3)))
    assert_close(nn.LayerNorm(shape[1:]).double()(x), normalise(x, (1, 2, 3)))


@given(shape=shapes)
def test_one_group_is_layer_norm_and_a_group_a_channel_is_instance_norm(shape):
    x, channels = maps(shape), shape[1]
    assert_close(functional.group_norm(x, 1), functional.layer_norm(x, shape[1:]))
    assert_close(functional.group_norm(x, channels), functional.instance_norm(x))


@given(shape=shapes)
def test_instance_norm_is_batch_norm_of_a_batch_of_one(shape):
    x = maps(shape)
    single = nn.BatchNorm2d(shape[1]).double()
    assert_close(functional.instance_norm(x), torch.cat([single(image[None]) for image in x]))


@given(shape=shapes, contrast=st.floats(0.5, 4), light=st.floats(-5, 5))
def test_instance_norm_does_not_see_contrast(shape, contrast, light):
    x = maps(shape)
    changed = functional.instance_norm(contrast * x + light, eps=1e-12)
    assert_close(changed, functional.instance_norm(x, eps=1e-12), rtol=1e-6, atol=1e-6)


@given(shape=shapes)
def test_position_norm_is_the_notes_second_batch_norm(shape):
    x = maps(shape)
    norm = PositionBatchNorm(shape[1:]).double()
    assert_close(norm(x), normalise(x, 0))
    flat = nn.BatchNorm1d(norm.num_features).double()
    flat(x.flatten(1))
    assert_close(norm.eval()(x), flat.eval()(x.flatten(1)).reshape(shape))  # the running statistics are alike


@given(shape=shapes)
def test_mean_only_norm_is_batch_norm_that_does_not_divide(shape):
    x, channels = maps(shape), shape[1]
    norm, full = MeanOnlyBatchNorm(channels).double(), nn.BatchNorm2d(channels).double()
    deviation = (x.var((0, 2, 3), keepdim=True, correction=0) + full.eps).sqrt()
    assert_close(norm(x), full(x) * deviation)
    assert_close(norm.running_mean, full.running_mean)
    assert_close(norm.eval()(x), x - full.running_mean[:, None, None])


def test_mean_only_norm_takes_a_bias_before_it_away():
    x = maps((4, 3, 5, 5))
    norm = MeanOnlyBatchNorm(3).double()
    assert_close(norm(x + maps((3, 1, 1), seed=1)), norm(x))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(3, 4), (2, 3)),
        (nn.Conv1d(3, 4, 2), (2, 3, 5)),
        (nn.Conv2d(4, 4, 3, groups=2), (2, 4, 5, 5)),
        (nn.Conv3d(3, 1, 2), (2, 3, 4, 4, 4)),
        (nn.ConvTranspose2d(3, 4, 2, stride=2), (2, 3, 4, 4)),
    ],
)
def test_weight_norm_changes_nothing_but_what_is_learned(layer, shape):
    x = torch.rand(shape)
    expected, outputs = layer(x), layer.bias.numel()
    norm = WeightNorm(layer)
    assert_close(norm(x), expected)
    assert norm.gain.numel() == outputs
    assert sorted(name.rpartition(".")[2] for name, _ in norm.named_parameters()) == ["bias", "original0", "original1"]
    with torch.no_grad():
        norm.direction.mul_(7.0)  # the direction's length does not matter, the gain is the length
        assert_close(norm(x), expected)
        norm.gain.mul_(3.0)
        bias = layer.bias.reshape(-1, *[1] * (x.ndim - 2))
        assert_close(norm(x) - bias, 3 * (expected - bias), rtol=1e-5, atol=1e-6)


def test_weight_norm_is_torchs():
    ours, theirs = WeightNorm(nn.Conv2d(3, 4, 3)), parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
    ours.layer.load_state_dict(theirs.state_dict())
    x = torch.rand(2, 3, 6, 6)
    for layer in (ours, theirs):
        layer(x).square().sum().backward()
    assert_close(ours(x), theirs(x))
    weights = theirs.parametrizations.weight
    assert_close(ours.gain.grad, weights.original0.grad)
    assert_close(ours.direction.grad, weights.original1.grad)


@given(gain=st.floats(0.1, 10), seed=st.integers(0, 100))
def test_the_gradient_of_a_direction_is_at_right_angles_to_it(gain, seed):
    norm = WeightNorm(nn.Linear(5, 3)).double()
    torch.nn.init.constant_(norm.gain, gain)
    norm(maps((4, 5), seed)).square().sum().backward()
    along = (norm.direction.grad * norm.direction).sum(1)
    assert (along.abs() <= 1e-12 * norm.direction.grad.norm() * norm.direction.norm()).all()


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (nn.Linear(3, 4), (9, 3), (0,)),
        (nn.Linear(3, 4), (9, 5, 3), (0, 1)),
        (nn.Conv2d(3, 4, 3), (9, 3, 5, 5), (0, 2, 3)),
        (nn.ConvTranspose2d(3, 4, 3), (9, 3, 5, 5), (0, 2, 3)),
    ],
)
def test_initialised_on_a_batch_every_output_has_mean_0_and_deviation_1(layer, shape, axes):
    norm = WeightNorm(layer.double())
    outputs = norm.initialize(maps(shape))
    assert_close(outputs.mean(axes), torch.zeros(4).double(), rtol=0, atol=1e-12)
    assert_close(outputs.std(axes, correction=0), torch.ones(4).double(), rtol=1e-12, atol=0)
    assert_close(norm(maps(shape)), outputs)


def test_what_cannot_be_normalised_is_told():
    with pytest.raises(TypeError, match=r"layer must be nn\.Linear or a convolution, got ReLU"):
        WeightNorm(nn.ReLU())
    with pytest.raises(ValueError, match="layer must have groups=1 where it is a transposed convolution, got 2"):
        WeightNorm(nn.ConvTranspose2d(2, 2, 3, groups=2))
    with pytest.raises(ValueError, match="x must make every output vary, got an output of deviation 0"):
        WeightNorm(nn.Linear(3, 4)).initialize(torch.ones(5, 3))
    with pytest.raises(ValueError, match="layer must have a bias to be initialised, got bias=None"):
        WeightNorm(nn.Linear(3, 4, bias=False)).initialize(torch.rand(5, 3))
    with pytest.raises(ValueError, match=r"x must be \(N, 3, …\), got shape \(2, 4\)"):
        MeanOnlyBatchNorm(3)(torch.ones(2, 4))
    with pytest.raises(ValueError, match=r"x must be \(N, 3, 2, 2\), got shape \(2, 3, 2, 3\)"):
        PositionBatchNorm((3, 2, 2))(torch.ones(2, 3, 2, 3))
    with pytest.raises(ValueError, match=r"momentum must be above 0 and at most 1, got 0"):
        MeanOnlyBatchNorm(3, momentum=0)
