"""The Euclidean distance transform: the exact root of the least square, on every body."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.morphology import distance_transform
from imgproc.primitives.distance import euclidean_distance
from imgproc.testing import masks
from tests.libraries import LIBRARIES, Library

on_each_library = pytest.mark.parametrize("library", LIBRARIES, ids=str)


def by_definition(mask):
    """The nearest of all False pixels, in whole numbers."""
    rows, columns = np.nonzero(~mask)
    if len(rows) == 0:
        return np.full(mask.shape, np.inf, np.float32)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    squares = (y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2
    return np.sqrt(squares.min(axis=-1).astype(np.float64)).astype(np.float32)


@given(mask=masks(max_size=20, with_views=True))
def test_every_distance_is_the_rounded_root_of_the_least_square(mask):
    np.testing.assert_array_equal(distance_transform(mask), by_definition(mask))


@on_each_library
@given(mask=masks(max_size=14))
def test_every_library_and_the_reference_body_give_the_same(library: Library, mask):
    expected = distance_transform(mask)
    np.testing.assert_array_equal(library.back(distance_transform(library.make(mask))), expected)
    with reference_only():
        np.testing.assert_array_equal(distance_transform(mask), expected)


@given(seed=st.integers(0, 999), false=st.integers(1, 6), shape=st.tuples(st.integers(1, 400), st.integers(1, 400)))
def test_far_pixels_are_as_exact_as_near_ones(seed, false, shape):
    rng = np.random.default_rng(seed)
    mask = np.ones(shape, bool)
    mask[rng.integers(0, shape[0], false), rng.integers(0, shape[1], false)] = False
    expected = scipy.ndimage.distance_transform_edt(mask).astype(np.float32)
    np.testing.assert_array_equal(distance_transform(mask), expected)


@pytest.mark.parametrize("shape", [(3, 30000), (30000, 3), (2, 50000)])
def test_long_images_lose_nothing(shape):
    mask = np.ones(shape, bool)
    mask[0, 0] = False
    y, x = np.ogrid[: shape[0], : shape[1]]
    np.testing.assert_array_equal(distance_transform(mask), np.sqrt(y**2.0 + x**2.0).astype(np.float32))


@given(mask=masks(max_size=20))
def test_distances_commute_with_flips_and_transposition_and_grow_with_the_mask(mask):
    distances = distance_transform(mask)
    for change in (np.flipud, np.fliplr, np.transpose):
        np.testing.assert_array_equal(distance_transform(change(mask)), change(distances))
    smaller = mask.copy()
    smaller[::3] = False
    assert (distance_transform(smaller) <= distances).all()


def test_a_worked_example():
    mask = np.ones((3, 4), bool)
    mask[1, 0] = False
    expected = [[1, 2**0.5, 5**0.5, 10**0.5], [0, 1, 2, 3], [1, 2**0.5, 5**0.5, 10**0.5]]
    np.testing.assert_array_equal(distance_transform(mask), np.array(expected, np.float32))


def test_images_of_a_batch_are_measured_on_their_own():
    mask = np.random.default_rng(0).random((3, 20, 30, 1)) < 0.9
    mask[1] = True
    distances = distance_transform(mask)
    assert np.isinf(distances[1]).all()
    for image in (0, 2):
        np.testing.assert_array_equal(distances[image, ..., 0], by_definition(mask[image, ..., 0]))
    channels = euclidean_distance(mask, (1, 2))
    np.testing.assert_array_equal(channels, distances)


def test_opencv_and_scipy_agree_on_shapes():
    noise = cv2.GaussianBlur(np.random.default_rng(0).random((300, 400)), (0, 0), 9)
    mask = noise > np.quantile(noise, 0.3)
    ours = distance_transform(mask)
    np.testing.assert_array_equal(ours, scipy.ndimage.distance_transform_edt(mask).astype(np.float32))
    theirs = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)  # float32 sums inside


@pytest.mark.parametrize("mask", [np.zeros((3, 3)), np.zeros((3, 3), np.uint8)])
def test_what_is_no_mask_is_a_type_error(mask):
    with pytest.raises(TypeError, match="mask must be bool"):
        distance_transform(mask)
