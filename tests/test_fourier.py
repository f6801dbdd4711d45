"""Spectra and filters in the frequency domain."""

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st

from imgproc import filters, fourier
from imgproc.testing import images, kernels

pictures = images(dtype="float64", low=0.0, high=1.0)
planes = images(dtype="float64", low=0.0, high=1.0, layouts=["HW"])
kinds = st.sampled_from(["ideal", "butterworth", "gaussian"])
borders = st.sampled_from(["reflect", "symmetric", "edge", "wrap", "constant"])


def cosine(frequency, length=64):
    """A row of waves that a transform holds exactly."""
    return np.cos(2 * np.pi * frequency * np.arange(length)) * np.ones((4, 1))


# transforms


@given(image=pictures, centered=st.booleans())
def test_inverse_of_the_transform_is_the_image(image, centered):
    back = fourier.ifft2(fourier.fft2(image, centered=centered), centered=centered)
    np.testing.assert_allclose(back.real, image, rtol=0, atol=1e-14)
    np.testing.assert_allclose(back.imag, 0, rtol=0, atol=1e-14)


@given(image=pictures)
def test_energy_is_the_same_in_both_domains(image):
    power = np.abs(fourier.fft2(image)) ** 2
    np.testing.assert_allclose(power.sum() / (image.shape[-3] * image.shape[-2]) if image.ndim > 2 else
                               power.sum() / image.size, (image**2).sum(), rtol=1e-12, atol=1e-12)  # fmt: skip


@given(image=planes)
def test_transform_is_scipys(image):
    np.testing.assert_allclose(fourier.fft2(image), scipy.fft.fft2(image), rtol=0, atol=1e-12)


@given(image=planes, dy=st.integers(-5, 5), dx=st.integers(-5, 5))
def test_magnitude_does_not_see_a_circular_shift(image, dy, dx):
    magnitude, _ = fourier.spectrum(image)
    shifted, _ = fourier.spectrum(np.roll(image, (dy, dx), (0, 1)))
    np.testing.assert_allclose(shifted, magnitude, rtol=0, atol=1e-11)


def test_spectrum_of_a_cosine_has_two_peaks_about_the_middle():
    magnitude, phase = fourier.spectrum(cosine(5 / 64) + 2)
    assert np.flatnonzero(magnitude[2] > 1).tolist() == [32 - 5, 32, 32 + 5]
    assert magnitude[2, 32] == pytest.approx(2 * 4 * 64)
    assert phase[2, 37] == pytest.approx(0, abs=1e-12)


def test_phase_of_frequencies_that_are_their_own_mirror_is_zero_or_pi():
    _, phase = fourier.spectrum(-np.random.default_rng(0).random((6, 8)))
    assert phase[3, 4] == np.pi


# gains


@pytest.mark.parametrize(("kind", "gain"), [("ideal", 1.0), ("butterworth", 0.5), ("gaussian", np.exp(-0.5))])
def test_gain_at_the_cutoff_is_the_one_documented(kind, gain):
    table = fourier.transfer_function((1, 16), kind, 0.25)
    assert table[0, 4] == pytest.approx(gain, rel=1e-15)
    assert table[0, 0] == 1


@given(kind=kinds, cutoff=st.floats(1e-6, 0.7), order=st.integers(1, 64))
def test_low_and_high_pass_share_every_frequency(kind, cutoff, order):
    low = fourier.transfer_function((7, 12), kind, cutoff, order=order)
    high = fourier.transfer_function((7, 12), kind, cutoff, order=order, band="high_pass")
    assert ((low >= 0) & (low <= 1)).all()
    np.testing.assert_allclose(low + high, 1, rtol=0, atol=1e-15)


@given(kind=kinds, low=st.floats(0.01, 0.3), width=st.floats(0.01, 0.4))
def test_band_pass_and_band_stop_share_every_frequency(kind, low, width):
    both = [
        fourier.transfer_function((7, 12), kind, (low, low + width), band=band, centered=True)
        for band in ("band_pass", "band_stop")
    ]
    np.testing.assert_allclose(both[0] + both[1], 1, rtol=0, atol=1e-15)
    assert both[0][3, 6] == 0


def test_steep_butterworth_with_a_tiny_cutoff_does_not_overflow():
    table = fourier.transfer_function((4, 4), "butterworth", 1e-9, order=64)
    assert table.ravel().tolist() == [1.0] + [0.0] * 15


# filters


@given(image=pictures, kind=kinds, cutoff=st.floats(0.02, 0.7), border=borders)
def test_low_and_high_pass_add_up_to_the_image(image, kind, cutoff, border):
    options = {"kind": kind, "border": border}
    both = fourier.low_pass(image, cutoff, **options) + fourier.high_pass(image, cutoff, **options)
    np.testing.assert_allclose(both, image, rtol=0, atol=1e-13)


@given(image=pictures, low=st.floats(0.02, 0.2), kind=kinds, border=borders)
def test_band_pass_and_band_stop_add_up_to_the_image(image, low, kind, border):
    options = {"kind": kind, "border": border}
    both = fourier.band_pass(image, low, 2 * low, **options) + fourier.band_stop(image, low, 2 * low, **options)
    np.testing.assert_allclose(both, image, rtol=0, atol=1e-13)


@given(image=planes, cutoff=st.floats(0.05, 0.7), kind=kinds)
def test_low_pass_is_the_product_with_the_transfer_function(image, cutoff, kind):
    wanted = fourier.ifft2(fourier.fft2(image) * fourier.transfer_function(image.shape, kind, cutoff)).real
    np.testing.assert_allclose(fourier.low_pass(image, cutoff, kind=kind), wanted, rtol=0, atol=1e-13)


@given(image=planes, border=st.sampled_from(["reflect", "symmetric"]), kind=kinds)
def test_mirrored_borders_are_those_of_the_image_mirrored_many_times(image, border, kind):
    # periods of both borders divide what np.pad adds here, so that nothing is approximate
    height, width = image.shape
    period = [max(2 * n - 2, 1) if border == "reflect" else 2 * n for n in image.shape]
    wide = np.pad(image, [(0, 3 * p - n) for p, n in zip(period, image.shape, strict=True)], border)
    wanted = fourier.low_pass(wide, 0.15, kind=kind)[:height, :width]
    if kind != "ideal":  # whose sharp edge may fall between the frequencies of the two sizes
        np.testing.assert_allclose(fourier.low_pass(image, 0.15, kind=kind, border=border), wanted, rtol=0, atol=1e-12)


def test_gaussian_low_pass_is_the_gaussian_filter_of_the_same_width():
    image = np.random.default_rng(0).random((48, 64))
    sigma = 3.0
    # cut at 8 sigma, exp(-32) of the kernel is missing; sampling adds exp(-2 (pi sigma)² (1 - f)²), 1e-19, at most
    wanted = filters.gaussian(image, sigma, truncate=8, border="wrap")
    np.testing.assert_allclose(fourier.low_pass(image, 1 / (2 * np.pi * sigma)), wanted, rtol=0, atol=1e-12)


def test_ideal_band_pass_keeps_one_of_three_waves():
    slow, middle, fast = cosine(2 / 64), cosine(10 / 64), cosine(25 / 64)
    kept = fourier.band_pass(slow + middle + fast, 0.1, 0.2, kind="ideal")
    np.testing.assert_allclose(kept, middle, rtol=0, atol=1e-13)


@given(row=st.integers(-8, 8), column=st.integers(-8, 8), kind=kinds)
def test_notch_takes_out_its_wave_and_leaves_the_mean(row, column, kind):
    y, x = np.mgrid[:16, :16]
    wave = np.cos(2 * np.pi * (row * y + column * x) / 16)
    if (row % 16, column % 16) == (0, 0):
        return
    cleaned = fourier.notch(3 + wave, [(column / 16, row / 16)], 1e-3, kind=kind, order=3)
    np.testing.assert_allclose(cleaned, 3, rtol=0, atol=1e-9)


def test_notches_of_no_frequency_change_nothing():
    image = np.random.default_rng(1).random((5, 6))
    np.testing.assert_allclose(fourier.notch(image, np.zeros((0, 2)), 0.1), image, rtol=0, atol=1e-15)


# the convolution theorem


@given(image=planes, kernel=kernels(max_size=9), border=borders)
def test_fft_convolve_is_the_direct_sum(image, kernel, border):
    wanted = filters.convolve(image, kernel, border=border)
    np.testing.assert_allclose(fourier.fft_convolve(image, kernel, border=border), wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge", "wrap", "constant"])
@pytest.mark.parametrize("size", [(101, 97), (128, 90), (64, 33)])
@pytest.mark.parametrize("side", [(31, 37), (40, 28)])
def test_large_kernels_of_odd_even_and_prime_sizes_equal_the_direct_sum(border, size, side):
    rng = np.random.default_rng(0)
    image, kernel = rng.random(size), rng.normal(size=side)
    above, left = side[0] // 2, side[1] // 2
    wide = np.pad(image, [(side[0] - 1 - above, above), (side[1] - 1 - left, left)], border)
    windows = np.lib.stride_tricks.sliding_window_view(wide, side)
    wanted = np.einsum("ijkl,kl->ij", windows, kernel[::-1, ::-1])
    # the element (rows // 2, columns // 2) of the kernel stays on its pixel
    np.testing.assert_allclose(fourier.fft_convolve(image, kernel, border=border), wanted, rtol=0, atol=1e-10)


# hybrid images


@given(image=pictures, sigma=st.floats(0.5, 4))
def test_hybrid_of_an_image_with_itself_is_the_image(image, sigma):
    np.testing.assert_allclose(fourier.hybrid_image(image, image, sigma_far=sigma), image, rtol=0, atol=1e-13)


def test_hybrid_image_seen_from_afar_is_the_far_image():
    rng = np.random.default_rng(0)
    far, near = (filters.gaussian(rng.random((64, 64)), s) for s in (4, 1))
    far, near = ((x - x.min()) / (x.max() - x.min()) for x in (far, near))
    seen, alone = (filters.gaussian(x, 8.0) for x in (fourier.hybrid_image(far, near, sigma_far=3.0), far))
    np.testing.assert_allclose(seen - seen.mean(), alone - alone.mean(), rtol=0, atol=0.1 * np.ptp(alone))


# the power law


@pytest.mark.parametrize("exponent", [0.0, -1.0, -2.0, -3.0])
def test_slope_of_synthetic_noise_is_the_exponent_it_was_made_with(exponent):
    size = 256
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
    f[0, 0] = 1
    white = np.fft.fft2(np.random.default_rng(0).normal(size=(size, size)))
    noise = np.fft.ifft2(white * f ** (exponent / 2)).real
    # the window smears steep spectra by a bin, which tilts a slope of -3 by some hundredths
    assert fourier.power_spectrum_slope(noise) == pytest.approx(exponent, abs=0.1)


@given(image=planes, gain=st.floats(0.1, 10), offset=st.floats(-1, 1))
def test_slope_does_not_see_light_or_contrast(image, gain, offset):
    slope = fourier.power_spectrum_slope(image)
    if np.ptp(image) > 0.1:
        np.testing.assert_allclose(fourier.power_spectrum_slope(gain * image + offset), slope, rtol=0, atol=0.2)


def test_slope_of_a_flat_image_is_zero():
    assert fourier.power_spectrum_slope(np.full((20, 24), 7.3)) == pytest.approx(0, abs=1e-9)
