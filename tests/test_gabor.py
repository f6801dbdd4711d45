"""gabor: the amplitude and the phase of waves."""

import math

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from imgproc import edges, filters

frequencies = st.floats(0.08, 0.4)
angles = st.floats(-math.pi, math.pi)


def wave(frequency, angle, phase=0.0, size=(41, 45)):
    y, x = np.mgrid[: size[0], : size[1]]
    return np.cos(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)


@given(frequency=st.floats(0.08, 0.25), angle=angles, phase=st.floats(0, 6), amplitude=st.floats(0.1, 9))
def test_a_wave_gives_half_its_amplitude_and_its_phase(frequency, angle, phase, amplitude):
    # the wave that runs the other way adds exp(-8 (pi sigma f)^2) = 1e-22, truncation 4e-8
    sigma = 0.8 / frequency
    radius = int(5.5 * sigma + 0.5)
    whole = amplitude * wave(frequency, angle, phase, (2 * radius + 1, 2 * radius + 1))
    even, odd = filters.gabor(whole, frequency, angle, sigma=sigma, truncate=5.5, border="constant")
    here = even[radius, radius], odd[radius, radius]
    own = phase + 2 * np.pi * frequency * radius * (np.cos(angle) + np.sin(angle))
    np.testing.assert_allclose(
        here, amplitude / 2 * np.array([np.cos(own), np.sin(own)]), rtol=0, atol=1e-6 * amplitude
    )


@given(frequency=frequencies, angle=angles)
def test_it_is_correlation_with_the_kernel_of_the_definition(frequency, angle):
    image = np.random.default_rng(0).random((19, 23))
    radius = int(3 * 1.7 + 0.5)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    bell = np.exp(-(x * x + y * y) / (2 * 1.7**2))
    turned = 2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle))
    padded = np.pad(image, radius, "reflect")
    kernel = bell / bell.sum() * np.exp(-1j * turned)
    wanted = scipy.signal.convolve(padded, kernel[::-1, ::-1], "valid")
    even, odd = filters.gabor(image, frequency, angle, sigma=1.7)
    np.testing.assert_allclose(even + 1j * odd, wanted, rtol=0, atol=1e-13)


def test_waves_of_another_direction_or_length_are_hardly_seen():
    image = wave(0.2, 0.3, size=(99, 99))
    right, across, slower = (
        edges.magnitude(*filters.gabor(image, f, angle))[49, 49] for f, angle in ((0.2, 0.3), (0.2, 1.9), (0.05, 0.3))
    )
    assert right == pytest.approx(0.5, abs=0.005)
    assert across < 0.01
    assert slower < 0.01


def test_by_hand_three_taps_meet_the_fastest_wave():
    # at half a cycle per pixel the kernel alternates: (-w, 1, -w) / (1 + 2 w), and the sine is nothing
    w = math.exp(-0.5 / 0.25)
    even, odd = filters.gabor(np.array([[1.0, -1, 1, -1, 1]]), 0.5, sigma=0.5, truncate=2.0)
    assert even[0, 2] == pytest.approx(1.0)
    assert abs(odd[0, 2]) < 1e-15
    assert filters.gabor(np.ones((1, 5)), 0.5, sigma=0.5, truncate=2.0)[0][0, 2] == pytest.approx(
        (1 - 2 * w) / (1 + 2 * w)
    )


@pytest.mark.parametrize("angle", [0.0, math.pi / 2])
def test_scikit_image_gives_the_same_up_to_its_scale(angle):
    skimage_filters = pytest.importorskip("skimage.filters")
    image = np.random.default_rng(1).random((40, 50))
    real, imaginary = skimage_filters.gabor(image, 0.15, theta=angle, sigma_x=2, sigma_y=2, n_stds=3, mode="mirror")
    even, odd = filters.gabor(image, 0.15, angle, sigma=2.0)
    taps = np.exp(-0.5 * (np.arange(-6, 7) / 2) ** 2)
    scale = taps.sum() ** 2 / (2 * math.pi * 4)  # its Gaussian has the volume of the endless one
    np.testing.assert_allclose(scale * even, real, rtol=0, atol=1e-12)
    np.testing.assert_allclose(scale * odd, imaginary, rtol=0, atol=1e-12)
