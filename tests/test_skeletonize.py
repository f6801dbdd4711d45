"""Skeletons: connected as the mask was, one pixel wide, in its middle; and two lemmas that make them so."""

import itertools

import cv2
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.morphology import dilate, disk, distance_transform, rectangle, skeletonize
from imgproc.primitives.skeleton import _first_contour, _second_contour, _simple_towards
from imgproc.testing import masks
from tests.libraries import LIBRARIES, Library

on_each_library = pytest.mark.parametrize("library", LIBRARIES, ids=str)

STEPS = (_first_contour, _second_contour, *map(_simple_towards, (0, 2, 4, 6)))


@st.composite
def shapes(draw):
    """Noise, and noise that was grown so that it has something to thin."""
    mask = draw(masks(max_size=24))
    return dilate(mask, disk(draw(st.sampled_from([0, 1, 1.5, 2])))) if mask.mean() < 0.3 else mask


def count_parts(mask):
    """Count components of eight neighbours and of background of four (the outside is one)."""
    padded = np.pad(mask, 1)
    return scipy.ndimage.label(padded, np.ones((3, 3)))[1], scipy.ndimage.label(~padded)[1]


def simple_pixels(mask):
    """Find pixels whose loss changes no connection, by labelling each neighbourhood."""
    found = []
    for y, x in zip(*np.nonzero(mask), strict=True):
        around = np.pad(mask, 1)[y : y + 3, x : x + 3].copy()
        around[1, 1] = False
        touching = scipy.ndimage.label(around, np.ones((3, 3)))[1]
        beside = scipy.ndimage.label(~around & np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool))[0][
            [0, 1, 1, 2], [1, 0, 2, 1]
        ]
        found.append((around.sum(), touching == 1 and len(set(beside) - {0}) == 1))
    return found


@given(mask=shapes())
def test_components_and_holes_are_those_of_the_mask(mask):
    skeleton = skeletonize(mask)
    assert (skeleton <= mask).all()
    assert count_parts(skeleton) == count_parts(mask)


@given(mask=shapes())
def test_no_pixel_could_go_but_the_ends_of_lines(mask):
    assert all(neighbours <= 1 for neighbours, is_simple in simple_pixels(skeletonize(mask)) if is_simple)


@given(mask=shapes())
def test_a_skeleton_is_its_own_skeleton(mask):
    skeleton = skeletonize(mask)
    np.testing.assert_array_equal(skeletonize(skeleton), skeleton)


@on_each_library
@given(mask=shapes())
def test_every_library_and_the_reference_body_give_the_same(library: Library, mask):
    expected = skeletonize(mask)
    np.testing.assert_array_equal(library.back(skeletonize(library.make(mask))), expected)
    with reference_only():
        np.testing.assert_array_equal(skeletonize(mask), expected)


@pytest.mark.parametrize("shape", [(40, 1100), (130, 70), (65, 513)])
def test_words_and_blocks_meet_without_a_seam(library: Library, shape):
    noise = cv2.GaussianBlur(np.random.default_rng(1).random(shape), (0, 0), 4)
    mask = noise > np.median(noise)
    mask[5:7, 62:66] = mask[20:22, 511:513] = True
    with reference_only():
        expected = skeletonize(mask)
    np.testing.assert_array_equal(library.back(skeletonize(library.make(mask))), expected)
    shifted = skeletonize(np.pad(mask, ((0, 0), (37, 0))))[:, 37:]
    np.testing.assert_array_equal(shifted, expected)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("size", [(3, 4), (4, 3)])
def test_marked_neighbours_may_go_one_after_the_other(step, size):
    """Every neighbourhood of two pixels side by side: with C. Ronse's criterion, steps change no connection."""
    pair = ((1, 1), (1, 2)) if size == (3, 4) else ((1, 1), (2, 1))
    cells = [cell for cell in np.ndindex(size) if cell not in pair]
    pictures = np.zeros((1 << len(cells), *size), bool)
    for bit, cell in enumerate(cells):
        pictures[:, cell[0], cell[1]] = np.arange(len(pictures)) >> bit & 1
    for cell in pair:
        pictures[:, cell[0], cell[1]] = True
    wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    marked = step(wide)[:, 1:-1, 1:-1]
    both = marked[:, pair[0][0], pair[0][1]] & marked[:, pair[1][0], pair[1][1]]
    wide[:, pair[0][0] + 1, pair[0][1] + 1] = False  # the first has gone
    row, column = pair[1]
    around = wide[both, row : row + 3, column : column + 3]
    ring = [around[:, y, x] for y, x in ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))]
    # Yokoi's number of components around the second
    assert (sum((~ring[k] & (ring[k + 1] | ring[(k + 2) % 8])).astype(int) for k in (0, 2, 4, 6)) == 1).all()


@pytest.mark.parametrize("cells", [c for c in itertools.product((False, True), repeat=4) if any(c)])
def test_nothing_within_a_square_of_two_vanishes(cells):
    mask = np.zeros((6, 6), bool)
    mask[2:4, 2:4] = np.reshape(cells, (2, 2))
    assert count_parts(skeletonize(mask)) == count_parts(mask)


def test_a_bar_becomes_its_middle_line():
    bar = np.zeros((9, 30), bool)
    bar[2:7, 3:27] = True
    skeleton = skeletonize(bar)
    assert np.flatnonzero(skeleton.any(axis=1)).tolist() == [4]
    assert skeleton.sum() >= 24 - 2 * 3


def test_slanted_lines_keep_their_length():
    line = np.zeros((40, 40), bool)
    line[np.arange(40), np.arange(40)] = line[np.arange(39), np.arange(1, 40)] = True
    assert skeletonize(line).sum() >= 38


def test_skeletons_lie_in_the_middle_near_those_of_scikit_image():
    horse = ~pytest.importorskip("skimage.data").horse()
    theirs = pytest.importorskip("skimage.morphology").skeletonize(horse)
    ours = skeletonize(horse)
    assert count_parts(ours) == count_parts(theirs)
    # pruning apart: each pixel within 1.5 of theirs, and theirs within 5 of ours where they run into a corner
    assert distance_transform(~theirs)[ours].max() <= 1.5
    assert distance_transform(~ours)[theirs].max() <= 5
    assert ours.sum() <= theirs.sum()


def test_images_of_a_batch_are_thinned_on_their_own():
    mask = np.random.default_rng(0).random((3, 20, 30, 1)) < 0.7
    mask[1] = True
    skeletons = skeletonize(mask)
    for image in range(3):
        np.testing.assert_array_equal(skeletons[image, ..., 0], skeletonize(mask[image, ..., 0]))
    assert skeletonize(rectangle(9)).sum() == 1
