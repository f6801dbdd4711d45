"""Pictures that change with the distance they are seen from."""

from typing import Any

from imgproc._array.dtypes import lift, restore
from imgproc._checks import check_border, check_image, check_same_dtype, check_same_shape
from imgproc.filters.gaussian import check_sigma, gaussian
from imgproc.typing import ArrayT, Border


def hybrid_image(
    far: ArrayT,
    near: ArrayT,
    *,
    sigma_far: float,
    sigma_near: float | None = None,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Join what of `far` is seen from a distance and what of `near` is seen close by.

    Parameters
    ----------
    far, near : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); one real dtype
        Aligned, of one size.
    sigma_far : pixels, > 0
        Of the Gaussian that smooths `far`: its details are lost.
    sigma_near : pixels, > 0, optional
        Of the Gaussian taken away from `near`: only its details stay. By default `sigma_far`; a smaller one leaves a
        gap between the two, so that they disturb each other less.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `far` (float32 for masks)
        Rounded and saturated once for integers.

    Raises
    ------
    TypeError
        `far` and `near` are no arrays of one library and one real dtype, or a parameter is no number.
    ValueError
        The images are empty, of another rank or of two shapes; a sigma or `border` is out of range.

    Notes
    -----
    Differentiable. The gain of the coarse part falls to 1/2 at sqrt(2 ln 2) / (2 pi sigma), some 0.187 / sigma, cycles
    per pixel.

    References
    ----------
    .. [1] A. Oliva, A. Torralba and P. G. Schyns, "Hybrid images", ACM Trans. Graphics 25(3), 2006, section 2.

    Examples
    --------
    >>> flat, stripes = np.full((4, 8), 9.0), np.tile([0.0, 2.0], (4, 4))
    >>> hybrid_image(flat, stripes, sigma_far=2.0, border="wrap")[0, :4].round(3).tolist()
    [8.0, 10.0, 8.0, 10.0]
    """
    check_image(far, "far")
    check_image(near, "near")
    check_same_shape(far=far, near=near)
    check_same_dtype(far=far, near=near)
    coarse, _ = check_sigma(sigma_far, 4.0, above=0.0, name="sigma_far")
    fine, _ = check_sigma(sigma_far if sigma_near is None else sigma_near, 4.0, above=0.0, name="sigma_near")
    check_border(border, fill, far)
    below: Any = gaussian(lift(far), coarse, border=border, fill=fill)
    exact: Any = lift(near)
    return restore(below + (exact - gaussian(exact, fine, border=border, fill=fill)), far)  # type: ignore[no-any-return]
