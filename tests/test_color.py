"""Colour spaces: inverses, fixed points, worked examples, and other libraries."""

import array_api_strict
import numpy as np
import pytest
import skimage.color
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc import color
from imgproc._dispatch import reference_only

PAIRS = {
    "hsv": (color.rgb_to_hsv, color.hsv_to_rgb),
    "lab": (color.rgb_to_lab, color.lab_to_rgb),
    "xyz": (color.rgb_to_xyz, color.xyz_to_rgb),
    "ycbcr": (color.rgb_to_ycbcr, color.ycbcr_to_rgb),
    "studio": (
        lambda x, **o: color.rgb_to_ycbcr(x, range="studio", **o),
        lambda x, **o: color.ycbcr_to_rgb(x, range="studio", **o),
    ),
    "linear": (color.srgb_to_linear, color.linear_to_srgb),
}
each_space = pytest.mark.parametrize("space", PAIRS)
seeds = st.integers(0, 2**32 - 1)
GRAYS = np.repeat(np.linspace(0, 1, 256)[None, :, None], 3, axis=2)


def pixels(seed: int, shape=(7, 9, 3)) -> np.ndarray:
    """Random colours, with black, white, grays and the corners of the cube among them."""
    image = np.random.default_rng(seed).random(shape)
    image[0, :8] = [[i & 1, i >> 1 & 1, i >> 2] for i in range(8)]
    image[1, :5] = np.linspace(0, 1, 5)[:, None]
    return image


@each_space
@pytest.mark.parametrize("seed", range(4))
def test_there_and_back_is_the_image_to_float32_rounding(library, space: str, seed: int):
    there, back = PAIRS[space]
    image = pixels(seed).astype(np.float32)
    again = library.back(back(there(library.make(image))))
    # 500 (x - y) of Lab magnifies a rounding of 6e-8; the inverse matrix (entries to 3.2) and curve (to 12.9) once more
    np.testing.assert_allclose(again, image, rtol=0, atol=2e-5 if space == "lab" else 4e-6)


@each_space
@given(seed=seeds)
def test_there_and_back_is_the_image_to_float64_rounding(space: str, seed: int):
    there, back = PAIRS[space]
    image = pixels(seed)
    np.testing.assert_allclose(back(there(image)), image, rtol=0, atol=2e-12)


@pytest.mark.parametrize("space", ["lab", "xyz", "ycbcr", "studio", "linear"])
def test_values_out_of_gamut_are_not_clipped_and_return(library, space: str):
    there, back = PAIRS[space]
    image = (3 * pixels(5) - 1).astype(np.float32)
    again = library.back(back(there(library.make(image))))
    np.testing.assert_allclose(again, image, rtol=0, atol=1e-4)


@each_space
def test_each_byte_is_its_float(library, space: str):
    there, _ = PAIRS[space]
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    got, wanted = library.back(there(library.make(image))), there(image / 255.0)
    # the hue of dark grays hangs on the last bit of the bytes' unit values
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-4 if space == "lab" else 2e-6)


@each_space
def test_a_data_range_moves_any_range_to_zero_and_one(space: str):
    for function in PAIRS[space]:
        if function in (color.lab_to_rgb, color.xyz_to_rgb):
            continue
        image = pixels(1)
        moved = function(image * 30 - 10, data_range=(-10, 20))
        np.testing.assert_allclose(moved, function(image), rtol=0, atol=1e-9)
        bytes_moved = function(np.uint8([[[10, 60, 110]]]), data_range=(10, 110))
        np.testing.assert_allclose(bytes_moved, function(np.array([[[0, 0.5, 1]]])), rtol=0, atol=2e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gray_has_no_colour_in_any_space(library, dtype):
    image = library.make(GRAYS.astype(dtype))
    lab, hsv, ycbcr = (library.back(f(image)) for f in (color.rgb_to_lab, color.rgb_to_hsv, color.rgb_to_ycbcr))
    assert (lab[..., 1:] == 0).all()
    assert (hsv[..., :2] == 0).all()
    assert (ycbcr[..., 1:] == 0.5).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, bool])
def test_white_is_exactly_white(library, dtype):
    greatest = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    white = library.make(np.full((2, 3, 3), greatest, dtype))
    assert (library.back(color.rgb_to_lab(white)) == [100, 0, 0]).all()
    assert (library.back(color.srgb_to_linear(white)) == 1).all()
    assert (library.back(color.lab_to_rgb(color.rgb_to_lab(white))) == 1).all()


def test_worked_examples():
    red, sky = np.array([[[1.0, 0, 0]]]), np.uint8([[[10, 20, 30]]])
    # the textbook's numbers: https://www.brucelindbloom.com, sRGB, D65
    np.testing.assert_allclose(color.rgb_to_lab(red)[0, 0], [53.24, 80.09, 67.20], atol=0.01)
    np.testing.assert_allclose(color.rgb_to_xyz(red)[0, 0], [0.4125, 0.2127, 0.0193], atol=1e-4)
    np.testing.assert_allclose(color.rgb_to_hsv(sky)[0, 0], [7 / 12, 2 / 3, 30 / 255], atol=1e-6)
    np.testing.assert_allclose(255 * color.rgb_to_ycbcr(red, range="studio")[0, 0], [81.481, 90.203, 240], atol=1e-3)
    np.testing.assert_allclose(color.rgb_to_ycbcr(red)[0, 0], [0.299, 0.5 - 0.299 / 1.772, 1], atol=1e-12)
    assert color.srgb_to_linear(np.array([[0.04045]]))[0, 0] == pytest.approx(0.04045 / 12.92)


@given(seed=seeds)
def test_scikit_image_gives_the_same_numbers(seed: int):
    image = pixels(seed)
    # scikit-image's white of Lab is another one by 7e-5: 200 (y - z) of it moves b by 0.005
    np.testing.assert_allclose(color.rgb_to_lab(image), skimage.color.rgb2lab(image), rtol=0, atol=6e-3)
    np.testing.assert_allclose(color.rgb_to_xyz(image), skimage.color.rgb2xyz(image), rtol=0, atol=1e-12)
    np.testing.assert_allclose(color.rgb_to_hsv(image), skimage.color.rgb2hsv(image), rtol=0, atol=1e-12)
    wanted = skimage.color.rgb2ycbcr(image) / 255
    np.testing.assert_allclose(color.rgb_to_ycbcr(image, range="studio"), wanted, rtol=0, atol=2e-6)  # its 6 digits


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@each_space
def test_float32_bodies_keep_a_millionth_of_the_range(library, space: str, dtype):
    there, _ = PAIRS[space]
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    image = (pixels(3, (64, 64, 3)) * scale).astype(dtype)
    with reference_only():
        exact = there(image.astype(np.float64) / scale)
    error = np.abs(library.back(there(library.make(image))) - exact).max()
    # Lab spans 200 and magnifies by 500; a hue of a dark gray takes two roundings over its chroma
    assert error <= {"lab": 1.5e-4, "hsv": 1e-5}.get(space, 1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_curves_without_the_c_library_are_within_nine_and_four_units_in_the_last_place(dtype):
    values = np.geomspace(0.0041, 1e15, 100_000).astype(dtype)[None]
    long = values.astype(np.longdouble)
    coded = long[long > 0.0405]
    decoded = ((coded + np.longdouble("0.055")) / np.longdouble("1.055")) ** np.longdouble("2.4")
    encoded = np.longdouble("1.055") * long ** (1 / np.longdouble("2.4")) - np.longdouble("0.055")
    # rounding (x + 0.055) / 1.055 costs 2.4 units before the root is taken
    for got, exact, units in (
        (color.srgb_to_linear(values)[long > 0.0405], decoded, 9), (color.linear_to_srgb(values), encoded, 4)
    ):  # fmt: skip
        assert (np.abs(got - exact) <= units * np.spacing(exact.astype(dtype))).all()


def test_blocks_bands_and_layouts_do_not_change_a_bit():
    image = pixels(9, (61, 67, 3)).astype(np.float32)
    for there, _ in PAIRS.values():
        whole = there(image)
        np.testing.assert_array_equal(there(image[7:8, 3:]), whole[7:8, 3:])
        planar = there(torch.from_numpy(image.transpose(2, 0, 1).copy()))
        np.testing.assert_array_equal(planar.permute(1, 2, 0), whole)


@each_space
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_not_finite_stays_in_its_pixel(library, space: str, value: float):
    image = pixels(2).astype(np.float32)
    image[4, 5, 1] = value
    clean = np.ones(image.shape, bool)
    clean[4, 5] = False
    with np.errstate(invalid="ignore"):
        for function in PAIRS[space]:
            result = library.back(function(library.make(image)))
            assert np.isfinite(result[clean]).all()
            if np.isnan(value):
                assert np.isnan(result[4, 5]).any()


def test_integers_without_a_range_ask_for_one():
    with pytest.raises(ValueError, match="data_range must be given for int16 images"):
        color.rgb_to_lab(np.zeros((2, 2, 3), np.int16))


def test_gradients_at_black_gray_and_flat_places_are_finite():
    for function in (*PAIRS["hsv"], *PAIRS["lab"], *PAIRS["xyz"], *PAIRS["linear"], *PAIRS["ycbcr"]):
        for value in (0.0, 0.5, 1.0, -0.2):
            image = torch.full((3, 2, 2), value, requires_grad=True)
            function(image).sum().backward()
            assert torch.isfinite(image.grad).all()


def test_channel_order_is_its_own_inverse_and_keeps_alpha(library):
    image = np.random.default_rng(0).integers(0, 255, (4, 5, 4)).astype(np.uint16)
    swapped = library.back(color.rgb_to_bgr(library.make(image)))
    np.testing.assert_array_equal(swapped, image[..., [2, 1, 0, 3]])
    np.testing.assert_array_equal(library.back(color.bgr_to_rgb(library.make(swapped))), image)


def test_strict_arrays_run_every_reference_body():
    image = array_api_strict.asarray(pixels(0))
    for there, back in PAIRS.values():
        assert np.allclose(np.asarray(back(there(image))), pixels(0), atol=1e-9)
