"""bilateral: means of near pixels of near values."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.filters import bilateral, gaussian
from imgproc.primitives import _bands
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
floats = images(dtype=["float32", "float64"], max_size=10)


def by_definition(image, sigma_space, sigma_range, radius, border):
    """Weighted means in float64 of images (H, W, C), pixel by pixel."""
    padded = np.pad(image.astype(np.float64), [(radius, radius)] * 2 + [(0, 0)], border)
    dy, dx = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    near = np.where(dy**2 + dx**2 <= radius**2, np.exp(-(dy**2 + dx**2) / (2 * sigma_space**2)), 0)
    made = np.empty(image.shape)
    for y, x in np.ndindex(image.shape[:2]):
        window = padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        square = ((window - padded[y + radius, x + radius]) ** 2).sum(axis=-1)
        weight = near * np.exp(-square / (2 * sigma_range**2))
        made[y, x] = (weight[..., None] * window).sum(axis=(0, 1)) / weight.sum()
    return made


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_is_the_weighted_mean_of_its_disk(border, channels):
    image = np.random.default_rng(0).random((9, 11, channels)).astype(np.float32)
    wanted = by_definition(image, 1.1, 0.3, 3, border)
    # weights to 2e-7, and some 30 additions of values below 1
    np.testing.assert_allclose(bilateral(image, 1.1, 0.3, border=border), wanted, rtol=0, atol=2e-6)
    in_float64 = bilateral(image.astype(np.float64), 1.1, 0.3, border=border)
    np.testing.assert_allclose(in_float64, wanted, rtol=0, atol=1e-13)


@given(image=floats, sigma=st.floats(0.4, 2))
def test_result_stays_between_the_least_and_the_greatest_value(image, sigma):
    made = bilateral(image, sigma, 0.2)
    assert image.min() - 1e-6 <= made.min()
    assert made.max() <= image.max() + 1e-6


@given(image=images(dtype=["float32", "uint8"], layouts=["HW"], max_size=10))
def test_bilateral_commutes_with_flips(image):
    got = bilateral(image, 1.0, 0.3, border="edge").astype(np.float64)
    flipped = bilateral(image[::-1, ::-1], 1.0, 0.3, border="edge")[::-1, ::-1].astype(np.float64)
    np.testing.assert_allclose(got, flipped, rtol=0, atol=1e-6)


@given(value=st.floats(-1e6, 1e6, width=32), sigma=st.floats(1e-3, 1e3))
def test_flat_images_are_unchanged_to_the_last_bit(value, sigma):
    image = np.full((4, 5), value, np.float32)
    np.testing.assert_array_equal(bilateral(image, 1.5, sigma, border="edge"), image)


def test_a_step_much_higher_than_sigma_range_is_kept_and_noise_below_it_smoothed():
    rng = np.random.default_rng(0)
    image = np.repeat([[0.0] * 10 + [1.0] * 10], 20, axis=0) + rng.normal(0, 0.02, (20, 20))
    made = bilateral(image, 2.0, 0.1)
    assert (made[:, :10] < 0.1).all()
    assert (made[:, 10:] > 0.9).all()
    assert made[:, :10].std() < 0.5 * image[:, :10].std()


def test_a_wide_range_gives_the_gaussian_on_a_disk():
    image = np.random.default_rng(0).random((15, 16))
    # the disk leaves out corners of the square beyond 4 sigma: weights of 3e-4
    np.testing.assert_allclose(bilateral(image, 1.0, 1e9, truncate=4), gaussian(image, 1.0), rtol=0, atol=1e-3)


def test_an_edge_in_one_channel_is_kept_in_all():
    image = np.zeros((5, 8, 3))
    image[:, 4:, 0] = 1
    image[:, ::2, 1] = 0.01
    made = bilateral(image, 1.0, 0.1)
    np.testing.assert_allclose(made[..., 0], image[..., 0], rtol=0, atol=1e-12)


def test_a_worked_example():
    # neighbours at distance 1 weigh exp(-1/2); the one 2 away in value exp(-1/2) of that
    image = np.array([[0.0, 0.0, 2.0]])
    w, v = np.exp(-0.5), np.exp(-1.0)
    made = bilateral(image, 1.0, 2.0, truncate=1, border="wrap")
    np.testing.assert_allclose(made[0, 1], 2 * v / (1 + w + v + 2 * w), rtol=1e-15)


def test_a_nan_reaches_exactly_its_disk():
    image = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    image[12, 20] = np.nan
    row, column = np.ogrid[:30, :40]
    reached = (row - 12) ** 2 + (column - 20) ** 2 <= 36
    np.testing.assert_array_equal(np.isnan(bilateral(image, 2.0, 0.1)), reached)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("sigma", [0.4, 0.7, 1.0, 2.0])  # radii 1, 2, 3 and 6
def test_opencv_serves_gray_bytes_only_where_it_is_exact(sigma, border):
    image = np.random.default_rng(0).integers(0, 256, (60, 70), np.uint8)
    with explain() as bodies:
        got = bilateral(image, sigma, 30.0, border=border)
    exact = bilateral(image.astype(np.float64), sigma, 30.0, border=border)
    assert np.abs(got - exact).max() <= 0.5 + 1e-3  # rounded from sums of float32
    assert bodies[0][1].endswith("_weigh_opencv") == (sigma >= 1)


def test_opencv_agrees_on_gray_floats_within_its_table():
    image = np.random.default_rng(0).random((60, 70)).astype(np.float32)
    wanted = cv2.bilateralFilter(image, 13, 0.1, 2.0)
    np.testing.assert_allclose(bilateral(image, 2.0, 0.1), wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", [(20, 21), (20, 21, 3), (2, 8, 9, 2)])
def test_reference_body_and_bands_agree(monkeypatch, shape):
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    with reference_only():
        wanted = bilateral(image, 1.5, 0.2, border="wrap")
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_allclose(bilateral(image, 1.5, 0.2, border="wrap"), wanted, rtol=0, atol=2e-6)


def test_gradients_pass_and_are_finite_at_flat_places():
    image = torch.rand(2, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: bilateral(x, 0.7, 0.4), image)
    flat = torch.ones(4, 4, requires_grad=True)
    bilateral(flat, 1.0, 0.1).sum().backward()
    assert torch.isfinite(flat.grad).all()


@pytest.mark.parametrize("sigmas", [(0, 1), (1, 0), (-1, 1), (1, float("nan"))])
def test_sigmas_that_are_not_positive_are_refused(sigmas):
    with pytest.raises(ValueError, match="sigma"):
        bilateral(np.zeros((4, 4)), *sigmas)
