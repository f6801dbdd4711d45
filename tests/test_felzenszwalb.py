"""felzenszwalb: the partition of algorithm 1, whatever the dtype, library and layout."""

import itertools

import numpy as np
import pytest
import skimage.data
import skimage.segmentation
from hypothesis import given, settings
from hypothesis import strategies as st

from imgproc import arrays, metrics, morphology
from imgproc._dispatch import reference_only
from imgproc.filters.gaussian import gaussian_weights
from imgproc.primitives import _bands
from imgproc.segmentation import felzenszwalb
from imgproc.segmentation.felzenszwalb import _exact_weights


def pictures(channels=(1, 3)):
    """Blocks of few colours with noise, so that edges are tied and regions differ in size."""

    def make(seed, height, width, depth):
        rng = np.random.default_rng(seed)
        blocks = rng.integers(0, 5, (4, 4, depth)) * 50
        rows, columns = np.arange(height) * 4 // height, np.arange(width) * 4 // width
        return (blocks[rows][:, columns] + rng.integers(0, 20, (height, width, depth))).astype(np.uint8)

    return st.builds(make, st.integers(0, 999), st.integers(1, 24), st.integers(1, 24), st.sampled_from(channels))


def by_definition(image, scale, min_size):
    """Algorithm 1 with sets of pixels, on levels of 0-255, without smoothing."""
    values = image.reshape(*image.shape[:2], -1).astype(np.int64) * 257
    height, width = values.shape[:2]
    regions = {(y, x): frozenset({(y, x)}) for y, x in np.ndindex(height, width)}
    heaviest = dict.fromkeys(regions.values(), 0)
    edges = [
        (int(np.rint(np.sqrt(((values[y, x] - values[y + dy, x + dx]) ** 2).sum()))), (y, x), (y + dy, x + dx))
        for y, x in np.ndindex(height, width)
        for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1))
        if y + dy < height and 0 <= x + dx < width
    ]
    edges.sort(key=lambda edge: edge[0])
    for is_last, (weight, p, q) in itertools.product((False, True), edges):
        a, b = regions[p], regions[q]
        fits = min(len(a), len(b)) < min_size if is_last else all(
            weight <= heaviest[c] + scale * 257 / len(c) for c in (a, b)
        )  # fmt: skip
        if a is not b and fits:
            heaviest[a | b] = weight
            regions |= dict.fromkeys(a | b, a | b)
    numbers: dict = {}
    labels = [numbers.setdefault(regions[p], len(numbers)) for p in np.ndindex(height, width)]
    return np.array(labels).reshape(height, width)


@given(image=pictures(), scale=st.floats(0, 500), min_size=st.integers(1, 30))
def test_partition_is_that_of_the_algorithm_as_written(image, scale, min_size):
    wanted = by_definition(image, scale, min_size)
    np.testing.assert_array_equal(felzenszwalb(image, scale, sigma=0, min_size=min_size), wanted)


@given(image=pictures(), scale=st.floats(0, 500), sigma=st.floats(0, 2), min_size=st.integers(1, 30))
def test_every_body_takes_the_same_decisions(image, scale, sigma, min_size):
    fast = felzenszwalb(image, scale, sigma=sigma, min_size=min_size)
    with reference_only():
        np.testing.assert_array_equal(felzenszwalb(image, scale, sigma=sigma, min_size=min_size), fast)
    tensor = arrays.to_torch(image).contiguous()
    np.testing.assert_array_equal(felzenszwalb(tensor, scale, sigma=sigma, min_size=min_size).numpy(), fast)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "camera"])
def test_uint8_uint16_and_floats_of_one_photo_have_the_same_labels(name):
    photo = getattr(skimage.data, name)()[:200, :230]
    wanted = felzenszwalb(photo)
    np.testing.assert_array_equal(felzenszwalb(photo.astype(np.uint16) * np.uint16(257)), wanted)
    for dtype in ("float32", "float64"):
        np.testing.assert_array_equal(felzenszwalb(arrays.to_float(photo, dtype)), wanted)
    np.testing.assert_array_equal(felzenszwalb(photo.astype(np.int64) - 1000, data_range=(-1000, -745)), wanted)
    np.testing.assert_array_equal(felzenszwalb(photo.astype(np.int16), data_range=255), wanted)


@given(image=pictures((3,)), order=st.permutations(range(3)), scale=st.floats(0, 500))
def test_order_and_inversion_of_channels_do_not_matter(image, order, scale):
    wanted = felzenszwalb(image, scale, sigma=0)
    np.testing.assert_array_equal(felzenszwalb(255 - image[..., order], scale, sigma=0), wanted)


@given(image=pictures(), scale=st.floats(0, 1000), min_size=st.integers(1, 60))
def test_labels_are_numbered_by_first_pixels_and_regions_are_large_and_connected(image, scale, min_size):
    labels = felzenszwalb(image, scale, min_size=min_size)
    values, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    np.testing.assert_array_equal(values, np.arange(len(values)))
    assert (np.diff(first) > 0).all()
    assert sizes.min() >= min(min_size, labels.size)
    assert all(morphology.label(labels == value, connectivity=8).max() == 1 for value in values)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 50, 3), (7, 8, 5)], ids=str)
def test_a_constant_is_one_region(shape):
    assert (felzenszwalb(np.full(shape, 0.3)) == 0).all()


def test_larger_scale_and_min_size_leave_fewer_regions():
    photo = skimage.data.coffee()[::2, ::2]
    counts = [felzenszwalb(photo, scale, min_size=1).max() for scale in (10, 50, 200, 1000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < counts[0] / 4
    assert felzenszwalb(photo, 50, min_size=200).max() < felzenszwalb(photo, 50, min_size=1).max()


def test_example_worked_by_hand():
    # Weights 10, 20, 10. k = 15: pixels join across 10, to a limit of 10 + 15 / 2 = 17.5, less than 20.
    row = np.array([[0, 10, 30, 40]], np.uint8)
    assert felzenszwalb(row, 15, sigma=0, min_size=1).tolist() == [[0, 0, 1, 1]]
    assert felzenszwalb(row, 20, sigma=0, min_size=1).tolist() == [[0, 0, 0, 0]]  # 10 + 20 / 2 = 20
    assert felzenszwalb(row, 9, sigma=0, min_size=1).tolist() == [[0, 1, 2, 3]]
    assert felzenszwalb(row, 15, sigma=0, min_size=3).tolist() == [[0, 0, 0, 0]]


@given(image=pictures(), threads=st.integers(1, 5), side=st.integers(4, 12))
def test_number_of_threads_does_not_matter(image, threads, side):
    wanted = felzenszwalb(image)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bands, "_SERIAL_BELOW", 1)
        patch.setattr(_bands, "thread_count", lambda: threads)
        patch.setattr("imgproc.primitives.felzenszwalb._SIDE", side)
        np.testing.assert_array_equal(felzenszwalb(image), wanted)


def noisy_pictures():
    """Ramps under noise: of few steps, so that hardly an edge is decided without those around it, or of many."""

    def make(seed, height, width, steepness, noise):
        ramp = np.add.outer(np.arange(height), np.arange(width)) * steepness
        return (ramp + 9 * np.random.default_rng(seed).integers(0, noise, (height, width))).astype(np.uint8)

    sides = st.integers(1, 40)
    return st.builds(make, st.integers(0, 999), sides, sides, st.integers(0, 3), st.sampled_from((1, 2, 4, 28)))


@settings(max_examples=200)
@given(
    image=pictures() | noisy_pictures(),
    side=st.integers(1, 12),
    scale=st.sampled_from((0.0, 5.0, 20.0, 100.0, 500.0)),
    sigma=st.sampled_from((0.0, 0.5, 2.0, 5.0)),
    min_size=st.integers(1, 30),
)
def test_tiles_do_not_matter(image, side, scale, sigma, min_size):
    wanted = felzenszwalb(image, scale, sigma=sigma, min_size=min_size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgproc.primitives.felzenszwalb._SIDE", side)
        np.testing.assert_array_equal(felzenszwalb(image, scale, sigma=sigma, min_size=min_size), wanted)


@pytest.mark.parametrize("scale", [0.0, 100.0, 3000.0])
@pytest.mark.parametrize("name", ["photo", "noise"])  # of noise, more pairs of regions meet than a tile remembers
def test_many_tiles_are_cut_as_the_specification_says(name, scale):
    noise = np.random.default_rng(0).integers(0, 256, (300, 270, 3), np.uint8)
    image = skimage.data.coffee()[:300, :270] if name == "photo" else noise  # four tiles
    wanted = felzenszwalb(image, scale)
    with reference_only():
        np.testing.assert_array_equal(felzenszwalb(image, scale), wanted)


@pytest.mark.parametrize("far", [300.0, 1e6, 1e300])
def test_floats_far_beyond_their_range_are_no_error(far):
    halves = np.zeros((6, 8))
    halves[:, 4:] = far
    assert felzenszwalb(halves, sigma=0, min_size=1)[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_an_error(value):
    image = np.zeros((5, 5))
    image[2, 3] = value
    with pytest.raises(ValueError, match="image must be finite"):
        felzenszwalb(image)


def explained(photo, labels):
    """Return the share of the variance of colour that lies between regions."""
    colors = photo.reshape(-1, 3).astype(np.float64)
    flat = labels.reshape(-1)
    counts = np.bincount(flat)
    means = np.stack([np.bincount(flat, colors[:, c]) / counts for c in range(3)], axis=1)
    return 1 - ((colors - means[flat]) ** 2).sum() / ((colors - colors.mean(0)) ** 2).sum()


def test_photos_are_explained_as_well_as_by_scikit_image():
    """At equal scale both find about as many regions, which differ only where near ties were rounded otherwise."""
    scores = []
    for name, scale in itertools.product(("astronaut", "coffee", "chelsea", "rocket"), (50, 150)):
        photo = getattr(skimage.data, name)()[::2, ::2]
        theirs = skimage.segmentation.felzenszwalb(photo, scale, 0.8, 30).astype(np.int32)
        ours = felzenszwalb(photo, scale, min_size=30)
        assert abs(ours.max() - theirs.max()) <= 0.07 * theirs.max()
        assert metrics.boundary_f1(ours, theirs) > 0.85
        scores.append((explained(photo, ours), explained(photo, theirs)))
    ours, theirs = np.mean(scores, axis=0)
    assert ours >= theirs - 0.002


@pytest.mark.parametrize("sigma", [0.3, 0.8, 2.5, 10.0])
def test_taps_sum_to_one_exactly_and_are_gaussian_to_one_part_in_ten_thousand(sigma):
    taps = np.array(_exact_weights(sigma))
    assert taps.sum() == 1
    np.testing.assert_allclose(taps, gaussian_weights(sigma), rtol=0, atol=1e-4)
