"""The coefficients of the Savitzky-Golay filter."""

from fractions import Fraction
from typing import Any, Literal

import numpy as np

from imgproc._array.kinds import describe_type, find_kind, namespace
from imgproc._checks import LARGEST_SIZE, check_choice, check_integer, check_number
from imgproc.filters.savgol import check_deriv, check_order
from imgproc.primitives.polynomial_fit import fit_weights
from imgproc.typing import Array


def savgol_coefficients(
    window_length: int,
    polyorder: int,
    *,
    deriv: int = 0,
    delta: float = 1.0,
    pos: float | None = None,
    use: Literal["conv", "dot"] = "conv",
    like: Array | None = None,
) -> Array:
    """Make the coefficients that evaluate a fitted polynomial, or its derivative, at one place of the window.

    Parameters
    ----------
    window_length : samples, > polyorder
    polyorder : int, 0 to 100
    deriv : int, >= 0
        Order of the derivative; above `polyorder` all coefficients are zero.
    delta : > 0
        Distance between samples, for derivatives.
    pos : samples, 0 <= pos < window_length, optional
        Where to evaluate, counted from the first sample; by default in the middle, for even lengths between two.
    use : "conv" or "dot"
        "dot" multiplies the window as it stands, "conv" is reversed, for convolution.
    like : array, optional
        Its library and device are used; NumPy by default.

    Returns
    -------
    float64 (window_length,)

    Raises
    ------
    TypeError
        A parameter is no number, or `like` no array.
    ValueError
        `window_length`, `deriv`, `delta` or `pos` is out of range, `polyorder` is not less than `window_length`, or
        `use` is another word.

    Notes
    -----
    Not differentiable. The meaning is that of `scipy.signal.savgol_coeffs`. Computed in whole numbers by polynomials
    orthogonal on the samples, and rounded once (with `delta`, twice): no window is too long and no order too high.

    References
    ----------
    .. [1] P. A. Gorry, "General least-squares smoothing and differentiation by the convolution (Savitzky-Golay)
       method", Analytical Chemistry 62(6), 1990, pp. 570-573.

    Examples
    --------
    >>> (savgol_coefficients(5, 2) * 35).round(12).tolist()
    [-3.0, 12.0, 17.0, 12.0, -3.0]
    >>> (savgol_coefficients(5, 2, deriv=1, use="dot") * 10).round(12).tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """
    length = check_integer(window_length, "window_length", at_least=1, at_most=LARGEST_SIZE)
    order = check_order(length, polyorder)
    times, distance = check_deriv(deriv, delta, order)
    check_choice(use, ("conv", "dot"), "use")
    place = (length - 1) / 2 if pos is None else check_number(pos, "pos", at_least=0.0)
    if place >= length:
        raise ValueError(f"pos must be less than window_length, got {pos!r} and {length}")
    weights = fit_weights(length, order, times, 2 * Fraction(place) - (length - 1)) / distance**times
    return _as_kind_of(like, weights if use == "dot" else np.ascontiguousarray(weights[::-1]))


def _as_kind_of(like: Any, weights: np.ndarray) -> Any:
    if like is None:
        return weights
    if find_kind(like) is None:
        raise TypeError(f"like must be a NumPy, CuPy or torch array, got {describe_type(like)}")
    return namespace(like).asarray(weights, device=like.device)
