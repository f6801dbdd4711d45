"""Savitzky-Golay: least-squares polynomials in a moving window, along one axis."""

import math
from typing import Any, Literal, get_args

from imgproc._checks import LARGEST_SIZE, check_array, check_border, check_choice, check_integer, check_number
from imgproc.primitives.fit_axis import fit_axis
from imgproc.primitives.polynomial_fit import GREATEST_ORDER, local_fit
from imgproc.typing import ArrayT, Border


def check_order(window_length: int, polyorder: object) -> int:
    """Require an order that the samples of a window determine; return it as an int."""
    order = check_integer(polyorder, "polyorder", at_least=0)
    if order >= window_length:
        raise ValueError(f"polyorder must be less than the window's {window_length} samples, got {order}")
    if order > GREATEST_ORDER:
        raise ValueError(f"polyorder must be at most {GREATEST_ORDER}, got {order}")
    return order


def check_deriv(deriv: object, delta: object, order: int) -> tuple[int, float]:
    """Require an order of derivative and a distance of samples; any derivative above `order` is the same, zero."""
    distance = check_number(delta, "delta", above=0.0)
    times = min(check_integer(deriv, "deriv", at_least=0), order + 1)
    if not -700 < times * math.log(distance) < 700:
        raise ValueError(f"delta must have a finite power of {times}, got {delta!r}")
    return times, distance


def check_fit_border(border: Any, fill: object, x: Any) -> float:
    """Require a border word, or "interp"; return the fill as a float."""
    check_choice(border, ("interp", *get_args(Border)), "border")
    return check_border("constant" if border == "interp" else border, fill, x)


def savgol(
    x: ArrayT,
    window_length: int,
    polyorder: int,
    *,
    deriv: int = 0,
    delta: float = 1.0,
    axis: int = -1,
    border: Border | Literal["interp"] = "interp",
    fill: float = 0.0,
) -> ArrayT:
    """Smooth or differentiate along one axis by polynomials fitted in a moving window.

    Parameters
    ----------
    x : array of any rank from 1; any real dtype
        Signals, images, batches; nothing is guessed from the rank.
    window_length : samples, > polyorder
        The middle of an even window lies half a sample after the sample it replaces, as in SciPy.
    polyorder : int, 0 to 100
    deriv : int, >= 0
        Order of the derivative; above `polyorder` it is zero.
    delta : > 0
        Distance between samples, for derivatives.
    axis : int
        Along which to filter, counted as the array counts its axes; -1 is the last.
    border : "interp" or a border word
        "interp" evaluates the polynomials of the first and the last window at all samples near that end, so that
        nothing is needed from outside; the others extend the signal as everywhere.
    fill : float
        What "constant" takes to lie outside.

    Returns
    -------
    float32 or float64, shape of `x`
        float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        `x` is no array of a real dtype, or a parameter is no number.
    ValueError
        `x` is empty or has no such axis; `window_length` is out of range, or with "interp" longer than the axis;
        `polyorder` is not less than `window_length`; `deriv`, `delta`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. The meaning is that of `scipy.signal.savgol_filter`, whose modes "mirror" and "nearest" are
    "reflect" and "edge" here. Polynomials of degree `polyorder` come out exactly to rounding, to the very ends with
    "interp" (for even windows: half a sample on, but not at the ends). What is weighted are differences from the
    sample itself, so that float32 keeps its digits on top of a large offset. A NaN spreads through its window, and
    from the first or last window over the whole of that end.

    References
    ----------
    .. [1] A. Savitzky and M. J. E. Golay, "Smoothing and differentiation of data by simplified least squares
       procedures", Analytical Chemistry 36(8), 1964, pp. 1627-1639.
    .. [2] P. A. Gorry, "General least-squares smoothing and differentiation by the convolution (Savitzky-Golay)
       method", Analytical Chemistry 62(6), 1990, pp. 570-573 (orthogonal polynomials, and the ends).
    .. [3] J. Luo, K. Ying and J. Bai, "Savitzky-Golay smoothing and differentiation filter for even number data",
       Signal Processing 85(7), 2005.

    Examples
    --------
    >>> signal = np.array([2.0, 2, 5, 2, 1, 0, 1, 4, 9])
    >>> savgol(signal, 5, 2).round(3).tolist()  # the last five lie on a parabola
    [1.657, 3.171, 3.543, 2.857, 0.657, 0.171, 1.0, 4.0, 9.0]
    >>> savgol(np.arange(6.0) ** 2, 5, 2, deriv=1).round(9).tolist()
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    check_array(x, "x")
    outside = check_fit_border(border, fill, x)
    length = check_integer(window_length, "window_length", at_least=1, at_most=LARGEST_SIZE)
    order = check_order(length, polyorder)
    times, distance = check_deriv(deriv, delta, order)
    shape: tuple[int, ...] = tuple(x.shape)  # type: ignore[attr-defined]
    place = check_axis(axis, len(shape))
    if border == "interp" and length > shape[place]:
        raise ValueError(f"window_length must be at most the {shape[place]} samples of the axis, got {length}")
    return fit_axis(x, local_fit(length, order, times, distance), place, border, outside)  # type: ignore[no-any-return]


def check_axis(axis: object, rank: int) -> int:
    """Require an axis of an array of `rank`; return it counted from the front."""
    if rank == 0:
        raise ValueError("x must have at least one axis, got shape ()")
    return check_integer(axis, "axis", at_least=-rank, at_most=rank - 1) % rank
