"""window_minimum and window_maximum: the extreme value under a footprint, exactly, on every body."""

import array_api_strict
import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.primitives import rank
from imgproc.primitives.borders import fill_value
from imgproc.primitives.rank import window_maximum, window_minimum
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
borders = st.sampled_from(BORDERS)
axes_of = {2: (0, 1), 3: (0, 1), 4: (1, 2)}


@st.composite
def footprints(draw):
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    if draw(st.booleans()):
        return ((True,) * columns,) * rows
    drawn = draw(st.lists(st.lists(st.booleans(), min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    drawn[draw(st.integers(0, rows - 1))][draw(st.integers(0, columns - 1))] = True
    return tuple(map(tuple, drawn))


def by_numpy(image, footprint, border, fill, extreme):
    """The definition: pad, look at every window; NumPy's amin and amax let NaN through."""
    reach = [(side // 2, side - 1 - side // 2) for side in np.shape(footprint)]
    widths = [*reach, *[(0, 0)] * (image.ndim - 2)]
    padded = np.pad(
        image, widths, border, **({"constant_values": fill_value(fill, image)} if border == "constant" else {})
    )
    windows = np.lib.stride_tricks.sliding_window_view(padded, np.shape(footprint), axis=(0, 1))
    return extreme(windows[..., np.array(footprint)], axis=-1)


def assert_equal(got, expected):
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


singles = images(layouts=["HW", "HWC"], with_nan=True, with_views=True)


@given(image=singles, footprint=footprints(), border=borders, fill=st.floats(-9, 300))
def test_every_value_is_the_extreme_of_its_window(image, footprint, border, fill):
    native = np.ascontiguousarray(image, image.dtype.newbyteorder("="))
    for find, extreme in ((window_minimum, np.amin), (window_maximum, np.amax)):
        assert_equal(find(image, footprint, (0, 1), border, fill), by_numpy(native, footprint, border, fill, extreme))


@given(image=singles, footprint=footprints(), border=borders)
def test_own_kernels_agree_where_opencv_is_chosen(image, footprint, border):
    native = np.ascontiguousarray(image, image.dtype.newbyteorder("="))
    for find, extreme in ((rank._minimum_numba, np.amin), (rank._maximum_numba, np.amax)):
        assert_equal(find(image, footprint, (0, 1), border, 2.0), by_numpy(native, footprint, border, 2.0, extreme))


@given(
    image=images(dtype=["bool", "uint8", "uint16", "float32", "int64"], with_nan=True),
    footprint=footprints(),
    border=borders,
)
def test_reference_body_agrees_in_every_library(image, footprint, border):
    axes = axes_of[image.ndim]
    for find in (window_minimum, window_maximum):
        expected = find(image, footprint, axes, border, 2.0)
        with reference_only():
            on_torch = find(torch.from_numpy(image.copy()), footprint, axes, border, 2.0)
        assert_equal(on_torch.numpy(), expected)
        assert_equal(np.asarray(find(array_api_strict.asarray(image.copy()), footprint, axes, border, 2.0)), expected)


@given(image=images(dtype=["int8", "int16", "int64", "float32", "float64"]), footprint=footprints(), border=borders)
def test_the_maximum_is_the_minimum_of_the_negative(image, footprint, border):
    mirrored = ~image if image.dtype.kind == "i" else -image  # ~x = -1 - x has no overflow
    lowest = window_minimum(mirrored, footprint, axes_of[image.ndim], "reflect", 0.0)
    highest = window_maximum(image, footprint, axes_of[image.ndim], "reflect", 0.0)
    np.testing.assert_array_equal(highest, ~lowest if image.dtype.kind == "i" else -lowest)


@given(image=images(), footprint=footprints(), border=borders)
def test_a_footprint_with_its_anchor_bounds_the_image(image, footprint, border):
    rows, columns = np.shape(footprint)
    whole = np.array(footprint)
    whole[rows // 2, columns // 2] = True
    whole = tuple(map(tuple, whole.tolist()))
    assert (window_minimum(image, whole, axes_of[image.ndim], border, 0.0) <= image).all()
    assert (window_maximum(image, whole, axes_of[image.ndim], border, 0.0) >= image).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "uint64", "float16", "float32", "float64"])
def test_an_infinite_constant_border_is_neutral(dtype):
    image = np.random.default_rng(0).integers(0, 2, (9, 8)).astype(dtype)
    three = ((True,) * 3,) * 3
    # repeating the edge adds no new value to a square window
    for find, neutral in ((window_minimum, np.inf), (window_maximum, -np.inf)):
        expected = find(image, three, (0, 1), "edge", 0.0)
        np.testing.assert_array_equal(find(image, three, (0, 1), "constant", neutral), expected)


def test_a_worked_example():
    image = np.array([[5, 3, 4, 1]], np.uint8)
    left_and_self = ((True, True, False),)
    assert window_minimum(image, left_and_self, (0, 1), "edge", 0.0).tolist() == [[5, 3, 3, 1]]
    assert window_maximum(image, left_and_self, (0, 1), "edge", 0.0).tolist() == [[5, 5, 4, 4]]


def test_int64_beyond_the_reach_of_floats_is_kept():
    image = np.array([[2**53 + 1, 2**53]], np.int64)
    assert window_maximum(image, ((True, True),), (0, 1), "edge", 0.0).tolist() == [[2**53 + 1, 2**53 + 1]]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("radius", [1, 4, 10, 25])
@pytest.mark.parametrize("shape", ["disk", "square"])
def test_scipy_agrees_on_pictures(dtype, radius, shape):
    image = (np.random.default_rng(0).random((190, 210)) * 250).astype(dtype)
    row, column = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    there = row**2 + column**2 <= radius**2 if shape == "disk" else np.ones((2 * radius + 1,) * 2, bool)
    footprint = tuple(map(tuple, there.tolist()))
    got = window_minimum(image, footprint, (0, 1), "reflect", 0.0)
    np.testing.assert_array_equal(got, scipy.ndimage.minimum_filter(image, footprint=there, mode="mirror"))


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
@pytest.mark.parametrize("size", [(5, 5), (2, 3), (4, 9), (1, 8), (7, 1)])
@pytest.mark.parametrize("shape", [(40, 300), (33, 150, 3)])
def test_rectangles_on_rows_of_many_vectors_let_nan_through(dtype, size, shape):
    rng = np.random.default_rng(0)
    image = (rng.random(shape) * 250).astype(dtype)
    if image.dtype.kind == "f":
        image[rng.random(shape) < 0.01] = np.nan
        image[rng.random(shape) < 0.01] = -np.inf
    footprint = ((True,) * size[1],) * size[0]
    for border in BORDERS:
        for find, extreme in ((window_minimum, np.amin), (window_maximum, np.amax)):
            got = find(image, footprint, (0, 1), border, 7.0)
            assert_equal(got, by_numpy(image, footprint, border, 7.0, extreme))


def test_gradients_reach_the_extreme_of_each_window():
    image = torch.rand(5, 6, dtype=torch.float64, requires_grad=True)
    cross = ((False, True, False), (True, True, True), (False, True, False))
    for find in (window_minimum, window_maximum):
        assert torch.autograd.gradcheck(lambda x, find=find: find(x, cross, (0, 1), "reflect", 0.0), image)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32", "int64"])
def test_one_element_gives_the_image_in_memory_of_its_own(dtype):
    image = np.arange(12).reshape(3, 4).astype(dtype)
    with reference_only():
        least = window_minimum(image, ((True,),), (0, 1), "reflect", 0.0)
    for made in (least, window_minimum(image, ((True,),), (0, 1), "reflect", 0.0)):
        np.testing.assert_array_equal(made, image)
        assert not np.shares_memory(made, image)
