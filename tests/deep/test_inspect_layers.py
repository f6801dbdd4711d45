"""What layers give, and the patches they answer to."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from deep import Predictor, Preprocess
from deep.inspect import activations, receptive_field, top_patches
from deep.registry import create_model
from imgproc import arrays


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in model.modules())


def test_activations_are_what_the_layers_give_alone():
    model = create_model("resnet18").eval()
    images = torch.rand(2, 3, 32, 32)
    found = activations(model, images, ["conv1", "layer?", ""])
    assert list(found) == ["conv1", "layer1", "layer2", "layer3", "layer4", ""]
    assert torch.equal(found["conv1"], model.conv1(images))
    assert torch.equal(found["layer2"], model.layer2(found["layer1"]))
    assert torch.equal(found[""], model(images))
    assert hooks_of(model) == 0


def test_what_works_in_place_does_not_reach_them():
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(inplace=True))
    nn.init.constant_(model[0].weight, -1.0)
    found = activations(model, torch.ones(1, 1, 2, 2))
    assert found["0"].unique().tolist() == [-1]
    assert found["1"].unique().tolist() == [0]


def test_an_image_without_batch_and_a_photo_are_taken():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert activations(model, torch.rand(3, 8, 8), "1")["1"].shape == (1, 4, 6, 6)
    predict = Predictor(model, preprocess=Preprocess(12))
    photos = [np.zeros((20, 30, 3), np.uint8), torch.zeros(3, 9, 9)]
    assert activations(predict, photos, "0")["0"].shape == (2, 4, 10, 10)


def test_of_several_tensors_the_first_and_of_several_calls_the_first():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
            self.double = nn.Module()
            self.scale = nn.Linear(4, 4, bias=False)
            nn.init.eye_(self.scale.weight).data.mul_(2)

        def forward(self, x):
            x, _ = self.attention(*[self.scale(self.scale(x.flatten(2).mT))] * 3)
            return x

    found = activations(Twice(), torch.ones(1, 4, 2, 2))
    assert found["attention"].shape == (1, 4, 4)
    assert found["scale"].unique().tolist() == [2]
    assert "double" not in found  # it is not called


@pytest.mark.parametrize("layers", ["conv9", ["0", "block.*"]])
def test_a_name_without_a_module_is_told(layers):
    with pytest.raises(ValueError, match=r"layers must match a module of the model, got '(conv9|block\.\*)'; it has 0"):
        activations(nn.Sequential(nn.ReLU()), torch.rand(1, 2, 2), layers)


def test_a_pass_that_fails_leaves_no_hook():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(5, 4, 3)).train()
    for look in (
        lambda: activations(model, torch.rand(3, 8, 8)),
        lambda: top_patches(model, torch.rand(1, 3, 8, 8), "2", 0),
        lambda: receptive_field(model),
    ):
        with pytest.raises(RuntimeError, match=r"5 channels|Invalid channel dimensions"):
            look()
        assert hooks_of(model) == 0
        assert all(module.training for module in model.modules())


def sum_of(size: int, *, padding: int = 0) -> nn.Sequential:
    layer = nn.Conv2d(1, 2, size, padding=padding, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.stack([torch.ones(1, size, size), -torch.ones(1, size, size)]))
    return nn.Sequential(layer)


@given(st.integers(0, 9), st.integers(0, 11), st.sampled_from([1, 3, 5]))
def test_a_patch_holds_the_pixel_that_it_answers_to(row, column, size):
    image = torch.zeros(1, 10, 12)
    image[0, row, column] = 1
    (patch,) = top_patches(sum_of(size, padding=size // 2), [image], "0", 0)
    x1, y1, x2, y2 = patch.box
    assert patch.score == 1
    assert y1 <= row < y2
    assert x1 <= column < x2
    assert torch.equal(patch.image, image[:, y1:y2, x1:x2])
    assert (y2 - y1, x2 - x1) <= (size, size)


def test_the_strongest_come_first_one_of_each_image():
    images = torch.zeros(30, 1, 8, 8)
    levels = torch.randperm(30, generator=torch.Generator().manual_seed(0)).float()
    images[:, 0, 2, 2], images[:, 0, 6, 6] = levels, levels / 2
    best = top_patches(sum_of(3), iter(images), "0", 0)  # more than one batch, from an iterator
    assert len(best) == 9
    assert [patch.score for patch in best] == [29, 28, 27, 26, 25, 24, 23, 22, 21]
    assert [levels[patch.index] for patch in best] == [patch.score for patch in best]
    assert {patch.box for patch in best} == {(0, 0, 3, 3)}  # the first of nine equal places
    assert [patch.score for patch in top_patches(sum_of(3), images, "0", 1, n=1)] == [0]


def test_patches_are_cut_off_at_the_border():
    image = torch.zeros(1, 6, 6)
    image[0, 0, 0] = 1
    corner = nn.Sequential(nn.Conv2d(1, 1, 5, padding=4, bias=False), nn.Hardtanh(0, 1))
    nn.init.ones_(corner[0].weight)
    (patch,) = top_patches(corner, [image], "1", 0)
    assert patch.box == (0, 0, 1, 1)  # 25 places see the pixel; the first sees one pixel of the image and 24 of padding


def test_a_photo_is_cut_in_its_own_pixels_and_kind():
    predict = Predictor(
        nn.Sequential(nn.Conv2d(3, 1, 4, stride=4)), preprocess=Preprocess(20, resize=20, mean=(0, 0, 0), std=(1, 1, 1))
    )
    nn.init.ones_(predict.model[0].weight)
    photo = np.zeros((40, 80, 3), np.uint8)  # halved, and the middle 20 of 40 columns seen: 20 to 60 of the photo
    photo[8:16, 36:44] = 255
    for image in (photo, arrays.to_torch(photo)):
        (patch,) = top_patches(predict, [image], "0", 0)
        assert patch.box == (36, 8, 44, 16)
        assert type(patch.image) is type(image)
        assert patch.image.shape == ((8, 8, 3) if image is photo else (3, 8, 8))
        assert (patch.image == 255).all()


def test_photos_of_several_sizes_and_dense_units_are_taken():
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    predict = Predictor(nn.Sequential(nn.Conv2d(3, 4, 3), *head), preprocess=Preprocess(16, resize=16))
    photos = [np.full((30, 20, 3), 9, np.uint8), np.full((20, 30, 3), 200, np.uint8)]
    for patch in top_patches(predict, photos, "3", 1):
        assert patch.box == ((0, 5, 20, 25), (5, 0, 25, 20))[patch.index]  # all that the network saw
    bare = top_patches(predict.model, [torch.rand(3, 8, 9), torch.rand(3, 9, 9)], "3", 1)
    assert {patch.box for patch in bare} == {(0, 0, 9, 8), (0, 0, 9, 9)}


def test_a_batch_among_images_is_refused():
    with pytest.raises(ValueError, match=r"images must be single images, got one of shape \(1, 1, 8, 8\)"):
        top_patches(sum_of(3), [torch.rand(1, 1, 8, 8)], "0", 0)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"layer": "0", "unit": 2}, "unit must be a channel, at least 0 and below 2, got 2"),
        ({"layer": "0", "unit": 0, "n": 0}, "n must be at least 1, got 0"),
        ({"layer": "9", "unit": 0}, "layer must name a module of the model, got '9'"),
        (
            {"layer": "1", "unit": 0},
            r"layer must give maps \(N, C, H, W\) or vectors \(N, C\), got '1', .* \(1, 2, 36\)",
        ),
    ],
)
def test_wrong_calls_say_what_is_wrong(options, match):
    with pytest.raises(ValueError, match=match):
        top_patches(nn.Sequential(*sum_of(3), nn.Flatten(2)), [torch.rand(1, 8, 8)], **options)
