"""AlexNet in both forms, and local response normalisation."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from deep.blocks.local_response_norm import LocalResponseNorm
from deep.models.alexnet import alexnet, alexnet_paper
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, layout, probe


@pytest.mark.parametrize(("size", "expected"), [(2, [1 / 2, 1 / 3, 1 / 3, 1 / 2]), (1, [1, 1, 1, 1])])
def test_the_notes_example_of_four_ones(size, expected):
    norm = LocalResponseNorm(size, alpha=1.0, beta=1.0, k=0.0)
    np.testing.assert_allclose(norm(torch.ones(1, 4, 1, 1)).flatten(), expected, rtol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_across_channels_is_the_formula(size):
    x = probe(6, channels=7, batch=2)
    expected = np.empty(x.shape)
    for i in range(7):
        near = x[:, max(0, i - size // 2) : i + size // 2 + 1].double().square().sum(1)
        expected[:, i] = x[:, i].double() / (2 + 0.5 * near) ** 0.75
    np.testing.assert_allclose(LocalResponseNorm(size, 0.5, 0.75, 2.0)(x), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("size", [2, 5])
def test_within_a_channel_sums_a_square_of_squares(size):
    x = probe((5, 6), channels=3)
    window = 2 * (size // 2) + 1
    sums = ndimage.uniform_filter(x.double().numpy() ** 2, (1, 1, window, window), mode="constant") * window**2
    found = LocalResponseNorm(size, 0.5, 0.75, 2.0, within_channel=True)(x)
    np.testing.assert_allclose(found, x.numpy() / (2 + 0.5 * sums) ** 0.75, rtol=1e-5, atol=1e-7)


def test_size_must_be_positive():
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        LocalResponseNorm(0)


def test_the_papers_net_has_two_halves_and_its_size():
    with torch.device("meta"):
        model = alexnet_paper()
    assert layout(model)["parameters"] == 60_965_224
    groups = [layer.groups for layer in model.features if isinstance(layer, nn.Conv2d)]
    assert groups == [1, 2, 1, 2, 2]
    assert model.features(torch.zeros(1, 3, 224, 224, device="meta")).shape == (1, 256, 6, 6)


def test_a_unit_of_the_last_map_sees_195_pixels_32_apart():
    with torch.device("meta"):
        model = alexnet_paper()
    size, stride = 1, 1
    for layer in model.features:
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            window, step = (v if isinstance(v, int) else v[0] for v in (layer.kernel_size, layer.stride))
            size, stride = size + (window - 1) * stride, stride * step
    assert (size, stride) == (195, 32)


def test_the_halves_of_the_second_convolution_do_not_mix():
    conv = fill(nn.Sequential(nn.Conv2d(96, 256, 5, padding=2, groups=2)))
    x = probe(5, channels=96)
    other = x.clone()
    other[:, 48:] = 0
    with torch.no_grad():
        assert torch.equal(conv(x)[:, :128], conv(other)[:, :128])


def test_keys_counts_and_answers_are_torchvisions():
    model = alexnet()
    assert_same_layout("alexnet", model)
    assert_same_answers("alexnet", model)
