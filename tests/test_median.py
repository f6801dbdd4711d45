"""median: the middle value of each window, exactly, for every dtype, size, border and body."""

import tracemalloc

import array_api_strict
import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.filters.median import median
from imgproc.primitives import _bands
from imgproc.primitives import window_median as medians
from imgproc.primitives.borders import fill_value
from imgproc.primitives.window_median import window_median
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "grid-wrap", "constant": "constant"}
borders = st.sampled_from(BORDERS)
sizes = st.tuples(*[st.sampled_from([1, 3, 5, 7, 9])] * 2)
each_border = pytest.mark.parametrize("border", BORDERS)


def by_numpy(image, size, border, fill):
    """The definition: pad, look at every window, take its middle; images (H, W)."""
    mode = {"constant_values": fill_value(fill, image)} if border == "constant" else {}
    padded = np.pad(image, [(side // 2,) * 2 for side in size], border, **mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size).reshape(*image.shape, -1)
    middle = np.sort(windows, axis=-1)[..., windows.shape[-1] // 2]
    return (
        np.where((windows != windows).any(-1), np.array(np.nan, image.dtype), middle)
        if image.dtype.kind == "f"
        else middle
    )


def assert_equal(got, expected):
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


@given(
    image=images(layouts=["HW"], with_nan=True, with_views=True), size=sizes, border=borders, fill=st.floats(-9, 300)
)
def test_every_value_is_the_middle_of_its_window(image, size, border, fill):
    native = np.ascontiguousarray(image, image.dtype.newbyteorder("="))
    assert_equal(median(image, size, border=border, fill=fill), by_numpy(native, size, border, fill))


@given(image=images(layouts=["HW"], with_nan=True), size=sizes, border=borders)
def test_sliding_ranks_find_what_networks_find(image, size, border):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(medians, "_LARGEST_NETWORK", dict.fromkeys((1, 2, 4, 8), 0))
        slid = medians._median_numba(image, size, (0, 1), border, 0.5)
    assert_equal(slid, by_numpy(image, size, border, 0.5))


@given(
    image=images(dtype=["bool", "uint8", "uint16", "float32", "float64", "int64"], with_nan=True),
    size=sizes,
    border=borders,
)
def test_reference_body_agrees_in_every_library(image, size, border):
    axes = (1, 2) if image.ndim == 4 else (0, 1)
    expected = window_median(image, size, axes, border, 2.0)
    with reference_only():
        on_torch = window_median(torch.from_numpy(image.copy()), size, axes, border, 2.0)
    assert_equal(on_torch.numpy(), expected)
    assert_equal(np.asarray(window_median(array_api_strict.asarray(image.copy()), size, axes, border, 2.0)), expected)


@given(image=images(layouts=["HW"]), size=sizes, border=borders)
def test_median_commutes_with_flips_and_transposition(image, size, border):
    got = median(image, size, border=border)
    np.testing.assert_array_equal(median(image[::-1, ::-1], size, border=border), got[::-1, ::-1])
    np.testing.assert_array_equal(median(image.T, size[::-1], border=border), got.T)


@given(image=images(dtype="uint8"), size=sizes, border=borders)
def test_median_commutes_with_increasing_functions(image, size, border):
    cubed = median(image.astype(np.float64) ** 3, size, border=border)
    np.testing.assert_array_equal(cubed, median(image, size, border=border).astype(np.float64) ** 3)


@given(image=images(dtype="bool", layouts=["HW"]), size=sizes)
def test_the_median_of_a_mask_is_its_majority_and_mirrors_under_complement(image, size):
    majority = median(image, size)
    assert majority.dtype == bool
    np.testing.assert_array_equal(median(~image, size), ~majority)


def test_integers_beyond_the_reach_of_floats_are_kept():
    image = np.array([[2**53, 2**53 + 1, 2**53 + 2]], np.int64)
    assert median(image, (1, 3), border="edge").tolist() == [[2**53, 2**53 + 1, 2**53 + 2]]


def test_a_worked_example():
    image = np.array([[9, 1, 8], [2, 7, 3], [6, 4, 5]], np.uint16)
    # the window of the centre is the whole image; with zeros around, the corner 9 sees 0 0 0 0 0 1 2 7 9
    assert int(median(image, 3)[1, 1]) == 5
    assert int(median(image, 3, border="constant")[0, 0]) == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("size", [3, 5, 7, 11, 31])
@each_border
def test_scipy_agrees_on_pictures_larger_than_a_tile(dtype, size, border):
    image = (np.random.default_rng(0).random((130, 150)) * 250).astype(dtype)
    expected = scipy.ndimage.median_filter(image, size, mode=SCIPY[border], cval=7)
    np.testing.assert_array_equal(median(image, size, border=border, fill=7), expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float32", "int64"])
@pytest.mark.parametrize("size", [3, 5, 7, 17])
@each_border
def test_bands_of_rows_leave_no_seams(monkeypatch, dtype, size, border):
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 7)
    image = (np.random.default_rng(0).random((53, 40)) * 250).astype(dtype)
    np.testing.assert_array_equal(median(image, size, border=border), by_numpy(image, (size, size), border, 0.0))


@each_border
def test_large_windows_of_bytes_are_found_strip_by_strip_without_seams(monkeypatch, border):
    monkeypatch.setattr(medians, "_STRIP", 0)  # so that 52 rows are a strip
    image = np.random.default_rng(0).integers(0, 256, (230, 40), np.uint8)
    expected = scipy.ndimage.median_filter(image, 13, mode=SCIPY[border], cval=7)
    np.testing.assert_array_equal(median(image, 13, border=border, fill=7), expected)


def test_large_windows_of_bytes_take_little_memory_besides_the_result():
    image = np.zeros((4096, 4096), np.uint8)
    tracemalloc.start()
    median(image, 15)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < image.nbytes + _bands.thread_count() * 3 * 2**20  # a strip of 1 MiB, extended, and its medians


@pytest.mark.parametrize("side", [3, 5, 7, 33])
def test_a_nan_reaches_exactly_its_window(side):
    image = np.random.default_rng(0).random((80, 90)).astype(np.float32)
    image[40, 50] = np.nan
    row, column = np.ogrid[:80, :90]
    reached = (abs(row - 40) <= side // 2) & (abs(column - 50) <= side // 2)
    np.testing.assert_array_equal(np.isnan(median(image, side)), reached)


@each_border
def test_windows_much_larger_than_the_image_are_exact(border):
    image = np.random.default_rng(0).integers(0, 9, (3, 5), dtype=np.int32)
    expected = by_numpy(image, (41, 23), border, 4)
    np.testing.assert_array_equal(median(image, (41, 23), border=border, fill=4), expected)


@pytest.mark.parametrize("size", [(3, 3), (7, 7), (13, 21)])
def test_channels_and_images_do_not_mix(size):
    batch = np.random.default_rng(0).integers(0, 256, (2, 40, 50, 3), np.uint8)
    got = median(batch, size)
    for n in range(2):
        for c in range(3):
            np.testing.assert_array_equal(got[n, :, :, c], median(batch[n, :, :, c].copy(), size))


@pytest.mark.parametrize(("dtype", "size", "body"), [("uint8", 3, "numba"), ("float32", 7, "numba")])
def test_a_fast_body_serves_tensors(dtype, size, body):
    with explain() as bodies:
        median(torch.zeros(3, 20, 20, dtype=getattr(torch, dtype)), size)
    assert bodies[0][0] == "window_median"
    assert body in bodies[0][1]


@each_border
def test_gradients_reach_the_median_of_each_window(border):
    image = torch.rand(5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: median(x, 3, border=border), image)
    median(torch.ones(4, 4, requires_grad=True), 3).sum().backward()


@pytest.mark.parametrize("size", [0, 2, -3, (3, 4), (3,), (3, 3, 3)])
def test_sizes_that_are_not_odd_are_refused(size):
    with pytest.raises(ValueError, match="size must"):
        median(np.zeros((4, 4)), size)
