"""k-means: clusters of points, segments of images, palettes."""

import warnings

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from imgproc import segmentation
from imgproc._dispatch import reference_only
from imgproc.primitives.cell_means import cell_means
from imgproc.primitives.distinct_rows import distinct_rows
from imgproc.primitives.joined_clusters import join_cheapest, move_and_join
from imgproc.primitives.nearest_center import assign_to_centers, center_potentials
from imgproc.testing import images, points

seeds = st.integers(0, 5)


def blobs(count=300, seed=0):
    """Three well-parted groups."""
    rng = np.random.default_rng(seed)
    middles = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    return middles[rng.integers(0, 3, count)] + rng.normal(0, 0.5, (count, 2))


def photo(step=2):
    return skimage.data.astronaut()[::step, ::step]


# kmeans


@given(features=points(min_count=4, max_count=40), k=st.integers(1, 4), seed=seeds)
def test_labels_are_the_nearest_centres_and_inertia_their_squares(features, k, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # drawn points may coincide
        found = segmentation.kmeans(features, k, rng=seed)
    squares = ((features[:, None] - found.centers) ** 2).sum(-1)
    own = squares[np.arange(len(features)), found.labels]
    np.testing.assert_allclose(own, squares.min(1), rtol=0, atol=1e-9)
    assert float(found.inertia) == pytest.approx(own.sum(), abs=1e-9)


@given(seed=seeds, k=st.integers(2, 6))
def test_inertia_never_grows_with_more_iterations(seed, k):
    features = blobs()
    found = [
        float(segmentation.kmeans(features, k, rng=seed, max_iterations=n, tolerance=0).inertia) for n in range(1, 8)
    ]
    assert (np.diff(found) <= 1e-9).all()


@given(seed=seeds)
def test_settled_centres_are_the_means_of_their_points(seed):
    features = blobs(seed=seed)
    found = segmentation.kmeans(features, 5, rng=seed, tolerance=0, max_iterations=1000)
    for j in range(5):
        np.testing.assert_allclose(found.centers[j], features[found.labels == j].mean(0), rtol=0, atol=1e-12)


@given(seed=seeds)
def test_well_parted_groups_are_found(seed):
    found = segmentation.kmeans(blobs(), 3, rng=seed)
    centers = sorted(np.round(found.centers).tolist())
    assert centers == [[0, 0], [0, 10], [10, 0]]


@given(seed=seeds)
def test_permuting_the_points_permutes_the_labels(seed):
    features = blobs()
    order = np.random.default_rng(seed).permutation(len(features))
    first, second = (segmentation.kmeans(x, 3, n_init=3).labels for x in (features, features[order]))
    pairs = set(zip(first[order].tolist(), second.tolist(), strict=True))
    assert len(pairs) == 3  # one name for each group


def test_fewer_distinct_points_than_clusters_warn_and_fit_exactly():
    features = np.repeat([[1.0, 2.0], [3.0, 4.0]], 5, axis=0)
    with pytest.warns(UserWarning, match="2 distinct"):
        found = segmentation.kmeans(features, 4)
    assert float(found.inertia) == 0
    assert np.isfinite(found.centers).all()
    assert set(found.labels.tolist()) <= {0, 1, 2, 3}


def test_an_empty_cluster_is_moved_to_the_farthest_point():
    from imgproc.segmentation.kmeans import _lloyd

    columns = np.array([[0.0, 1.0, 2.0, 50.0]])
    start = np.array([[1.0], [1000.0]])
    found = _lloyd(columns, np.ones(4), start, 10, 0.0)
    assert sorted(found.centers.ravel().tolist()) == [1.0, 50.0]


def test_points_that_count_twice_are_points_given_twice():
    from imgproc.segmentation.kmeans import _lloyd

    columns, weights = np.array([[0.0, 1.0, 7.0, 9.0]]), np.array([3.0, 1.0, 2.0, 2.0])
    start = np.array([[0.0], [9.0]])
    weighed = _lloyd(columns, weights, start, 10, 0.0)
    repeated = _lloyd(np.repeat(columns, weights.astype(int), axis=1), np.ones(8), start, 10, 0.0)
    np.testing.assert_allclose(weighed.centers, repeated.centers, rtol=0, atol=1e-15)
    assert float(weighed.inertia) == pytest.approx(float(repeated.inertia))


# improving starts on fewer points


@given(seed=seeds, k=st.integers(2, 6))
def test_the_search_never_raises_the_inertia(seed, k):
    from imgproc.segmentation.kmeans import _searched

    rng = np.random.default_rng(seed)
    columns, weights = np.ascontiguousarray(blobs(seed=seed).T), rng.integers(1, 4, 300).astype(np.float64)
    centers, inertia = move_and_join(columns, weights, columns[:, :k].T[None], k, (0, 20))
    start = centers[0], float(inertia[0])
    found = [_searched(columns, weights, start, np.random.default_rng(seed), n) for n in range(5)]
    assert found[0][1] == start[1]
    assert all(x[1] <= start[1] for x in found)
    for moved, held in found:
        squares = assign_to_centers(columns, weights, moved)[1]
        assert float(squares @ weights) <= held * (1 + 1e-12)  # assigned anew, no point is farther


def test_the_search_leaves_a_local_minimum():
    from imgproc.segmentation.kmeans import _searched

    columns, weights = np.array([[0.0, 1.0, 100.0, 101.0, 200.0, 201.0]]), np.ones(6)
    stuck = np.array([[0.0], [1.0], [150.5]])
    found, inertia = _searched(columns, weights, (stuck, 10001.0), np.random.default_rng(0), 1)
    assert sorted(found.ravel().tolist()) == [0.5, 100.5, 200.5]
    assert inertia == pytest.approx(1.5)


def test_those_two_clusters_are_joined_that_cost_least():
    centers, counts = np.array([[0.0], [10.0], [13.0], [30.0]]), np.array([1.0, 9.0, 9.0, 3.0])
    # 9 * 9 / 18 * 3**2 = 40.5 of the nearest two is less than 1 * 9 / 10 * 10**2 = 90
    assert join_cheapest(centers, counts, 3).ravel().tolist() == [0.0, 11.5, 30.0]
    # then 1 * 18 / 19 * 11.5**2 = 125 is less than 18 * 3 / 21 * 18.5**2 = 880
    assert join_cheapest(centers, counts, 2).ravel().tolist() == [207 / 19, 30.0]
    # but 9 / 10 * 6**2 = 32.4 is less than 40.5, though they are farther apart
    assert join_cheapest(np.array([[4.0], [10.0], [13.0], [30.0]]), counts, 3).ravel().tolist() == [9.4, 13.0, 30.0]
    # and an empty one costs nothing
    assert join_cheapest(centers, np.array([1.0, 9.0, 9.0, 0.0]), 3).ravel().tolist() == [0.0, 10.0, 13.0]
    assert centers.ravel().tolist() == [0.0, 10.0, 13.0, 30.0]


@pytest.mark.parametrize("dimensions", [1, 3, 9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kept", "steps"), [(17, (0, 3)), (12, (2, 3)), (1, (1, 1))])
def test_sets_of_centres_move_and_join_as_in_the_reference_body(dimensions, dtype, kept, steps):
    rng = np.random.default_rng(dimensions)
    columns, weights = rng.random((dimensions, 5003)).astype(dtype), rng.integers(1, 5, 5003).astype(np.float64)
    centers = rng.random((2, 17, dimensions))
    centers[0, 3] = 100  # nothing is near
    found = move_and_join(columns, weights, centers, kept, steps)
    with reference_only():
        wanted = move_and_join(columns, weights, centers, kept, steps)
    for x, y in zip(found, wanted, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cells_are_those_of_the_reference_body(dimensions, dtype):
    rng = np.random.default_rng(dimensions)
    columns, weights = rng.normal(0, 1, (dimensions, 5003)).astype(dtype), rng.integers(1, 5, 5003).astype(np.float64)
    means, held = cell_means(columns, weights, 0.1)
    with reference_only():
        wanted, wanted_held = cell_means(columns, weights, 0.1)
    np.testing.assert_array_equal(held, wanted_held)
    np.testing.assert_allclose(means, wanted, rtol=0, atol=1e-6 if dtype == "float32" else 1e-10)


@given(seed=seeds)
def test_cells_hold_all_points_and_each_has_the_mean_of_its_own(seed):
    rng = np.random.default_rng(seed)
    columns, weights = rng.integers(0, 6, (3, 400)).astype(np.float64), rng.integers(1, 4, 400).astype(np.float64)
    for limit in (1e-9, 1e9):  # a value in each cell; and the least cells, a 32nd of the longest side
        means, _ = cell_means(columns, weights, limit)
        np.testing.assert_allclose(sorted(means.T.tolist()), np.unique(columns, axis=1).T, rtol=1e-15)
    columns = rng.normal(0, 1, (1, 400))
    means, held = cell_means(columns, weights, 1.0)
    assert len(held) < 100
    assert held.sum() == weights.sum()
    np.testing.assert_allclose(means @ held, columns @ weights, rtol=0, atol=1e-12 * 400)


def test_dense_cells_are_halved_and_sparse_ones_are_not():
    columns, weights = np.array([[0.0, 31.9, 32.0, 3200.0]]), np.array([1.0, 1.0, 98.0, 1.0])
    # cells are 100.1 wide, 100 * 100.1**2 in the first are above the limit; in halves of halves it is 99 * 626 = 62,000
    means, held = cell_means(columns, weights, 7e4)
    assert held.tolist() == [1.0, 1.0, 99.0]
    assert means.ravel().tolist() == pytest.approx([3200.0, 0.0, (31.9 + 98 * 32) / 99])


def test_permuting_many_points_permutes_their_labels():
    features = photo().reshape(-1, 3).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(features))
    first, second = segmentation.kmeans(features, 8), segmentation.kmeans(features[order], 8)
    np.testing.assert_array_equal(first.labels[order], second.labels)  # sums of bytes are exact


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4])
def test_many_points_with_few_that_are_far_are_clustered(dimensions):
    rng = np.random.default_rng(dimensions)
    middles = np.eye(3, dimensions) * 10
    features = (middles[rng.integers(0, 3, 70_000)] + rng.normal(0, 0.5, (70_000, dimensions))).astype(np.float32)
    features[:3] = 1e5
    found = segmentation.kmeans(features, 4 if dimensions > 1 else 3)
    own = ((features.astype(np.float64) - found.centers[found.labels]) ** 2).sum()
    assert float(found.inertia) == pytest.approx(own, rel=1e-4)
    assert float(found.inertia) < 0.3 * dimensions * 70_000


@pytest.mark.parametrize("threads", [1, 3])
def test_tries_side_by_side_are_those_one_after_the_other(threads, monkeypatch):
    from imgproc.primitives import _bands

    features = photo().reshape(-1, 3).astype(np.float32)
    wanted = segmentation.kmeans(features, 5)
    monkeypatch.setattr(_bands, "thread_count", lambda: threads)
    np.testing.assert_array_equal(segmentation.kmeans(features, 5).labels, wanted.labels)


# bodies


@pytest.mark.parametrize("k", [2, 7])
def test_reference_body_finds_the_same_clusters(k):
    features = photo(16).reshape(-1, 3).astype(np.float64)
    found = segmentation.kmeans(features, k)
    with reference_only():
        wanted = segmentation.kmeans(features, k)
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_allclose(found.centers, wanted.centers, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dimensions", [1, 3, 4, 9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_of_many_weighted_points_are_those_of_the_reference_body(dimensions, dtype):
    rng = np.random.default_rng(dimensions)
    columns, weights = rng.random((dimensions, 5003)).astype(dtype), rng.integers(1, 5, 5003).astype(np.float64)
    centers = rng.random((7, dimensions))
    found = assign_to_centers(columns, weights, centers)
    potentials = center_potentials(columns, weights, found[1], centers + 0.1)
    with reference_only():
        wanted = assign_to_centers(columns, weights, centers)
        wanted_potentials = center_potentials(columns, weights, wanted[1], centers + 0.1)
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1], wanted[1])
    np.testing.assert_array_equal(found[3], wanted[3])
    np.testing.assert_allclose(found[2], wanted[2], rtol=1e-12)
    np.testing.assert_allclose(potentials, wanted_potentials, rtol=1e-12)


@pytest.mark.parametrize("k", [8, 32])
def test_five_starts_are_as_good_as_the_best_of_ten_of_scikit_learn(k):
    cluster = pytest.importorskip("sklearn.cluster")
    features = photo(4).reshape(-1, 3).astype(np.float32)
    best = cluster.KMeans(k, n_init=10, random_state=0).fit(features).inertia_
    found = segmentation.kmeans(features, k, n_init=5, tolerance=1e-6, max_iterations=300)
    assert float(found.inertia) <= 1.005 * best


@pytest.mark.slow
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "immunohistochemistry"])
@pytest.mark.parametrize("k", [8, 32])
def test_one_run_on_a_whole_photo_is_as_good_as_the_best_of_ten_of_scikit_learn(name, k):
    cluster = pytest.importorskip("sklearn.cluster")
    features = getattr(pytest.importorskip("skimage.data"), name)().reshape(-1, 3).astype(np.float32)
    best = cluster.KMeans(k, n_init=10, random_state=0).fit(features).inertia_
    assert float(segmentation.kmeans(features, k).inertia) <= 1.005 * best


# codebooks


@given(features=points(max_count=30), k=st.integers(1, 5), seed=seeds)
def test_codes_are_the_first_of_the_nearest(features, k, seed):
    codebook = np.random.default_rng(seed).integers(0, 8, (k, 2)).astype(float)
    codes, squares = segmentation.vector_quantize(np.round(features / 8), codebook)
    wanted = ((np.round(features / 8)[:, None] - codebook) ** 2).sum(-1)
    np.testing.assert_array_equal(codes, wanted.argmin(1))
    np.testing.assert_allclose(squares, wanted.min(1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dimensions", [3, 16, 17, 64])
def test_codes_are_the_nearest_in_few_dimensions_and_in_many(dimensions):
    rng = np.random.default_rng(0)
    features, codebook = rng.random((50, dimensions)), rng.random((9, dimensions))
    codes, squares = segmentation.vector_quantize(features, codebook)
    wanted = ((features[:, None] - codebook) ** 2).sum(-1)
    np.testing.assert_array_equal(codes, wanted.argmin(1))
    np.testing.assert_allclose(squares, wanted.min(1), rtol=1e-12)


# images


@given(
    dtype=st.sampled_from(["bool", "uint8", "uint16"]),
    channels=st.integers(1, 3),
    count=st.integers(1, 60),
    levels=st.sampled_from([2, 200]),
    seed=seeds,
)
def test_distinct_colours_are_sorted_counted_and_found_again(dtype, channels, count, levels, seed):
    rows = np.random.default_rng(seed).integers(0, levels, (count, channels)) * (1 if levels == 2 else 300)
    rows = rows.astype(dtype)
    distinct, counts, places = distinct_rows(rows)
    wanted = np.unique(rows, axis=0, return_counts=True)
    np.testing.assert_array_equal(distinct, wanted[0])
    np.testing.assert_array_equal(counts, wanted[1])
    np.testing.assert_array_equal(distinct[places], rows)
    with reference_only():
        for fast, exact in zip((distinct, counts, places), distinct_rows(rows), strict=True):
            np.testing.assert_array_equal(fast, exact)
            assert fast.dtype == exact.dtype


@given(image=images(dtype="uint8", min_size=2, layouts=["HW", "HWC"]), k=st.integers(1, 4))
def test_quantized_images_have_k_colours_at_most_and_are_painted_by_the_nearest(image, k):
    painted = segmentation.quantize_colors(image, k)
    assert painted.dtype == image.dtype
    rows = painted.reshape(-1, 1 if image.ndim == 2 else image.shape[2])
    assert len(np.unique(rows, axis=0)) <= k


def test_colours_that_repeat_are_clustered_as_pixels_are():
    image = photo(8)
    painted = segmentation.quantize_colors(image, 6, n_init=10)
    error = ((painted.astype(float) - image) ** 2).sum()
    pixels = segmentation.kmeans(image.reshape(-1, 3).astype(np.float64), 6, n_init=10)
    # the best of ten starts each, drawn otherwise; rounding colours to bytes adds 1/4 of a squared level at most
    assert error <= 1.02 * float(pixels.inertia) + image.size / 4


def test_kinds_of_numbers_of_one_picture_give_one_segmentation():
    image = photo(8)
    wanted = segmentation.segment_kmeans(image, 4)
    for other in (image.astype(np.uint16) * 257,):
        np.testing.assert_array_equal(segmentation.segment_kmeans(other, 4), wanted)


def test_labels_rise_with_the_mean_of_their_cluster():
    image = np.array([[200, 10, 90, 11, 201, 91]], np.uint8)
    assert segmentation.segment_kmeans(image, 3).tolist() == [[2, 0, 1, 0, 2, 1]]


def test_weight_on_place_makes_segments_compact():
    image = photo(4)
    changes = []
    for weight in (0.0, 1.0, 5.0):
        labels = segmentation.segment_kmeans(image, 6, spatial_weight=weight)
        changes.append(int(segmentation.boundaries(labels, thick=False).sum()))
    assert changes[0] > changes[1] > changes[2]


def test_weight_on_texture_parts_stripes_from_a_flat_field_of_the_same_mean():
    image = np.full((40, 80), 128, np.uint8)
    image[:, 40:] += (np.arange(40) % 2 * 60 - 30).astype(np.int64).astype(np.uint8)
    labels = segmentation.segment_kmeans(image, 2, texture_weight=20.0)
    assert (labels[:, :36] == labels[0, 0]).all()
    assert (labels[:, 44:] == labels[0, -1]).all()
    assert labels[0, 0] != labels[0, -1]
