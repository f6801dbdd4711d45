"""box: the mean of each window and of nothing else."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.filters import box
from imgproc.primitives import _bands
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
OPENCV = {
    "reflect": cv2.BORDER_REFLECT_101, "symmetric": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}  # fmt: skip
sizes = st.tuples(*[st.sampled_from([1, 3, 5, 7, 9, 15, 31])] * 2)
each_border = pytest.mark.parametrize("border", BORDERS)


def by_definition(image, size, border, fill=0.0):
    """Exact means in float64 of images (H, W): pad, then look at every window."""
    mode = {"constant_values": fill} if border == "constant" else {}
    padded = np.pad(image.astype(np.float64), [(side // 2,) * 2 for side in size], border, **mode)
    return np.lib.stride_tricks.sliding_window_view(padded, size).mean(axis=(-2, -1))


@given(image=images(dtype=["uint8", "uint16"], layouts=["HW"]), size=sizes, border=st.sampled_from(BORDERS))
def test_integers_are_the_exact_mean_to_the_nearest(image, size, border):
    # a mean of an odd number of integers is no half, so that there is one nearest integer
    np.testing.assert_array_equal(
        box(image, size, border=border, fill=3), np.rint(by_definition(image, size, border, 3))
    )


@given(image=images(dtype="float32", layouts=["HW"]), size=sizes, border=st.sampled_from(BORDERS))
def test_floats_are_the_mean_to_rounding(image, size, border):
    # at most 31 + 31 additions of float32, each to 6e-8 of values below 1
    wanted = by_definition(image, size, border, 0.5)
    np.testing.assert_allclose(box(image, size, border=border, fill=0.5), wanted, rtol=0, atol=4e-6)


@given(image=images(dtype="float64", layouts=["HW"]), size=sizes)
def test_box_keeps_the_mean_when_the_image_wraps(image, size):
    np.testing.assert_allclose(box(image, size, border="wrap").mean(), image.mean(), rtol=0, atol=1e-13)


@given(image=images(dtype="uint16", layouts=["HW"]), size=sizes, border=st.sampled_from(BORDERS))
def test_box_commutes_with_flips_and_transposition(image, size, border):
    got = box(image, size, border=border)
    np.testing.assert_array_equal(box(image[::-1, ::-1], size, border=border), got[::-1, ::-1])
    np.testing.assert_array_equal(box(image.T, size[::-1], border=border), got.T)


@pytest.mark.parametrize("side", [3, 9, 31])
def test_a_nan_reaches_exactly_its_window(side):
    image = np.random.default_rng(0).random((80, 90)).astype(np.float32)
    image[40, 50] = np.nan
    row, column = np.ogrid[:80, :90]
    reached = (abs(row - 40) <= side // 2) & (abs(column - 50) <= side // 2)
    np.testing.assert_array_equal(np.isnan(box(image, side)), reached)


def test_a_great_value_leaves_no_error_behind_it():
    """A running sum would keep 1e8's rounding error to the end of the row."""
    image = np.full((5, 60), 0.1, np.float32)
    image[2, 5] = 1e8
    np.testing.assert_allclose(box(image, 3)[:, 8:], 0.1, rtol=1e-6)


@each_border
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_windows_larger_than_the_image_are_exact(dtype, border):
    image = (np.random.default_rng(0).random((7, 5)) * 255).astype(dtype)
    wanted = by_definition(image, (41, 301), border, 9)
    atol = {"f": 1e-4}.get(np.dtype(dtype).kind, 0.5)  # 5e-7 of 255; integers to the nearest
    np.testing.assert_allclose(box(image, (41, 301), border=border, fill=9), wanted, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@each_border
def test_bands_of_rows_leave_no_seams(monkeypatch, dtype, border):
    image = (np.random.default_rng(0).random((53, 40)) * 250).astype(dtype)
    whole = box(image, (17, 11), border=border)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 7)
    # other blocks add up in another order: 17 additions of float32 values below 250
    np.testing.assert_allclose(box(image, (17, 11), border=border), whole, rtol=0, atol=1e-4)


@each_border
def test_reference_body_agrees(border):
    image = np.random.default_rng(0).random((2, 23, 19, 3)).astype(np.float32)
    with reference_only():
        wanted = box(image, (5, 9), border=border, fill=2)
    np.testing.assert_allclose(box(image, (5, 9), border=border, fill=2), wanted, rtol=0, atol=2e-6)


@pytest.mark.parametrize("border", OPENCV)
@pytest.mark.parametrize("side", [3, 15, 101])
def test_opencv_agrees_on_bytes_and_serves_them(side, border):
    image = np.random.default_rng(0).integers(0, 256, (130, 150), np.uint8)
    with explain() as bodies:
        got = box(image, side, border=border)
    np.testing.assert_array_equal(got, cv2.blur(image, (side, side), borderType=OPENCV[border]))
    assert bodies[0][1].endswith("_mean_opencv")


def test_scipy_agrees():
    image = np.random.default_rng(0).random((40, 50))
    wanted = scipy.ndimage.uniform_filter(image, 7, mode="mirror")
    np.testing.assert_allclose(box(image, 7), wanted, rtol=0, atol=1e-14)
