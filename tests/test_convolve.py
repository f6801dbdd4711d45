"""convolve, and the ways a large kernel may take: one sum, two passes, or transforms of blocks."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.filters import convolve, correlate
from imgproc.primitives._large_kernels import as_product
from imgproc.testing import images, kernels

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "grid-wrap", "constant": "constant"}
doubles = images(dtype="float64", layouts=["HW"], max_size=12)


def body_of(function, *args, **options):
    with explain() as bodies:
        result = function(*args, **options)
    return result, bodies[-1][1].rpartition(".")[2]


@given(image=doubles, kernel=kernels(max_size=6), border=st.sampled_from(BORDERS))
def test_convolve_is_correlate_with_both_turned_by_180_degrees(image, kernel, border):
    turned = correlate(image[::-1, ::-1], kernel, border=border)[::-1, ::-1]
    # 36 products of the kernel's values
    np.testing.assert_allclose(
        convolve(image, kernel, border=border), turned, rtol=0, atol=1e-13 * np.abs(kernel).sum()
    )


@given(image=doubles, kernel=kernels(max_size=5))
def test_convolution_is_commutative(image, kernel):
    wide = np.pad(image, 8)
    once = convolve(convolve(wide, kernel), [[0.0, 1.0, -2.0]])
    again = convolve(convolve(wide, [[0.0, 1.0, -2.0]]), kernel)
    np.testing.assert_allclose(once, again, rtol=0, atol=1e-12 * np.abs(kernel).sum())


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 4), (5, 2)])
def test_an_impulse_gives_the_kernel_about_its_centre(shape):
    kernel = np.random.default_rng(0).random(shape)
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    top, left = 5 - shape[0] // 2, 5 - shape[1] // 2
    np.testing.assert_array_equal(convolve(impulse, kernel)[top : top + shape[0], left : left + shape[1]], kernel)


@pytest.mark.parametrize("shape", [(3, 3), (4, 6), (7, 2)])
def test_scipy_agrees_on_the_part_without_border(shape):
    rng = np.random.default_rng(0)
    image, kernel = rng.random((20, 22)), rng.random(shape)
    wanted = scipy.signal.convolve2d(image, kernel, mode="same", boundary="fill")
    # scipy centres "same" at (size - 1) // 2
    even = tuple(1 - side % 2 for side in shape)
    got = convolve(image, kernel, border="constant")
    if even == (0, 0):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-13)
    else:
        np.testing.assert_allclose(got[: 20 - even[0], : 22 - even[1]], wanted[even[0] :, even[1] :], atol=1e-13)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_transforms_hold_the_direct_sum(dtype, border):
    rng = np.random.default_rng(0)
    image, kernel = (rng.random((150, 170, 2)) * 255).astype(dtype), rng.random((31, 40)) - 0.3
    got, body = body_of(correlate, image, kernel, border=border, fill=9)
    assert body == "_full_fft"
    wanted = scipy.ndimage.correlate(image.astype(np.float64), kernel[..., None], mode=SCIPY[border], cval=9)
    # the promise is 1e-5 and 1e-12 of the range
    atol = (1e-12 if dtype == "float64" else 1e-6) * 255 * np.abs(kernel).sum()
    np.testing.assert_allclose(got, wanted, rtol=0, atol=atol)


def test_transforms_keep_their_precision_far_from_zero():
    rng = np.random.default_rng(0)
    image, kernel = rng.random((150, 150)).astype(np.float32) + 1000, rng.random((31, 31)) - 0.5
    got, body = body_of(correlate, image, kernel)
    assert body == "_full_fft"
    wanted = scipy.ndimage.correlate(image.astype(np.float64), kernel, mode="mirror")
    np.testing.assert_allclose(got, wanted, rtol=0, atol=6e-8 * 1000 * abs(kernel.sum()) + 1e-5 * np.abs(kernel).sum())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_goes_the_direct_way_and_reaches_its_window_only(value):
    image = np.ones((200, 180), np.float32)
    image[90, 70] = value
    got, body = body_of(correlate, image, np.random.default_rng(0).random((31, 31)))
    assert body == "_full_numba"
    row, column = np.ogrid[:200, :180]
    np.testing.assert_array_equal(np.isfinite(got), (abs(row - 90) > 15) | (abs(column - 70) > 15))


@given(
    down=st.lists(st.floats(-1, 1), min_size=1, max_size=9), across=st.lists(st.floats(-1, 1), min_size=1, max_size=9)
)
def test_products_of_a_column_and_a_row_are_found(down, across):
    kernel = np.outer(down, across)
    factors = as_product(kernel, 2.0**-52)
    if not kernel.any():
        assert factors is None
        return
    assert factors is not None
    np.testing.assert_allclose(np.outer(*factors), kernel, rtol=0, atol=1e-15 * np.abs(kernel).sum())


def test_products_take_two_passes_and_others_one_sum():
    image = np.random.default_rng(0).random((40, 50)).astype(np.float32)
    bell = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2).astype(np.float32)
    kernel = np.outer(bell, bell)  # rounded to float32: a product within rounding
    got, body = body_of(correlate, image, kernel)
    assert body == "_full_separable"
    wanted = scipy.ndimage.correlate(image.astype(np.float64), kernel.astype(np.float64), mode="mirror")
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6 * kernel.sum())
    assert body_of(correlate, image, kernel + np.eye(9))[1] == "_full_numba"
    assert body_of(correlate, image.astype(np.float64), kernel)[1] == "_full_numba"  # no product to that precision


def test_a_nan_under_a_zero_of_a_product_reaches_its_window():
    image = np.zeros((15, 15))
    image[7, 7] = np.nan
    kernel = np.outer([1.0, 0.0, 2.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0, 1.0])
    assert np.isnan(correlate(image, kernel)).sum() == 25


@pytest.mark.parametrize("shape", [(3, 3), (2, 4)])
def test_gradients_reach_image_and_kernel(shape):
    image = torch.rand(2, 5, 6, dtype=torch.float64, requires_grad=True)
    kernel = torch.rand(*shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, k: convolve(x, k), (image, kernel))


def test_reference_body_agrees():
    image = np.random.default_rng(0).random((12, 13)).astype(np.float32)
    for kernel in (np.random.default_rng(1).random((4, 5)), np.outer([1, 2, 3, 2, 1], [1, 0, -1, 0, 2])):
        with reference_only():
            wanted = convolve(image, kernel, border="wrap")
        np.testing.assert_allclose(
            convolve(image, kernel, border="wrap"), wanted, rtol=0, atol=2e-6 * np.abs(kernel).sum()
        )
