"""Residual networks with channel gates."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from deep.models.senet import GatedBottleneck
from deep.registry import create_model
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill


@pytest.mark.parametrize(("name", "parameters"), [("seresnet50", 28_088_024), ("senet154", 115_088_984)])
def test_keys_shapes_and_counts_are_the_oracles(name, parameters):
    with torch.device("meta"):
        model = create_model(name)
    assert_same_layout(name, model)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


def test_answers_gradients_and_statistics_are_the_oracles():
    assert_same_answers("seresnet50", create_model("seresnet50"))


def small_block(**shape):
    return fill(GatedBottleneck(16, 8, 8, 16, **{"stride": 1, "groups": 1, "shortcut_size": 1} | shape))


def test_a_closed_gate_leaves_the_shortcut():
    block, x = small_block(), torch.randn(2, 16, 6, 6)
    nn.init.zeros_(block.se.fc2.weight)
    nn.init.constant_(block.se.fc2.bias, -1e4)
    assert_close(block(x), x.relu(), atol=0, rtol=0)


def test_an_open_gate_leaves_the_branch():
    block, x = small_block(), torch.randn(2, 16, 6, 6)
    nn.init.zeros_(block.se.fc2.weight)
    nn.init.constant_(block.se.fc2.bias, 1e4)
    plain = block(x)
    block.se = nn.Identity()
    assert_close(plain, block(x))


@pytest.mark.parametrize("shortcut_size", [1, 3])
def test_a_strided_block_halves_the_sides(shortcut_size):
    assert small_block(stride=2, shortcut_size=shortcut_size)(torch.zeros(1, 16, 7, 10)).shape == (1, 16, 4, 5)


def test_senet154_runs_with_any_size():
    with torch.device("meta"):
        assert create_model("senet154", num_classes=4)(torch.zeros(1, 3, 96, 65)).shape == (1, 4)
