"""LeNet-5 of the notes and of 1998, and the notes' small net."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from deep.models import lenet
from deep.registry import create_model
from tests.deep.oracle import fill, layout, probe

ROOT = Path(__file__).parents[2]
DATA = next((d for p in (ROOT, ROOT.parent) if (d := p / "shared/data").is_dir()), None)


def counts(model):
    """Parameters of each layer that has any."""
    per_layer = (sum(p.numel() for p in m.parameters(recurse=False)) for m in model.modules())
    return [count for count in per_layer if count]


@pytest.mark.parametrize(
    ("name", "expected", "size"),
    [
        ("lenet5", [608, 3_216, 48_120, 10_164, 850], 32),  # the notes say 16,164 and 856 for the last two
        ("lenet5_1998", [156, 12, 1_516, 32, 48_120, 10_164], 32),
        ("small_convnet", [320, 18_496, 36_928, 36_928, 650], 28),
    ],
)
def test_each_layer_has_the_tables_parameters(name, expected, size):
    model = getattr(lenet, name)()
    assert counts(model) == expected
    assert layout(model)["parameters"] == sum(expected)
    channels = 3 if name == "lenet5" else 1
    assert fill(model)(probe(size, channels=channels, batch=2)).shape == (2, 10)


def test_a_map_of_c3_sees_only_its_maps():
    layer = fill(lenet.PartialConv2d(lenet.SEEN))
    x = probe(9, channels=6)
    for to, seen in enumerate(lenet.SEEN):
        hidden = x.clone()
        hidden[:, [i for i in range(6) if str(i) not in seen]] = 0
        torch.testing.assert_close(layer(hidden)[:, to], layer(x)[:, to])


def test_subsampling_sums_four_and_has_two_numbers_a_map():
    layer = lenet.Subsample(1)
    layer.weight.data[:], layer.bias.data[:] = 2.0, 1.0
    assert layer(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).item() == 2 * 10 + 1


def test_the_scaled_sigmoid_keeps_one():
    assert lenet.ScaledTanh()(torch.tensor([1.0, 0.0, -1.0])).tolist() == pytest.approx([1, 0, -1], abs=1e-4)


def test_a_code_is_nearest_to_itself():
    layer = lenet.RadialBasis(12)
    assert list(layer.parameters()) == []
    assert layer(layer.weight).argmax(1).tolist() == list(range(12))
    assert layer(layer.weight).diagonal().tolist() == [0] * 12


@pytest.mark.skipif(DATA is None, reason="needs the shared data")
def test_published_weights_read_9907_of_10000_digits():
    model = create_model("lenet5", in_channels=1, channels=(6, 16), weights=DATA / "weights/mnist_lenet_991.pth").eval()
    raw = gzip.decompress((DATA / "mnist/t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = np.frombuffer(gzip.decompress((DATA / "mnist/t10k-labels-idx1-ubyte.gz").read_bytes())[8:], np.uint8)
    photos = np.frombuffer(raw, np.uint8).reshape(-1, 28, 28)  # resized by Pillow, as for the training
    digits = np.stack(
        [np.asarray(Image.fromarray(photo).resize((32, 32), Image.Resampling.BILINEAR)) for photo in photos]
    )
    with torch.inference_mode():
        found = model(torch.from_numpy(digits)[:, None] / 255).argmax(1)
    assert (found.numpy() == labels).sum() == 9907  # 0.991 is published
