"""Erosion, dilation and what is made of them: lattice laws, and the peers where they mean the same."""

import tracemalloc

import cv2
import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.morphology import (
    black_tophat,
    closing,
    dilate,
    disk,
    erode,
    morphological_gradient,
    opening,
    rectangle,
    white_tophat,
)
from imgproc.primitives import window_span
from imgproc.primitives._bands import thread_count
from imgproc.testing import images

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
borders = st.sampled_from(BORDERS)
pictures = images(layouts=["HW", "HWC"], max_size=12, with_views=True)


@st.composite
def footprints(draw, most=5):
    """Any shape, even and odd, with or without its anchor."""
    sides = draw(st.integers(1, most)), draw(st.integers(1, most))
    if draw(st.booleans()):
        return np.ones(sides, bool)
    cells = np.array(draw(st.lists(st.booleans(), min_size=sides[0] * sides[1], max_size=sides[0] * sides[1])))
    cells[draw(st.integers(0, cells.size - 1))] = True
    return cells.reshape(sides)


@given(data=st.data(), footprint=footprints())
def test_erosion_and_dilation_are_a_pair_where_the_image_wraps_round(data, footprint):
    same = {"dtype": "uint8", "layouts": ["HW"], "min_size": (6, 7), "max_size": (6, 7)}
    a, b = data.draw(images(**same)), data.draw(images(**same))
    bound = erode(b, footprint, border="wrap")
    assert (dilate(a, footprint, border="wrap") <= b).all() == (a <= bound).all()
    assert (dilate(np.minimum(a, bound), footprint, border="wrap") <= b).all()  # the claim's other half, never vacuous


@given(image=pictures, footprint=footprints())
def test_borders_that_do_not_count_pair_erosion_with_dilation(image, footprint):
    if image.dtype.kind == "f":
        least, greatest = -np.inf, np.inf
    else:
        least, greatest = (0, 1) if image.dtype == bool else (np.iinfo(image.dtype).min, np.iinfo(image.dtype).max)
    eroded = erode(image, footprint, border="constant", fill=greatest)
    assert (dilate(eroded, footprint, border="constant", fill=least) <= image).all()
    dilated = dilate(image, footprint, border="constant", fill=least)
    assert (erode(dilated, footprint, border="constant", fill=greatest) >= image).all()


@given(image=pictures, footprint=footprints(), border=borders, fill=st.floats(-3, 300))
def test_opening_takes_away_and_closing_adds_whatever_the_footprint_and_the_border(image, footprint, border, fill):
    assert (opening(image, footprint, border=border, fill=fill) <= image).all()
    assert (closing(image, footprint, border=border, fill=fill) >= image).all()


@given(image=pictures, footprint=footprints(), border=st.sampled_from(["wrap", "constant"]), fill=st.floats(-3, 300))
def test_opening_and_closing_twice_is_once(image, footprint, border, fill):
    for change in (opening, closing):
        once = change(image, footprint, border=border, fill=fill)
        np.testing.assert_array_equal(change(once, footprint, border=border, fill=fill), once)


@given(image=pictures, radius=st.floats(0, 4), border=st.sampled_from(["reflect", "symmetric"]))
def test_opening_twice_is_once_where_disks_meet_mirrors(image, radius, border):
    once = opening(image, disk(radius), border=border)
    np.testing.assert_array_equal(opening(once, disk(radius), border=border), once)
    # no value of their own: as if nothing lay beyond the edge
    np.testing.assert_array_equal(erode(image, disk(radius), border=border), erode(image, disk(radius), border="edge"))


@given(image=pictures, footprint=footprints(), border=borders)
def test_opening_is_that_of_the_extended_image(image, footprint, border):
    native = np.ascontiguousarray(image, image.dtype.newbyteorder("="))
    widths = [(8, 8), (8, 8), (0, 0)][: image.ndim]
    wide = np.pad(native, widths, border)
    expected = opening(wide, footprint, border="edge")[8:-8, 8:-8]
    np.testing.assert_array_equal(opening(image, footprint, border=border), expected)


@given(
    image=images(layouts=["HW", "HWC", "NHWC"], max_size=12, with_nan=True, with_views=True),
    footprint=footprints(), border=borders, fill=st.floats(-3, 300),
)  # fmt: skip
def test_both_steps_at_once_are_one_after_the_other(image, footprint, border, fill):
    for change in (opening, closing):
        with reference_only():
            expected = change(image, footprint, border=border, fill=fill)
        np.testing.assert_array_equal(change(image, footprint, border=border, fill=fill), expected)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("footprint", [np.ones((5, 5)), np.ones((2, 11)), disk(3), np.eye(4)], ids=str)
def test_strips_of_both_steps_meet_without_a_seam(dtype, footprint):
    rng = np.random.default_rng(0)
    image = (rng.random((150, 170)) * 250).astype(dtype)
    if dtype == "float32":
        image[rng.random(image.shape) < 0.001] = np.nan
    for border in BORDERS:
        for change in (opening, closing):
            with reference_only():
                expected = change(image, footprint, border=border, fill=99.0)
            np.testing.assert_array_equal(change(image, footprint, border=border, fill=99.0), expected)


@pytest.mark.parametrize("function", [opening, white_tophat, black_tophat, morphological_gradient])
def test_large_images_take_little_memory_besides_the_result(function):
    image = np.zeros((2048, 2048), np.float32)
    function(image, rectangle(5))  # compiled
    tracemalloc.start()
    function(image, rectangle(5))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < image.nbytes + thread_count() * 2**20  # a strip of 512 KiB a thread, and the kernels' rows


@pytest.mark.parametrize("shape", [rectangle(5), rectangle((4, 3)), disk(3)], ids=["square", "even", "disk"])
@pytest.mark.parametrize("border", BORDERS)
def test_gradients_made_in_strips_agree_with_the_reference_body(monkeypatch, border, shape):
    monkeypatch.setattr(window_span, "_STRIP", 0)  # so that 64 rows are a strip
    image = np.random.default_rng(0).normal(size=(150, 9)).astype(np.float32)
    image[64, 4] = np.nan
    found = morphological_gradient(image, shape, border=border)
    with reference_only():
        np.testing.assert_array_equal(found, morphological_gradient(image, shape, border=border))


@given(
    image=images(dtype=["int8", "int64", "float32"], max_size=12),
    footprint=footprints(),
    border=st.sampled_from(BORDERS[:4]),  # a constant would need its negative
)
def test_dilation_is_erosion_of_the_negative_by_the_mirrored_footprint(image, footprint, border):
    def negative(x):
        return ~x if x.dtype.kind == "i" else -x  # ~x = -1 - x has no overflow

    # an even side has its anchor right of the middle: turned, it needs a line more before the anchor
    turned = np.pad(footprint[::-1, ::-1], [(1 - side % 2, 0) for side in footprint.shape])
    expected = negative(erode(negative(image), turned, border=border))
    np.testing.assert_array_equal(dilate(image, footprint, border=border), expected)


def test_one_bright_pixel_dilates_to_the_footprint():
    spot = np.zeros((7, 7), np.uint8)
    spot[3, 3] = 9
    shape = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])  # anchor at row 1, column 2
    assert dilate(spot, shape)[2:4, 1:5].tolist() == (9 * shape).tolist()
    assert dilate(spot, shape).sum() == 36
    assert erode(dilate(spot, shape), shape)[3, 3] == 9


@given(image=pictures, size=st.tuples(st.integers(1, 6), st.integers(1, 6)), border=borders)
def test_erosion_by_a_rectangle_is_erosion_by_its_sides(image, size, border):
    by_rows = erode(image, rectangle((size[0], 1)), border=border)
    by_sides = erode(by_rows, rectangle((1, size[1])), border=border)
    np.testing.assert_array_equal(erode(image, rectangle(size), border=border), by_sides)


@given(image=images(dtype=["uint8", "uint16", "int8", "int64", "bool", "float32"], max_size=12), footprint=footprints())
def test_residues_are_differences_saturated_in_the_dtype(image, footprint):
    opened, closed = opening(image, footprint), closing(image, footprint)
    eroded, dilated = erode(image, footprint), dilate(image, footprint)
    found = white_tophat(image, footprint), black_tophat(image, footprint), morphological_gradient(image, footprint)
    for got, (a, b) in zip(found, ((image, opened), (closed, image), (dilated, eroded)), strict=True):
        assert got.dtype == image.dtype
        if image.dtype.kind in "iu":
            limits = np.iinfo(image.dtype)
            exact = np.clip(a.astype(object) - b.astype(object), limits.min, limits.max)
        else:
            exact = a ^ b if image.dtype == bool else a - b
        np.testing.assert_array_equal(got, exact.astype(image.dtype))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "int8", "int64"])
def test_torch_saturates_as_numpy_does(dtype):
    image = np.random.default_rng(0).integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (9, 8), dtype, endpoint=True)
    beside = np.array([[1, 0, 0]])  # without its anchor: differences of both signs
    got = morphological_gradient(torch.from_numpy(image), beside)
    np.testing.assert_array_equal(got.numpy(), morphological_gradient(image, beside))


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_opencv_and_scipy_agree_on_disks(dtype):
    image = (np.random.default_rng(0).random((60, 70)) * 250).astype(dtype)
    shape = disk(4)
    kernel, border = shape.astype(np.uint8), cv2.BORDER_REFLECT_101
    for ours, theirs in ((opening, cv2.MORPH_OPEN), (closing, cv2.MORPH_CLOSE), (white_tophat, cv2.MORPH_TOPHAT),
                         (black_tophat, cv2.MORPH_BLACKHAT), (morphological_gradient, cv2.MORPH_GRADIENT)):  # fmt: skip
        expected = cv2.morphologyEx(image, theirs, kernel, borderType=border)
        np.testing.assert_array_equal(ours(image, shape), expected)
    by_scipy = scipy.ndimage.grey_dilation(image, footprint=shape, mode="mirror")
    np.testing.assert_array_equal(dilate(image, shape), by_scipy)


def test_footprints_are_what_they_are_called_in_the_library_of_like():
    assert disk(0).tolist() == [[True]]
    assert disk(1.5).tolist() == [[True] * 3] * 3
    rows, columns = np.mgrid[-6:7, -6:7]
    np.testing.assert_array_equal(disk(6.3), np.hypot(rows, columns) <= 6.3)
    assert rectangle(3).shape == (3, 3)
    assert torch.equal(rectangle((2, 3), like=torch.zeros(1)), torch.ones(2, 3, dtype=torch.bool))
    image = torch.rand(5, 6)
    assert torch.equal(erode(image, disk(1, like=image)), erode(image, disk(1).tolist()))


@pytest.mark.parametrize(
    ("footprint", "message"),
    [
        ([[0, 0]], "cell that is not zero"),
        ([1, 1], r"got shape \(2,\)"),
        ([[]], r"got shape \(1, 0\)"),
        ([[1], [1, 2]], "rows of different lengths"),
        ([[np.nan]], "finite"),
        (np.ones((1, 2**15 + 1)), "each from 1 to 32768"),
    ],
)
def test_bad_footprints_are_named(footprint, message):
    with pytest.raises(ValueError, match=message):
        erode(np.zeros((3, 3)), footprint)


@pytest.mark.parametrize("arguments", [{"radius": -1}, {"radius": np.inf}, {"radius": 1e9}])
def test_bad_radii_are_named(arguments):
    with pytest.raises(ValueError, match="radius must"):
        disk(**arguments)
    with pytest.raises(TypeError, match="like must"):
        disk(1, like=[1])
    with pytest.raises(ValueError, match="size must"):
        rectangle((1, 2, 3))
