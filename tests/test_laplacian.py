"""Laplacians, differences of Gaussians and sharpening: sums of separable correlations in one pass."""

import tracemalloc

import cv2
import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.edges import laplacian_zero_crossings
from imgproc.filters import difference_of_gaussians, gaussian, laplacian, laplacian_of_gaussian, unsharp_mask
from imgproc.primitives import _bands
from imgproc.primitives import zero_crossings as crossings
from imgproc.primitives._bands import thread_count
from imgproc.primitives.correlate_sum import correlate_sum
from imgproc.primitives.zero_crossings import zero_crossings
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
doubles = images(dtype="float64", layouts=["HW"], max_size=14)
sigmas = st.floats(0.3, 3)
FUNCTIONS = {
    "laplacian": laplacian,
    "laplacian_of_gaussian": lambda x, **k: laplacian_of_gaussian(x, 1.3, **k),
    "difference_of_gaussians": lambda x, **k: difference_of_gaussians(x, 0.9, **k),
    "unsharp_mask": lambda x, **k: unsharp_mask(x, 1.3, amount=0.7, **k),
}
each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.7])
def test_laplacians_of_a_paraboloid_are_four(sigma):
    y, x = np.mgrid[:41, :45]
    bowl = x**2 + y**2
    np.testing.assert_allclose(laplacian(bowl)[1:-1, 1:-1], 4, rtol=0, atol=1e-12)
    # 45² rounds to 5e-13, and the taps' magnitudes sum to below 100
    np.testing.assert_allclose(laplacian_of_gaussian(bowl, sigma)[15:-15, 15:-15], 4, rtol=0, atol=1e-10)


@given(value=st.floats(-1e6, 1e6, width=32), sigma=sigmas)
def test_laplacians_of_constants_are_exactly_zero(value, sigma):
    image = np.full((9, 7), value, np.float32)
    assert not laplacian(image).any()
    assert not laplacian_of_gaussian(image, sigma).any()


@given(image=doubles, sigma=sigmas, border=st.sampled_from(BORDERS))
def test_laplacian_of_gaussian_is_the_sum_of_second_derivatives(image, sigma, border):
    parts = [gaussian(image, sigma, order=order, border=border) for order in ((2, 0), (0, 2))]
    # values to 1, taps of magnitudes up to 50 at sigma 0.3
    np.testing.assert_allclose(laplacian_of_gaussian(image, sigma, border=border), sum(parts), rtol=0, atol=1e-12)


@given(image=doubles, low=sigmas, more=st.floats(0.1, 3), border=st.sampled_from(BORDERS))
def test_difference_of_gaussians_is_narrow_minus_wide(image, low, more, border):
    parts = [gaussian(image, sigma, border=border) for sigma in (low, low + more)]
    got = difference_of_gaussians(image, low, low + more, border=border)
    np.testing.assert_allclose(got, parts[0] - parts[1], rtol=0, atol=1e-14)


@given(image=doubles, sigma=st.floats(0, 3), amount=st.floats(-1, 4))
def test_unsharp_mask_adds_the_detail(image, sigma, amount):
    wanted = image + amount * (image - gaussian(image, sigma))
    np.testing.assert_allclose(unsharp_mask(image, sigma, amount=amount), wanted, rtol=0, atol=1e-13)


@given(image=images(dtype="uint8", layouts=["HW"], max_size=14))
def test_sharpened_bytes_are_rounded_and_saturated_once(image):
    exact = unsharp_mask(image.astype(np.float64), 1.2, amount=3)
    assert np.abs(unsharp_mask(image, 1.2, amount=3) - np.clip(exact, 0, 255)).max() <= 0.5 + 1e-3


@each_function
@given(image=doubles)
def test_results_commute_with_flips_to_the_last_bit(function, image):
    np.testing.assert_array_equal(function(image[::-1, ::-1]), function(image)[::-1, ::-1])


@each_function
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_reference_body_and_bands_agree(monkeypatch, function, border, dtype):
    image = (np.random.default_rng(0).random((2, 31, 17, 3)) * 255).astype(dtype)
    with reference_only():
        wanted = function(image, border=border, fill=9)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 4)
    got = function(image, border=border, fill=9)
    assert got.dtype == wanted.dtype
    # float32 sums of 255 under taps of magnitudes up to 10; a byte may round to either side
    atol = 1 if got.dtype == np.uint8 else 1e-12 if dtype == "float64" else 1e-3
    np.testing.assert_allclose(got.astype(float), wanted.astype(float), rtol=0, atol=atol)


def test_kernels_of_different_reach_take_only_what_they_reach():
    image = np.zeros((9, 9))
    image[4, 4] = np.nan
    products = (((1.0,), (1.0,)), ((1.0, 1.0), (1.0,)), ((1.0,), (1.0, 2.0, 1.0)))
    reached = np.isnan(correlate_sum(image, products, (0, 1), "edge", 0.0, "float64"))
    assert sorted(zip(*np.nonzero(reached), strict=True)) == [(4, 3), (4, 4), (4, 5), (5, 4)]


def test_a_nan_reaches_the_five_points_only():
    image = np.zeros((5, 5))
    image[2, 2] = np.nan
    assert np.isnan(laplacian(image)).sum() == 5


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_opencv_and_scipy_have_the_same_laplacian(dtype):
    image = (np.random.default_rng(0).random((40, 30)) * 255).astype(dtype)
    np.testing.assert_allclose(laplacian(image), cv2.Laplacian(image, cv2.CV_32F), rtol=0, atol=1e-4)
    wanted = scipy.ndimage.laplace(image.astype(np.float64), mode="mirror")
    np.testing.assert_allclose(laplacian(image), wanted, rtol=0, atol=1e-4)


def test_scipy_has_nearly_the_same_laplacian_of_gaussian():
    image = np.random.default_rng(0).random((40, 30))
    wanted = scipy.ndimage.gaussian_laplace(image, 2.0, mode="mirror")
    # its sampled second derivatives are off by a thousandth
    np.testing.assert_allclose(laplacian_of_gaussian(image, 2.0), wanted, rtol=0, atol=5e-3 * np.abs(wanted).max())


@each_function
def test_gradients_pass(function):
    image = torch.rand(4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, image)


def test_blobs_answer_most_at_the_scale_of_their_radius():
    y, x = np.mgrid[:81, :81] - 40
    disk = (x**2 + y**2 <= 100).astype(float)
    answers = {s: -(s**2) * laplacian_of_gaussian(disk, s)[40, 40] for s in (5.0, 6.0, 7.0, 8.0, 9.0)}
    assert max(answers, key=answers.get) == 7.0  # 10 / sqrt(2)


@pytest.mark.parametrize("sigmas", [(2.0, 2.0), (2.0, 1.0), (0.0, None), (-1.0, None)])
def test_widths_in_the_wrong_order_are_refused(sigmas):
    with pytest.raises(ValueError, match="sigma must"):
        difference_of_gaussians(np.zeros((4, 4)), *sigmas)


@given(response=images(dtype=["float32", "float64"], low=-1, high=1, with_nan=True, max_size=12))
def test_zero_crossings_agree_with_the_reference_body(response):
    axes = (1, 2) if response.ndim == 4 else (0, 1)
    with reference_only():
        wanted = zero_crossings(response, 0.3, axes)
    np.testing.assert_array_equal(zero_crossings(response, 0.3, axes), wanted)


@pytest.mark.parametrize("border", BORDERS)
def test_zero_crossings_found_in_strips_are_those_of_the_whole_response(monkeypatch, border):
    monkeypatch.setattr(crossings, "_STRIP", 0)  # so that 64 rows are a strip
    image = np.random.default_rng(0).random((150, 9))
    response = laplacian_of_gaussian(image, 1.5, border=border)
    found = laplacian_zero_crossings(image, 1.5, border=border)
    np.testing.assert_array_equal(found, zero_crossings(response, 0.0, (0, 1)))


def test_zero_crossings_of_a_large_image_take_little_memory_besides_the_mask():
    image = np.zeros((2048, 2048), np.float32)
    laplacian_zero_crossings(image, 1.5)  # compiled
    tracemalloc.start()
    laplacian_zero_crossings(image, 1.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < image.size + thread_count() * 2**20  # a strip of 528 KiB a thread, and the kernels' rows


def test_zero_crossings_of_a_worked_example():
    response = np.array([[3.0, 1.0, -2.0, -2.0, 0.0, 5.0, 5.0, -5.0]])
    assert np.flatnonzero(zero_crossings(response, 0.0, (0, 1))).tolist() == [1, 4, 6]
    assert np.flatnonzero(zero_crossings(response, 3.0, (0, 1))).tolist() == [4, 6]


def test_the_outline_of_a_square_is_one_closed_curve():
    image = np.zeros((40, 40))
    image[12:28, 12:28] = 1
    edges = laplacian_zero_crossings(image, 1.5)
    _, count = scipy.ndimage.label(~edges)  # over four neighbours: an eight-connected curve parts inside from outside
    assert count == 2
    assert not edges[18:22, 18:22].any()


def test_flat_places_have_no_zero_crossings():
    step = np.full((9, 60), 200, np.uint8)
    step[:, 30:] = 90
    # both sides of the step are equally near to zero, but for rounding
    assert np.flatnonzero(laplacian_zero_crossings(step, 2.0).any(axis=0)).tolist() in ([29], [30])
