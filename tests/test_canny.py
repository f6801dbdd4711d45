"""Canny's edges."""

import itertools

import cv2
import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import skimage.feature
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays, edges
from imgproc._dispatch import explain, reference_only
from imgproc.primitives import detect_edges, relative_edges

EIGHT = np.ones((3, 3), int)


def photo() -> np.ndarray:
    return skimage.data.camera()[100:400, 100:420]


def square(size: int = 40, low: int = 10, high: int = 30) -> np.ndarray:
    image = np.zeros((size, size))
    image[low:high, low:high] = 1
    return image


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype(np.int64),
        lambda x: x.astype(np.float16),
        lambda x: x.astype(np.float32),
        lambda x: x.astype(np.float64),
        lambda x: x.astype(np.uint16) * 257,
        lambda x: (x / 255).astype(np.float32),
        lambda x: x / 255,
    ],
)
@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.5])
def test_every_dtype_of_one_picture_has_the_same_edges(convert, sigma):
    np.testing.assert_array_equal(edges.canny(convert(photo()), sigma), edges.canny(photo(), sigma))


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.transpose, lambda x: np.rot90(x, 2)])
def test_flips_and_transposes_of_a_photo_have_the_turned_edges(turn):
    np.testing.assert_array_equal(edges.canny(turn(photo())), turn(edges.canny(photo())))


def test_every_body_finds_the_same_edges_on_a_photo():
    found = edges.canny(photo())
    with reference_only():
        np.testing.assert_array_equal(edges.canny(photo()), found)
    pytest.importorskip("torch")
    np.testing.assert_array_equal(edges.canny(arrays.to_torch(photo())).numpy(), found)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (40, 5), (33, 64), (70, 65), (150, 203)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_given_thresholds_find_what_hysteresis_finds_on_the_strengths(shape, dtype):
    image = photo()[: shape[0], : shape[1]].astype(dtype)
    for border, sigma in (("reflect", 1.0), ("constant", 0.3), ("wrap", 2.0)):
        found = edges.canny(image, sigma, low=2.0, high=6.0, border=border)
        thinned = edges.non_maximum_suppression(*edges.gaussian_gradient(image, sigma, border=border))
        np.testing.assert_array_equal(found, edges.hysteresis(thinned, 2.0, 6.0))


@pytest.mark.parametrize("bands", [2, 3, 64])
def test_bands_of_rows_leave_no_seams(monkeypatch, bands):
    def run_in_bands(work, rows, cost):
        for first, last in itertools.pairwise(np.linspace(0, rows, bands + 1).astype(int)):
            work(first, last)

    found = edges.canny(photo(), low=2.0, high=6.0)
    monkeypatch.setattr(detect_edges, "run_bands", run_in_bands)
    np.testing.assert_array_equal(edges.canny(photo(), low=2.0, high=6.0), found)


def test_the_contour_of_a_square_is_closed_and_one_pixel_wide():
    found = edges.canny(square())
    inside, count = scipy.ndimage.label(~found)
    assert count == 2
    assert inside[0, 0] != inside[20, 20]
    assert scipy.ndimage.label(found, EIGHT)[1] == 1
    assert found.sum() == 76  # 4 × 20 pixels, less the four corners that the diagonal cuts
    assert found[20].nonzero()[0].tolist() == [9, 29]  # the tied pixel towards -x stays, on both sides


@given(radius=st.floats(6, 14), x=st.floats(18, 22), y=st.floats(18, 22))
def test_the_contour_of_a_disk_is_closed_and_on_its_rim(radius, x, y):
    rows, columns = np.mgrid[:41, :41]
    distance = np.hypot(rows - y, columns - x)
    disk = np.clip(radius + 0.5 - distance, 0, 1)
    found = edges.canny(disk, 1.0)
    assert scipy.ndimage.label(~found)[1] == 2
    assert np.abs(distance[found] - radius).max() <= 1.0


def share_of_full_blocks(found: np.ndarray) -> float:
    """Four touching pixels: a thick edge, or a place where edges meet."""
    blocks = found[1:, 1:] & found[1:, :-1] & found[:-1, 1:] & found[:-1, :-1]
    return blocks.sum() / found.sum()


def test_edges_are_one_pixel_wide_on_a_photo_more_so_than_the_peers():
    ours = share_of_full_blocks(edges.canny(photo()))
    smooth = cv2.GaussianBlur(photo(), (0, 0), 1.0)
    theirs = share_of_full_blocks(cv2.Canny(smooth, 20, 60, L2gradient=True) > 0)
    assert ours < min(theirs, share_of_full_blocks(skimage.feature.canny(photo())), 0.005)


def test_a_step_peaks_at_its_height_over_sigma_root_two_pi():
    step = np.zeros((30, 40))
    step[:, 20:] = 100
    peak = 100 / (3.0 * np.sqrt(2 * np.pi))
    assert edges.canny(step, 3.0, high=0.98 * peak, low=1).any()
    assert not edges.canny(step, 3.0, high=1.02 * peak, low=1).any()


def test_quantiles_are_those_of_the_non_zero_lengths():
    image = photo().astype(np.float64)
    lengths = edges.magnitude(*edges.gaussian_gradient(image, 1.0))
    low, high = np.quantile(lengths[lengths > 0], [0.7, 0.95])
    np.testing.assert_array_equal(
        edges.canny(image, low=0.7, high=0.95, quantiles=True), edges.canny(image, low=low, high=high)
    )


def test_default_thresholds_are_the_ninetieth_percentile_and_four_tenths_of_it():
    image = photo().astype(np.float32)
    lengths = edges.magnitude(*edges.gaussian_gradient(image, 1.0))
    high = float(np.quantile(lengths[lengths > 0].astype(np.float64), 0.9))
    np.testing.assert_array_equal(edges.canny(image), edges.canny(image, low=0.4 * high, high=high))


def test_nothing_is_found_outside_the_mask_nor_counted():
    image = photo()
    mask = np.zeros(image.shape, bool)
    mask[:, :150] = True
    found = edges.canny(image, mask=mask)
    assert not found[~mask].any()
    noisy = image.copy()
    noisy[:, 160:] = np.random.default_rng(0).integers(0, 255, noisy[:, 160:].shape)
    np.testing.assert_array_equal(edges.canny(noisy, mask=mask)[:, :140], found[:, :140])


def test_a_flat_image_has_no_edges_even_at_threshold_zero():
    assert not edges.canny(np.full((9, 9), 3.0)).any()
    assert not edges.canny(np.full((9, 9), 3.0), low=0.0, high=0.0).any()


def test_a_pixel_of_nan_hides_its_surroundings_alone():
    image = photo().astype(np.float32)
    found = edges.canny(image, low=3.0, high=8.0)
    image[150, 160] = np.nan
    with_nan = edges.canny(image, low=3.0, high=8.0)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    near = (abs(rows - 150) <= 5) & (abs(columns - 160) <= 5)
    assert not with_nan[near].any()
    assert not (with_nan & ~found).any()


def test_one_channel_gives_a_plane_and_a_batch_keeps_its_channel():
    image = photo()
    assert edges.canny(image[..., None]).shape == image.shape
    assert edges.canny(np.stack([image, image[::-1]])[..., None]).shape == (2, *image.shape, 1)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.3])
@pytest.mark.parametrize(
    "options",
    [{}, {"low": 0.05}, {"quantiles": True}, {"low": 0.6, "high": 0.95, "quantiles": True}, {"border": "wrap"},
     {"low": 0.0, "high": 0.0, "quantiles": True}, {"high": 1.0, "quantiles": True}],
    ids=str,
)  # fmt: skip
def test_one_pass_finds_the_edges_that_quantiles_of_all_lengths_give(monkeypatch, options, sigma):
    images = np.random.default_rng(0).random((2, 600, 550, 1)).astype(np.float32)
    with explain() as bodies:
        made = edges.canny(images, sigma, **options)
    assert [name for name, _ in bodies] == ["detect_relative_edges"]
    monkeypatch.setattr(relative_edges, "_sample", lambda *arguments: np.empty(0, np.float32))
    with explain() as bodies:
        np.testing.assert_array_equal(made, edges.canny(images, sigma, **options))
    assert "nonzero_quantiles" in [name for name, _ in bodies]


@pytest.mark.parametrize("flaw", [np.nan, np.inf])
def test_an_image_that_misleads_the_sample_has_the_same_edges(monkeypatch, flaw):
    image = np.zeros((300, 200), np.float32)
    image[:8] = np.random.default_rng(0).random((8, 200))  # where no run of the sample lies
    image[250, 7] = 1
    flawed = image.copy()
    flawed[40, 40] = flaw
    with explain() as bodies:
        made = edges.canny(image), edges.canny(flawed)
    assert [name for name, _ in bodies].count("nonzero_quantiles") == 2
    monkeypatch.setattr(relative_edges, "_sample", lambda *arguments: np.empty(0, np.float32))
    for got, same in zip(made, (image, flawed), strict=True):
        np.testing.assert_array_equal(got, edges.canny(same))


def test_the_sample_misleads_on_few_photos():
    photos = [getattr(skimage.data, name)() for name in ("brick", "camera", "cell", "clock", "coins", "grass", "gravel",
                                                         "moon", "page", "text")]  # fmt: skip
    with explain() as bodies:
        for image in photos:
            edges.canny(image)
    assert [name for name, _ in bodies].count("nonzero_quantiles") <= 1


def test_a_plane_that_misleads_the_sample_leaves_the_others_of_its_batch_alone():
    images = np.random.default_rng(0).random((3, 300, 200, 1)).astype(np.float32)
    images[1, 8:] = 0
    with explain() as bodies:
        made = edges.canny(images)
    assert [name for name, _ in bodies].count("nonzero_quantiles") == 1
    np.testing.assert_array_equal(made[..., 0], [edges.canny(image) for image in images[..., 0]])


@given(st.integers(1, 70), st.integers(1, 110), st.floats(0.1, 3), st.integers(0, 10**6))
def test_images_of_every_size_have_the_edges_of_the_reference(height, width, sigma, seed):
    image = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    with reference_only():
        expected = edges.canny(image, sigma)
    np.testing.assert_array_equal(edges.canny(image, sigma), expected)
