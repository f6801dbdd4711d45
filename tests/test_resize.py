"""Resizing: every new pixel is the stated weighted mean of old ones, rounded once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.geometry import rescale, resize, rotate
from imgproc.primitives.resample_windows import resample_windows
from imgproc.testing import assert_same, images, on_every_backend

WORDS = ["linear", "nearest", "cubic", "area", "lanczos"]
SMOOTH = ["linear", "cubic", "area", "lanczos"]
words, sides = st.sampled_from(WORDS), st.integers(1, 40)
smooth, sizes = st.sampled_from(SMOOTH), st.tuples(sides, sides)


@given(image=images(with_views=True, with_nan=True), interpolation=words, antialias=st.booleans())
def test_equal_size_returns_every_bit(image, interpolation, antialias):
    same = resize(image, image.shape[1:3] if image.ndim == 4 else image.shape[:2], interpolation=interpolation)
    is_mean = image.dtype == bool and interpolation != "nearest"
    np.testing.assert_array_equal(same, image)
    assert same.dtype == ("float32" if is_mean else image.dtype.newbyteorder("="))


@given(value=st.integers(0, 255), size=sizes, interpolation=words, antialias=st.booleans())
def test_a_flat_image_stays_flat(value, size, interpolation, antialias):
    flat = np.full((11, 7), value, np.uint8)
    assert (resize(flat, size, interpolation=interpolation, antialias=antialias) == value).all()


@given(image=images(dtype="float64", layouts=["HW", "HWC"]), size=sizes, interpolation=smooth, antialias=st.booleans())
def test_flips_and_transposes_commute_with_resizing(image, size, interpolation, antialias):
    made = resize(image, size, interpolation=interpolation, antialias=antialias)
    flipped = resize(image[::-1, ::-1], size, interpolation=interpolation, antialias=antialias)
    turned = resize(image.swapaxes(0, 1), size[::-1], interpolation=interpolation, antialias=antialias)
    # 80 taps at most, of weights whose absolute values sum to less than 2, on either axis
    assert_same(flipped[::-1, ::-1], made, absolute=400 * 2.0**-53)
    assert_same(turned.swapaxes(0, 1), made, absolute=400 * 2.0**-53)


@on_every_backend
@given(size=sizes, factor=st.integers(2, 5), interpolation=st.sampled_from(["linear", "cubic"]))
def test_a_ramp_stays_the_ramp_away_from_the_border(xp, size, factor, interpolation):
    ramp = xp.asarray(np.tile(np.arange(12.0), (3, 1)))
    made = resize(ramp, (3, 12 * factor), interpolation=interpolation)
    wanted = (np.arange(12 * factor) + 0.5) / factor - 0.5
    inside = slice(2 * factor, -2 * factor)
    assert_same(made[1, inside], xp.asarray(wanted[inside]), absolute=1e-13)


@given(image=images(dtype="float64", layouts=["HW"]), size=sizes)
def test_area_keeps_the_mean(image, size):
    assert np.isclose(resize(image, size, interpolation="area").mean(), image.mean(), rtol=1e-13, atol=1e-13)


@given(image=images(layouts=["HW", "HWC"], with_views=True), size=sizes)
def test_nearest_takes_the_pixel_under_each_centre_whatever_the_dtype(image, size):
    rows, columns = (
        [int(np.floor((2 * x + 1) * n / (2 * m))) for x in range(m)] for n, m in zip(image.shape, size, strict=False)
    )
    made = resize(image, size, interpolation="nearest")
    np.testing.assert_array_equal(made, image[np.ix_(rows, columns)])
    assert made.dtype == image.dtype.newbyteorder("=")


def test_nearest_keeps_integers_that_no_float_holds():
    labels = np.array([[2**63 - 1, 2**53 + 1, 0, 7, -(2**63)]])
    assert resize(labels, (1, 3), interpolation="nearest").tolist() == [[2**63 - 1, 0, -(2**63)]]


@pytest.mark.parametrize(
    ("interpolation", "wanted"),
    [
        ("linear", [10, 12.5, 17.5, 22.5, 27.5, 30]),
        ("nearest", [10, 10, 20, 20, 30, 30]),
        ("area", [10, 10, 20, 20, 30, 30]),
    ],
)
def test_three_pixels_become_six(interpolation, wanted):
    assert resize(np.array([[10.0, 20.0, 30.0]]), (1, 6), interpolation=interpolation).tolist() == [wanted]


def test_cubic_weights_are_keys_with_those_outside_left_out():
    # a quarter of a pixel beside the first: (-9, 111, 29, -3) / 128 on pixels -2 ... 1, or -1 ... 2
    first, second = resize(np.array([[10.0, 20.0, 30.0]]), (1, 6), interpolation="cubic")[0, :2]
    assert first == pytest.approx((111 * 10 - 9 * 20) / 102)
    assert second == pytest.approx((111 * 10 + 29 * 20 - 3 * 30) / 137)


def test_antialiasing_averages_stripes_that_plain_sampling_folds_into_flat_black():
    stripes = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (4, 40))
    plain = resize(stripes, (4, 40), antialias=False)[:, 1:-1]
    smooth = resize(stripes, (4, 40))[:, 1:-1]
    assert (plain == 1).all()  # the centre of every third pixel
    assert_same(smooth, np.full_like(smooth, 1 / 3), absolute=1e-6)


@given(image=images(dtype="float64", layouts=["HW"]), size=sizes, interpolation=st.sampled_from(["linear", "cubic"]))
def test_numbers_are_torchs_with_antialiasing(image, size, interpolation):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(image)[None, None], size, mode=f"bi{interpolation}", antialias=True
    )
    # two sums of at most 80 products, in another order
    assert_same(resize(image, size, interpolation=interpolation), theirs[0, 0].numpy(), absolute=400 * 2.0**-53)


@given(image=images(dtype="float32", layouts=["HW"]), size=sizes)
def test_lanczos_is_pillows(image, size):
    from PIL import Image

    theirs = np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize(size[::-1], Image.Resampling.LANCZOS))
    assert_same(resize(image, size, interpolation="lanczos"), theirs, absolute=2e-6)  # float32 between the axes


@given(image=images(dtype=["uint8", "uint16", "int16"]), size=sizes, interpolation=smooth, antialias=st.booleans())
def test_integers_are_the_exact_value_rounded_once(image, size, interpolation, antialias):
    made = resize(image, size, interpolation=interpolation, antialias=antialias).astype(np.float64)
    exact = resize(image.astype(np.float64), size, interpolation=interpolation, antialias=antialias)
    limits = np.iinfo(image.dtype)
    # float32 work: 1e-6 of the range of 16 bits at most, beside the half of rounding
    assert np.abs(made - np.clip(exact, limits.min, limits.max)).max() <= 0.5 + 1e-6 * (limits.max - limits.min)


@pytest.mark.parametrize("interpolation", SMOOTH)
@pytest.mark.parametrize("size", [(6, 9), (25, 30), (13, 5), (4, 40), (30, 7)])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_reaches_exactly_the_windows_that_hold_it(interpolation, size, value):
    for shape in [(13, 17), (13, 17, 3)]:
        image = np.random.default_rng(0).random(shape).astype(np.float32)
        image[5, 8] = value
        made = resize(image, size, interpolation=interpolation)
        with reference_only(), np.errstate(invalid="ignore"):  # weights of both signs, or of 0
            wanted = resize(image, size, interpolation=interpolation)
        np.testing.assert_array_equal(np.isnan(made), np.isnan(wanted))
        np.testing.assert_array_equal(np.isposinf(made), np.isposinf(wanted))
        assert 0 < (~np.isfinite(made)).sum() < made.size


def test_the_windows_of_linear_shrinking_by_two_are_four_pixels():
    image = np.zeros((1, 16), np.float32)
    image[0, 6] = np.nan
    assert np.flatnonzero(np.isnan(resize(image, (1, 8))[0])).tolist() == [2, 3]


@pytest.mark.parametrize("interpolation", SMOOTH)
def test_large_factors_lose_nothing_to_rounding(interpolation):
    image = np.random.default_rng(0).random((3001, 40)).astype(np.float32)
    made = resize(image, (2, 40), interpolation=interpolation)
    exact = resize(image.astype(np.float64), (2, 40), interpolation=interpolation)
    assert np.abs(made - exact).max() < 1e-6


@given(image=images(dtype="float32"), size=sizes, interpolation=words)
def test_antialiasing_matters_only_where_an_axis_shrinks(image, size, interpolation):
    old = image.shape[1:3] if image.ndim == 4 else image.shape[:2]
    larger = tuple(max(sides) for sides in zip(old, size, strict=True))
    plain = resize(image, larger, interpolation=interpolation, antialias=False)
    np.testing.assert_array_equal(resize(image, larger, interpolation=interpolation), plain)


def test_a_result_beyond_the_machines_memory_is_refused_at_once():
    for size in [(2**30, 2**30), (10**12, 1)]:
        with pytest.raises(ValueError, match="size must"):
            resize(np.zeros((2, 2)), size)


@pytest.mark.parametrize("size", ["12", 5, (5,), (5, 5, 5), (2.0, 3), None])
def test_a_size_is_two_integers(size):
    with pytest.raises(TypeError, match="size must"):
        resize(np.zeros((2, 2)), size)


@given(factor=st.floats(0.01, 4))
def test_rescale_rounds_the_sides_and_keeps_at_least_one_pixel(factor):
    image = np.random.default_rng(0).random((9, 14))
    size = tuple(max(1, round(factor * side)) for side in image.shape)
    assert_same(rescale(image, factor), resize(image, size))
    assert_same(rescale(image, (factor, 1.0)), resize(image, (size[0], 14)))


@pytest.mark.parametrize(
    "keep",
    [lambda x: resize(x, (5, 6)), lambda x: rotate(x, 0), lambda x: rotate(x, 180)],
    ids=["resize", "rotate 0", "rotate 180"],
)
def test_gradients_pass_where_pixels_are_only_copied(keep):
    torch = pytest.importorskip("torch")
    image = torch.rand((3, 5, 6), requires_grad=True)
    weights = torch.rand((3, 5, 6))
    (keep(image) * weights).sum().backward()
    wanted = weights if torch.equal(keep(image), image) else weights.flip((1, 2))
    assert torch.equal(image.grad, wanted)


@pytest.mark.parametrize("interpolation", ["cubic", "lanczos"])
@pytest.mark.parametrize(("height", "factor"), [(301, 5), (331, 3)])
def test_bands_of_rows_enlarged_by_an_odd_factor_are_read_where_they_lie(interpolation, height, factor):
    image = np.random.default_rng(0).random((height, 2100))
    with reference_only():
        wanted = resize(image, (factor * height, 2100), interpolation=interpolation)
    found = resize(image, (factor * height, 2100), interpolation=interpolation)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("interpolation", ["linear", "cubic", "area"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@given(st.lists(st.tuples(*[st.integers(0, 8), st.integers(9, 16)] * 2), min_size=1, max_size=4), st.sampled_from("wp"))
def test_windows_of_a_batch_are_those_of_its_images(dtype, interpolation, windows, layout):
    shape, axes = ((len(windows), 16, 16, 3), (0, 1)) if layout == "w" else ((len(windows), 3, 16, 16), (1, 2))
    limits = (-np.inf, np.inf) if dtype.startswith("float") else (0, np.iinfo(dtype).max)
    batch = (np.random.default_rng(len(windows)).random(shape) * min(limits[1], 2.0**16)).astype(dtype)
    arguments = tuple(windows), (7, 12), interpolation, True, axes
    made = resample_windows(batch, *arguments, dtype)
    with reference_only():
        exact = np.clip(resample_windows(batch.astype(np.float64), *arguments, "float64"), *limits)
    assert made.dtype == dtype
    rounding = {"uint8": 0.5 + 3e-4, "uint16": 0.5 + 0.07, "float32": 2.0**16 * 1e-6, "float64": 1e-9}[
        dtype
    ]  # as above
    assert np.abs(made - exact).max() <= rounding
    for one, image, (top, bottom, left, right) in zip(exact, batch, windows, strict=True):
        part = image[top:bottom, left:right] if layout == "w" else image[:, top:bottom, left:right].transpose(1, 2, 0)
        alone = resize(part.astype(np.float64), (7, 12), interpolation=interpolation)
        np.testing.assert_allclose(one if layout == "w" else one.transpose(1, 2, 0), alone.clip(*limits), rtol=1e-12)
