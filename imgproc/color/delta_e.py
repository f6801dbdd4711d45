"""How different two colours look."""

from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, is_batch
from imgproc._checks import check_rgb, check_same_shape
from imgproc.primitives.color_difference import ciede2000
from imgproc.typing import ArrayT


def delta_e(lab1: ArrayT, lab2: ArrayT) -> ArrayT:
    """Give the CIEDE2000 colour difference of two Lab images.

    Parameters
    ----------
    lab1, lab2 : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        L, a and b as they stand, as `rgb_to_lab` gives them.

    Returns
    -------
    (H, W), or a batch of one channel; float32, or float64 where an operand is float64 or a wide integer
        0 for equal colours; about 1 is just visible side by side.

    Raises
    ------
    TypeError
        An operand is no array of a real dtype, or they are of two libraries.
    ValueError
        An operand has not three channels, or the shapes differ.

    Notes
    -----
    Differentiable; the gradient at equality is taken as 0. Unit weights kL = kC = kH = 1. The formula is
    discontinuous at opposite hues, by its definition.

    References
    ----------
    .. [1] G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
       supplementary test data, and mathematical observations", Color Research & Application 30(1), 2005,
       equations 2-22.

    Examples
    --------
    >>> blue, violet = np.array([[[50.0, 2.6772, -79.7751]]]), np.array([[[50.0, 0.0, -82.7485]]])
    >>> delta_e(blue, violet).round(4).tolist()
    [[2.0425]]
    """
    check_rgb(lab1, "lab1")
    check_rgb(lab2, "lab2")
    check_same_shape(lab1=lab1, lab2=lab2)
    axis = channel_axis(lab1)
    assert axis is not None  # check_rgb has seen to it
    difference = ciede2000(lab1, lab2, axis)
    return difference if not is_batch(lab1) else namespace(difference).expand_dims(difference, axis=axis)  # type: ignore[no-any-return]
