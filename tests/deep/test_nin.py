"""Network in network."""

import torch
from torch import nn

from deep.models.nin import mlpconv, nin
from tests.deep.oracle import fill, layout, probe


def test_it_has_the_parameters_of_the_papers_file():
    model = nin()
    assert layout(model)["parameters"] == 966_986
    assert fill(model)(probe(32, batch=2)).shape == (2, 10)


def test_the_last_maps_are_8x8_and_their_means_the_logits():
    model = fill(nin())
    x = probe(32)
    with torch.no_grad():
        maps = model.features(x)
        assert maps.shape == (1, 192, 8, 8)
        torch.testing.assert_close(model(x), torch.relu(model.classifier(maps)).mean((2, 3)))


def test_a_1x1_convolution_is_a_dense_layer_at_every_place():
    conv = fill(nn.Sequential(*mlpconv(32, 1, 5)))
    x = probe(6, channels=32)
    with torch.no_grad():
        y = conv(x)
        assert y.shape == (1, 5, 6, 6)  # the notes' 6 × 6 × 32 to 6 × 6 × 5
        dense = torch.relu(x[0, :, 2, 3] @ conv[0].weight[:, :, 0, 0].T + conv[0].bias)
        torch.testing.assert_close(y[0, :, 2, 3], dense)
