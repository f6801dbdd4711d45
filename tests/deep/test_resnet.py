"""ResNet, ResNeXt, the notes' ResNet-50, and the CIFAR nets."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from deep.blocks.residual import BasicBlock, Bottleneck
from deep.models import resnet
from deep.registry import create_model
from deep.surgery import count_parameters
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, layout, probe

ROOT = Path(__file__).parents[2]
WEIGHTS = next((d for p in (ROOT, ROOT.parent) if (d := p / "shared/data/weights").is_dir()), None)


@torch.no_grad()
def test_three_forms_of_a_resnext_block_are_one():
    block = fill(Bottleneck(64, 16, groups=8, width=32))  # 8 paths of 4 channels
    x = probe(9, channels=64, batch=2)
    reduce, transform, expand = (c.weight for c in (block.conv1, block.conv2, block.conv3))

    def norm(layer, y):
        return torch.relu(layer(y))

    grouped = block.conv3(norm(block.bn2, block.conv2(norm(block.bn1, block.conv1(x)))))
    inner = norm(block.bn1, functional.conv2d(x, reduce)).chunk(8, 1)
    paths = [functional.conv2d(y, w, padding=1) for y, w in zip(inner, transform.chunk(8), strict=True)]
    paths = norm(block.bn2, torch.cat(paths, 1)).chunk(8, 1)
    concatenated = functional.conv2d(torch.cat(paths, 1), expand)
    summed = sum(functional.conv2d(y, w) for y, w in zip(paths, expand.chunk(8, 1), strict=True))
    torch.testing.assert_close(concatenated, grouped, rtol=1e-5, atol=1e-5 * float(grouped.abs().max()))
    torch.testing.assert_close(summed, grouped, rtol=1e-5, atol=1e-5 * float(grouped.abs().max()))


@pytest.mark.parametrize("block", [BasicBlock(8, 8), Bottleneck(8, 2)])
def test_a_block_whose_branch_is_zero_passes_what_is_positive(block):
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    x = probe(5, channels=8).abs()
    assert torch.equal(block(x), x)


@pytest.mark.parametrize(("first", "strides"), [(False, [(1, 1), (2, 2)]), (True, [(2, 2), (1, 1)])])
def test_the_stride_is_in_the_3x3_or_as_the_paper_has_it_in_the_first_1x1(first, strides):
    block = Bottleneck(8, 4, 2, stride_first=first)
    assert [block.conv1.stride, block.conv2.stride] == strides


def test_the_notes_resnet50_has_the_count_keras_prints():
    with torch.device("meta"):
        assert count_parameters(resnet.resnet50_v1()) == (25_636_712, 25_557_032 + 26_560)


@pytest.mark.parametrize(
    "name",
    ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
     "resnext101_64x4d", "wide_resnet50_2"],
)  # fmt: skip
def test_keys_and_counts_are_torchvisions(name):
    with torch.device("meta"):
        assert_same_layout(name, getattr(resnet, name)())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_outputs_gradients_and_statistics_are_torchvisions(name):
    assert_same_answers(name, getattr(resnet, name)())


def test_dilation_keeps_the_maps_large_and_the_keys():
    plain, dilated = resnet.resnet50(), resnet.resnet50(dilate=(False, True, True))
    assert layout(plain) == layout(dilated)
    assert [dilated.layer4[i].conv2.dilation[0] for i in range(3)] == [2, 4, 4]
    assert [dilated.layer3[i].conv2.dilation[0] for i in range(2)] == [1, 2]


def test_option_a_subsamples_and_pads_with_zeros_on_both_sides():
    x = probe(4, channels=2)
    y = resnet.SubsampleAndPad(4)(x)
    assert torch.equal(y[:, 1:3], x[:, :, ::2, ::2])
    assert not y[:, [0, 3]].any()


@pytest.mark.parametrize(("name", "parameters"), [("resnet20_cifar", 269_722), ("resnet32_cifar", 464_154)])
def test_small_resnets_have_the_papers_size_and_answer(name, parameters):
    model = fill(getattr(resnet, name)())
    assert layout(model)["parameters"] == parameters
    assert model(probe(32, batch=2)).shape == (2, 10)


@pytest.mark.parametrize(
    ("name", "file"),
    [("resnet20_cifar", "cifar_resnet20-12fca82f.th"), ("resnet32_cifar", "cifar_resnet32-d509ac18.th")],
)
def test_published_cifar_weights_load_strict(name, file):
    if WEIGHTS is None:
        pytest.skip("needs the shared data")
    state = torch.load(WEIGHTS / file, weights_only=True, map_location="cpu")["state_dict"]
    model = create_model(name, weights=WEIGHTS / file).eval()  # the keys there begin with "module."
    ours = {key: value for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    assert {f"module.{key}" for key in ours} == set(state)
    assert all(torch.equal(value, state[f"module.{key}"]) for key, value in ours.items())
    scores = model(probe(32, batch=2)).softmax(1)
    assert scores.shape == (2, 10)
    assert scores.max() > 0.2  # it has learned something, be it of noise
