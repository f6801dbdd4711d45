"""Gaussian smoothing and its derivatives."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._dispatch import reference_only
from imgproc.filters import gaussian
from imgproc.filters.gaussian import gaussian_weights

images = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(-100, 100))
sigmas = st.floats(0, 6)
SCIPY_BORDERS = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "wrap", "constant": "constant"}


@given(image=images, sigma=sigmas)
def test_blur_keeps_the_mean_when_the_image_wraps(image, sigma):
    np.testing.assert_allclose(gaussian(image, sigma, border="wrap").mean(), image.mean(), rtol=0, atol=1e-11)


@given(image=images, sigma=sigmas)
def test_blur_commutes_with_flips_to_the_last_bit(image, sigma):
    np.testing.assert_array_equal(gaussian(image[::-1, ::-1], sigma), gaussian(image, sigma)[::-1, ::-1])


@given(image=images, sigma=sigmas, factor=st.floats(-3, 3))
def test_blur_is_linear(image, sigma, factor):
    together = gaussian(factor * image + image[::-1], sigma)
    np.testing.assert_allclose(together, factor * gaussian(image, sigma) + gaussian(image[::-1], sigma), atol=1e-11)


@given(image=images, sigma=sigmas)
def test_blur_stays_between_the_least_and_the_greatest_value(image, sigma):
    blurred = gaussian(image, sigma)
    assert image.min() - 1e-11 <= blurred.min()
    assert blurred.max() <= image.max() + 1e-11


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int64", "float16", "float32", "float64"])
def test_sigma_zero_is_the_identity(dtype):
    image = np.arange(12).reshape(3, 4).astype(dtype)
    np.testing.assert_array_equal(gaussian(image, 0), image)


@given(degree=st.integers(0, 4), sigma=st.floats(0.1, 4), order=st.integers(1, 4))
def test_derivative_taps_are_exact_on_polynomials_of_their_degree(degree, sigma, order):
    weights = np.array(gaussian_weights(sigma, 4.0, order))
    k = np.arange(len(weights)) - len(weights) // 2
    if degree <= order:
        wanted = float(np.prod(np.arange(1, order + 1))) if degree == order else 0.0
        scale = np.abs(weights * k.astype(float) ** degree).sum()
        np.testing.assert_allclose((weights * k.astype(float) ** degree).sum(), wanted, rtol=0, atol=1e-14 * scale)


def test_second_derivative_of_a_parabola_is_two():
    parabola = np.arange(-15.0, 16) ** 2 * np.ones((31, 1))
    np.testing.assert_allclose(gaussian(parabola, 1.5, order=(2, 0))[:, 6:-6], 2, atol=1e-12)
    np.testing.assert_allclose(gaussian(parabola, 1.5, order=(0, 2))[6:-6], 0, atol=1e-12)


def test_order_is_given_in_x_then_y():
    ramp = np.arange(20.0) * np.ones((20, 1))
    np.testing.assert_allclose(gaussian(ramp, 1.0, order=(1, 0))[:, 4:-4], 1, atol=1e-12)
    np.testing.assert_allclose(gaussian(ramp, 1.0, order=(0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(gaussian(ramp + ramp.T + ramp * ramp.T, 1.0, order=1)[8, 8], 1, atol=1e-12)


@pytest.mark.parametrize("border", SCIPY_BORDERS)
@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.3])
def test_float64_equals_scipy_to_rounding(border, sigma):
    image = np.random.default_rng(0).random((37, 29))
    wanted = scipy.ndimage.gaussian_filter(image, sigma, mode=SCIPY_BORDERS[border], radius=int(4 * sigma + 0.5))
    np.testing.assert_allclose(gaussian(image, sigma, border=border), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0, 8.0, 25.0])
def test_float32_is_within_1e_5_of_the_range_and_uint8_within_half_a_level(sigma):
    image = np.random.default_rng(1).integers(0, 256, (120, 130), np.uint8)
    exact = scipy.ndimage.gaussian_filter(image.astype(np.float64), sigma, mode="mirror")
    assert np.abs(gaussian(image.astype(np.float32), sigma) - exact).max() <= 255e-5
    assert np.abs(gaussian(image, sigma) - exact).max() <= 0.5 + 255e-5
    assert np.abs(gaussian(image.astype(np.uint16) * 257, sigma) - exact * 257).max() <= 0.5 + 65535e-6


def test_uint8_is_nearer_the_exact_value_than_opencv():
    image = np.random.default_rng(2).integers(0, 256, (100, 100), np.uint8)
    exact = scipy.ndimage.gaussian_filter(image.astype(np.float64), 1.0, mode="mirror")
    theirs = np.abs(cv2.GaussianBlur(image, (0, 0), 1.0) - exact).max()
    assert np.abs(gaussian(image, 1.0) - exact).max() < 0.51 < theirs


@given(image=hnp.arrays(np.uint64, (3, 4)))
def test_wide_integers_saturate_and_never_wrap(image):
    blurred = gaussian(image, 1.0)
    assert float(blurred.min()) >= float(image.min()) * (1 - 1e-15)
    assert float(blurred.max()) <= float(image.max()) * (1 + 1e-15)


def test_greatest_values_of_integers_stay():
    for dtype in ("uint8", "uint16", "int16", "int32", "uint32", "int64", "uint64"):
        image = np.full((4, 5), np.iinfo(dtype).max, dtype)
        with reference_only():
            np.testing.assert_array_equal(gaussian(image, 1.3), image)
        np.testing.assert_array_equal(gaussian(image, 1.3), image)


def test_a_kernel_larger_than_the_image_is_right_for_every_border():
    image = np.array([[1.0, 2.0, 4.0]])
    for border, mode in SCIPY_BORDERS.items():
        padded = np.pad(image, 40, mode=border if border != "constant" else "constant")
        wanted = scipy.ndimage.gaussian_filter(padded, 9.0, mode="constant", radius=36)[40:-40, 40:-40]
        np.testing.assert_allclose(gaussian(image, 9.0, border=border), wanted, atol=1e-13, err_msg=mode)
