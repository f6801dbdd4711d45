"""Three shears make a rotation: quarter turns are exact, "nearest" only moves pixels, and smooth pictures turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.geometry import rotate_by_shears
from imgproc.testing import assert_same, images, on_every_backend

WORDS = ["linear", "nearest", "cubic", "lanczos"]
words, degrees = st.sampled_from(WORDS), st.floats(-400, 400)
borders = st.sampled_from(["reflect", "symmetric", "edge", "wrap", "constant"])


def squares(**options):
    return images(layouts=["HW"], **options).filter(lambda x: (x.shape[0] - x.shape[1]) % 2 == 0)


@given(image=squares(), quarters=st.integers(-5, 5), interpolation=words)
def test_quarter_turns_move_every_bit_counter_clockwise(image, quarters, interpolation):
    square = image[: min(image.shape), : min(image.shape)]
    turned = rotate_by_shears(square, 90 * quarters, interpolation=interpolation)
    np.testing.assert_array_equal(turned, np.rot90(square, quarters))
    half = rotate_by_shears(image, 180, interpolation=interpolation)
    np.testing.assert_array_equal(half, image[::-1, ::-1])


def test_quarter_turn_of_a_wide_image_keeps_the_middle_and_fills_the_rest():
    image = np.arange(1, 16).reshape(3, 5)
    turned = rotate_by_shears(image, 90, fill=-1.0)
    np.testing.assert_array_equal(turned[:, 1:4], np.rot90(image)[1:4])
    assert (turned[:, [0, 4]] == -1).all()


@given(angle=degrees, border=borders, interpolation=words, value=st.integers(0, 255))
def test_a_flat_image_stays_flat(angle, border, interpolation, value):
    flat = np.full((9, 12), value, np.uint8)
    turned = rotate_by_shears(flat, angle, interpolation=interpolation, border=border, fill=float(value))
    assert (turned == value).all()


@given(angle=st.floats(-45, 45), border=st.just("constant"), seed=st.integers(0, 9))
def test_nearest_loses_and_doubles_no_value(angle, border, seed):
    image = np.zeros((41, 41), np.int64)
    inside = np.arange(1, 122).reshape(11, 11) + 2**62 + seed
    image[15:26, 15:26] = inside
    turned = rotate_by_shears(image, angle, interpolation="nearest", border=border)
    np.testing.assert_array_equal(np.sort(turned[turned != 0]), inside.ravel())


@given(angle=degrees)
def test_nearest_moves_a_pixel_to_where_rotation_takes_it_within_three_roundings(angle):
    frame = np.zeros((61, 61))
    frame[30, 36] = 1.0
    turned = rotate_by_shears(frame, angle, interpolation="nearest")
    row, column = (int(k) for k in np.argwhere(turned)[0])
    exact = 6 * np.cos(np.radians(angle)), -6 * np.sin(np.radians(angle))
    # three roundings of at most half a pixel, one along columns and two along rows
    assert abs(row - 30 - exact[1]) <= 1.0
    assert abs(column - 30 - exact[0]) <= 1.6


@on_every_backend
@pytest.mark.parametrize(("interpolation", "error"), [("linear", 0.042), ("cubic", 0.003), ("lanczos", 0.008)])
@pytest.mark.parametrize("angle", [7.0, 45.0, -30.0, 100.0, 211.0])
def test_a_smooth_blob_lands_where_rotation_takes_it(xp, interpolation, error, angle):
    y, x = np.mgrid[:49, :57].astype(np.float64)
    a = np.radians(angle)

    def blob(dx, dy):
        return np.exp(-((x - 28 - dx) ** 2 + (y - 24 - dy) ** 2) / 18)

    turned = rotate_by_shears(xp.asarray(blob(8.0, 3.0)), angle, interpolation=interpolation)
    dx, dy = 8 * np.cos(a) + 3 * np.sin(a), 3 * np.cos(a) - 8 * np.sin(a)  # y points down
    # a pass of "linear" loses at most sup |f2| / 8 = 1/72 (f2 the second derivative, sigma 3), one of "cubic" at most
    # sup |f3| sup |t (1 - t) (1 - 2t)| / 6 = 0.0008 and a little; Lanczos' kernel, cut off, ripples by 0.0025
    assert_same(turned, xp.asarray(blob(dx, dy)), absolute=error)


@given(angle=degrees, border=borders, interpolation=words, image=images(with_nan=True, max_size=9, dtype="float32"))
def test_fast_bodies_give_the_numbers_of_the_reference(angle, border, interpolation, image):
    made = rotate_by_shears(image, angle, interpolation=interpolation, border=border)
    with reference_only(), np.errstate(invalid="ignore"):  # infinities of both signs
        wanted = rotate_by_shears(image, angle, interpolation=interpolation, border=border)
    assert_same(made, wanted, absolute=1e-5)


def test_the_frame_shows_what_the_border_says_lies_beyond():
    flat = np.ones((21, 21))
    turned = rotate_by_shears(flat, 45, fill=5.0)
    assert turned[0, 0] == turned[-1, 0] == pytest.approx(5.0)
    assert turned[10, 10] == pytest.approx(1.0)
