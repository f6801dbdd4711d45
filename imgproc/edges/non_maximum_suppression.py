"""Thinning of gradients to their maxima."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_image, check_same_shape
from imgproc.primitives.gradient import suppress_non_maxima
from imgproc.typing import ArrayT


def non_maximum_suppression(gx: ArrayT, gy: ArrayT) -> ArrayT:
    """Keep the gradient's length where it is greatest along the gradient, 0 elsewhere.

    Parameters
    ----------
    gx, gy : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); of one kind and shape
        Derivatives in x and in y.

    Returns
    -------
    float32 or float64, shape of `gx`
        A pixel is compared with both points at which the line along its gradient leaves the 3×3 window, where lengths
        are interpolated linearly; outside the image the length is 0. Of two equal pixels the one towards -x stays, or
        towards -y where the gradient is steeper than 45°. NaN where a compared length is NaN.

    Raises
    ------
    TypeError
        They are of different libraries, or of no real dtype.
    ValueError
        Their shapes differ, they are empty, or they have not 2 to 4 axes.

    Notes
    -----
    Differentiable where the set of maxima does not change.

    References
    ----------
    .. [1] J. Canny, "A computational approach to edge detection", PAMI 8(6), 1986, section VI.

    Examples
    --------
    >>> gx = np.array([[1.0, 3.0, 3.0, 2.0]])
    >>> non_maximum_suppression(gx, np.zeros_like(gx)).tolist()
    [[0.0, 3.0, 0.0, 0.0]]
    """
    check_image(gx, "gx")
    check_image(gy, "gy")
    check_same_shape(gx=gx, gy=gy)
    return suppress_non_maxima(gx, gy, spatial_axes(gx))  # type: ignore[no-any-return]
