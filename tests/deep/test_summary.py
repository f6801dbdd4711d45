"""Costs by table and by formula."""

import pytest
import torch
from torch import nn

from deep.inspect import convolution_multiply_adds, search_reward, separable_multiply_adds, summary
from deep.registry import create_model


@pytest.mark.parametrize(
    ("name", "giga"), [("resnet50", 4.089), ("mobilenet_v2", 0.301), ("vit_b_16", 17.564), ("mobilenet_v1", 0.569)]
)
def test_multiply_adds_are_the_published_ones(name, giga):
    with torch.device("meta"):
        model = create_model(name)
    assert summary(model, 224).multiply_adds / 1e9 == pytest.approx(giga, abs=5e-4)


def test_the_formulas_are_what_the_table_counts():
    full = nn.Conv2d(16, 32, 3, padding=1, bias=False)
    separable = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False), nn.Conv2d(16, 32, 1, bias=False))
    assert summary(nn.Sequential(full), 14).multiply_adds == convolution_multiply_adds(3, 16, 32, 14)
    assert summary(separable, 14).multiply_adds == separable_multiply_adds(3, 16, 32, 14)


@pytest.mark.parametrize("channels", [128, 512, 1024])
def test_a_separable_convolution_costs_an_eighth_to_a_ninth(channels):
    full, separable = (f(3, channels, channels, 14) for f in (convolution_multiply_adds, separable_multiply_adds))
    assert separable / full == pytest.approx(1 / channels + 1 / 9)
    assert 8 < full / separable < 9


def test_the_summary_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    model[2].eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    table = summary(model, (8, 9))
    assert [row.shape for row in table.rows] == [(1, 4, 6, 7)] * 3
    assert [row.parameters for row in table.rows] == [112, 8, 0]
    assert [module.training for module in model] == [True, True, False]
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_search_pays_for_accuracy_in_time():
    assert search_reward(0.75, 80, 80) == 0.75
    assert search_reward(0.75, 160, 80) == pytest.approx(0.75 * 2**-0.07)
    assert search_reward(0.75, 40, 80) > 0.75
    with pytest.raises(ValueError, match="accuracy must be"):
        search_reward(75, 80, 80)
