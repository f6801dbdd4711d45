"""Swin transformers of images and videos, and attention in windows."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from deep.blocks.window_attention import WindowAttention, join_windows, offset_index, split_windows
from deep.models.swin import PatchMerging
from deep.registry import create_model, list_models
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill

COUNTS = {
    "swin_t": 28_288_354,
    "swin_s": 49_606_258,
    "swin_b": 87_768_224,
    "swin3d_t": 28_158_070,
    "swin3d_s": 49_816_678,
    "swin3d_b": 88_048_984,
}


def attention(shift=(0, 0), window=(4, 4)):
    return fill(WindowAttention(8, 2, window, shift))


@pytest.mark.parametrize("name", list_models("swin*"))
def test_keys_shapes_and_counts_are_the_oracles(name):
    with torch.device("meta"):
        model = create_model(name)
    assert_same_layout(name, model)
    assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[name]


@pytest.mark.parametrize("name", ["swin_t", "swin3d_t"])
def test_answers_and_gradients_are_the_oracles(name):
    assert_same_answers(name, create_model(name))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=2, max_size=3))
def test_joining_undoes_splitting(axes):
    size, window = [count * inside for count, inside in axes], [inside for _, inside in axes]
    x = torch.randn(2, *size, 3)
    assert torch.equal(join_windows(split_windows(x, window), window, size), x)


def test_attention_in_windows_commutes_with_shifts_by_whole_windows():
    layer, x = attention(), torch.randn(1, 8, 12, 8)
    assert_close(layer(x.roll((4, -4), (1, 2))), layer(x).roll((4, -4), (1, 2)), atol=1e-5, rtol=1e-5)


def test_shifted_windows_are_windows_of_the_shifted_image_inside():
    plain, shifted, x = attention(), attention((2, 2)), torch.randn(1, 12, 12, 8)
    rolled = plain(x.roll((-2, -2), (1, 2))).roll((2, 2), (1, 2))
    assert_close(shifted(x)[:, 2:10, 2:10], rolled[:, 2:10, 2:10], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(shifted(x)[:, :2], rolled[:, :2])  # across the border nothing is seen


@pytest.mark.parametrize(("shift", "seen"), [(0, range(4, 8)), (2, range(2, 6))])
def test_a_token_sees_its_window_and_no_more(shift, seen):
    x = torch.randn(1, 12, 12, 8, requires_grad=True)
    attention((shift, shift))(x)[0, 5, 5].sum().backward()
    rows = x.grad[0].abs().sum((1, 2)).nonzero().flatten().tolist()
    assert rows == list(seen)


def test_opposite_borders_do_not_see_each_other():
    x = torch.randn(1, 8, 8, 8, requires_grad=True)
    attention((2, 2))(x)[0, 0, 0].sum().backward()
    visible = (x.grad[0].abs().sum(-1) > 1e-30).nonzero()  # the mask of -100 leaves exp(-100), about 4e-44
    assert visible.max() <= 1


def test_videos_shift_through_time_too():
    x = torch.randn(1, 4, 4, 4, 8, requires_grad=True)
    attention((1, 0, 0), (2, 4, 4))(x)[0, 1, 0, 0].sum().backward()
    assert (x.grad[0].abs().sum((1, 2, 3)) > 1e-30).tolist() == [False, True, True, False]


def test_equal_offsets_share_a_bias():
    index = offset_index((3, 3))
    assert index.unique().tolist() == list(range(25))  # 5 × 5 offsets
    assert index[0, 4] == index[4, 8]  # one down and one right, from the corner and from the centre
    assert index.diagonal().unique().tolist() == [12]


def test_merging_joins_neighbours_and_pads_odd_sides():
    layer, x = PatchMerging(1), torch.arange(4.0).view(1, 2, 2, 1)
    seen = []
    layer.norm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    layer(x)
    assert seen[0].flatten().tolist() == [0, 2, 1, 3]  # down first, then right
    assert layer(torch.zeros(1, 5, 3, 1)).shape == (1, 3, 2, 2)


@pytest.mark.parametrize("size", [(1, 32, 32), (5, 40, 36)])
def test_videos_of_any_size_give_logits(size):
    with torch.device("meta"):
        assert create_model("swin3d_t")(torch.zeros(1, 3, *size)).shape == (1, 400)
