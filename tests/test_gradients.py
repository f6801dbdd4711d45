"""Derivatives at unit slope, their length and direction, and thinning."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc import edges

images = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=10), elements=st.floats(-100, 100))
OPERATORS = {
    "sobel": edges.sobel,
    "scharr": edges.scharr,
    "prewitt": edges.prewitt,
    "gaussian": lambda image, **options: edges.gaussian_gradient(image, 1.3, **options),
}
operators = pytest.mark.parametrize("operator", OPERATORS)


@operators
def test_a_ramp_has_slope_one(operator):
    ramp = np.arange(30.0) * np.ones((30, 1))
    gx, gy = OPERATORS[operator](3 * ramp + 2 * ramp.T)
    np.testing.assert_allclose(gx[6:-6, 6:-6], 3, atol=1e-12)
    np.testing.assert_allclose(gy[6:-6, 6:-6], 2, atol=1e-12)


@operators
@given(value=st.floats(-1e6, 1e6))
def test_a_constant_has_gradient_exactly_zero(operator, value):
    for g in OPERATORS[operator](np.full((7, 8), value, np.float32)):
        assert not g.any()


@operators
@given(image=images)
def test_a_mirrored_image_has_the_mirrored_gradient_to_the_last_bit(operator, image):
    gx, gy = OPERATORS[operator](image)
    mirrored_gx, mirrored_gy = OPERATORS[operator](image[:, ::-1])
    np.testing.assert_array_equal(mirrored_gx, -gx[:, ::-1])
    np.testing.assert_array_equal(mirrored_gy, gy[:, ::-1])


@operators
@given(image=images)
def test_a_transposed_image_has_its_derivatives_exchanged_to_the_last_bit(operator, image):
    gx, gy = OPERATORS[operator](image)
    transposed_gx, transposed_gy = OPERATORS[operator](image.T)
    np.testing.assert_array_equal(transposed_gx, gy.T)
    np.testing.assert_array_equal(transposed_gy, gx.T)


@pytest.mark.parametrize(("operator", "function", "scale"), [("sobel", cv2.Sobel, 8), ("scharr", cv2.Scharr, 32)])
def test_float64_equals_opencv_over_its_scale(operator, function, scale):
    image = np.random.default_rng(0).random((20, 30))
    gx, gy = OPERATORS[operator](image)
    np.testing.assert_allclose(gx, function(image, cv2.CV_64F, 1, 0) / scale, atol=1e-14)
    np.testing.assert_allclose(gy, function(image, cv2.CV_64F, 0, 1) / scale, atol=1e-14)


def test_integers_are_not_clipped():
    step = np.zeros((3, 6), np.uint8)
    step[:, :3] = 255
    assert edges.sobel(step)[0][1].tolist() == [0, 0, -127.5, -127.5, 0, 0]


@pytest.mark.parametrize("kernel", ["sobel", "scharr", "prewitt"])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_gradient_magnitude_is_the_magnitude_of_the_derivatives(kernel, dtype):
    image = np.random.default_rng(1).integers(0, 255, (40, 50, 3)).astype(dtype)
    np.testing.assert_array_equal(
        edges.gradient_magnitude(image, kernel=kernel), edges.magnitude(*OPERATORS[kernel](image))
    )


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (18, 16), (33, 50)])
def test_gradient_magnitude_is_that_of_the_derivatives_also_where_squares_leave_the_range(shape):
    image = np.random.default_rng(1).choice(np.array([0, 1, 3e-30, 2e30, np.inf, np.nan], np.float32), shape)
    for kernel in ("sobel", "scharr", "prewitt"):
        np.testing.assert_array_equal(
            edges.gradient_magnitude(image, kernel=kernel), edges.magnitude(*OPERATORS[kernel](image))
        )


@given(
    gx=hnp.arrays(np.float64, 5, elements=st.floats(-1e200, 1e200)),
    gy=hnp.arrays(np.float64, 5, elements=st.floats(-1e200, 1e200)),
)
def test_magnitude_is_hypot_also_where_squares_leave_the_range(gx, gy):
    np.testing.assert_allclose(edges.magnitude(gx, gy), np.hypot(gx, gy), rtol=1e-15)


@given(angle=st.floats(-3.1, 3.1), length=st.floats(1e-3, 1e3))
def test_direction_and_magnitude_are_polar_coordinates(angle, length):
    gx, gy = np.array([[length * np.cos(angle)]]), np.array([[length * np.sin(angle)]])
    np.testing.assert_allclose(edges.direction(gx, gy), angle, atol=1e-12)
    np.testing.assert_allclose(edges.magnitude(gx, gy), length, rtol=1e-14)


def test_direction_of_a_flat_place_is_zero_whatever_the_signs_of_its_zeros():
    for x in (0.0, -0.0):
        for y in (0.0, -0.0):
            assert edges.direction(np.array([[x]]), np.array([[y]])).item() == 0


@given(image=images)
def test_suppression_keeps_a_length_or_clears_it(image):
    gx, gy = edges.sobel(image)
    thin, length = edges.non_maximum_suppression(gx, gy), edges.magnitude(gx, gy)
    assert ((thin == 0) | (thin == length)).all()


def test_suppression_leaves_a_line_one_pixel_wide_on_ridges_of_any_direction():
    y, x = np.mgrid[-20:21, -20:21].astype(float)
    for angle in np.linspace(0.05, np.pi, 13):
        across = x * np.cos(angle) + y * np.sin(angle)
        length = np.exp(-0.5 * (across / 2) ** 2)
        thin = edges.non_maximum_suppression(length * np.cos(angle), length * np.sin(angle))
        inside = (thin > 0)[2:-2, 2:-2]
        assert np.abs(across[2:-2, 2:-2][inside]).max() <= 0.75
        thick = inside[1:, 1:] & inside[1:, :-1] & inside[:-1, 1:] & inside[:-1, :-1]
        assert not thick.any()
