"""Mean shift: of points, of the pixels of an image, and the regions these make."""

import itertools

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.primitives import _bands
from imgproc.primitives.mean_shift_image import shift_to_modes
from imgproc.segmentation import filter_mean_shift, mean_shift, segment_mean_shift


def pictures():
    """Four flat quarters under noise, so that windows hold several modes."""

    def make(seed, height, width, depth):
        rng = np.random.default_rng(seed)
        blocks = rng.integers(0, 5, (2, 2, depth)) * 50
        rows, columns = np.arange(height) * 2 // height, np.arange(width) * 2 // width
        return (blocks[rows][:, columns] + rng.integers(0, 30, (height, width, depth))).astype(np.uint8)

    return st.builds(make, st.integers(0, 999), st.integers(1, 16), st.integers(1, 16), st.integers(1, 4))


def points():
    """Whole numbers, so that means of equal sets are equal to the last bit, and many repeat."""

    def make(seed, count, dimensions):
        return np.random.default_rng(seed).integers(0, 12, (count, dimensions)).astype(np.float64)

    return st.builds(make, st.integers(0, 999), st.integers(1, 60), st.integers(1, 5))


def blobs():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(center, 0.3, (100, 2)) for center in ((0, 0), (2, 0), (1, 2))])


def climb(image, row, column, spatial_radius, range_radius):
    """Follow one pixel of (H, W, C) by the definition, until nothing moves."""
    rows, columns = np.indices(image.shape[:2])
    values, y, x, color = image.astype(np.float64), row, column, image[row, column].astype(np.float64)
    for _ in range(500):
        near = (rows - y) ** 2 + (columns - x) ** 2 <= spatial_radius**2
        near &= ((values - color.astype(np.float32)) ** 2).sum(-1) <= range_radius**2
        last, color = (y, x, *color), values[near].mean(0)
        y, x = y + np.rint((rows[near] - y).mean()), x + np.rint((columns[near] - x).mean())
        if last == (y, x, *color):
            break
    return color


@given(pictures(), st.sampled_from([0.5, 1, 2.3, 4]), st.sampled_from([10.0, 45.0, 1e9]))
def test_every_body_moves_pixels_alike(image, spatial_radius, range_radius):
    stack = np.ascontiguousarray(np.moveaxis(image, -1, 0))[None]
    for values in (stack, stack.astype(np.uint16) * 257, (stack / 255).astype(np.float32)):
        radius = range_radius * {"uint8": 1, "uint16": 257, "float32": 1 / 255}[str(values.dtype)]
        fast = shift_to_modes(values, spatial_radius, radius, 20, 1e-2)
        with reference_only():
            slow = shift_to_modes(values, spatial_radius, radius, 20, 1e-2)
        for a, b in zip(fast, slow, strict=True):
            np.testing.assert_array_equal(a, b)


@given(pictures())
def test_a_pixel_gets_the_color_of_the_mode_it_climbs_to(image):
    made = filter_mean_shift(image.astype(np.float32), 3, 40, max_iterations=500, tolerance=0)
    for row, column in itertools.product(range(0, image.shape[0], 5), range(0, image.shape[1], 5)):
        # a mean of up to 29 bytes, rounded to float32
        np.testing.assert_allclose(made[row, column], climb(image, row, column, 3, 40), rtol=1e-6)


@given(pictures(), st.sampled_from([1, 2, 5, 20]))
def test_the_order_in_which_pixels_climb_changes_nothing(image, most):
    """Ways that meet go on as one: a turned image makes others meet first."""
    whole = filter_mean_shift(image, 1.5, 30, max_iterations=most)
    np.testing.assert_array_equal(
        filter_mean_shift(image[::-1, ::-1].copy(), 1.5, 30, max_iterations=most), whole[::-1, ::-1]
    )


def test_flat_places_and_the_edge_between_them_stay():
    image = np.zeros((12, 12, 3), np.uint8)
    image[:, 5:] = (200, 10, 90)
    np.testing.assert_array_equal(filter_mean_shift(image, 4, 30), image)


def test_a_window_and_a_range_that_hold_all_make_the_mean():
    image = np.random.default_rng(0).random((6, 7))
    np.testing.assert_allclose(filter_mean_shift(image, 30, 9.0), image.mean(), rtol=1e-12)


def test_a_pixel_that_is_not_finite_stays_and_counts_for_no_other():
    image = np.full((5, 5), 3.0, np.float32)
    image[1, 1], image[3, 3], image[3, 1] = np.nan, np.inf, 5
    made = filter_mean_shift(image, 2, 1)
    np.testing.assert_array_equal(made, image)


def test_what_no_range_is_near_to_stays_at_the_ends_of_float():
    image = np.array([[-3e38, 3e38, 1.0]], np.float32)
    np.testing.assert_array_equal(filter_mean_shift(image, 1, 1e-300), image)
    assert filter_mean_shift(image, 1e4, 1e300).shape == image.shape


def test_bands_on_threads_change_nothing(monkeypatch):
    photo = skimage.data.astronaut()[:80:, 100:220]
    monkeypatch.setattr(_bands, "thread_count", lambda: 1)
    alone = filter_mean_shift(photo, 4, 25)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_array_equal(filter_mean_shift(photo, 4, 25), alone)


def test_a_photo_comes_out_as_opencv_makes_it_but_for_the_shape_of_the_window():
    cv2 = pytest.importorskip("cv2")
    photo = skimage.data.astronaut()[60:160, 160:280]
    peer = cv2.pyrMeanShiftFiltering(photo, 5, 25, maxLevel=0, termcrit=(3, 20, 0.01))
    # squares hold 27 % more than disks, and OpenCV rounds colours at every step: some pixels go another way
    difference = np.abs(filter_mean_shift(photo, 5, 25).astype(int) - peer).max(-1)
    assert np.median(difference) <= 2
    assert np.mean(difference > 25) < 0.03


@given(pictures(), st.integers(1, 12))
def test_every_body_joins_pixels_alike(image, min_size):
    labels = segment_mean_shift(image, 2.5, 25, min_size=min_size)
    with reference_only():
        np.testing.assert_array_equal(segment_mean_shift(image, 2.5, 25, min_size=min_size), labels)


@given(pictures(), st.integers(1, 12))
def test_regions_are_connected_large_enough_and_numbered_in_raster_order(image, min_size):
    labels = segment_mean_shift(image, 2.5, 25, min_size=min_size)
    sizes = np.bincount(labels.ravel())
    assert sizes.min() >= min(min_size, labels.size)
    _, firsts = np.unique(labels, return_index=True)
    assert (np.diff(firsts) > 0).all()
    assert len(firsts) == labels.max() + 1
    for region in range(len(firsts)):
        _, count = skimage.measure.label(labels == region, connectivity=1, return_num=True)
        assert count == 1


@given(pictures())
def test_without_a_least_size_neighbors_are_one_where_their_modes_agree(image):
    labels = segment_mean_shift(image, 2.5, 25, min_size=1)
    values, rows, columns = (x[0] for x in shift_to_modes(np.moveaxis(image, -1, 0)[None], 2.5, 25.0, 20, 1e-2))
    moved = np.diff(rows, axis=1) ** 2 + np.diff(columns, axis=1) ** 2
    agree = ((np.diff(values, axis=2) ** 2).sum(0) <= 625) & (moved <= 6.25)
    assert (labels[:, 1:] == labels[:, :-1])[agree].all()


def test_a_speck_goes_to_the_neighbor_it_is_nearest_to():
    image = np.zeros((6, 6), np.uint8)
    image[:, 3:] = 200
    image[2, 2] = 140
    expected = np.zeros((6, 6), int)
    expected[:, 3:] = 1
    expected[2, 2] = 1
    np.testing.assert_array_equal(segment_mean_shift(image, 2, 20, min_size=3), expected)
    assert segment_mean_shift(image, 2, 20, min_size=1).max() == 2


@given(points(), st.sampled_from([0.5, 1.5, 4.0, 100.0]), st.sampled_from(["flat", "gaussian"]))
def test_every_body_moves_points_alike(rows, bandwidth, kernel):
    modes, labels = mean_shift(rows, bandwidth, kernel=kernel)
    with reference_only():
        same_modes, same_labels = mean_shift(rows, bandwidth, kernel=kernel)
    if kernel == "gaussian":
        # sums in another order may decide between places with the same around them; the number of modes is sure
        assert len(modes) == len(same_modes)
        return
    np.testing.assert_allclose(modes, same_modes, rtol=0, atol=1e-12)  # means of whole numbers up to 12
    np.testing.assert_array_equal(labels, same_labels)


@given(points(), st.sampled_from([0.5, 1.5, 4.0]), st.sampled_from(["flat", "gaussian"]), st.randoms())
def test_the_order_of_points_permutes_labels_only(rows, bandwidth, kernel, random):
    order = random.sample(range(len(rows)), len(rows))
    modes, labels = mean_shift(rows, bandwidth, kernel=kernel)
    others, moved = mean_shift(rows[order], bandwidth, kernel=kernel)
    np.testing.assert_array_equal(others, modes)
    np.testing.assert_array_equal(moved, labels[order])


@given(points(), st.sampled_from([0.5, 1.5, 4.0]))
def test_modes_are_a_bandwidth_apart_and_that_of_most_points_is_first(rows, bandwidth):
    modes, labels = mean_shift(rows, bandwidth)
    distances = np.linalg.norm(modes[:, None] - modes[None], axis=-1) + np.diag(np.full(len(modes), np.inf))
    assert distances.min() >= bandwidth * (1 - 1e-12)
    assert (np.diff(np.bincount(labels, minlength=len(modes))) <= 0).all()
    assert labels.max() < len(modes)


def test_points_that_repeat_are_one_cluster_each():
    modes, labels = mean_shift(np.array([[3.0, 1.0]] * 5 + [[7.0, 2.0]] * 6), 1e-9)
    assert modes.tolist() == [[7, 2], [3, 1]]
    assert labels.tolist() == [1] * 5 + [0] * 6


@pytest.mark.parametrize("bandwidth", [1e-300, 1e-160, 1e160, 1e300])
@pytest.mark.parametrize("kernel", ["flat", "gaussian"])
def test_bandwidths_far_from_the_points_make_one_mode_or_all(bandwidth, kernel):
    rows = np.array([[0.0, 1.0], [2.0, 1.0], [7.0, 9.0]])
    assert len(mean_shift(rows, bandwidth, kernel=kernel)[0]) == (3 if bandwidth < 1 else 1)


@pytest.mark.parametrize(("bandwidth", "count"), [(0.3, 12), (0.5, 5), (1.0, 3)])
def test_blobs_part_as_scikit_learn_parts_them(bandwidth, count):
    """The counts are those of sklearn.cluster.MeanShift(bandwidth=...), from every point."""
    modes, labels = mean_shift(blobs(), bandwidth)
    assert len(modes) == count
    cluster = pytest.importorskip("sklearn.cluster")
    peer = cluster.MeanShift(bandwidth=bandwidth).fit(blobs())
    assert len(peer.cluster_centers_) == count
    if bandwidth == 1:  # of narrower ones it gives points to the nearest centre, whatever they climb to
        assert len(set(zip(peer.labels_.tolist(), labels.tolist(), strict=True))) == 3


def test_the_gaussian_kernel_finds_the_tops_of_the_density():
    modes, _ = mean_shift(blobs(), 0.4, kernel="gaussian")
    assert len(modes) == 3
    rows = blobs()
    for mode in modes:
        weights = np.exp(-((rows - mode) ** 2).sum(1) / (2 * 0.4**2))
        # a last step below 1e-3 bandwidths leaves the top that far over one minus the rate, here about 0.6
        assert np.linalg.norm((weights[:, None] * (rows - mode)).sum(0) / weights.sum()) < 1e-3 * 0.4
