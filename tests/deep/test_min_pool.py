"""The smallest value of each window."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from torch.nn import functional

from deep.blocks.min_pool import MinPool2d


def noise(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@given(size=st.integers(1, 4), stride=st.integers(1, 4), padding=st.integers(0, 2))
def test_it_is_max_pooling_upside_down(size, stride, padding):
    x, padding = noise(2, 3, 7, 9), min(padding, size // 2)
    found = MinPool2d(size, stride=stride, padding=padding)(x)
    assert torch.equal(found, 1 - functional.max_pool2d(1 - x, size, stride, padding))


def test_at_stride_1_it_is_scipys_minimum_filter():
    x = noise(1, 1, 6, 8)
    found = MinPool2d(3, stride=1, padding=1)(x)
    expected = ndimage.minimum_filter(x[0, 0].numpy(), 3, mode="constant", cval=2.0)
    assert torch.equal(found[0, 0], torch.from_numpy(expected))


def test_windows_lie_side_by_side_by_default():
    assert MinPool2d(2)(noise(1, 1, 8, 6)).shape == (1, 1, 4, 3)
