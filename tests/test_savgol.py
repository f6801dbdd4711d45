"""savgol and savgol_coefficients: least-squares polynomials in a moving window along any axis."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import savgol_coeffs, savgol_filter

from imgproc import arrays
from imgproc._dispatch import reference_only
from imgproc.filters import savgol, savgol_coefficients
from imgproc.primitives import _bands
from imgproc.primitives.borders import border_indices
from imgproc.testing import on_every_backend

SCIPY = {"interp": "interp", "reflect": "mirror", "edge": "nearest", "wrap": "wrap", "constant": "constant"}
BORDERS = (*SCIPY, "symmetric")
each_border = pytest.mark.parametrize("border", BORDERS)


@st.composite
def fits(draw, longest: int = 15, highest: int = 5):
    """Draw a window, an order below it and a derivative."""
    length = draw(st.integers(1, longest))
    order = draw(st.integers(0, min(length - 1, highest)))
    return length, order, draw(st.integers(0, order + 1))


@st.composite
def signals(draw, least: int):
    """Draw float64 noise of rank 1 to 4, long enough along one axis, and that axis counted either way."""
    rank = draw(st.integers(1, 4))
    axis = draw(st.integers(0, rank - 1))
    shape = draw(st.lists(st.sampled_from([1, 2, 3, 40]), min_size=rank, max_size=rank))
    shape[axis] = draw(st.integers(least, least + 30))
    x = np.random.default_rng(draw(st.integers(0, 99))).standard_normal(shape)
    return x, axis - rank * draw(st.booleans())


def exact_weights(length: int, order: int, deriv: int, place: Fraction) -> list[Fraction]:
    """Solve the normal equations in fractions: weights whose moments about `place` are those of the derivative."""
    t = [k - place for k in range(length)]
    rows = [[sum(x ** (i + j) for x in t) for j in range(order + 1)] for i in range(order + 1)]
    factorial = Fraction(int(np.prod(range(1, deriv + 1))))
    rows = [[*row, factorial if i == deriv else Fraction(0)] for i, row in enumerate(rows)]
    for i in range(order + 1):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(order + 1):
            if k != i:
                rows[k] = [a - rows[k][i] * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [sum(row[-1] * x**j for j, row in enumerate(rows)) for x in t]


@given(data=st.data(), fit=fits(), border=st.sampled_from(list(SCIPY)))
def test_scipy_gives_the_same_for_every_mode_order_window_and_axis(data, fit, border):
    length, order, deriv = fit
    x, axis = data.draw(signals(length))
    got = savgol(x, length, order, deriv=deriv, delta=0.7, axis=axis, border=border, fill=0.3)
    wanted = savgol_filter(x, length, order, deriv, 0.7, axis, SCIPY[border], 0.3)
    # SciPy's edges solve an ill-conditioned system in powers of the index: 1e-12 of weights up to some tens
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12 * max(1.0, 10 * np.abs(wanted).max()))


@given(data=st.data(), fit=fits())
def test_symmetric_is_the_inside_of_the_extended_signal(data, fit):
    length, order, deriv = fit
    x = data.draw(st.lists(st.floats(-1, 1), min_size=1, max_size=12))
    reach = 4 * length
    extended = savgol(np.pad(x, reach, "symmetric"), length, order, deriv=deriv, border="edge")
    got = savgol(np.array(x), length, order, deriv=deriv, border="symmetric")
    np.testing.assert_allclose(got, extended[reach : reach + len(x)], rtol=0, atol=1e-12)


@given(data=st.data(), fit=fits(longest=21, highest=7).filter(lambda fit: fit[0] % 2))
def test_polynomials_of_the_order_come_out_exactly_to_the_very_ends(data, fit):
    length, order, deriv = fit
    roots = data.draw(st.lists(st.floats(-1, 1), min_size=order, max_size=order))
    x = np.linspace(-1, 1, length + data.draw(st.integers(0, 20))) if length > 1 else np.zeros(1)
    delta = x[1] - x[0] if length > 1 else 1.0
    polynomial = np.poly1d(roots, r=True)
    got = savgol(polynomial(x), length, order, deriv=deriv, delta=delta)
    # values to 2**order, divided by spacings of at least 1/20
    np.testing.assert_allclose(
        got, polynomial.deriv(deriv)(x) if deriv else polynomial(x), rtol=0, atol=1e-13 / delta**deriv * 2**order
    )


def test_even_windows_have_their_middle_half_a_sample_on():
    x = np.arange(12.0)
    inside = savgol(x**3, 6, 3, border="edge")[3:-3]
    np.testing.assert_allclose(inside, (x[3:-3] + 0.5) ** 3, rtol=1e-13)


@given(x=st.lists(st.floats(-1, 1), min_size=9, max_size=30), order=st.integers(0, 4), deriv=st.integers(0, 3))
def test_mirrored_signals_give_mirrored_results_to_the_last_bit_but_for_the_sign(x, order, deriv):
    signal = np.array(x)
    mirrored = savgol(signal[::-1], 9, order, deriv=deriv, border="reflect")
    np.testing.assert_array_equal(
        mirrored[::-1], (-1) ** deriv * savgol(signal, 9, order, deriv=deriv, border="reflect")
    )


@each_border
@pytest.mark.parametrize("value", [0.1, -1e30])
def test_constants_stay_exactly_and_have_exactly_no_derivative(border, value):
    x = np.full(40, value, np.float32)
    np.testing.assert_array_equal(savgol(x, 7, 3, border=border, fill=value), x)
    assert not savgol(x, 7, 3, deriv=1, border=border, fill=value).any()
    assert not savgol(x, 8, 3, deriv=2, border=border, fill=value).any()


@pytest.mark.parametrize("window", [5, 10, 11, 51])
@pytest.mark.parametrize("shape", [(4000,), (80, 50)])
def test_float32_keeps_its_digits_on_a_large_offset(window, shape):
    x = (np.random.default_rng(0).standard_normal(shape) + 1e6).astype(np.float32)
    for axis in range(x.ndim):
        exact = savgol(x.astype(np.float64), min(window, 50), 3, axis=axis)
        # half a unit in the last place at 1e6, and the rounding of differences about 1
        assert np.abs(savgol(x, min(window, 50), 3, axis=axis) - exact).max() < 0.0313
        slope = savgol(x.astype(np.float64), min(window, 50), 3, deriv=1, axis=axis)
        assert np.abs(savgol(x, min(window, 50), 3, deriv=1, axis=axis) - slope).max() < 1e-5


@pytest.mark.parametrize("border", ["interp", "reflect"])
@pytest.mark.parametrize("window", [5, 6])
def test_a_nan_reaches_its_window_and_an_end_that_is_fitted_with_it(border, window):
    half = window // 2
    seen = [border_indices(16, window - 1 - half, half, "reflect")[i : i + window] for i in range(16)]
    if border == "interp":
        seen[:half] = [range(window)] * half
        seen[16 - half :] = [range(16 - window, 16)] * half
    for place in range(16):
        x = np.zeros(16)
        x[place] = np.nan
        got = np.isnan(savgol(x, window, 2, border=border))
        assert got.tolist() == [place in window_of for window_of in seen]


@on_every_backend
@given(fit=fits(), border=st.sampled_from(BORDERS), dtype=st.sampled_from(["uint8", "float32", "int32"]))
def test_every_body_agrees_with_the_reference(xp, fit, border, dtype):
    length, order, deriv = fit
    x = (np.random.default_rng(0).random((3, 2, 40)) * 100).astype(dtype)
    for view, axis in ((x, -1), (np.moveaxis(x, -1, 0), 0), (np.repeat(x, 20, 1).swapaxes(1, 2), 1)):
        with reference_only():
            wanted = savgol(view, length, order, deriv=deriv, axis=axis, border=border, fill=3)
        got = savgol(
            xp.asarray(np.ascontiguousarray(view)), length, order, deriv=deriv, axis=axis, border=border, fill=3
        )
        got = got.get() if hasattr(got, "get") else np.asarray(got)
        assert got.dtype == wanted.dtype
        # 15 products of 100 with weights to some tens at the ends of high orders
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-10 if dtype == "int32" else 2e-3 * max(1, 5**deriv))


@each_border
@pytest.mark.parametrize("shape", [(3, 9000), (9000, 3), (50, 41, 3), (7, 41, 70)])
def test_bands_and_chunks_join_without_a_seam(monkeypatch, border, shape):
    x = np.random.default_rng(0).random(shape)
    axis = int(np.argmax(shape)) if max(shape) > 100 else 1
    with reference_only():
        wanted = savgol(x, 9, 3, axis=axis, border=border)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 4)
    np.testing.assert_allclose(savgol(x, 9, 3, axis=axis, border=border), wanted, rtol=0, atol=1e-14)


def test_worked_example():
    x = np.array([2.0, 2, 5, 2, 1, 0, 1, 4, 9])
    # the middle of the first window: (-3·2 + 12·2 + 17·5 + 12·2 - 3·1) / 35
    assert savgol(x, 5, 2)[2] == pytest.approx(124 / 35, abs=1e-15)
    np.testing.assert_allclose(savgol(x, 5, 2)[-5:], [0.657142857, 0.171428571, 1, 4, 9], rtol=0, atol=1e-9)


@given(fit=fits(longest=12), place=st.fractions(0, 11, max_denominator=4), use=st.sampled_from(["conv", "dot"]))
def test_coefficients_are_the_floats_nearest_to_the_exact_fractions(fit, place, use):
    length, order, deriv = fit
    place = min(place, Fraction(length - 1))
    exact = exact_weights(length, order, deriv, place) if deriv <= order else [Fraction(0)] * length
    got = savgol_coefficients(length, order, deriv=deriv, pos=float(place), use=use)
    assert got.tolist() == [float(w) for w in (exact if use == "dot" else exact[::-1])]


@pytest.mark.parametrize(("length", "order", "deriv"), [(501, 10, 0), (501, 10, 3), (101, 20, 1), (40, 39, 0)])
def test_long_windows_and_high_orders_are_exact(length, order, deriv):
    exact = exact_weights(length, order, deriv, Fraction(length - 1, 2))
    assert savgol_coefficients(length, order, deriv=deriv, use="dot").tolist() == [float(w) for w in exact]


@given(fit=fits(longest=11, highest=4), use=st.sampled_from(["conv", "dot"]))
def test_scipy_has_the_same_coefficients(fit, use):
    length, order, deriv = fit
    for pos in (None, 0, length - 1):
        got = savgol_coefficients(length, order, deriv=deriv, delta=0.5, pos=pos, use=use)
        # its least squares in plain powers of up to 10 lose four digits
        np.testing.assert_allclose(got, savgol_coeffs(length, order, deriv, 0.5, pos, use), rtol=0, atol=1e-10)


def test_coefficients_go_where_like_lies():
    made = savgol_coefficients(5, 2, like=torch.zeros(1))
    assert arrays.kind(made) == "torch"
    assert made.dtype is torch.float64


@pytest.mark.parametrize("border", ["interp", "wrap"])
@pytest.mark.parametrize(("length", "deriv"), [(5, 0), (6, 0), (5, 1)])
def test_gradients_pass(border, length, deriv):
    x = torch.rand(3, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: savgol(t, length, 2, deriv=deriv, border=border), x)


@pytest.mark.parametrize(
    "options",
    [
        {"window_length": 0}, {"window_length": 11}, {"polyorder": 5}, {"polyorder": -1}, {"deriv": -1},
        {"delta": 0.0}, {"deriv": 2, "delta": 1e-200}, {"axis": 2}, {"border": "mirror"},
    ],
    ids=str,
)  # fmt: skip
def test_what_has_no_meaning_is_a_value_error(options):
    with pytest.raises(ValueError, match=r"must .*got"):
        savgol(np.zeros((10, 10)), **({"window_length": 5, "polyorder": 2} | options))


def test_a_number_has_no_axis():
    with pytest.raises(ValueError, match=r"got shape \(\)"):
        savgol(np.array(1.0), 1, 0)
