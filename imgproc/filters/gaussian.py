"""Gaussian smoothing and derivatives of a Gaussian, with sampled kernels."""

import functools
import math

import numpy as np

from imgproc._array.dtypes import image_dtype, work_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import LARGEST_SIZE, check_border, check_image, check_integer, check_number
from imgproc.primitives.correlate import correlate_separable
from imgproc.typing import ArrayT, Border


@functools.lru_cache(maxsize=256)
def gaussian_weights(sigma: float, truncate: float = 4.0, order: int = 0) -> tuple[float, ...]:
    """Return the taps of a sampled Gaussian, or of its derivative of `order`, to correlate with.

    Parameters
    ----------
    sigma : pixels, >= 0
    truncate : sigmas, > 0
        The radius is floor(truncate * sigma + 1/2), at least what `order` needs.
    order : int, >= 0
        Taps of order n > 0 are the Gaussian times the polynomial of degree n and parity of n that differentiates every
        polynomial of degree n exactly: sum of w[k] k^j is n! for j = n and 0 for j < n.

    Returns
    -------
    tuple of 2 * radius + 1 floats
        Exactly symmetric or antisymmetric.
    """
    fewest = (order + 1) // 2
    radius = max(int(truncate * sigma + 0.5), fewest)
    k = np.arange(-radius, radius + 1, dtype=np.float64)
    # as many taps as conditions leave no choice: the finite difference, to which a narrow Gaussian comes down
    is_determined = radius == fewest and order > 0
    bell = np.ones_like(k) if is_determined else np.exp(-0.5 * (k / max(sigma, 1e-300)) ** 2)
    if order == 0:
        return tuple((bell / bell.sum()).tolist())
    powers = np.arange(order % 2, order + 1, 2)
    scaled = k / max(radius, 1)  # keeps the moments near 1
    basis = bell[:, None] * scaled[:, None] ** powers
    moments = scaled[:, None] ** powers
    wanted = np.where(powers == order, math.factorial(order) / float(max(radius, 1)) ** order, 0.0)
    taps = basis @ np.linalg.solve(moments.T @ basis, wanted)
    mirrored = taps[::-1] if order % 2 == 0 else -taps[::-1]
    return tuple(((taps + mirrored) / 2).tolist())


def check_sigma(
    sigma: object, truncate: object, name: str = "sigma", *, above: float = -math.inf
) -> tuple[float, float]:
    """Require a width >= 0 (or > `above`) and a truncation whose kernel is of sane size; return both as floats."""
    width = check_number(sigma, name, at_least=0.0, above=above)
    cut = check_number(truncate, "truncate", above=0.0)
    if width * cut > LARGEST_SIZE:
        raise ValueError(f"{name} * truncate must be at most {LARGEST_SIZE}, got {sigma!r} * {truncate!r}")
    return width, cut


def gaussian(
    image: ArrayT,
    sigma: float,
    *,
    order: int | tuple[int, int] = 0,
    truncate: float = 4.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Smooth with a Gaussian, or differentiate at its scale.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma : pixels, >= 0
        Standard deviation; 0 is the identity of order 0.
    order : int or (int, int), 0 to 8
        Orders of the derivatives in x and in y; one integer means both.
    truncate : sigmas, > 0
        The sampled kernel reaches floor(truncate * sigma + 1/2) pixels.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape of `image`
        Order 0: the dtype of `image`, rounded once (float32 for masks). Derivatives: float32, or float64 for float64
        and integers of 32 bits and more; intensity per pixel**order.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `sigma` is negative, not finite, or 0 for a derivative; `order`, `truncate`
        or `border` is out of range.

    Notes
    -----
    Differentiable. The taps are samples of the Gaussian, scaled to sum to 1; those of a derivative are corrected so
    that polynomials of that degree come out exactly (x**2 has the second derivative 2, a constant exactly 0), which
    samples of the derivative alone miss by some thousandths.

    References
    ----------
    .. [1] R. A. Haddad and A. N. Akansu, "A class of fast Gaussian binomial filters for speech and image processing",
       IEEE Trans. Signal Processing 39(3), 1991, section II (sampled Gaussians).

    Examples
    --------
    >>> impulse = np.zeros((5, 5)); impulse[2, 2] = 1
    >>> gaussian(impulse, 0.5, truncate=2)[2].round(3).tolist()
    [0.0, 0.084, 0.619, 0.084, 0.0]
    >>> ramp = np.arange(9.0) * np.ones((9, 1))
    >>> gaussian(ramp, 1.0, order=(1, 0), border="edge")[4, 4].round(12).item()
    1.0
    """
    check_image(image)
    outside = check_border(border, fill, image)
    orders = order if isinstance(order, tuple) else (order, order)
    if len(orders) != 2:
        raise ValueError(f"order must be an integer or (order in x, order in y), got {order!r}")
    order_x, order_y = (check_integer(value, "order", at_least=0, at_most=8) for value in orders)
    is_smoothing = order_x == order_y == 0
    width, cut = check_sigma(sigma, truncate, above=-math.inf if is_smoothing else 0.0)
    weights_y, weights_x = (gaussian_weights(width, cut, n) for n in (order_y, order_x))
    dtype = image_dtype(image) if is_smoothing else work_dtype(image)
    return correlate_separable(image, weights_y, weights_x, spatial_axes(image), border, outside, dtype)  # type: ignore[no-any-return]
