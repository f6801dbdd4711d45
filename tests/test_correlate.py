"""Correlation with a kernel of the caller's."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc.filters import correlate

floats = st.floats(-100, 100)
images = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=floats)
kernels = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-2, 2))
BORDERS = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "wrap", "constant": "constant"}


@given(image=images, kernel=kernels, border=st.sampled_from(list(BORDERS)))
def test_float64_equals_the_sum_written_out(image, kernel, border):
    (rows, columns), (height, width) = kernel.shape, image.shape
    padded = np.pad(image, 12, mode=border)
    top, left = 12 - rows // 2, 12 - columns // 2
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    wanted = np.einsum("yxij,ij->yx", windows, kernel)[top : top + height, left : left + width]
    np.testing.assert_allclose(correlate(image, kernel, border=border), wanted, rtol=0, atol=1e-10)


@given(image=images, kernel=kernels, factor=st.floats(-3, 3))
def test_correlation_is_linear_in_the_kernel(image, kernel, factor):
    together = correlate(image, factor * kernel + kernel[::-1])
    parts = factor * correlate(image, kernel) + correlate(image, kernel[::-1])
    np.testing.assert_allclose(together, parts, rtol=0, atol=1e-10)


def test_anchor_of_an_even_kernel_is_right_of_the_middle():
    image = np.zeros((1, 5))
    image[0, 2] = 1
    assert correlate(image, [[1, 10]])[0].tolist() == [0, 0, 10, 1, 0]


@pytest.mark.parametrize("size", [3, 7, 15, 31])
def test_float32_is_within_1e_5_of_the_range_of_the_result(size):
    rng = np.random.default_rng(size)
    image, kernel = rng.random((80, 90)), rng.normal(size=(size, size))
    exact = scipy.ndimage.correlate(image, kernel, mode="mirror")
    assert np.abs(correlate(image.astype(np.float32), kernel) - exact).max() <= 1e-5 * np.abs(kernel).sum()


def test_integers_give_signed_floats():
    image = np.array([[0, 255, 0]], np.uint8)
    result = correlate(image, [[-4.0]])
    assert result.dtype == np.float32
    assert result.tolist() == [[0, -1020, 0]]


def test_a_tensor_kernel_gets_gradients():
    torch = pytest.importorskip("torch")
    image = torch.rand(1, 5, 6, dtype=torch.float64)
    kernel = torch.rand(3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda k: correlate(image, k), [kernel])


def test_a_kernel_of_another_library_is_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"torch\.Tensor and numpy\.ndarray"):
        correlate(np.zeros((3, 3)), torch.zeros(3, 3))
