"""The shift between two images, to a fraction of a pixel."""

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from imgproc import filters
from imgproc.fourier import phase_correlation
from imgproc.primitives._packed_spectra import half_by_packing, inverse_by_packing, is_packable

shifts = st.tuples(st.floats(-15, 15), st.floats(-11, 11))


def texture(size=(48, 64), seed=0):
    return filters.gaussian(np.random.default_rng(seed).random(size), 1.0, border="wrap")


def moved(image, dx, dy):
    """Shift by the transform: exact for images without the highest frequency."""
    fy, fx = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])
    return np.fft.ifft2(np.fft.fft2(image) * np.exp(-2j * np.pi * (fx * dx + fy * dy))).real


@given(shift=shifts)
def test_any_shift_of_an_image_that_wraps_is_found_exactly(shift):
    image = texture()
    found, response = phase_correlation(image, moved(image, *shift))
    np.testing.assert_allclose(found, shift, rtol=0, atol=1e-9)
    assert response == pytest.approx(1, abs=1e-9)


@given(shift=shifts)
def test_float32_finds_shifts_to_a_thousandth_of_a_pixel(shift):
    image = texture()
    found, _ = phase_correlation(image.astype(np.float32), moved(image, *shift).astype(np.float32))
    np.testing.assert_allclose(found, shift, rtol=0, atol=1e-3)


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (4, 2), (3, 12, 10), (2, 2, 64, 48)])
def test_packed_spectra_are_half_transforms_and_go_back(shape):
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    assert is_packable(image.dtype, *shape[-2:])
    wanted = np.fft.rfft2(image.astype(float))
    # sums of up to 3072 values below 1, in trees
    np.testing.assert_allclose(half_by_packing(image), wanted, rtol=0, atol=2e-7 * np.abs(wanted).max())
    np.testing.assert_allclose(inverse_by_packing(wanted.astype(np.complex64)), image, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("dtype", "shape"), [("float64", (8, 8)), ("float32", (7, 8)), ("float32", (8, 14))])
def test_other_precisions_odd_sides_and_great_primes_are_not_packed(dtype, shape):
    assert not is_packable(np.dtype(dtype), *shape)


@given(dx=st.integers(-31, 31), dy=st.integers(-23, 23))
def test_whole_shifts_without_subpixel_are_whole(dx, dy):
    image = texture()
    found, _ = phase_correlation(image, np.roll(image, (dy, dx), (0, 1)), subpixel=False)
    assert found.tolist() == [dx, dy]


@given(shift=shifts)
def test_swapping_the_images_turns_the_shift_round(shift):
    first, second = texture(), moved(texture(), *shift)
    np.testing.assert_allclose(
        phase_correlation(second, first)[0], -phase_correlation(first, second)[0], rtol=0, atol=1e-9
    )


@given(gain=st.floats(0.2, 5), offset=st.floats(-3, 3))
def test_light_does_not_matter(gain, offset):
    image = texture()
    found, _ = phase_correlation(image, gain * moved(image, 3.3, -2.25) + offset)
    np.testing.assert_allclose(found, [3.3, -2.25], rtol=0, atol=1e-6)


def test_two_crops_of_a_photo_are_as_far_apart_as_they_were_cut():
    photo = skimage.data.camera()
    found, response = phase_correlation(photo[100:300, 100:300], photo[95:295, 107:307], taper="hann")
    np.testing.assert_allclose(found, [-7, 5], atol=0.02)
    assert response > 0.5


def test_crops_a_fraction_apart_are_found_nearer_than_by_opencv():
    fine = filters.gaussian(skimage.data.camera().astype(float), 4.0)
    first, second = fine[40:440:4, 40:440:4], fine[43:443:4, 38:438:4]  # moved by (+½, -¾) pixel
    truth = np.array([0.5, -0.75])
    ours, _ = phase_correlation(first, second, taper="hann")
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_64F)
    theirs, _ = cv2.phaseCorrelate(first, second, window)
    assert np.abs(ours - truth).max() < 0.02
    assert np.abs(ours - truth).max() <= np.abs(np.array(theirs) - truth).max()


def test_flat_images_have_no_shift_and_no_response():
    shift, response = phase_correlation(np.full((8, 9), 5.0), np.full((8, 9), 7.0))
    assert shift.tolist() == [0, 0]
    assert response == 0


def test_unlike_images_have_a_low_response():
    _, response = phase_correlation(texture(seed=0), texture(seed=1))
    assert response < 0.2


def test_nan_makes_everything_nan():
    broken = texture()
    broken[3, 4] = np.nan
    shift, response = phase_correlation(broken, texture())
    assert np.isnan(shift).all()
    assert np.isnan(response)
