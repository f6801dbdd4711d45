"""Warps that shrink: no false patterns, and the kernels of `resize`."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.geometry import compose, resize, rotation, scaling, translation, warp
from imgproc.testing import homographies

smooth = pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape)


@smooth
def test_a_plain_reduction_is_resize(interpolation):
    image = noise(60, 90, 2)
    shrink = scaling(1 / 3, 1 / 2.5, center=(-0.5, -0.5))  # edges stay edges
    got = warp(image, shrink, size=(24, 30), interpolation=interpolation, antialias=True, border="edge")
    wanted = resize(image, (24, 30), interpolation=interpolation)
    np.testing.assert_allclose(got[3:-3, 3:-3], wanted[3:-3, 3:-3], rtol=0, atol=1e-12)


@smooth
def test_where_nothing_shrinks_nothing_changes(interpolation):
    image = noise(20, 30)
    for matrix in (np.eye(3), rotation(0.7, (9, 11)), scaling(2.0), translation(0.3, -0.6)):
        plain = warp(image, matrix, interpolation=interpolation)
        got = warp(image, matrix, interpolation=interpolation, antialias=True)
        np.testing.assert_allclose(got, plain, rtol=0, atol=1e-13)


def test_a_fine_checkerboard_becomes_gray_from_any_direction():
    board = np.indices((128, 128)).sum(axis=0) % 2 * 1.0
    for angle in (0.0, 0.3, np.pi / 4, 1.2):
        matrix = compose(rotation(angle, (64, 64)), scaling(0.2))
        gray = warp(board, matrix, size=(26, 26), antialias=True, border="wrap")[8:18, 8:18]
        assert np.abs(gray - 0.5).max() < 0.02  # the triangle kernel lets 1 / (pi * 5 / 2)² through
    assert np.ptp(warp(board, scaling(0.2), size=(26, 26))) == 1  # and without it, a false pattern


def test_one_direction_may_shrink_alone():
    stripes = np.tile(np.arange(96) % 2 * 1.0, (96, 1))
    across, along = scaling(0.25, 1.0), scaling(1.0, 0.25)
    assert np.abs(warp(stripes, across, size=(90, 20), antialias=True)[5:-5, 5:-5] - 0.5).max() < 0.02
    kept = warp(stripes, along, size=(20, 90), antialias=True)[5:-5, 5:-5]
    np.testing.assert_allclose(kept, stripes[:10, 5:85], rtol=0, atol=1e-13)


@given(matrix=homographies(size=20), shrink=st.floats(0.2, 1.5))
def test_constant_images_stay_constant_and_means_stay_within_the_image(matrix, shrink):
    matrix = compose(matrix, scaling(shrink, 1.0))
    np.testing.assert_allclose(warp(np.full((20, 20), 0.3), matrix, antialias=True, border="wrap"), 0.3, rtol=1e-12)
    moved = warp(noise(20, 20), matrix, antialias=True, border="edge")
    assert moved.min() > -1e-12
    assert moved.max() < 1 + 1e-12


@settings(max_examples=20)  # the reference body sums under every kernel as far as the widest reaches
@given(matrix=homographies(size=9), shrink=st.floats(0.5, 1.2), border=st.sampled_from(["constant", "reflect"]))
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "bool"])
def test_the_fast_body_is_the_reference_body(dtype, matrix, shrink, border):
    image = (noise(9, 10, 2) * 200).astype(dtype) if dtype != "bool" else noise(9, 10) > 0.5
    matrix = compose(matrix, scaling(shrink, 0.8))
    got = warp(image, matrix, antialias=True, border=border, fill=1.0)
    with reference_only():
        wanted = warp(image, matrix, antialias=True, border=border, fill=1.0)
    assert got.dtype == wanted.dtype
    tolerance = {"uint8": 1, "float32": 4e-4, "bool": 2e-6, "float64": 1e-9}[dtype]
    np.testing.assert_allclose(got.astype(float), wanted.astype(float), rtol=0, atol=tolerance)


def test_towards_the_horizon_of_a_plane_its_stripes_fade_to_gray():
    stripes = np.tile(np.arange(256) % 8 // 4 * 1.0, (256, 1))
    view = np.array([[1.0, 0.0, -30.0], [0.0, 0.0, 60.0], [0.0, 0.02, 0.02]])  # row v sees 50 / (v + 1) pixels in one
    smooth = np.ptp(warp(stripes, view, size=(60, 60), inverse=True, antialias=True, border="wrap"), axis=1)
    assert smooth[:4].max() < 0.05
    assert smooth[30:].min() > 0.99
    assert np.ptp(warp(stripes, view, size=(60, 60), inverse=True, border="wrap"), axis=1).min() > 0.9  # false stripes


def test_nan_reaches_what_its_pixel_is_part_of():
    image = noise(40, 40)
    image[20, 20] = np.nan
    small = np.isnan(warp(image, scaling(0.25), size=(10, 10), antialias=True))
    assert np.argwhere(small).tolist() == [[5, 5]]  # it lies on pixel 5, exactly one width from its neighbours


def test_nearest_is_not_affected():
    image = noise(30, 30)
    plain = warp(image, scaling(0.3), interpolation="nearest")
    np.testing.assert_array_equal(warp(image, scaling(0.3), interpolation="nearest", antialias=True), plain)
