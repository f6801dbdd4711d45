"""Savitzky-Golay in the plane: least-squares polynomial surfaces in a moving window."""

from typing import Any, Literal

from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_image, check_odd_size
from imgproc.filters.savgol import check_deriv, check_fit_border, check_order
from imgproc.primitives.fit_plane import fit_plane
from imgproc.primitives.polynomial_fit import local_fit
from imgproc.typing import ArrayT, Border


def savgol2d(
    image: ArrayT,
    window: int | tuple[int, int],
    polyorder: int,
    *,
    deriv: tuple[int, int] = (0, 0),
    delta: float | tuple[float, float] = 1.0,
    border: Border | Literal["interp"] = "interp",
    fill: float = 0.0,
) -> ArrayT:
    """Smooth or differentiate an image by polynomial surfaces fitted in a moving window.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    window : pixels, odd
        Side of a square, or (height, width); both above `polyorder`.
    polyorder : int, 0 to 100
        Total degree of the surface: the sum of the powers of x and y in a term.
    deriv : (int, int), >= 0
        Orders of the derivatives in x and in y; mixed ones too.
    delta : > 0
        Distance between pixels, or one in x and one in y, for derivatives.
    border : "interp" or a border word
        "interp" fits the last window that lies inside and evaluates it off its middle, so that nothing is needed from
        outside; the others extend the image as everywhere.
    fill : float
        What "constant" takes to lie outside.

    Returns
    -------
    float32 or float64, shape of `image`
        float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank, or with "interp" smaller than the window; `window` is even, or not above
        `polyorder`; `deriv`, `delta`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. Surfaces of total degree `polyorder` come out exactly to rounding, with "interp" to the very
    corners. Products of polynomials orthogonal along columns and along rows are orthogonal in the window; so the fit
    is a sum, over the degree in y, of a fit along columns of that degree alone and a fit along rows of what degree is
    left.

    References
    ----------
    .. [1] P. A. Gorry, "General least-squares smoothing and differentiation by the convolution (Savitzky-Golay)
       method", Analytical Chemistry 62(6), 1990, pp. 570-573 (along one axis).
    .. [2] J. E. Kuo, H. Wang and S. Pickup, "Multidimensional least-squares smoothing using orthogonal polynomials",
       Analytical Chemistry 63(6), 1991, pp. 630-635.

    Examples
    --------
    >>> impulse = np.zeros((9, 9)); impulse[4, 4] = 1
    >>> (savgol2d(impulse, 5, 2)[2:7, 2:7] * 175).round(9).astype(int)[:3].tolist()
    [[-13, 2, 7, 2, -13], [2, 17, 22, 17, 2], [7, 22, 27, 22, 7]]
    >>> y, x = np.mgrid[:6, :7]
    >>> bool(np.allclose(savgol2d(x * y, 5, 2, deriv=(1, 1)), 1))
    True
    """
    check_image(image)
    outside = check_fit_border(border, fill, image)
    height, width = check_odd_size(window, "window")
    order = check_order(min(height, width), polyorder)
    in_x, in_y = _check_derivs(deriv, delta, order)
    if border == "interp" and not (height <= size_of(image)[0] and width <= size_of(image)[1]):
        raise ValueError(f"window must fit into the image of {size_of(image)}, got {(height, width)}")
    products = tuple(
        (local_fit(height, k, *in_y, k), local_fit(width, order - k, *in_x))
        for k in range(order + 1)
        if k == 0 or (k >= in_y[0] and order - k >= in_x[0])  # the rest is zero; the first carries a NaN
    )
    return fit_plane(image, products, spatial_axes(image), border, outside)  # type: ignore[no-any-return]


def _check_derivs(deriv: Any, delta: Any, order: int) -> tuple[tuple[int, float], tuple[int, float]]:
    """Require orders of derivatives and distances of pixels, in x and y; return the pair of each axis."""
    if not isinstance(deriv, tuple | list) or len(deriv) != 2:
        raise TypeError(f"deriv must be (order in x, order in y), got {deriv!r}")
    distances = delta if isinstance(delta, tuple | list) else (delta, delta)
    if len(distances) != 2:
        raise ValueError(f"delta must be a number or (in x, in y), got {delta!r}")
    in_x, in_y = (check_deriv(n, distance, order) for n, distance in zip(deriv, distances, strict=True))
    return in_x, in_y
