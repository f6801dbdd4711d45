"""GoogLeNet in both forms, Inception v3 and v4, Inception-ResNet v2."""

import pytest
import torch
from torch import nn

from deep.blocks.branches import Branches, ResidualBranches
from deep.blocks.inception import Inception
from deep.models.googlenet import SideOutputs, googlenet, googlenet_paper
from deep.models.inception import inception_v3
from deep.models.inception_resnet_v2 import inception_resnet_v2
from deep.models.inception_v4 import inception_v4
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, layout, probe

BUILDERS = [googlenet, inception_v3, inception_v4, inception_resnet_v2]


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_keys_counts_and_answers_are_the_oracles(build):
    with torch.device("meta"):
        model = build()
    assert_same_layout(build.__name__, model)
    assert_same_answers(build.__name__, model.to_empty(device="cpu"))


@pytest.mark.parametrize(
    ("build", "parameters"),
    [(googlenet, 6_624_904), (googlenet_paper, 6_998_552), (inception_v3, 23_834_568)],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_side_heads_are_optional(build, parameters):
    with torch.device("meta"):
        model = build(aux=False)
        assert layout(model)["parameters"] == parameters
        assert model.train()(torch.zeros(2, 3, 224, 224)).shape == (2, 1000)


def test_the_papers_googlenet_has_5x5_kernels_and_three_heads_in_training():
    with torch.device("meta"):
        model = googlenet_paper()
        outputs = model.train()(torch.zeros(2, 3, 224, 224))
    assert layout(model)["parameters"] == 13_378_280
    assert model.inception3a.branch3[1][0].kernel_size == (5, 5)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())
    assert isinstance(outputs, SideOutputs)
    assert [y.shape for y in outputs] == 3 * [(2, 1000)]


def test_the_papers_googlenet_answers_with_one_head_in_evaluation():
    assert fill(googlenet_paper(num_classes=7))(probe(224)).shape == (1, 7)


def test_narrowing_by_1x1_saves_nine_tenths_of_the_multiplications():
    module = Inception(192, 64, (96, 128), (16, 32), 32)
    weights = [conv.weight.numel() for conv in module.branch3.modules() if isinstance(conv, nn.Conv2d)]
    assert [28 * 28 * count for count in weights] == [2_408_448, 10_035_200]
    assert 28 * 28 * nn.Conv2d(192, 32, 5).weight.numel() == 120_422_400
    assert module(torch.zeros(1, 192, 28, 28)).shape == (1, 256, 28, 28)


def test_branches_are_stacked_in_order():
    branches = Branches(nn.Identity(), nn.AvgPool2d(3, 1, 1))
    x = probe(4, channels=2)
    assert torch.equal(branches(x)[:, :2], x)
    assert torch.equal(branches(x)[:, 2:], branches.branch1(x))


def test_a_residual_block_of_scale_zero_is_its_activation():
    block = ResidualBranches(nn.Conv2d(4, 3, 1), inside=3, channels=4, scale=0.0, activation=nn.ReLU())
    x = probe(4, channels=4)
    assert torch.equal(block(x), x.relu())
