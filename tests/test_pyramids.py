"""Subsampling, pyramids and blending: no aliasing, exact way back, one phase at every level."""

import itertools

import numpy as np
import pytest
import skimage.transform
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays, pyramids
from imgproc._dispatch import reference_only
from imgproc.geometry import resize
from imgproc.primitives import _bands
from imgproc.pyramids import blend, collapse, expand, gaussian_pyramid, laplacian_pyramid, reduce, subsample
from imgproc.testing import images, masks, on_every_backend

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
borders = st.sampled_from(BORDERS)
floats = images(dtype=["float32", "float64"], layouts=["HW", "HWC"], max_size=20)
integers = images(dtype=["uint8", "uint16"], layouts=["HW", "HWC"], max_size=20)
levels = st.integers(1, 5)
each_border = pytest.mark.parametrize("border", BORDERS)


def tone(frequency: float, length: int) -> np.ndarray:
    """Return a wave along x."""
    return np.cos(2 * np.pi * frequency * np.arange(length) + 0.7) * np.ones((length, 1))


def amplitude(image: np.ndarray, margin: int = 8) -> float:
    """Return the amplitude of a wave, by its power, away from the border."""
    inside = image[image.shape[0] // 2, margin:-margin]
    return float(np.sqrt(2 * np.mean(inside**2)))


# subsample


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_what_the_result_can_show_survives_and_what_it_cannot_goes(factor):
    length = 120 * factor
    assert amplitude(subsample(tone(0.1 / factor, length), factor)) >= 0.95
    assert amplitude(subsample(tone(0.3 / factor, length), factor)) >= 0.95
    assert amplitude(subsample(tone(0.8 / factor, length), factor)) <= 0.02
    folded = subsample(tone(0.8 / factor, length), factor, antialias=False)
    assert amplitude(folded) == pytest.approx(1, abs=0.02)  # as a wave of frequency 0.2 that was never there


@given(image=images(layouts=["HW"], max_size=24), factor=st.integers(1, 9), border=borders)
def test_without_antialias_pixels_are_taken_as_they_are(image, factor, border):
    taken = subsample(image, factor, antialias=False, border=border)
    assert taken.shape == tuple(-(-n // factor) for n in image.shape)
    assert taken.dtype == image.dtype
    start = factor // 2
    whole = image[start::factor, start::factor]
    np.testing.assert_array_equal(taken[: whole.shape[0], : whole.shape[1]], whole)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("antialias", [True, False])
def test_a_ramp_tells_the_place_of_every_pixel(factor, antialias):
    ramp = np.arange(180.0) * np.ones((40, 1))
    kept = subsample(ramp, factor, antialias=antialias)[3]
    wanted = factor * (np.arange(len(kept)) + 0.5) - 0.5
    if not antialias and factor % 2 == 0:
        wanted += 0.5  # the second of the two pixels it lies between
    np.testing.assert_allclose(kept[4:-4], wanted[4:-4], rtol=0, atol=1e-11)


@given(value=st.floats(-100, 100), factor=st.integers(1, 9), border=borders)
def test_constants_stay(value, factor, border):
    image = np.full((17, 13), value)
    np.testing.assert_allclose(subsample(image, factor, border=border, fill=value), value, rtol=1e-14, atol=1e-300)


@given(image=images(dtype="float64", layouts=["HW"], max_size=20), factor=st.integers(1, 5), border=borders)
def test_subsampling_commutes_with_flips_where_nothing_is_left_over(image, factor, border):
    image = np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)
    made, flipped = (subsample(x, factor, border=border) for x in (image, image[::-1, ::-1]))
    np.testing.assert_array_equal(flipped[::-1, ::-1], made)


@pytest.mark.parametrize("factor", [2, 3])
def test_the_low_pass_is_that_of_resize(factor):
    image = np.random.default_rng(0).random((60, 72))
    wanted = resize(image, (60 // factor, 72 // factor), interpolation="lanczos", antialias=True)
    inside = (slice(4, -4), slice(4, -4))  # it leaves out what lies beyond the edge
    np.testing.assert_allclose(subsample(image, factor)[inside], wanted[inside], rtol=0, atol=1e-13)


def test_masks_stay_masks_only_where_pixels_are_taken():
    mask = np.eye(8, dtype=bool)
    assert subsample(mask, 2, antialias=False).dtype == bool
    assert subsample(mask, 2).dtype == np.float32


# reduce and expand


@given(value=st.floats(-1e6, 1e6, width=32), border=borders)
def test_constants_stay_exactly_up_and_down(value, border):
    image = np.full((9, 6), value, np.float32)
    np.testing.assert_array_equal(reduce(image, border=border, fill=value), image[:5, :3])
    np.testing.assert_array_equal(expand(image, border=border, fill=value), np.full((18, 12), value, np.float32))


def test_reduced_and_expanded_ramps_tell_their_places():
    ramp = np.arange(16.0) * np.ones((16, 1))
    np.testing.assert_array_equal(reduce(ramp)[3, 1:-1], 2 * np.arange(8)[1:-1] + 0.5)
    np.testing.assert_array_equal(expand(ramp)[3, 1:-1], np.arange(32)[1:-1] / 2 - 0.25)


@given(image=floats, border=borders)
def test_odd_sizes_come_back(image, border):
    small = reduce(image, border=border)
    assert expand(small, size=image.shape[:2], border=border).shape == image.shape
    for height, width in itertools.product(*((2 * n, 2 * n - 1) for n in small.shape[:2])):
        doubled = expand(small, border=border)
        np.testing.assert_array_equal(expand(small, size=(height, width), border=border), doubled[:height, :width])


@given(seed=st.integers(0, 99), border=st.sampled_from(["wrap", "symmetric"]))
def test_expanding_is_the_adjoint_of_reducing(seed, border):
    rng = np.random.default_rng(seed)
    fine, coarse = rng.standard_normal((8, 12)), rng.standard_normal((4, 6))
    left, right = np.vdot(reduce(fine, border=border), coarse), np.vdot(fine, expand(coarse, border=border)) / 4
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-13)


@given(image=integers, border=borders, fill=st.integers(0, 255))
def test_integers_are_the_exact_value_to_the_nearest_half_to_even(image, border, fill):
    for function in (reduce, expand):
        exact = function(image.astype(np.float64), border=border, fill=fill)
        np.testing.assert_array_equal(function(image, border=border, fill=fill), np.rint(exact))
        part = function(image.astype(np.float64), border=border, fill=fill + 0.25)
        np.testing.assert_array_equal(function(image, border=border, fill=fill + 0.25), np.rint(part))


def test_scikit_image_has_the_same_expansion():
    image = np.random.default_rng(0).random((12, 15))
    wanted = skimage.transform.resize(image, (24, 30), order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(expand(image, border="edge"), wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("size", [(8, 10), (10, 8), (5, 5), (20, 20)])
def test_a_size_that_does_not_halve_to_the_image_is_refused(size):
    with pytest.raises(ValueError, match="size must be twice"):
        expand(np.zeros((5, 5)), size=size)


# pyramids


@given(image=images(layouts=["HW", "HWC", "NHWC"], max_size=20), count=levels, border=borders)
def test_each_level_is_the_one_before_reduced_and_rounded_once(image, count, border):
    exact = image.astype(np.float64 if image.dtype.itemsize > 2 and image.dtype != np.float32 else np.float32)
    for n, level in enumerate(gaussian_pyramid(image, count, border=border)):
        if n:
            exact = reduce(exact, border=border)
        if image.dtype.kind in "iu" and n:
            assert np.abs(level.astype(np.float64) - exact).max() <= 0.5 + 1e-10 * np.abs(exact).max()
        elif n:
            np.testing.assert_array_equal(level, exact.astype(level.dtype))
        else:
            np.testing.assert_array_equal(level, image)


@given(image=images(dtype=["uint8", "uint16"], max_size=24), count=levels, border=borders)
def test_integers_come_back_from_their_bands_exactly(image, count, border):
    bands = laplacian_pyramid(image, count, border=border, fill=3)
    np.testing.assert_array_equal(np.rint(collapse(bands, border=border, fill=3)), image)


@given(image=floats, count=levels, border=borders)
def test_floats_come_back_from_their_bands_to_rounding(image, count, border):
    back = collapse(laplacian_pyramid(image, count, border=border), border=border)
    assert back.dtype == image.dtype
    # one difference and one sum about values of at most 1
    np.testing.assert_allclose(back, image, rtol=0, atol=2 * np.finfo(image.dtype).eps)


@given(image=floats, count=st.integers(2, 5))
def test_bands_of_constants_are_zero_and_bands_are_linear(image, count):
    assert all(not band.any() for band in laplacian_pyramid(np.full(image.shape, 0.3, image.dtype), count)[:-1])
    doubled = laplacian_pyramid(2 * image, count)
    for band, twice in zip(laplacian_pyramid(image, count), doubled, strict=True):
        np.testing.assert_array_equal(2 * band, twice)


def test_every_level_has_the_phase_that_is_written_down():
    ramp = np.arange(64.0) * np.ones((64, 1))
    for n, level in enumerate(gaussian_pyramid(ramp, 4)):
        x = np.arange(level.shape[1])
        np.testing.assert_array_equal(level[4, 2:-2], (2**n * (x + 0.5) - 0.5)[2:-2])


@pytest.mark.parametrize("pyramid", [[], [np.zeros((4, 4)), np.zeros((3, 2))], [np.zeros((4, 4)), np.zeros((2, 2, 3))]])
def test_what_is_no_pyramid_is_refused(pyramid):
    with pytest.raises(ValueError, match=r"pyramid.* must have .*got"):
        collapse(pyramid)
    with pytest.raises(TypeError, match="pyramid must be a list"):
        collapse(np.zeros((4, 4)))


# blend


@given(image=floats | integers, seed=st.integers(0, 9), border=borders)
def test_a_mask_of_one_value_takes_one_image(image, seed, border):
    other = np.random.default_rng(seed).permutation(image.ravel()).reshape(image.shape)
    size = image.shape[:2]
    got = blend(image, other, np.ones(size, bool), border=border)
    np.testing.assert_allclose(got.astype(float), image, rtol=0, atol=0 if image.dtype.kind == "u" else 1e-6)
    np.testing.assert_array_equal(blend(image, other, np.zeros(size, bool), border=border), other)


@given(first=floats, mask_seed=st.integers(0, 9), count=levels, border=borders)
def test_blending_mixes_every_band_by_the_mask_of_its_level(first, mask_seed, count, border):
    rng = np.random.default_rng(mask_seed)
    second, mask = rng.random(first.shape).astype(first.dtype), rng.random(first.shape[:2])
    # where fill is not zero, the mask goes on as at its edge
    on_mask = "edge" if border == "constant" else border
    weights = gaussian_pyramid(mask, count, border=on_mask)
    bands = [laplacian_pyramid(x.astype(float), count, border=border, fill=0.5) for x in (first, second)]
    mixed = []
    for weight, a, b in zip(weights, *bands, strict=True):
        w = weight[..., None] if a.ndim == 3 else weight
        mixed.append(w * a + (1 - w) * b)
    wanted = collapse(mixed, border=border, fill=0.5)
    got = blend(first, second, mask, levels=count, border=border, fill=0.5)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6)  # sums of five bands of float32


@given(mask=masks(max_size=12), border=borders)
def test_one_level_is_the_weighted_mean(mask, border):
    first, second = np.full(mask.shape, 200, np.uint8), np.full(mask.shape, 90, np.uint8)
    np.testing.assert_array_equal(blend(first, second, mask, levels=1, border=border), np.where(mask, first, second))


def test_more_levels_make_a_wider_fade_and_details_keep_a_sharp_one():
    x = np.arange(256)
    first, second, mask = np.ones((64, 256)), np.zeros((64, 256)), (x < 128) * np.ones((64, 1), bool)
    rows = [blend(first, second, mask, levels=n)[32] for n in (1, 3, 5)]
    fades = [np.count_nonzero((row > 0.05) & (row < 0.95)) for row in rows]
    assert fades == sorted(fades)
    assert fades[0] == 0 < fades[1]
    stripes = blend(np.tile([[0.0, 1.0]], (64, 128)), np.full((64, 256), 0.5), mask, levels=5)[32]
    assert np.ptp(stripes[:120]) > 0.95
    assert np.ptp(stripes[136:]) < 0.05


def test_masks_of_one_channel_of_a_batch_and_of_all():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 2, 9, 8, 3))
    mask = rng.random((9, 8)) > 0.5
    one_by_one = np.stack([blend(a, b, mask[..., None]) for a, b in zip(first, second, strict=True)])
    np.testing.assert_array_equal(blend(first, second, mask), one_by_one)
    np.testing.assert_array_equal(blend(first, second, np.stack([mask[..., None]] * 2)), one_by_one)


@pytest.mark.parametrize("mask", [np.ones((4, 4)), np.ones((5, 4, 3)), np.ones((3, 5, 4, 1))])
def test_masks_that_do_not_fit_are_refused(mask):
    image = np.zeros((5, 4, 3))
    with pytest.raises(ValueError, match="mask must"):
        blend(image, image, mask)


def test_masks_of_integers_are_refused():
    with pytest.raises(TypeError, match="mask must be bool"):
        blend(np.zeros((4, 4)), np.zeros((4, 4)), np.ones((4, 4), np.uint8))


# every body


@each_border
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_reference_body_and_bands_agree(monkeypatch, border, dtype):
    image = (np.random.default_rng(0).random((2, 31, 18, 3)) * 255).astype(dtype)
    functions = (reduce, expand, lambda x, **k: subsample(x, 3, **k), lambda x, **k: subsample(x, 4, **k))
    for function, fill in itertools.product(functions, (9, 9.5)):
        with reference_only():
            wanted = function(image, border=border, fill=fill)
        monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
        monkeypatch.setattr(_bands, "thread_count", lambda: 4)
        got = function(image, border=border, fill=fill)
        monkeypatch.undo()
        assert got.dtype == wanted.dtype
        atol = 1 if image.dtype.kind == "u" else 1e-12 if dtype == "float64" else 2e-4
        np.testing.assert_allclose(got.astype(float), wanted.astype(float), rtol=0, atol=atol)


@on_every_backend
@given(image=images(dtype=["float32", "uint8"], layouts=["HW"], max_size=14), border=borders)
def test_every_library_has_the_same_bands(xp, image, border):
    bands = laplacian_pyramid(xp.asarray(image), 3, border=border)
    for got, wanted in zip(bands, laplacian_pyramid(image, 3, border=border), strict=True):
        np.testing.assert_allclose(arrays.to_numpy(got), wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["reduce", "expand", "collapse", "blend", "subsample", "laplacian_pyramid"])
def test_gradients_pass(name):
    first, second = (torch.rand(5, 6, dtype=torch.float64, requires_grad=True) for _ in range(2))
    small = torch.rand(3, 3, dtype=torch.float64, requires_grad=True)
    calls = {
        "reduce": (reduce, (first,)), "expand": (expand, (small,)), "subsample": (lambda x: subsample(x, 2), (first,)),
        "collapse": (lambda *levels: collapse(levels), (first, small)), "blend": (blend, (first, second, second)),
        "laplacian_pyramid": (lambda x: tuple(laplacian_pyramid(x, 3)), (first,)),
    }  # fmt: skip
    assert set(calls) < set(pyramids.__all__)
    assert torch.autograd.gradcheck(*calls[name])
