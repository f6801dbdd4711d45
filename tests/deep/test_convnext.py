"""ConvNeXt."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from deep.models.convnext import Block, LayerNorm2d
from deep.registry import create_model, list_models
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill

COUNTS = {
    "convnext_tiny": 28_589_128,
    "convnext_small": 50_223_688,
    "convnext_base": 88_591_464,
    "convnext_large": 197_767_336,
}


@pytest.mark.parametrize("name", list_models("convnext_*"))
def test_keys_shapes_and_counts_are_the_oracles(name):
    with torch.device("meta"):
        model = create_model(name)
    assert_same_layout(name, model)
    assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[name]


def test_answers_and_gradients_are_the_oracles():
    assert_same_answers("convnext_tiny", create_model("convnext_tiny"))


def test_a_fresh_block_is_nearly_the_identity():
    x = torch.randn(1, 8, 9, 9)
    assert_close(Block(8, drop_rate=0)(x), x, atol=1e-5, rtol=0)  # the branch is scaled by 1e-6


def test_a_block_commutes_with_shifts_away_from_the_border():
    block, x = fill(Block(4, drop_rate=0)), torch.zeros(1, 4, 20, 20)
    x[..., 9:11, 9:11] = torch.randn(1, 4, 2, 2)
    assert_close(block(x.roll(3, -1))[..., 8:12, 8:16], block(x).roll(3, -1)[..., 8:12, 8:16], atol=1e-5, rtol=1e-5)


def test_the_norm_of_maps_is_the_norm_of_each_pixels_channels():
    norm, x = fill(LayerNorm2d(6)), torch.randn(2, 6, 3, 5)
    pixels = nn.functional.layer_norm(x[1, :, 2, 4], (6,), norm.weight, norm.bias, norm.eps)
    assert_close(norm(x)[1, :, 2, 4], pixels)
