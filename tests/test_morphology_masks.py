"""Labels, holes and small components: planes apart, equal in every library, as the peers have them."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.morphology import fill_holes, label, remove_small
from imgproc.testing import masks
from tests.libraries import LIBRARIES, Library

on_each_library = pytest.mark.parametrize("library", LIBRARIES, ids=str)

STRUCTURES = {4: None, 8: np.ones((3, 3))}
connectivities = st.sampled_from([4, 8])


@given(mask=masks(with_views=True), connectivity=connectivities)
def test_labels_are_those_of_scipy_in_the_order_of_first_pixels(mask, connectivity):
    labels = label(mask, connectivity=connectivity)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, scipy.ndimage.label(mask, STRUCTURES[connectivity])[0])


@given(mask=masks(with_views=True), size=st.integers(0, 30), connectivity=connectivities)
def test_components_stay_by_their_number_of_pixels(mask, size, connectivity):
    labels = label(mask, connectivity=connectivity)
    expected = mask & (np.bincount(labels.ravel())[labels] >= size)
    np.testing.assert_array_equal(remove_small(mask, size, connectivity=connectivity), expected)


@given(mask=masks(with_views=True), connectivity=connectivities)
def test_all_holes_are_filled_as_by_scipy(mask, connectivity):
    expected = scipy.ndimage.binary_fill_holes(mask, STRUCTURES[12 - connectivity])
    np.testing.assert_array_equal(fill_holes(mask, connectivity=connectivity), expected)


@given(mask=masks(), size=st.integers(0, 9), connectivity=connectivities)
def test_holes_are_filled_by_their_number_of_pixels(mask, size, connectivity):
    holes = fill_holes(mask, connectivity=connectivity) & ~mask
    large = remove_small(holes, size + 1, connectivity=12 - connectivity)
    np.testing.assert_array_equal(fill_holes(mask, max_size=size, connectivity=connectivity), mask | (holes & ~large))


@on_each_library
@given(mask=masks(max_size=14), size=st.integers(0, 9), connectivity=connectivities)
def test_every_library_and_the_reference_body_give_the_same(library: Library, mask, size, connectivity):
    for change in (
        lambda x: remove_small(x, size, connectivity=connectivity),
        lambda x: fill_holes(x, max_size=size, connectivity=connectivity),
        lambda x: label(x, connectivity=connectivity),
    ):
        expected = change(mask)
        np.testing.assert_array_equal(library.back(change(library.make(mask))), expected)
        with reference_only():
            np.testing.assert_array_equal(change(mask), expected)


@given(mask=masks(), size=st.integers(1, 20))
def test_a_second_time_changes_nothing(mask, size):
    kept, filled = remove_small(mask, size), fill_holes(mask, max_size=size)
    np.testing.assert_array_equal(remove_small(kept, size), kept)
    np.testing.assert_array_equal(fill_holes(filled, max_size=size), filled)
    assert (kept <= mask).all()
    assert (filled >= mask).all()


@pytest.mark.parametrize("density", [0.4, 0.6, 0.95])
def test_large_noise_is_as_scikit_image_has_it(library: Library, density):
    morphology = pytest.importorskip("skimage.morphology")
    mask = np.random.default_rng(0).random((300, 400)) < density
    kept = library.back(remove_small(library.make(mask), 20)) if library.name != "strict" else remove_small(mask, 20)
    np.testing.assert_array_equal(kept, morphology.remove_small_objects(mask, max_size=19, connectivity=2))
    # theirs fills small background at the edge, which is no hole
    theirs = morphology.remove_small_holes(mask, max_size=4, connectivity=1)
    np.testing.assert_array_equal(fill_holes(mask, max_size=4), theirs & fill_holes(mask))


def test_batches_are_planes_apart():
    mask = np.random.default_rng(0).random((3, 20, 30, 1)) < 0.6
    for change in (label, fill_holes, lambda x: remove_small(x, 5)):
        together = change(mask)
        assert together.shape == mask.shape
        for image in range(3):
            np.testing.assert_array_equal(together[image, ..., 0], change(mask[image, ..., 0]))
            np.testing.assert_array_equal(together[image, ..., 0], change(mask[image]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: remove_small(x, 1.5), TypeError, "min_size must be an integer, got 1.5"),
        (lambda x: remove_small(x, -1), ValueError, "min_size must be from 0"),
        (lambda x: fill_holes(x, max_size=2**31), ValueError, "max_size must be from 0"),
        (lambda x: label(x, connectivity=6), ValueError, "connectivity must be one of 4, 8, got 6"),
        (lambda x: label(x.astype(int)), TypeError, "mask must be bool, got dtype int64"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call(np.zeros((3, 3), bool))
