"""Segments by the progressive probabilistic Hough transform."""

import math

import cv2
import numpy as np
import pytest
import skimage.data
import skimage.draw
from hypothesis import assume, given
from hypothesis import strategies as st

from imgproc import edges, hough
from imgproc._dispatch import reference_only
from imgproc.testing import masks


def drawn(size: tuple[int, int], *segments: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(size, bool)
    for x1, y1, x2, y2 in segments:
        mask[skimage.draw.line(y1, x1, y2, x2)] = True
    return mask


def photo_edges() -> np.ndarray:
    return edges.canny(skimage.data.brick()[:200, :240], 2.0)


@given(segment=st.tuples(*[st.integers(0, 199)] * 4), seed=st.integers(0, 99))
def test_a_drawn_segment_is_found_whole_and_once_with_its_ends(segment, seed):
    x1, y1, x2, y2 = segment
    assume(math.hypot(x2 - x1, y2 - y1) >= 60)
    found = hough.hough_segments(drawn((200, 200), segment), rng=seed)
    (x1, y1), (x2, y2) = sorted([(x1, y1), (x2, y2)])
    assert found.shape == (1, 4)
    # the walk may leave the corridor one pixel before the end
    np.testing.assert_allclose(found[0], [x1, y1, x2, y2], atol=1)


def test_a_horizontal_and_a_vertical_segment_have_the_ends_one_can_count():
    mask = drawn((60, 90), (5, 20, 79, 20), (40, 30, 40, 59))
    found = hough.hough_segments(mask, min_length=15, max_gap=2)
    assert sorted(found.tolist()) == [[5.0, 20.0, 79.0, 20.0], [40.0, 30.0, 40.0, 59.0]]


@pytest.mark.parametrize(("gap", "count"), [(4, 2), (5, 1), (7.5, 1)])
def test_a_gap_of_five_pixels_is_bridged_from_five_on(gap, count):
    mask = drawn((20, 100), (5, 9, 44, 9), (50, 9, 95, 9))
    for turned in (mask, mask.T):
        assert len(hough.hough_segments(turned, min_length=10, max_gap=gap)) == count


def test_diagonal_gaps_are_measured_along_the_line():
    mask = np.eye(100, dtype=bool)
    mask[50:54] = False  # 4 steps of sqrt(2)
    assert len(hough.hough_segments(mask, min_length=10, max_gap=5.6)) == 2
    assert len(hough.hough_segments(mask, min_length=10, max_gap=5.7)) == 1


def test_the_least_length_counts_from_end_to_end():
    mask = drawn((20, 100), (10, 9, 60, 9))
    assert len(hough.hough_segments(mask, min_length=50)) == 1
    assert len(hough.hough_segments(mask, min_length=50.001)) == 0


@given(mask=masks(min_size=8), seed=st.integers(0, 99))
def test_ends_are_pixels_of_the_mask_and_far_enough_apart(mask, seed):
    found = hough.hough_segments(mask, threshold=3, min_length=4, max_gap=1, rng=seed)
    x1, y1, x2, y2 = found.astype(int).T
    assert mask[y1, x1].all()
    assert mask[y2, x2].all()
    assert (np.hypot(x2 - x1, y2 - y1) >= 4).all()
    assert ((x1 < x2) | ((x1 == x2) & (y1 <= y2))).all()


@given(mask=masks(min_size=8), seed=st.integers(0, 99))
def test_the_fast_body_traces_as_the_reference_does(mask, seed):
    options = {"threshold": 3, "min_length": 2, "max_gap": 1.5, "rng": seed}
    with reference_only():
        wanted = hough.hough_segments(mask, **options)
    np.testing.assert_array_equal(hough.hough_segments(mask, **options), wanted)


def test_one_seed_gives_the_same_segments_of_a_photo_in_every_library(library):
    mask = photo_edges()[:80, :90]
    wanted = hough.hough_segments(mask, min_length=15, max_gap=2, rng=7)
    assert len(wanted) > 5
    found = hough.hough_segments(library.make(mask), min_length=15, max_gap=2, rng=7)
    np.testing.assert_array_equal(library.back(found), wanted)
    again = hough.hough_segments(mask, min_length=15, max_gap=2, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(again, wanted)


def test_fewer_pieces_of_drawn_lines_than_opencv_finds():
    rng = np.random.default_rng(0)
    ours, theirs = 0, 0
    for _ in range(20):
        mask = drawn((400, 400), tuple(rng.integers(0, 400, 4)))
        ours += len(hough.hough_segments(mask, min_length=20))
        found = cv2.HoughLinesP(mask.view(np.uint8), 1, np.pi / 180, 10, minLineLength=20, maxLineGap=10)
        theirs += 0 if found is None else len(found)
    assert ours <= 20 < theirs


def test_the_limit_ends_the_search():
    mask = photo_edges()
    everything = hough.hough_segments(mask, min_length=15, max_gap=2)
    np.testing.assert_array_equal(hough.hough_segments(mask, min_length=15, max_gap=2, max_segments=4), everything[:4])


def test_an_empty_mask_has_no_segments(library):
    found = library.back(hough.hough_segments(library.make(np.zeros((5, 7), bool))))
    assert found.shape == (0, 4)
    assert found.dtype == np.float32


def test_seeds_that_are_none_say_so():
    for bad in (None, 1.5, "seed"):
        with pytest.raises(TypeError, match="rng must"):
            hough.hough_segments(np.ones((4, 4), bool), rng=bad)
