"""Vision transformers and their data-efficient cousins."""

import pytest
import torch
from torch.testing import assert_close

from deep.blocks.attention import SelfAttention
from deep.blocks.patch_embedding import PatchEmbedding, resize_positions
from deep.blocks.stochastic_depth import StochasticDepth
from deep.models.deit import DeiT, DistilledDeiT, deit_tiny, deit_tiny_384
from deep.models.vit import VisionTransformer
from deep.registry import create_model, list_models
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, probe

COUNTS = {
    "vit_b_16": 86_567_656,
    "vit_l_16": 304_326_632,
    "vit_h_14": 630_764_800 + 1_281_000,  # the first without the classifier, 1280 * 1000 + 1000
    "deit_tiny": 5_717_416,
    "deit_small": 22_050_664,
    "deit_base": 86_567_656,
    "deit_base_distilled": 87_338_192,
    "deit_base_384": 86_859_496,
}


def small_vit(**sizes):
    return VisionTransformer(4, 2, 16, 2, 32, num_classes=5, **sizes)


@pytest.mark.parametrize("name", [*list_models("vit_*"), *list_models("deit_*")])
def test_keys_shapes_and_counts_are_the_oracles(name):
    with torch.device("meta"):
        model = create_model(name)
    assert_same_layout(name, model)
    if name in COUNTS:
        assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[name]


@pytest.mark.parametrize("name", ["vit_b_32", "deit_tiny", "deit_tiny_distilled"])
def test_answers_gradients_and_statistics_are_the_oracles(name):
    assert_same_answers(name, create_model(name))


def test_attention_ignores_the_order_of_the_tokens():
    layer, tokens, order = fill(SelfAttention(16, 2)), torch.randn(2, 7, 16), torch.randperm(7)
    assert_close(layer(tokens[:, order]), layer(tokens)[:, order], atol=1e-5, rtol=1e-5)


def test_attention_to_equal_tokens_is_attention_to_one():
    layer, token = fill(SelfAttention(16, 2)), torch.randn(1, 1, 16)
    assert_close(layer(token.expand(1, 5, 16)), layer(token).expand(1, 5, 16), atol=1e-5, rtol=1e-5)


def test_patch_embedding_is_one_matrix_on_flat_patches():
    layer, images = fill(PatchEmbedding(2, 6, 4)), torch.randn(1, 2, 8, 12)
    patches = images.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(1, 6, 32)
    assert_close(layer(images), patches @ layer.proj.weight.flatten(1).T + layer.proj.bias, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("align_corners", [True, False])
def test_positions_of_an_equal_grid_stay_the_same_tensor(align_corners):
    positions = torch.randn(1, 1 + 9, 4)
    assert resize_positions(positions, 10, align_corners=align_corners) is positions


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("side", [2, 7])
def test_resizing_keeps_constant_positions_and_the_extra_tokens(side, align_corners):
    positions = torch.cat([torch.randn(1, 2, 4), torch.ones(1, 25, 4)], dim=1)
    resized = resize_positions(positions, 2 + side * side, prefix=2, align_corners=align_corners)
    assert_close(resized[:, :2], positions[:, :2], atol=0, rtol=0)
    assert_close(resized[:, 2:], torch.ones(1, side * side, 4))


def test_positions_must_be_a_square_grid():
    with pytest.raises(ValueError, match="square grid, got 8 of them"):
        resize_positions(torch.zeros(1, 8, 4), 10)


def test_torchvision_interpolates_positions_alike():
    torchvision = pytest.importorskip("torchvision")
    state = {"encoder.pos_embedding": torch.randn(1, 50, 8)}
    expected = torchvision.models.vision_transformer.interpolate_embeddings(384, 32, dict(state))
    assert_close(
        resize_positions(state["encoder.pos_embedding"], 145, align_corners=True), expected["encoder.pos_embedding"]
    )


@pytest.mark.parametrize("build", [small_vit, lambda **sizes: DistilledDeiT(1, **sizes)])
def test_a_checkpoint_of_another_size_loads(build):
    state = build(image_size=64).state_dict()
    before = {name: tensor.clone() for name, tensor in state.items()}
    larger = build(image_size=96)
    assert larger.load_state_dict(state, strict=True).missing_keys == []
    assert larger(probe(96)).shape[0] == 1
    assert all(torch.equal(tensor, before[name]) for name, tensor in state.items())  # the caller's stays


def test_a_position_is_what_tells_patches_apart():
    model, images = fill(DeiT(1, image_size=32, num_classes=5)), probe(32)
    swapped = images.roll(16, -1)
    assert not torch.allclose(model(images), model(swapped))
    torch.nn.init.zeros_(model.pos_embed)
    assert_close(model(images), model(swapped), atol=1e-5, rtol=1e-5)


def test_a_distilled_network_answers_with_the_mean_of_its_heads():
    model = fill(DistilledDeiT(1, image_size=32, num_classes=5))
    by_class, by_teacher = model.teach(probe(32))
    assert_close(model(probe(32)), (by_class + by_teacher) / 2)


def test_fresh_torchvision_heads_are_zero():
    assert small_vit(image_size=8)(probe(8)).abs().max() == 0


def test_stochastic_depth_keeps_the_mean():
    dropped = StochasticDepth(0.25)(torch.ones(20_000, 1))
    assert sorted(dropped.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert abs(dropped.mean() - 1) < 0.02  # 5 sigma: sqrt(0.25 / 0.75 / 20000) = 0.0041


def test_sizes_are_checked():
    with pytest.raises(ValueError, match="image_size must be a multiple of the patch size 16, got 100"):
        deit_tiny(image_size=100)
    with pytest.raises(ValueError, match="images must be 384 × 384 pixels, got 224 × 224"), torch.device("meta"):
        deit_tiny_384()(torch.zeros(1, 3, 224, 224))
    with pytest.raises(ValueError, match="probability must be at least 0 and below 1, got 1"):
        StochasticDepth(1)
