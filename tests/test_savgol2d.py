"""savgol2d: least-squares polynomial surfaces in a moving window, to the corners."""

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.filters import savgol, savgol2d
from imgproc.primitives import _bands
from imgproc.testing import images, on_every_backend

BORDERS = ("interp", "reflect", "symmetric", "edge", "wrap", "constant")
sides = st.sampled_from([1, 3, 5, 7, 9])
doubles = images(dtype="float64", layouts=["HW"], min_size=5, max_size=14)


@st.composite
def fits(draw):
    """Draw a window, an order below both its sides and derivatives, some of which vanish."""
    window = draw(st.tuples(sides, sides))
    order = draw(st.integers(0, min(*window, 6) - 1))
    return window, order, draw(st.tuples(*[st.integers(0, order)] * 2))


def by_least_squares(image, window, order, deriv):
    """Fit the surface of every pixel by itself, in the nearest window that lies inside."""
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    if deriv not in powers:
        return np.zeros(image.shape)
    made = np.empty(image.shape)
    for y, x in np.ndindex(image.shape):
        top, left = (
            min(max(at - side // 2, 0), length - side)
            for at, side, length in zip((y, x), window, image.shape, strict=True)
        )
        v, u = np.mgrid[top - y : top - y + window[0], left - x : left - x + window[1]].reshape(2, -1).astype(float)
        seen = image[top : top + window[0], left : left + window[1]].ravel()
        solved = np.linalg.lstsq(np.stack([u**i * v**j for i, j in powers], 1), seen, rcond=None)[0]
        made[y, x] = solved[powers.index(deriv)] * math.prod(map(math.factorial, deriv))
    return made


@given(fit=fits(), more=st.tuples(st.integers(0, 5), st.integers(0, 5)), seed=st.integers(0, 9))
def test_every_pixel_is_the_fit_of_its_window(fit, more, seed):
    window, order, deriv = fit
    image = np.random.default_rng(seed).standard_normal((window[0] + more[0], window[1] + more[1]))
    wanted = by_least_squares(image, window, order, deriv)
    # least squares in plain powers of up to 8 pixels off the middle: 1e-16 times a condition of 8**5
    np.testing.assert_allclose(savgol2d(image, window, order, deriv=deriv), wanted, rtol=0, atol=1e-9)


@given(fit=fits(), seed=st.integers(0, 9))
def test_surfaces_of_the_order_come_out_exactly_to_the_corners(fit, seed):
    window, order, (in_x, in_y) = fit
    y, x = np.mgrid[-6:7, -7:6] / 4
    weights = np.random.default_rng(seed).uniform(-1, 1, (order + 1, order + 1))
    weights = np.fliplr(np.triu(np.fliplr(weights)))  # no term above the total degree
    wanted = np.polynomial.polynomial.polyval2d(x, y, weights)
    if in_x + in_y:
        inner = np.polynomial.polynomial.polyder(np.polynomial.polynomial.polyder(weights, in_x, axis=0), in_y, axis=1)
        wanted = np.polynomial.polynomial.polyval2d(x, y, inner)
    got = savgol2d(np.polynomial.polynomial.polyval2d(x, y, weights), window, order, deriv=(in_x, in_y), delta=0.25)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


def test_worked_example():
    impulse = np.zeros((9, 9))
    impulse[4, 4] = 175
    kernel = savgol2d(impulse, 5, 2)[2:7, 2:7].round(9)
    assert kernel[0].tolist() == [-13, 2, 7, 2, -13]
    assert kernel[2].tolist() == [7, 22, 27, 22, 7]


def test_derivatives_of_a_paraboloid_are_what_they_should_be():
    y, x = np.mgrid[:12, :15] * 1.0
    bowl = x**2 + 3 * x * y - 2 * y**2
    for deriv, wanted in (((1, 0), 2 * x + 3 * y), ((0, 1), 3 * x - 4 * y), ((1, 1), 3 + 0 * x), ((0, 2), -4 + 0 * x)):
        np.testing.assert_allclose(savgol2d(bowl, (5, 7), 2, deriv=deriv), wanted, rtol=0, atol=1e-11)
    np.testing.assert_allclose(savgol2d(bowl, 5, 2, deriv=(2, 0), delta=(0.5, 9)), 8, rtol=1e-11)


@pytest.mark.parametrize("border", BORDERS)
def test_order_one_down_and_across_is_one_axis_after_the_other(border):
    image = np.random.default_rng(0).random((11, 12))
    wanted = savgol(savgol(image, 5, 0, axis=0, border=border, fill=0.3), 7, 0, border=border, fill=0.3)
    np.testing.assert_allclose(savgol2d(image, (5, 7), 0, border=border, fill=0.3), wanted, rtol=0, atol=1e-14)


@given(
    image=images(dtype="float64", layouts=["HW"], min_size=5, max_size=14), deriv=st.tuples(*[st.integers(0, 2)] * 2)
)
def test_transposing_the_image_transposes_window_and_derivatives(image, deriv):
    got = savgol2d(image.T, (5, 3), 2, deriv=deriv)
    np.testing.assert_allclose(got.T, savgol2d(image, (3, 5), 2, deriv=deriv[::-1]), rtol=0, atol=1e-13)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_reference_body_and_bands_agree(monkeypatch, border, dtype):
    image = (np.random.default_rng(0).random((2, 31, 17, 3)) * 255).astype(dtype)
    for window, order, deriv in (((3, 5), 2, (0, 0)), ((7, 5), 3, (1, 0)), (9, 4, (1, 1)), (5, 2, (2, 1))):
        with reference_only():
            wanted = savgol2d(image, window, order, deriv=deriv, border=border, fill=9)
        monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
        monkeypatch.setattr(_bands, "thread_count", lambda: 4)
        got = savgol2d(image, window, order, deriv=deriv, border=border, fill=9)
        monkeypatch.undo()
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11 if dtype == "float64" else 2e-3)


@on_every_backend
@given(fit=fits(), border=st.sampled_from(BORDERS))
def test_every_library_agrees_with_the_reference_body(xp, fit, border):
    window, order, deriv = fit
    image = np.random.default_rng(0).random((12, 10))
    with reference_only():
        wanted = savgol2d(image, window, order, deriv=deriv, border=border, fill=0.5)
    got = savgol2d(xp.asarray(image), window, order, deriv=deriv, border=border, fill=0.5)
    got = got.get() if hasattr(got, "get") else np.asarray(got)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_opencv_has_the_same_correlation(dtype):
    image = (np.random.default_rng(0).random((40, 30)) * 255).astype(dtype)
    impulse = np.zeros((13, 13))
    impulse[6, 6] = 1
    kernel = savgol2d(impulse, 7, 3)[3:10, 3:10]
    wanted = cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)
    np.testing.assert_allclose(savgol2d(image, 7, 3, border="reflect"), wanted, rtol=0, atol=1e-3)


def test_float32_keeps_its_digits_on_a_large_offset():
    image = (np.random.default_rng(0).standard_normal((60, 50)) + 1e6).astype(np.float32)
    exact = savgol2d(image.astype(np.float64), 7, 3)
    # two passes round to half a unit, 1/32, and the second weighs the errors of the first
    assert np.abs(savgol2d(image, 7, 3) - exact).max() < 0.15


def test_a_nan_reaches_its_window_alone():
    image = np.zeros((21, 23), np.float32)
    image[10, 12] = np.nan
    y, x = np.mgrid[:21, :23]
    for deriv in ((0, 0), (1, 0), (1, 1), (3, 3)):
        reached = np.isnan(savgol2d(image, (3, 5), 2, deriv=deriv))
        np.testing.assert_array_equal(reached, (abs(y - 10) <= 1) & (abs(x - 12) <= 2))


@pytest.mark.parametrize("border", ["interp", "edge"])
def test_gradients_pass(border):
    image = torch.rand(6, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: savgol2d(t, (5, 3), 2, deriv=(1, 0), border=border), image)


@pytest.mark.parametrize(
    "options",
    [
        {"window": 4}, {"window": 11}, {"window": (5, 3), "polyorder": 3}, {"polyorder": -1}, {"deriv": (0, -1)},
        {"delta": (1.0, 0.0)}, {"delta": (1.0, 1.0, 1.0)}, {"border": "mirror"},
    ],
    ids=str,
)  # fmt: skip
def test_what_has_no_meaning_is_a_value_error(options):
    with pytest.raises(ValueError, match=r"must .*got"):
        savgol2d(np.zeros((10, 12)), **({"window": 5, "polyorder": 2} | options))
