"""VGG with and without batch norm."""

import pytest
import torch
from torch import nn

from deep.models import vgg
from tests.deep.oracle import assert_same_answers, assert_same_layout

NAMES = [f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")]


@pytest.mark.parametrize("name", NAMES)
def test_keys_and_counts_are_torchvisions(name):
    with torch.device("meta"):
        assert_same_layout(name, getattr(vgg, name)())


@pytest.mark.parametrize("name", ["vgg11_bn"])
def test_outputs_gradients_and_statistics_are_torchvisions(name):
    with torch.device("meta"):
        model = getattr(vgg, name)()
    assert_same_answers(name, model.to_empty(device="cpu"))


def test_three_3x3_convolutions_see_7x7_with_27_weights_for_49():
    deep = nn.Sequential(*(nn.Conv2d(4, 4, 3, bias=False) for _ in range(3)))
    assert deep(torch.zeros(1, 4, 7, 7)).shape == (1, 4, 1, 1)
    assert sum(p.numel() for p in deep.parameters()) == 27 * 4**2
    assert nn.Conv2d(4, 4, 7, bias=False).weight.numel() == 49 * 4**2


def test_the_last_two_dense_layers_of_vgg16_have_21_million_weights():
    with torch.device("meta"):
        model = vgg.vgg16()
    dense = [layer for layer in model.classifier if isinstance(layer, nn.Linear)]
    counts = [layer.weight.numel() + layer.out_features for layer in dense]
    assert counts[0] == 102_764_544
    assert sum(counts[1:]) == 16_781_312 + 4_097_000


def test_any_image_size_fits_the_dense_layers():
    with torch.device("meta"):
        model = vgg.vgg11(num_classes=7)
        assert model(torch.zeros(2, 3, 100, 260)).shape == (2, 7)
