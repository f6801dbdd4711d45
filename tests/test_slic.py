"""slic and region_adjacency: superpixels that are connected, even, and follow edges."""

import itertools

import numpy as np
import pytest
import skimage.data
import skimage.segmentation
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays, morphology
from imgproc._array.dtypes import lift
from imgproc._dispatch import reference_only
from imgproc.primitives import _bands
from imgproc.primitives.color_spaces import lab_of_rgb
from imgproc.primitives.color_steps import STEPS, count_steps
from imgproc.primitives.slic import join_small_parts
from imgproc.segmentation import region_adjacency, slic


def photo(name="astronaut", step=2):
    return np.ascontiguousarray(getattr(skimage.data, name)()[::step, ::step])


def images(channels=(1, 2, 3, 4)):
    def make(seed, height, width, depth):
        rng = np.random.default_rng(seed)
        blocks = rng.integers(0, 5, (3, 3, depth)) * 50
        rows, columns = np.arange(height) * 3 // height, np.arange(width) * 3 // width
        return (blocks[rows][:, columns] + rng.integers(0, 40, (height, width, depth))).astype(np.uint8)

    return st.builds(make, st.integers(0, 999), st.integers(1, 30), st.integers(1, 40), st.sampled_from(channels))


def assert_connected_and_numbered(labels):
    """Every label is one 4-connected region; numbers have no gaps and follow the first pixels."""
    values, first = np.unique(labels[labels >= 0], return_index=True)
    np.testing.assert_array_equal(values, np.arange(len(values)))
    assert (np.diff(first) > 0).all()
    assert all(morphology.label(labels == value, connectivity=4).max() == 1 for value in values)


@given(image=images(), count=st.integers(1, 60), compactness=st.floats(0.1, 100))
def test_superpixels_are_connected_and_numbered_by_first_pixels(image, count, compactness):
    labels = slic(image, count, compactness=compactness)
    assert labels.dtype == np.int32
    assert labels.shape == image.shape[:2]
    assert_connected_and_numbered(labels)


@given(image=images(), count=st.integers(1, 60), sigma=st.sampled_from([0.0, 0.7]), is_masked=st.booleans())
def test_every_body_finds_the_same_superpixels(image, count, sigma, is_masked):
    mask = np.random.default_rng(count).random(image.shape[:2]) < 0.7 if is_masked else None
    mask = None if mask is None or not mask.any() else mask
    fast = slic(image, count, sigma=sigma, mask=mask)
    with reference_only():
        np.testing.assert_array_equal(slic(image, count, sigma=sigma, mask=mask), fast)
    tensors = [None if x is None else arrays.to_torch(x).contiguous() for x in (image, mask)]
    np.testing.assert_array_equal(slic(tensors[0], count, sigma=sigma, mask=tensors[1]).numpy(), fast)


@pytest.mark.parametrize("count", [1, 2, 150, 900])
@pytest.mark.parametrize("channels", [1, 3])
def test_bodies_agree_where_rows_are_done_in_blocks(count, channels):
    image = np.random.default_rng(count).integers(0, 256, (5, 1100, channels), np.uint8)
    image[:, 500:800] //= 8
    fast = slic(image, count)
    with reference_only():
        np.testing.assert_array_equal(slic(image, count), fast)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("channels", [2, 3])
@pytest.mark.parametrize("is_planar", [False, True])
def test_steps_are_those_of_lab_or_of_the_range_rounded(dtype, channels, is_planar):
    image = np.random.default_rng(channels).integers(0, 256, (1, 30, 40, channels)).astype(dtype)
    image = np.moveaxis(image, -1, 1)
    image = np.ascontiguousarray(image) if is_planar else image
    units = lab_of_rgb(image, 0.0, 300.0, 1) if channels == 3 else (lift(image) - 0.0) * 100.0 / 300.0
    steps = count_steps(image, 0.0, 300.0)
    assert steps.dtype == np.float32
    np.testing.assert_array_equal(steps, np.round(units * STEPS))


@given(image=images((3,)), count=st.integers(1, 60), threads=st.integers(1, 5))
def test_number_of_threads_does_not_matter(image, count, threads):
    wanted = slic(image, count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bands, "_SERIAL_BELOW", 1)
        patch.setattr(_bands, "thread_count", lambda: threads)
        patch.setattr("imgproc.primitives.slic.thread_count", lambda: threads)
        np.testing.assert_array_equal(slic(image, count), wanted)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
@pytest.mark.parametrize("count", [20, 100, 400])
def test_number_of_superpixels_is_within_30_percent_of_the_request(name, count):
    assert abs(slic(photo(name), count).max() + 1 - count) <= 0.3 * count


@pytest.mark.parametrize("count", [60, 300])
def test_number_is_within_30_percent_inside_a_mask_too(count):
    image = photo()
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    mask = (np.hypot(x - 120, y - 130) < 100) & (np.hypot(x - 120, y - 130) > 30)
    labels = slic(image, count, mask=mask)
    np.testing.assert_array_equal(labels >= 0, mask)
    assert abs(labels.max() + 1 - count) <= 0.3 * count
    assert_connected_and_numbered(labels)


def test_no_superpixel_is_smaller_than_a_quarter_of_a_cell():
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)  # noise tears clusters apart
    assert np.bincount(slic(image, 50, compactness=3).ravel()).min() >= 90 * 120 / 50 / 4 * 0.9


def test_a_constant_is_cut_into_its_grid():
    labels = slic(np.full((24, 36), 0.4), 6)
    np.testing.assert_array_equal(labels, np.arange(24)[:, None] // 12 * 3 + np.arange(36) // 12)


def test_example_worked_by_hand():
    # two cells of 2 × 5 pixels with centres at x = 2 and 7; the step lies in the first
    step = np.array([[0, 0, 0, 0, 1, 1, 1, 1, 1, 1]] * 2, np.float64)
    assert slic(step, 2).tolist() == [[0, 0, 0, 0, 1, 1, 1, 1, 1, 1]] * 2
    assert slic(step, 2, compactness=1000).tolist() == [[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]] * 2


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
def test_dtype_of_a_gray_picture_does_not_matter(dtype):
    gray = skimage.data.camera()[::3, ::3]
    same = arrays.to_uint16(gray) if dtype == "uint16" else arrays.to_float(gray, dtype)
    np.testing.assert_array_equal(slic(same, 100), slic(gray, 100))
    np.testing.assert_array_equal(slic(gray.astype(np.int32) - 300, 100, data_range=(-300, -45)), slic(gray, 100))


def test_larger_compactness_gives_shorter_boundaries():
    lengths = [
        sum((np.diff(slic(photo(), 100, compactness=m), axis=axis) != 0).sum() for axis in (0, 1)) for m in (10, 20, 40)
    ]
    assert lengths == sorted(lengths, reverse=True)


def explained(image, labels):
    """Return the share of the variance of colour that lies between regions."""
    colors = image.reshape(-1, 3).astype(np.float64)
    counts = np.bincount(labels.ravel())
    means = np.stack([np.bincount(labels.ravel(), colors[:, c]) / counts for c in range(3)], axis=1)
    return 1 - ((colors - means[labels.ravel()]) ** 2).sum() / ((colors - colors.mean(0)) ** 2).sum()


def test_photos_are_explained_better_than_by_scikit_image_at_equal_count():
    """Explained variation (Moore et al., "Superpixel lattices", CVPR 2008), at scikit-image's own number of regions."""
    scores, counts = [], []
    for name, count in itertools.product(("astronaut", "coffee", "chelsea", "rocket"), (100, 300)):
        theirs = skimage.segmentation.slic(photo(name), count, compactness=10, start_label=0)
        ours = slic(photo(name), theirs.max() + 1)
        counts.append((ours.max() + 1, theirs.max() + 1))
        scores.append((explained(photo(name), ours), explained(photo(name), theirs)))
    assert np.sum(counts, axis=0)[0] <= 1.02 * np.sum(counts, axis=0)[1]
    ours, theirs = np.mean(scores, axis=0)
    assert ours >= theirs


def test_superpixels_follow_known_boundaries():
    y, x = np.mgrid[:120, :160]
    truth = (np.hypot(x - 70, y - 60) < 35) + 2 * (x > 110).astype(np.int32)
    image = np.array([[40, 90, 50], [200, 60, 40], [90, 90, 200], [0, 0, 0]], np.uint8)[truth]
    labels = slic(image, 100)
    sizes = np.zeros((labels.max() + 1, 4))
    np.add.at(sizes, (labels, truth), 1)
    assert (sizes.sum(1) - sizes.max(1)).sum() == 0  # no superpixel lies across


@given(seed=st.integers(0, 999), height=st.integers(1, 9), width=st.integers(1, 40), least=st.integers(1, 12))
def test_joined_parts_are_large_enough_and_unions_of_parts(seed, height, width, least):
    labels = np.random.default_rng(seed).integers(-1, 3, (height, width)).astype(np.int32)
    joined = join_small_parts(labels, least)
    with reference_only():
        np.testing.assert_array_equal(join_small_parts(labels, least), joined)
    np.testing.assert_array_equal(joined < 0, labels < 0)
    assert_connected_and_numbered(joined)
    pieces = morphology.label(labels >= 0, connectivity=4)
    for value, size in enumerate(np.bincount(joined[joined >= 0])):
        is_alone = (pieces == pieces[joined == value][0]).sum() == size
        assert size >= least or is_alone


def test_a_small_part_goes_where_its_boundary_is_longest():
    labels = np.array([[0, 0, 0, 1], [0, 2, 1, 1], [0, 1, 1, 1]], np.int32)  # two sides with each: the first wins
    assert join_small_parts(labels, 2).tolist() == [[0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1]]
    labels = np.array([[0, 1, 1, 1], [0, 2, 1, 1], [0, 1, 1, 1]], np.int32)
    assert join_small_parts(labels, 2).tolist() == [[0, 1, 1, 1]] * 3


@pytest.mark.parametrize(("mask", "error"), [((5, 5), ValueError), ((6, 7), ValueError), ((6, 7, 2), ValueError)])
def test_a_mask_of_another_size_or_without_pixels_is_an_error(mask, error):
    with pytest.raises(error, match="mask must"):
        slic(np.zeros((6, 7)), 3, mask=np.zeros(mask, bool))


def test_images_of_a_batch_have_masks_of_their_own():
    images = np.stack([photo(step=8), photo("coffee", 6)[:64, :64]])
    masks = np.ones((2, 64, 64, 1), bool)
    masks[0, :20] = masks[1, :, 50:] = False
    together = slic(images, 20, mask=masks)
    for i in range(2):
        np.testing.assert_array_equal(together[i, ..., 0], slic(images[i], 20, mask=masks[i]))


def test_what_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match="image must be finite"):
        slic(np.full((5, 5), np.nan), 2)


@given(
    seed=st.integers(0, 999), height=st.integers(1, 9), width=st.integers(1, 9), connectivity=st.sampled_from([4, 8])
)
def test_pairs_are_those_of_neighbouring_pixels(seed, height, width, connectivity):
    labels = np.random.default_rng(seed).integers(-3, 5, (height, width)) * 2**40
    steps = ((0, 1), (1, 0), (1, 1), (1, -1))[: connectivity // 2]
    wanted = sorted(
        {
            tuple(sorted((int(labels[y, x]), int(labels[y + dy, x + dx]))))
            for y, x in np.ndindex(height, width)
            for dy, dx in steps
            if y + dy < height and 0 <= x + dx < width and labels[y, x] != labels[y + dy, x + dx]
        }
    )
    found = region_adjacency(labels, connectivity=connectivity)
    assert found.shape == (len(wanted), 2)
    assert [tuple(pair) for pair in found.tolist()] == wanted
    with reference_only():
        np.testing.assert_array_equal(region_adjacency(labels, connectivity=connectivity), found)


def test_superpixels_of_a_grid_touch_their_neighbours():
    pairs = region_adjacency(slic(np.zeros((30, 30)), 9))
    assert len(pairs) == 12
