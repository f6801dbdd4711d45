"""Edges by two thresholds."""

from imgproc._array.layout import spatial_axes
from imgproc._checks import check_image, check_number
from imgproc.primitives.hysteresis import link_hysteresis
from imgproc.typing import ArrayT


def hysteresis(strength: ArrayT, low: float, high: float) -> ArrayT:
    """Select strong pixels, and the weaker ones that lead to them.

    Parameters
    ----------
    strength : (H, W), (H, W, C) or a batch; any real dtype
        How strongly a pixel is an edge; each channel is linked on its own.
    low, high : finite, in the unit of `strength`, low <= high
        A pixel of at least `high` starts an edge; one of at least `low` continues an edge to which it is 8-connected
        through pixels of at least `low`.

    Returns
    -------
    bool, shape of `strength`
        True on edges. A NaN is no edge.

    Raises
    ------
    TypeError
        `strength` is no array of a real dtype; `low` or `high` is no number.
    ValueError
        `strength` has not 2 to 4 axes or is empty; `low` or `high` is not finite; `high` is below `low`.

    Notes
    -----
    Not differentiable. Thresholds are rounded to float32 (float64 for float64 strengths and integers of 32 bits and
    more) before strengths are compared with them, so a float32 pixel of 0.1 reaches ``low=0.1``. Winding edges cost no
    more than straight ones. scikit-image's `apply_hysteresis_threshold` demands more than the thresholds, and does not
    link diagonal neighbours.

    References
    ----------
    .. [1] J. Canny, "A computational approach to edge detection", PAMI 8(6), 1986, section VI.

    Examples
    --------
    >>> hysteresis(np.array([[1, 2, 3, 0, 2]]), 2, 3).tolist()
    [[False, True, True, False, False]]
    """
    check_image(strength, "strength")
    low = check_number(low, "low")
    high = check_number(high, "high", at_least=low)
    return link_hysteresis(strength, low, high, spatial_axes(strength))  # type: ignore[no-any-return]
