"""Predictions averaged over networks and over crops."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from deep.data.augment import ten_crop
from deep.inference import Ensemble, Predictor, TenCropped
from deep.preprocess import Preprocess


def linear(seed: int, size: int = 6) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, 4))


@given(count=st.integers(1, 4), scale=st.floats(0.01, 300))
def test_probabilities_are_averaged_not_their_logarithms(count, scale):
    models = [linear(seed) for seed in range(count)]
    images = scale * torch.rand(5, 3, 6, 6)
    mean = sum(model(images).softmax(1) for model in models) / count
    torch.testing.assert_close(Ensemble(models)(images).softmax(1), mean, rtol=1e-4, atol=1e-6)


def test_a_network_alone_says_what_it_says():
    model, images = linear(0), torch.rand(2, 3, 6, 6)
    torch.testing.assert_close(Ensemble([model])(images), model(images).log_softmax(1))


def test_ten_crops_are_ten_opinions():
    model, images = linear(1), torch.rand(3, 3, 9, 8)
    mean = model(ten_crop(images, 6).flatten(0, 1)).softmax(1).reshape(3, 10, 4).mean(1)
    torch.testing.assert_close(TenCropped(model, 6)(images).softmax(1), mean)


def test_mirrored_images_get_the_same_answer():
    model, images = TenCropped(linear(2), 6), torch.rand(3, 3, 9, 8)
    torch.testing.assert_close(model(images), model(images.flip(-1)))


def test_a_predictor_takes_them():
    images = torch.rand(2, 3, 20, 30)
    model = Ensemble([TenCropped(linear(seed), 6) for seed in (0, 1)])
    found = Predictor(model, preprocess=Preprocess(8), classes="abcd")(images)
    assert abs(float(found[0].probabilities.sum()) - 1) < 1e-6


def test_no_networks_are_refused():
    with pytest.raises(ValueError, match="models must hold at least one network"):
        Ensemble([])
