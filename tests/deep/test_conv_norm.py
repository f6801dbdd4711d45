"""The step of convolution, norm and activation, and residual blocks' shortcut."""

import pytest
import torch
from torch import nn

from deep.blocks.conv_norm import BasicConv2d, ConvNormAct, same_padding
from deep.blocks.residual import projection
from tests.deep.oracle import fill, probe


@pytest.mark.parametrize("size", [1, 3, 5, (1, 7), (7, 1)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_default_padding_keeps_the_image_size(size, dilation):
    layer = ConvNormAct(3, 4, size, dilation=dilation)
    assert layer(probe((9, 10), batch=2)).shape == (2, 4, 9, 10)
    assert layer[0].padding == nn.Conv2d(3, 4, size, padding=same_padding(size, dilation)).padding


def test_it_is_convolution_then_norm_then_activation():
    layer = fill(ConvNormAct(3, 4, 3, stride=2))
    convolution, norm = layer[0], layer[1]
    x = probe(8)
    with torch.no_grad():
        assert torch.equal(layer(x), torch.relu(norm(convolution(x))))


@pytest.mark.parametrize(("norm", "has_bias"), [(nn.BatchNorm2d, False), (None, True)])
def test_a_convolution_has_a_bias_only_where_no_norm_follows(norm, has_bias):
    assert (ConvNormAct(3, 4, norm=norm)[0].bias is not None) == has_bias


def test_inceptions_convolution_has_their_epsilon_and_keys():
    layer = BasicConv2d(3, 4, 3)
    assert layer.bn.eps == 1e-3
    assert [name for name, _ in layer.named_parameters()] == ["conv.weight", "bn.weight", "bn.bias"]


def test_a_shortcut_is_the_identity_where_shapes_agree():
    assert projection(8, 8, 1) is None
    changed = projection(8, 16, 2)
    assert changed is not None
    assert changed(probe(6, channels=8)).shape == (1, 16, 3, 3)
