"""Disparity: shifts are found to a fraction of a pixel, the hidden stays unknown, every library gives the same bits."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from imgproc import arrays
from imgproc._dispatch import reference_only
from imgproc.geometry import disparity
from imgproc.primitives import disparity as primitive
from tests.libraries import LIBRARIES, Library
from tests.test_io_formats import DATA

METHODS = {"sgm": {"method": "sgm"}, "block": {"method": "block", "window": 9}}
methods = pytest.mark.parametrize("options", METHODS.values(), ids=METHODS)


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def square_before_wall(near: int = 9, far: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A square of disparity `near` in front of a wall of disparity `far`: both images, and the truth of the left."""
    wall, square = noise((60, 120)), noise((30, 40), 1)
    left, right, truth = np.roll(wall, far, 1), wall.copy(), np.full(wall.shape, float(far))
    left[15:45, 50:90] = square
    right[15:45, 50 - near : 90 - near] = square
    truth[15:45, 50:90] = near
    return left, right, truth


@methods
@given(shift=st.integers(0, 12), channels=st.sampled_from([1, 3]))
def test_a_shifted_image_has_the_shift_as_its_disparity(options, shift: int, channels: int):
    right = noise((24, 60, channels))
    found = disparity(np.roll(right, shift, axis=1), right, max_disparity=16, **options)
    error = np.abs(found[4:-4, 20:] - shift)
    assert error.max() < 0.5  # the whole disparity is right everywhere
    assert error.mean() < 0.1


def test_a_bright_bar_two_pixels_further_left_in_the_right_image_has_disparity_two():
    left, right = np.zeros((5, 12), np.int32), np.zeros((5, 12), np.int32)
    left[:, 6] = right[:, 4] = 9
    found = disparity(left, right, max_disparity=4, window=3, subpixel=False)
    assert found[:, 6].tolist() == [2.0] * 5
    assert found.dtype == np.float64


@methods
def test_brightness_and_contrast_of_either_image_change_nothing(options):
    left, right, _ = square_before_wall()
    wanted = disparity(left, right, max_disparity=16, **options)
    np.testing.assert_array_equal(disparity(left * 4 - 1, right / 8, max_disparity=16, **options), wanted)


@methods
def test_images_upside_down_give_the_result_upside_down(options):
    left, right, _ = square_before_wall()
    wanted = disparity(left, right, max_disparity=16, **options)
    np.testing.assert_array_equal(disparity(left[::-1], right[::-1], max_disparity=16, **options)[::-1], wanted)


def test_what_only_the_left_image_shows_is_unknown():
    left, right, truth = square_before_wall(near=9, far=3)
    found = disparity(left, right, max_disparity=16)
    assert np.isnan(found[:, :2]).all()  # left of what the right image shows
    hidden = found[18:42, 45:49]  # the wall beside the square, which hides it from the right
    assert np.isnan(hidden).mean() > 0.8
    known = np.isfinite(found)
    assert known[:, 4:].mean() > 0.9
    assert (np.abs(found - truth)[known] > 1).mean() < 0.02


def test_left_and_right_agree_where_the_result_is_known():
    left, right, _ = square_before_wall()
    found = disparity(left, right, max_disparity=16, subpixel=False)
    mirrored = disparity(right[:, ::-1], left[:, ::-1], max_disparity=16, subpixel=False, tolerance=None)
    seen_from_right = mirrored[:, ::-1]
    y, x = np.nonzero(np.isfinite(found))
    d = found[y, x]
    # what lies outside the other image is another for either view, so a few at the border may differ
    assert (np.abs(seen_from_right[y, (x - d).astype(int)] - d) <= 1).mean() > 0.99


def test_a_tighter_tolerance_only_takes_pixels_away():
    left, right, _ = square_before_wall()
    right = right + 0.3 * noise(right.shape, 2)
    known = [np.isfinite(disparity(left, right, max_disparity=16, tolerance=t)) for t in (0, 1, 3, None)]
    assert known[-1].all()
    assert all((tight <= loose).all() for tight, loose in itertools.pairwise(known))
    assert known[0].sum() < known[2].sum()


@methods
def test_half_pixels_are_found(options):
    fine = ndimage.gaussian_filter(noise((48, 640)), 3)
    right, left = fine[:, ::4], np.roll(fine, 4 * 6 + 2, axis=1)[:, ::4]
    found = disparity(left, right, max_disparity=12, **options)[6:-6, 20:-6]
    assert abs(np.nanmedian(found) - 6.5) < 0.1
    assert np.nanmean(np.abs(found - 6.5)) < 0.25
    whole = disparity(left, right, max_disparity=12, subpixel=False, **options)
    assert set(np.unique(whole[np.isfinite(whole)])) <= set(range(13))


@methods
@pytest.mark.parametrize("window", [3, 5, 7, 11])
def test_every_library_gives_the_bits_of_the_reference_body(library: Library, options, window: int):
    left, right, _ = square_before_wall()
    options = options | {"window": window, "max_disparity": 37}
    for dtype in ("uint8", "float64"):
        pair = [(255 * x).astype(dtype)[5:38, 30:] for x in (left, right)]
        with reference_only():
            wanted = disparity(*pair, **options)
        got = library.back(disparity(*map(library.make, pair), **options))
        np.testing.assert_array_equal(got, wanted)


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    left, right, _ = square_before_wall()
    wanted = disparity(left, right, max_disparity=16)
    monkeypatch.setattr(primitive, "thread_count", lambda: 7)
    np.testing.assert_array_equal(disparity(left, right, max_disparity=16), wanted)


def test_disparities_beyond_the_width_change_nothing():
    right = noise((20, 30))
    left = np.roll(right, 3, axis=1)
    np.testing.assert_array_equal(disparity(left, right, max_disparity=4096), disparity(left, right, max_disparity=29))


def bad_pixels(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Shares of bad-2.0: of all pixels with a truth, an unknown one being bad, and of those that are known."""
    has_truth, known = np.isfinite(truth), np.isfinite(found)
    bad = np.abs(found - np.where(has_truth, truth, 0))[has_truth & known] > 2
    return (bad.sum() + (has_truth & ~known).sum()) / has_truth.sum(), bad.mean()


def test_motorcycle_is_matched_better_than_by_opencv():
    data = pytest.importorskip("skimage.data")
    left, right, truth = data.stereo_motorcycle()
    everything, known = bad_pixels(disparity(left, right), truth)
    assert everything < 0.145  # StereoSGBM: 18.3 % at best block size, 6.4 % of what it knows
    assert known < 0.045
    everything, known = bad_pixels(disparity(left, right, method="block", window=11), truth)
    assert everything < 0.155  # StereoBM: 27 % and 6.9 %
    assert known < 0.05


def test_aloe_is_matched_better_than_by_opencv():
    if DATA is None:
        pytest.skip("the real pair lies outside the repository")
    cv2 = pytest.importorskip("cv2")
    left, right, truth = (
        cv2.imread(str(DATA / "stereo/aloe_opencv" / name), cv2.IMREAD_UNCHANGED)
        for name in ("aloeL.jpg", "aloeR.jpg", "aloeGT.png")
    )
    truth = np.where(truth > 0, truth, np.nan).astype(np.float32)
    everything, known = bad_pixels(disparity(left[..., ::-1], right[..., ::-1], max_disparity=224), truth)
    assert everything < 0.23  # StereoSGBM: 30 % at best block size, 3.8 % of what it knows
    assert known < 0.022


@pytest.mark.parametrize("options", [{"window": 9, "penalties": (1, 174)}, {"penalties": (115, 116)}, {"window": 3}])
def test_the_greatest_penalties_do_not_overflow(options):
    left, right = noise((40, 50)), noise((40, 50), 1)  # nothing fits, so that costs are high
    with reference_only():
        wanted = disparity(left, right, max_disparity=20, tolerance=None, **options)
    np.testing.assert_array_equal(disparity(left, right, max_disparity=20, tolerance=None, **options), wanted)


def test_batches_and_tensors_keep_an_axis_of_channels():
    right = noise((2, 20, 30, 3)).astype(np.float32)
    left = np.roll(right, 3, axis=2)
    assert disparity(left, right).shape == (2, 20, 30, 1)
    if Library("torch") in LIBRARIES:
        assert disparity(arrays.to_torch(left), arrays.to_torch(right)).shape == (2, 1, 20, 30)
