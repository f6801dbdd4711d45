"""MobileNets, and the blocks they are made of."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from deep.blocks.conv_same import Conv2dSame, padding_same
from deep.blocks.depthwise_separable import DepthwiseSeparable
from deep.blocks.inverted_residual import InvertedResidual
from deep.blocks.round_channels import round_channels
from deep.blocks.squeeze_excite import SqueezeExcite
from deep.inspect import convolution_multiply_adds, separable_multiply_adds
from deep.models.mobilenet import hard_gate
from deep.registry import create_model, list_models
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, noise, probe


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", list_models("mobilenet_*"))
def test_keys_shapes_and_counts_are_the_oracles(name):
    with torch.device("meta"):
        assert_same_layout(name, create_model(name))


@pytest.mark.parametrize("name", list_models("mobilenet_*"))
def test_answers_gradients_and_statistics_are_the_oracles(name):
    assert_same_answers(name, create_model(name))


@pytest.mark.parametrize(
    ("name", "width", "parameters"),
    [
        ("mobilenet_v1", 1, 4_231_976),
        ("mobilenet_v1", 0.75, 2_585_560),
        ("mobilenet_v1", 0.5, 1_331_592),
        ("mobilenet_v1", 0.25, 470_072),
        ("mobilenet_v2", 1, 3_504_872),
        ("mobilenet_v2", 0.75, 2_636_424),
        ("mobilenet_v2", 0.5, 1_968_680),
        ("mobilenet_v2", 0.35, 1_677_128),
        ("mobilenet_v2", 0.25, 1_519_112),
        ("mobilenet_v3_large", 1, 5_483_032),
        ("mobilenet_v3_small", 1, 2_542_856),
    ],
)
def test_widths_have_the_papers_parameters(name, width, parameters):
    with torch.device("meta"):
        assert count(create_model(name, width=width)) == parameters


@pytest.mark.parametrize("size", [224, 192, 160, 128, 33])
def test_any_resolution_gives_logits(size):
    with torch.device("meta"):
        assert create_model("mobilenet_v1", num_classes=7)(torch.zeros(2, 3, size, size)).shape == (2, 7)


def test_separable_filters_need_70_parameters_instead_of_280():
    assert count(DepthwiseSeparable(3, 10, norm=None)) == 30 + 40
    assert count(nn.Conv2d(3, 10, 3)) == 280  # the notes' code writes 38 filters once; their sum is for 10


def test_a_separable_convolution_is_a_convolution_whose_kernel_factors():
    layer = fill(DepthwiseSeparable(3, 5, norm=None, activation=nn.Identity, activation_out=nn.Identity))
    nn.init.zeros_(layer.conv_dw.bias)
    kernel = layer.conv_pw.weight * layer.conv_dw.weight[None, :, 0]  # (5, 3, 3, 3)
    images = probe(9)
    assert_close(layer(images), functional.conv2d(images, kernel, layer.conv_pw.bias, padding=1), atol=1e-5, rtol=1e-5)


def test_separable_convolution_saves_8_to_9_times():
    for channels, side in [(64, 112), (128, 56), (512, 14), (1024, 7)]:
        full, separable = (
            counted(3, channels, channels, side) for counted in (convolution_multiply_adds, separable_multiply_adds)
        )
        assert separable / full == pytest.approx(1 / channels + 1 / 9)
        assert 7.8 < full / separable < 9


def test_same_and_valid_padding_of_the_notes():
    # 13 inputs, 6 taps, stride 5: VALID uses 11 of them, SAME adds one zero before and two after
    line = torch.arange(1.0, 14.0).expand(1, 1, 13, 13)
    same, valid = (Conv2dSame(1, 1, 6, stride=5, bias=False, padding=padding) for padding in ("same", "valid"))
    for layer in (same, valid):
        nn.init.zeros_(layer.weight)
        layer.weight.data[0, 0, 3] = 1  # a horizontal box of six, on a row inside the image
    assert padding_same(13, 6, stride=5) == (1, 2)
    assert valid(line)[0, 0, 0].tolist() == [21, 51]  # 1 + … + 6 and 6 + … + 11; 12 and 13 are dropped
    assert same(line)[0, 0, 1].tolist() == [15, 45, 46]  # 0 + 1 + … + 5, 5 + … + 10, 10 + … + 13 + 0 + 0


@pytest.mark.parametrize("length", [1, 2, 7, 8, 224])
@pytest.mark.parametrize(("size", "stride", "dilation"), [(1, 1, 1), (3, 2, 1), (5, 2, 1), (3, 1, 2), (6, 5, 1)])
def test_same_padding_gives_one_output_for_each_stride(length, size, stride, dilation):
    before, after = padding_same(length, size, stride=stride, dilation=dilation)
    assert 0 <= after - before <= 1
    assert (length + before + after - (size - 1) * dilation - 1) // stride + 1 == -(-length // stride)


def test_same_padding_of_an_odd_kernel_is_torchs_at_stride_1():
    layer = fill(Conv2dSame(3, 4, 5))
    images = probe((9, 12))
    assert_close(layer(images), functional.conv2d(images, layer.weight, layer.bias, padding="same"))


def test_conv_same_refuses_other_words():
    with pytest.raises(ValueError, match='padding must be "same" or "valid", got \'reflect\''):
        Conv2dSame(1, 1, 3, padding="reflect")


@pytest.mark.parametrize("gate", [SqueezeExcite(16, 4), hard_gate(16)])
def test_a_channel_gate_lets_between_nothing_and_everything_pass(gate):
    x = 100 * noise("gate", (2, 16, 5, 5))
    passed = fill(gate)(x)
    share = passed / x
    assert share.min() >= 0
    assert share.max() <= 1 + 1e-6
    assert_close(share.amax((2, 3)), share.amin((2, 3)), atol=1e-5, rtol=0)  # one gate for a whole channel


def test_a_channel_gate_ignores_where_things_are():
    gate, x = fill(SqueezeExcite(16, 4)), torch.randn(1, 16, 6, 6)
    assert_close(gate(x.roll((2, 1), (2, 3))), gate(x).roll((2, 1), (2, 3)))


def test_the_hard_gate_ends_in_a_hard_sigmoid():
    assert isinstance(hard_gate(16).gate, nn.Hardsigmoid)
    assert hard_gate(72).fc1.out_channels == 24  # a quarter of 72 is 18, rounded to multiples of 8 and up


def test_an_inverted_residual_with_a_silent_branch_is_the_identity():
    block = fill(InvertedResidual(8, 48, 8, norm=nn.BatchNorm2d, activation=nn.ReLU))
    nn.init.zeros_(block.block[-1][1].weight)
    nn.init.zeros_(block.block[-1][1].bias)
    x = torch.randn(1, 8, 5, 5)
    assert_close(block(x), x, atol=0, rtol=0)


def test_channels_are_rounded_to_eights_and_never_lose_a_tenth():
    for channels in range(1, 2000):
        rounded = round_channels(channels)
        assert rounded % 8 == 0
        assert rounded >= 0.9 * channels
