"""otsu, equalize and clahe: what histograms say about thresholds and contrast."""

import cv2
import numpy as np
import pytest
import skimage.exposure
import skimage.filters
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._dispatch import reference_only
from imgproc.filters import clahe, equalize, otsu
from imgproc.primitives.tone_counts import equalizing_tables, split_counts
from imgproc.testing import images

gray_bytes = images(dtype="uint8", layouts=["HW"])


def scene(size=(120, 132), dtype="uint8"):
    """A dark and a bright half with smooth shading and noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: size[0], : size[1]]
    values = 60 + 90 * (x > size[1] // 2) + 30 * np.sin(y / 15) + rng.normal(0, 9, size)
    full = np.clip(values, 0, 255)
    return full.astype(dtype) if dtype != "uint16" else (full * 257).astype(dtype)


def by_definition(values, levels):
    """Otsu's threshold by trying each level: the greatest variance between the classes."""
    found, best = values.min(), 0.0
    for level in levels:
        dark, bright = values[values <= level], values[values > level]
        if dark.size and bright.size:
            between = dark.size * bright.size * (dark.mean() - bright.mean()) ** 2
            if between > best * (1 + 1e-12):
                found, best = level, between
    return found


@given(image=images(dtype=["uint8", "int8"], layouts=["HW"], max_size=12))
def test_otsu_parts_bytes_with_the_greatest_variance_between(image):
    threshold = float(otsu(image))
    values = image.astype(float)
    wanted = by_definition(values, np.unique(values))

    def between(level):
        dark, bright = values[values <= level], values[values > level]
        return dark.size * bright.size * (dark.mean() - bright.mean()) ** 2 if dark.size and bright.size else 0.0

    np.testing.assert_allclose(between(threshold), between(wanted), rtol=1e-9)


def test_otsu_is_opencvs_and_scikit_images():
    image = scene()
    assert (
        float(otsu(image)) == cv2.threshold(image, 0, 255, cv2.THRESH_OTSU)[0] == skimage.filters.threshold_otsu(image)
    )
    unit = image / 255
    one_bin = (unit.max() - unit.min()) / 256  # scikit-image gives the middle of the bin, we its upper edge
    assert abs(float(otsu(unit)) - skimage.filters.threshold_otsu(unit) - one_bin / 2) < 1e-12


@given(image=images(dtype="float64", layouts=["HW"], max_size=12), shift=st.floats(-5, 5), scale=st.floats(0.5, 4))
def test_otsu_of_floats_moves_with_the_values(image, shift, scale):
    if image.max() - image.min() < 1e-3:
        return  # scaled values round to other bins
    bins = np.histogram(image, 16)[1]
    edge = float(otsu(image, bins=16))
    assert min(abs(edge - bins)) < 1e-12
    moved = float(otsu(image * scale + shift, bins=16))
    assert min(abs((moved - shift) / scale - bins)) < 1e-9


def test_otsu_is_per_plane_and_a_constant_is_its_own_threshold():
    image = np.stack([scene(), scene() // 2, np.full_like(scene(), 7)], axis=-1)
    assert otsu(image).tolist() == [float(otsu(image[..., c])) for c in range(3)]
    assert otsu(image)[2] == 7
    assert otsu(np.full((3, 3), 0.25)) == 0.25
    assert otsu(image[None]).shape == (1, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_otsu_of_what_is_not_finite_is_nan_in_that_plane(value):
    image = np.random.default_rng(0).random((5, 6, 2)).astype(np.float32)
    image[2, 3, 1] = value
    assert np.isnan(otsu(image)).tolist() == [False, True]


@given(image=gray_bytes)
def test_equalize_keeps_the_order_and_fills_the_range(image):
    made = equalize(image)
    order = np.argsort(image, axis=None)
    assert (np.diff(made.reshape(-1)[order].astype(int)) >= 0).all()
    if image.min() < image.max():
        assert (made.min(), made.max()) == (0, 255)
    else:
        np.testing.assert_array_equal(made, image)


@given(image=gray_bytes)
def test_equalize_is_opencvs_but_for_its_rounding(image):
    difference = equalize(image).astype(int) - cv2.equalizeHist(image)
    assert np.abs(difference).max() <= 1
    counts = np.cumsum(np.bincount(image.reshape(-1), minlength=256))
    exact = (counts - counts[image.min()]) * 255 / max(image.size - counts[image.min()], 1)
    off = np.abs(np.abs(exact % 1 - 0.5)[image])[difference != 0]
    assert (off < 1e-4).all()  # only where the exact value lies on a half


def test_equalized_floats_are_the_share_below():
    image = np.random.default_rng(0).random((200, 200)) ** 3
    made = equalize(image, bins=1000)
    ranks = np.argsort(np.argsort(image, axis=None)).reshape(image.shape) / image.size
    # within a bin the share is drawn straight: off by at most what the bin holds
    assert np.abs(made - ranks).max() <= np.histogram(image, 1000, (0, 1))[0].max() / image.size
    np.testing.assert_allclose(made, skimage.exposure.equalize_hist(image, 1000), rtol=0, atol=0.2)


def test_equalize_counts_under_the_mask_and_maps_all():
    image = scene()
    mask = np.zeros(image.shape, bool)
    mask[:, :40] = True
    made = equalize(image, mask=mask)
    np.testing.assert_array_equal(made[:, :40], equalize(np.ascontiguousarray(image[:, :40])))
    assert (made[image >= image[mask].max()] == 255).all()
    np.testing.assert_array_equal(equalize(image, mask=~mask & mask), image)
    with pytest.raises(ValueError, match="mask must"):
        equalize(image, mask=mask[1:])


def test_equalize_of_a_worked_example():
    image = np.array([[50, 51, 52, 53, 53, 54]], np.uint8)
    # counts up to each value less the first: 0 1 2 4 5 of 5
    assert equalize(image).tolist() == [[0, 51, 102, 204, 204, 255]]


def test_a_nan_stays_and_reaches_nothing_else():
    image = np.random.default_rng(0).random((20, 21)).astype(np.float32)
    image[3, 4] = np.nan
    for function in (equalize, clahe):
        assert np.flatnonzero(np.isnan(function(image))).tolist() == [3 * 21 + 4]


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("limit", [1.0, 2.0, 5.0, 40.0])
@pytest.mark.parametrize(
    ("size", "tiles"),
    [((128, 136), (8, 8)), ((127, 133), (8, 8)), ((120, 132), (4, 3)), ((128, 133), (8, 8)), ((9, 50), (3, 7))],
)
def test_clahe_is_within_one_grey_level_of_opencvs(dtype, limit, size, tiles):
    image = scene(size, dtype)
    wanted = cv2.createCLAHE(limit, tiles[::-1]).apply(image)
    assert np.abs(clahe(image, clip_limit=limit, tiles=tiles).astype(int) - wanted).max() <= 1


@given(image=gray_bytes, tiles=st.tuples(st.integers(1, 5), st.integers(1, 5)), limit=st.floats(0.5, 50))
def test_clahe_agrees_with_the_reference_body(image, tiles, limit):
    with reference_only():
        wanted = clahe(image, tiles=tiles, clip_limit=limit)
    difference = np.abs(clahe(image, tiles=tiles, clip_limit=limit).astype(int) - wanted)
    assert difference.max() <= 1  # where blended float32 tables lie on a half


@given(image=images(dtype=["float32", "float64", "int16"], max_size=12), bins=st.sampled_from([2, 7, 256]))
def test_clahe_and_equalize_of_other_dtypes_agree_with_the_reference_body(image, bins):
    options = {"data_range": (-900, 20000)} if image.dtype == np.int16 else {}
    for function in (equalize, lambda x, **k: clahe(x, tiles=(2, 3), **k)):
        got = function(image, bins=bins, **options)
        with reference_only():
            wanted = function(image, bins=bins, **options)
        assert got.dtype == image.dtype
        atol = {"i": 1, "f": 1e-5}[image.dtype.kind]
        np.testing.assert_allclose(got.astype(float), wanted.astype(float), rtol=0, atol=atol)


def test_a_limit_of_one_bin_leaves_a_ramp_and_no_limit_equalizes():
    image = scene()
    flat = clahe(image, clip_limit=1e-9, tiles=(1, 1)).astype(int)
    # every bin counts alike, so that the mapping is the ramp itself but for the rest of 15840 / 256
    assert np.abs(flat - image).max() <= 2
    free = clahe(image, clip_limit=256, tiles=(1, 1)).astype(int)
    assert np.abs(free - equalize(image)).max() <= 1


def test_clahe_of_floats_is_that_of_bytes_but_for_their_steps():
    image = scene((128, 128))
    made = clahe(image / np.float32(255), bins=256)
    # a float on the edge of a bin has the share below it, a byte that up to it: at most one bin's count apart
    assert np.abs(made * 255 - clahe(image)).max() <= 4


def test_contrast_grows_where_it_is_low():
    image = scene()
    image[:, :60] = image[:, :60] // 8
    assert clahe(image, clip_limit=5)[:, :50].std() > 2 * image[:, :50].std()


def test_values_outside_the_range_become_black_or_white():
    image = np.array([[-100, 0, 50, 100, 900]], np.int16)
    made = equalize(image, data_range=(0, 100))
    assert made[0, 0] == 0
    assert made[0, -1] == 100


@pytest.mark.parametrize("by_value", [True, False])
@given(counts=hnp.arrays("int64", (3, 7), elements=st.integers(0, 4) | st.integers(0, 10**9)))
def test_the_bodies_on_counts_agree_to_the_last_bit(by_value, counts):
    low, high = -1.5, 4.5
    with reference_only():
        split, tables = split_counts(counts), equalizing_tables(counts, low, high, by_value, "float64")
    np.testing.assert_array_equal(split_counts(counts), split)
    np.testing.assert_array_equal(equalizing_tables(counts, low, high, by_value, "float64"), tables)


def test_the_split_of_counts_by_hand():
    # between 1 and 9: means 1 and 8.5; a constant is its own dark class, and so is nothing at all
    counts = np.array([[0, 2, 0, 0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 5, 0, 0, 0, 0, 0, 0], [0] * 10])
    assert split_counts(counts).tolist() == [1, 3, 0]
