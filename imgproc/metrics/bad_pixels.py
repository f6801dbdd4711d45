"""The share of wrong disparities."""

from typing import Any

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch
from imgproc._checks import check_flag, check_gray, check_number, check_same_shape
from imgproc.typing import ArrayT


def bad_pixels(disparity: ArrayT, truth: ArrayT, *, threshold: float = 2.0, count_unknown: bool = True) -> ArrayT:
    """Measure the share of pixels whose disparity is off.

    Parameters
    ----------
    disparity : (H, W), (H, W, 1) or (N, H, W, 1); torch (H, W), (1, H, W) or (N, 1, H, W); any real dtype
        NaN where unknown.
    truth : array like `disparity`
        NaN or infinite where unknown: such pixels are not counted.
    threshold : pixels, >= 0
        Differences above it are wrong.
    count_unknown : bool
        Whether an unknown disparity, where the truth is known, is wrong or not counted.

    Returns
    -------
    float32, () or (N,)
        From 0 to 1; float64 for float64 and integers of 32 bits and more. NaN where no pixel is counted.

    Raises
    ------
    TypeError
        The arrays are of two libraries or of no real dtype, or a parameter is of another type.
    ValueError
        They are empty, of another rank, of two shapes or have channels; `threshold` is negative.

    Notes
    -----
    Not differentiable.

    References
    ----------
    .. [1] D. Scharstein and R. Szeliski, "A taxonomy and evaluation of dense two-frame stereo correspondence
       algorithms", IJCV 47, 2002, section 5.1, equation 13.

    Examples
    --------
    >>> found, truth = np.array([[1.0, 7.0, np.nan, 4.0]]), np.array([[1.5, 3.0, 2.0, np.inf]])
    >>> round(float(bad_pixels(found, truth)), 4), float(bad_pixels(found, truth, count_unknown=False))
    (0.6667, 0.5)
    """
    check_gray(disparity, "disparity")
    check_gray(truth, "truth")
    check_same_shape(disparity=disparity, truth=truth)
    limit = check_number(threshold, "threshold", at_least=0.0)
    check_flag(count_unknown, "count_unknown")
    xp: Any = namespace(disparity)
    found, wanted = lift(disparity), lift(truth)
    counted = xp.isfinite(wanted)
    wrong = ~(xp.abs(found - wanted) <= limit)  # NaN is not near anything
    if not count_unknown:
        counted = counted & xp.isfinite(found)
    axes = tuple(range(is_batch(disparity), disparity.ndim))  # type: ignore[attr-defined]
    numbers = [xp.sum(cast_to(x, "float64"), axis=axes) for x in (counted & wrong, counted)]
    nothing = numbers[1] == 0
    share = numbers[0] / xp.where(nothing, xp.ones_like(numbers[1]), numbers[1])
    work = max(work_dtype(disparity), work_dtype(truth))  # float64 is greater
    return cast_to(xp.where(nothing, xp.full_like(share, float("nan")), share), work)  # type: ignore[no-any-return]
