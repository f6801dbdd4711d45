"""Metrics of images, partitions, homographies and disparities."""

import cv2
import numpy as np
import pytest
import skimage.data
import skimage.metrics
from hypothesis import given
from hypothesis import strategies as st

from imgproc import metrics
from imgproc._dispatch import reference_only
from imgproc.geometry import compose, rotation, scaling, translation
from imgproc.testing import images

floats = images(dtype="float64", low=0.0, high=1.0)
partitions = images(dtype="uint8", layouts=["HW"], low=0, high=4)


def noisy_camera(sigma=15.0):
    """The photo and noise of the published comparison."""
    photo = skimage.data.camera()
    noise = np.random.default_rng(0).normal(0, sigma, photo.shape)
    return photo, np.clip(photo + noise, 0, 255).astype(np.uint8)


# errors of pixels


@given(image=floats, offset=st.floats(-1, 1))
def test_mse_of_an_offset_is_its_square(image, offset):
    np.testing.assert_allclose(metrics.mse(image, image + offset), offset**2, rtol=1e-9, atol=1e-15)


def test_mse_of_bytes_does_not_wrap():
    assert float(metrics.mse(np.array([[0]], np.uint8), np.array([[255]], np.uint8))) == 255.0**2


def test_psnr_is_infinite_for_equal_images_and_opencvs_for_others():
    photo, noisy = noisy_camera()
    assert float(metrics.psnr(photo, photo)) == np.inf
    assert float(metrics.psnr(photo, noisy)) == pytest.approx(cv2.PSNR(photo, noisy), rel=1e-6)


@given(image=floats, other=st.floats(0.01, 0.5))
def test_psnr_does_not_hang_on_the_dtype_of_the_same_picture(image, other):
    coarse = np.round(image * 255).astype(np.uint8)
    worse = np.minimum(coarse, 255 - 9) + 9
    as_float = metrics.psnr(coarse / 255, worse / 255)
    np.testing.assert_allclose(metrics.psnr(coarse, worse), as_float, rtol=1e-5)


# structural similarity


@given(image=floats)
def test_ssim_of_equal_images_is_one(image):
    assert (metrics.ssim(image, image) == 1).all()


@given(image=floats, seed=st.integers(0, 9))
def test_ssim_is_symmetric_and_at_most_one(image, seed):
    other = np.random.default_rng(seed).random(image.shape)
    found = metrics.ssim(image, other)
    np.testing.assert_allclose(metrics.ssim(other, image), found, rtol=0, atol=1e-12)
    assert (found <= 1).all()


@given(image=images(dtype="float64", low=0.0, high=1.0, min_size=3), seed=st.integers(0, 9))
def test_ssim_agrees_with_the_reference_body(image, seed):
    other = np.clip(image + np.random.default_rng(seed).normal(0, 0.1, image.shape), 0, 1)
    with reference_only():
        wanted = metrics.ssim(image, other)
    np.testing.assert_allclose(metrics.ssim(image, other), wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize("shape", [(11, 11), (43, 26, 1), (45, 27, 3), (76, 100), (5, 40, 3), (40, 5), (1, 1)])
def test_ssim_agrees_with_the_reference_body_whatever_is_left_of_a_vector(shape):
    rng = np.random.default_rng(0)
    image = rng.random(shape)
    other = np.clip(image + rng.normal(0, 0.1, shape), 0, 1)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-6)):  # some dozen roundings of ratios of at most 1
        pair = image.astype(dtype), other.astype(dtype)
        with reference_only():
            wanted = metrics.ssim(*pair)
        np.testing.assert_allclose(metrics.ssim(*pair), wanted, rtol=0, atol=tolerance)


def test_ssim_of_the_photo_with_noise_is_wangs():
    photo, noisy = noisy_camera()
    wanted = skimage.metrics.structural_similarity(
        photo, noisy, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    # scikit-image cuts off the same 5 pixels; ours is in float32, about the middle of the range
    assert float(metrics.ssim(photo, noisy)) == pytest.approx(wanted, abs=1e-6)


def test_ssim_of_the_published_pair_is_the_published_number():
    photo, random = skimage.data.camera(), np.random.RandomState(5)
    noisy = np.clip(photo + 20.0 * random.randn(*photo.shape), 0, 255).astype(np.uint8)
    # IPOL's imdiff, which rounds its window: to three decimals
    assert float(metrics.ssim(photo, noisy)) == pytest.approx(0.357959091663361, abs=1e-3)


def test_ssim_in_float32_is_that_of_float64_where_squares_cancel():
    bright = 0.98 + 0.02 * np.random.default_rng(0).random((64, 64))
    other = bright + 0.001 * np.random.default_rng(1).random((64, 64))
    wanted = float(metrics.ssim(bright, other))
    found = float(metrics.ssim(bright.astype(np.float32), other.astype(np.float32)))
    assert found == pytest.approx(wanted, abs=1e-4)  # squares near 1 keep 6e-8, c2 is 9e-4


def test_channels_of_ssim_are_averaged():
    photo = skimage.data.astronaut()
    other = np.roll(photo, 1, axis=0)
    alone = [
        float(metrics.ssim(np.ascontiguousarray(photo[..., c]), np.ascontiguousarray(other[..., c]))) for c in range(3)
    ]
    assert float(metrics.ssim(photo, other)) == pytest.approx(np.mean(alone), abs=1e-6)


def test_ms_ssim_is_one_for_equal_images_and_falls_with_noise():
    photo, noisy = noisy_camera()
    worse = noisy_camera(40.0)[1]
    found = [float(metrics.ms_ssim(photo, other)) for other in (photo, noisy, worse)]
    assert found[0] == 1
    assert found[0] > found[1] > found[2] > 0


def test_ms_ssim_of_one_scale_is_ssim():
    photo, noisy = noisy_camera()
    assert float(metrics.ms_ssim(photo, noisy, weights=(1.0,))) == pytest.approx(float(metrics.ssim(photo, noisy)))


def test_ms_ssim_says_what_is_too_small():
    with pytest.raises(ValueError, match="at least"):
        metrics.ms_ssim(np.zeros((15, 64)), np.zeros((15, 64)))


def test_gradient_of_ssim_is_zero_at_its_maximum():
    torch = pytest.importorskip("torch")
    image = torch.rand(1, 20, 20, dtype=torch.float64)
    moved = image.clone().requires_grad_()
    (metrics.ssim(image, moved) + metrics.ms_ssim(image, moved, weights=(0.5, 0.5))).backward()
    assert moved.grad.abs().max() < 1e-12


# partitions


@given(labels=partitions, seed=st.integers(0, 9))
def test_renaming_labels_changes_no_measure(labels, seed):
    names = np.random.default_rng(seed).permutation(256)[:16].astype(np.int32)
    truth = labels[::-1]
    for measure in (metrics.rand_index, metrics.variation_of_information, metrics.boundary_f1):
        np.testing.assert_allclose(measure(names[labels], truth), measure(labels, truth), rtol=1e-6, atol=1e-6)


@given(labels=partitions)
def test_equal_partitions_are_perfect(labels):
    assert metrics.rand_index(labels, labels) == 1
    assert metrics.rand_index(labels, labels, adjusted=True) == 1
    assert metrics.variation_of_information(labels, labels) == 0
    assert metrics.boundary_f1(labels, labels, tolerance=0) == 1


@given(labels=partitions)
def test_rand_index_is_the_share_of_pairs_by_definition(labels):
    ours, theirs = labels.ravel().astype(int), labels[::-1].ravel().astype(int)
    if ours.size < 2:
        return
    together = [x[:, None] == x for x in (ours, theirs)]
    alike = (together[0] == together[1])[np.triu_indices(ours.size, 1)]
    assert float(metrics.rand_index(labels, labels[::-1])) == pytest.approx(alike.mean(), abs=1e-6)


@given(labels=partitions)
def test_variation_of_information_is_that_of_scikit_image(labels):
    truth = np.ascontiguousarray(labels[:, ::-1])
    split, merge = skimage.metrics.variation_of_information(labels, truth)
    assert float(metrics.variation_of_information(labels, truth)) == pytest.approx(split + merge, abs=1e-5)


def test_many_labels_are_counted_as_few_are():
    rng = np.random.default_rng(0)
    labels, truth = rng.integers(0, 5000, (2, 64, 64)).astype(np.int32)
    with reference_only():
        wanted = metrics.variation_of_information(labels * 1000, truth)
    assert metrics.variation_of_information(labels * 1000, truth) == wanted
    np.testing.assert_allclose(metrics.variation_of_information(labels, truth), wanted, rtol=1e-12)


def test_boundaries_two_pixels_off_are_found_within_two_pixels():
    labels, truth = np.zeros((2, 8, 20), np.int32)
    labels[:, 8:], truth[:, 10:] = 1, 1
    found = [float(metrics.boundary_f1(labels, truth, tolerance=t)) for t in (0, 1.9, 2)]
    assert found == [0, 0, 1]


def test_one_missing_boundary_halves_the_recall():
    truth = np.zeros((4, 30), np.int32)
    truth[:, 10:], truth[:, 20:] = 1, 2
    labels = np.minimum(truth, 1)
    assert float(metrics.boundary_f1(labels, truth)) == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert float(metrics.boundary_f1(np.zeros_like(truth), truth)) == 0


# geometry


def test_corner_error_of_a_turn_about_the_middle_is_the_chord():
    size, angle = (101, 201), 0.1
    turn = rotation(angle, center=(100, 50))
    chord = 2 * np.hypot(100, 50) * np.sin(angle / 2)
    assert float(metrics.corner_error(turn, np.eye(3), size)) == pytest.approx(chord)


def test_corner_error_does_not_see_the_scale_of_a_matrix():
    H = compose(scaling(1.2), translation(3, 4))
    assert float(metrics.corner_error(-7 * H, H, (48, 64))) == pytest.approx(0, abs=1e-12)


def test_bad_pixels_counts_what_is_documented():
    truth = np.array([[10.0, 10, 10, 10, np.nan, np.inf]])
    found = np.array([[10.0, 12.0, 12.1, np.nan, 3, 3]])
    assert float(metrics.bad_pixels(found, truth)) == 0.5
    assert float(metrics.bad_pixels(found, truth, count_unknown=False)) == pytest.approx(1 / 3)
    assert np.isnan(metrics.bad_pixels(found, np.full_like(truth, np.nan)))
