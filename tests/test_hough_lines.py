"""Lines by votes."""

import math

import cv2
import numpy as np
import pytest
import skimage.draw
import skimage.transform
from hypothesis import assume, given
from hypothesis import strategies as st

from imgproc import hough
from imgproc._dispatch import reference_only
from imgproc.testing import masks

ends = st.tuples(*[st.integers(0, 149)] * 4)


def drawn(size: tuple[int, int], *segments: tuple[int, int, int, int]) -> np.ndarray:
    """Draw segments x1, y1, x2, y2, a pixel wide."""
    mask = np.zeros(size, bool)
    for x1, y1, x2, y2 in segments:
        mask[skimage.draw.line(y1, x1, y2, x2)] = True
    return mask


def distance(lines: hough.Lines, points: np.ndarray) -> np.ndarray:
    """Distances (lines, points)."""
    theta, rho = np.asarray(lines.theta, np.float64), np.asarray(lines.rho, np.float64)
    return np.abs(np.cos(theta)[:, None] * points[:, 0] + np.sin(theta)[:, None] * points[:, 1] - rho[:, None])


@given(mask=masks(), rho_step=st.floats(0.3, 3.0))
def test_votes_of_every_angle_sum_to_the_number_of_pixels(mask, rho_step):
    votes, rho = hough.line_accumulator(mask, rho_step=rho_step)
    assert (votes.sum(axis=0) == mask.sum()).all()
    assert votes.dtype == np.int32
    assert votes.shape == (len(rho), 180)


@given(x=st.integers(0, 60), y=st.integers(0, 40), angle=st.floats(-4, 4), rho_step=st.floats(0.2, 5.0))
def test_a_pixel_votes_for_the_bin_of_its_rho(x, y, angle, rho_step):
    mask = np.zeros((41, 61), bool)
    mask[y, x] = True
    votes, rho = hough.line_accumulator(mask, [angle], rho_step)
    exact = x * math.cos(angle) + y * math.sin(angle)
    # half a bin, the 2**-17 bins of the rounded direction, and the rounding of rho to float32
    assert abs(rho[votes[:, 0].argmax()] - exact) <= rho_step * (0.5 + 2**-17) + 1e-5


def test_bins_are_half_open_upwards():
    mask = np.zeros((1, 6), bool)
    mask[0, 3] = True
    votes, rho = hough.line_accumulator(mask, [0.0, -np.pi], 2.0)
    assert rho[votes.argmax(axis=0)].tolist() == [4.0, -2.0]  # 1.5 bins, and -1.5


def test_votes_are_those_of_scikit_image_but_for_rounded_ties():
    mask = np.random.default_rng(0).random((80, 90)) < 0.1
    theirs, angles, rho = skimage.transform.hough_line(mask)
    votes, ours = hough.line_accumulator(mask, angles)
    shared = np.isin(rho, ours)
    difference = np.abs(votes[np.isin(ours, rho)].astype(int) - theirs[shared].astype(int))
    assert difference.sum() <= 0.01 * mask.sum() * len(angles)  # it rounds half away from zero


def test_the_diagonal_of_the_page_is_found_as_it_was_drawn():
    lines = hough.hough_lines(drawn((50, 60), (10, 0, 49, 39)))  # x - y = 10
    np.testing.assert_allclose(lines.rho, [10 / math.sqrt(2)], rtol=1e-6)
    np.testing.assert_allclose(lines.theta, [-math.pi / 4], rtol=1e-6)
    assert lines.votes.tolist() == [40]
    middle = hough.hough_lines(drawn((50, 60), (10, 0, 49, 39)), subbin=False)
    assert middle.rho.tolist() == [7.0]


@given(segment=ends)
def test_a_drawn_line_of_any_angle_is_found_alone_and_within_a_pixel(segment):
    x1, y1, x2, y2 = segment
    assume(math.hypot(x2 - x1, y2 - y1) >= 60)
    lines = hough.hough_lines(drawn((150, 150), segment))
    assert len(lines.rho) == 1
    # drawn pixels are at most half a pixel from the line, and so is the fit through them; both ends may add up
    assert distance(lines, np.array([[x1, y1], [x2, y2]])).max() <= 1.0


@given(segment=ends)
def test_bins_alone_are_right_to_half_a_bin_at_the_middle(segment):
    x1, y1, x2, y2 = segment
    assume(math.hypot(x2 - x1, y2 - y1) >= 60)
    lines = hough.hough_lines(drawn((150, 150), segment), subbin=False, max_lines=1)
    pixels = np.argwhere(drawn((150, 150), segment))[:, ::-1]
    # those that voted: within half a bin of rho
    assert (distance(lines, pixels) <= 0.5 + 1e-4).sum() == lines.votes[0]


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.transpose, lambda x: np.rot90(x, 2)])
def test_turned_masks_have_the_turned_lines(turn):
    segments = [(5, 10, 120, 40), (20, 140, 100, 20), (130, 5, 128, 145), (3, 149, 149, 147)]
    rows, columns = np.mgrid[:150, :150]
    lines = hough.hough_lines(drawn((150, 150), *segments))
    turned = hough.hough_lines(turn(drawn((150, 150), *segments)))
    assert len(turned.rho) == len(lines.rho) == 4
    on_lines = np.stack([turn(d.reshape(150, 150)).ravel() for d in distance(lines, pixels_of(columns, rows))])
    gaps = np.abs(on_lines[:, None] - distance(turned, pixels_of(columns, rows))[None]).max(axis=-1)
    # fits of the same pixels, but that one at the border of the band may count in one of them alone
    assert (gaps.min(axis=1) <= 0.3).all()


def pixels_of(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.stack((columns.ravel(), rows.ravel()), axis=1)


@given(offset=st.integers(-3, 3), x=st.integers(10, 139))
def test_nearly_vertical_and_nearly_horizontal_lines_wrap_without_a_double(offset, x):
    mask = drawn((150, 150), (x, 0, min(x + offset, 149), 149))
    for lines in (hough.hough_lines(mask), hough.hough_lines(mask.T)):
        assert len(lines.rho) == 1
        assert -np.pi / 2 - 1e-6 <= lines.theta[0] < np.pi / 2


def test_of_two_near_lines_the_stronger_stays_unless_they_are_asked_for():
    mask = drawn((100, 100), (0, 50, 99, 50), (10, 55, 80, 55))
    assert hough.hough_lines(mask).votes.tolist() == [100]
    assert sorted(hough.hough_lines(mask, min_distance=3).votes.tolist()) == [71, 100]
    crossing = drawn((100, 100), (0, 50, 99, 50), (10, 40, 90, 60))
    assert len(hough.hough_lines(crossing, threshold=35, min_angle=0.4).rho) == 1
    assert len(hough.hough_lines(crossing, threshold=35).rho) == 2


def test_threshold_counts_votes_and_max_lines_takes_the_strongest():
    mask = drawn((200, 200), (0, 20, 99, 20), (0, 80, 79, 80), (0, 140, 39, 140))
    assert hough.hough_lines(mask).votes.tolist() == [100, 80]  # half of the most is 50
    assert hough.hough_lines(mask, threshold=40, min_angle=1.6).votes.tolist()[:3] == [100, 80, 40]
    assert hough.hough_lines(mask, threshold=80).votes.tolist() == [100, 80]
    assert hough.hough_lines(mask, threshold=81).votes.tolist() == [100]
    assert hough.hough_lines(mask, max_lines=1).votes.tolist() == [100]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (30, 40)])
def test_an_empty_mask_has_no_lines(library, shape):
    lines = hough.hough_lines(library.make(np.zeros(shape, bool)))
    found = [library.back(x) for x in (lines.rho, lines.theta, lines.votes)]
    assert [x.dtype for x in found] == [np.float32, np.float32, np.int32]
    assert {x.shape for x in found} == {(0,)}


def test_noise_around_a_line_does_not_draw_it_away():
    rng = np.random.default_rng(3)
    for slope in rng.uniform(-0.9, 0.9, 10):
        x = np.arange(400)
        y = np.rint(200 + slope * (x - 200)).astype(int)
        mask = rng.random((400, 400)) < 0.02
        mask[y, x] = True
        line = hough.hough_lines(mask, max_lines=1)
        # 400 pixels against some 16 of noise within the band: a tenth of a pixel on average, more at the ends
        assert distance(line, np.array([[0, 200 - 200 * slope], [399, 200 + 199 * slope]])).max() <= 0.3


def test_every_body_finds_the_same_lines_among_noise():
    mask = np.random.default_rng(1).random((60, 70)) < 0.15
    options = {"threshold": 14, "min_distance": 4.0, "min_angle": 0.05}
    found = hough.hough_lines(mask, **options)
    with reference_only():
        wanted = hough.hough_lines(mask, **options)
    assert len(wanted.rho) > 20
    np.testing.assert_allclose(found.rho, wanted.rho, atol=1e-4)
    np.testing.assert_allclose(found.theta, wanted.theta, atol=1e-5)
    np.testing.assert_array_equal(found.votes, wanted.votes)


def test_fits_are_nearer_to_long_lines_than_those_of_opencv():
    segment = (3, 40, 996, 371)
    mask = drawn((1000, 1000), segment)
    points = np.array([segment[:2], segment[2:]])
    rho, theta = cv2.HoughLines(mask.view(np.uint8), 1, np.pi / 180, 100)[0, 0]
    theirs = hough.Lines(np.array([rho]), np.array([theta]), None)
    assert distance(hough.hough_lines(mask), points).max() <= 0.5 < distance(theirs, points).max()


@pytest.mark.parametrize("angles", [[0.0, 0.0], [1.0, 0.5], [0.0, 3.2], [float("inf")], [], [[0.1]]])
def test_angles_must_increase_within_half_a_turn(angles):
    with pytest.raises(ValueError, match="angles must"):
        hough.hough_lines(np.ones((4, 4), bool), angles=angles)


def test_a_few_angles_do_not_wrap():
    mask = drawn((80, 80), (0, 20, 79, 20))
    lines = hough.hough_lines(mask, angles=np.linspace(1.4, 1.7, 31))
    np.testing.assert_allclose(lines.rho, [-20], atol=0.2)  # pi/2 itself is written as -pi/2
    np.testing.assert_allclose(lines.theta, [-np.pi / 2], atol=0.01)


def test_out_of_range_options_say_so():
    mask = np.ones((4, 4), bool)
    for bad in ({"threshold": 0}, {"max_lines": 0}, {"min_distance": -1}, {"rho_step": float("nan")}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must"):
            hough.hough_lines(mask, **bad)
    with pytest.raises(TypeError, match="subbin must"):
        hough.hough_lines(mask, subbin=1)
    with pytest.raises(TypeError, match="mask must be bool"):
        hough.hough_lines(mask.astype(np.uint8))
