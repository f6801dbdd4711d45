"""Heads, inputs and frozen parts."""

import pytest
import torch
from torch import nn

from deep.registry import create_model
from deep.surgery import adapt_input, count_parameters, freeze, replace_head


def small() -> nn.Module:
    torch.manual_seed(0)
    first = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    return nn.Sequential(*first, nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 3))


def test_running_statistics_are_counted_as_keras_does():
    with torch.device("meta"):
        model = create_model("resnet50")
    assert count_parameters(model) == (25_557_032 + 53_120, 25_557_032)


def test_a_shared_parameter_is_counted_once():
    layer = nn.Linear(4, 4)
    assert count_parameters(nn.Sequential(layer, layer)) == (20, 20)


def test_a_replaced_head_leaves_the_rest_as_it_was():
    model = small()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    replace_head(model, 7)
    after = model.state_dict()
    assert [key for key in after if after[key].shape != before[key].shape] == ["6.weight", "6.bias"]
    assert all(torch.equal(after[key], before[key]) for key in after if not key.startswith("6."))


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_an_adapted_input_answers_alike_where_all_channels_are_alike(channels):
    model, gray = small().eval(), torch.rand(2, 1, 8, 8)
    expected = model(gray.expand(2, 3, 8, 8))
    adapt_input(model, channels)
    found = model(gray.expand(2, channels, 8, 8))
    # equal channels cannot tell how the weights are dealt out; only 3k channels repeat them exactly
    if channels == 1:
        torch.testing.assert_close(found, expected)
    assert found.shape == expected.shape


@pytest.mark.parametrize(("norm", "trained"), [("all", 4 * 36 + 4 + 8 + 195), ("stats", 4 * 36 + 4 + 8 + 195 + 8)])
def test_what_is_frozen_stays_while_the_rest_trains(norm, trained):
    model = freeze(small(), until="2", norm=norm).train()
    assert count_parameters(model)[1] == trained
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(torch.rand(4, 3, 8, 8)).square().sum().backward()
    optimizer.step()
    changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert {"1.running_mean", "1.running_var", "0.weight"}.isdisjoint(changed)
    assert {"3.weight", "4.running_mean", "6.weight"} <= changed
    assert ("1.weight" in changed) == (norm == "stats")


def test_without_a_name_all_but_the_head_is_frozen():
    model = freeze(create_model("lenet5"))
    assert count_parameters(model)[1] == 850


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="must name a module of the model, got 'layer9'"):
        freeze(small(), until="layer9")


@pytest.mark.parametrize("function", [replace_head, adapt_input])
def test_less_than_one_output_or_channel_is_refused(function):
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        function(small(), 0)
