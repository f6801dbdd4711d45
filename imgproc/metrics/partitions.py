"""Measures of how far two partitions of an image agree."""

import math
from collections.abc import Callable
from typing import Any

from imgproc._array.dtypes import cast_to, dtype_name, is_float, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch
from imgproc._checks import check_flag, check_gray, check_same_shape
from imgproc.primitives.contingency import contingency
from imgproc.typing import ArrayT


def rand_index(labels: ArrayT, truth: ArrayT, *, adjusted: bool = False) -> ArrayT:
    """Measure the share of pairs of pixels that two partitions treat alike: together in both, or apart in both.

    Parameters
    ----------
    labels, truth : (H, W), (H, W, 1) or (N, H, W, 1); torch (H, W), (1, H, W) or (N, 1, H, W); integers or bool
        Of one shape; which number a region has does not matter.
    adjusted : bool
        Take off what chance alone would give: 0 is expected of random partitions with the same sizes, 1 of equal ones.

    Returns
    -------
    float32, () or (N,)
        From 0 to 1; adjusted it may be negative. An image of one pixel gives 1. float64 for integers of 32 bits and
        more.

    Raises
    ------
    TypeError
        The arrays are no labels, or of two libraries.
    ValueError
        They are empty, of another rank, of two shapes or have channels.

    Notes
    -----
    Not differentiable.

    References
    ----------
    .. [1] W. M. Rand, "Objective criteria for the evaluation of clustering methods", JASA 66, 1971; L. Hubert and
       P. Arabie, "Comparing partitions", J. Classification 2, 1985, equation 5.

    Examples
    --------
    >>> halves, thirds = np.array([[0, 0, 0, 1, 1, 1]]), np.array([[5, 5, 6, 6, 7, 7]])
    >>> [round(float(rand_index(halves, thirds, adjusted=chance)), 4) for chance in (False, True)]
    [0.6667, 0.2424]
    """
    check_labels(labels, truth)
    check_flag(adjusted, "adjusted")

    def measure(together: Any, ours: Any, theirs: Any) -> Any:
        xp = namespace(together)
        total = xp.sum(together)
        pairs = total * (total - 1) / 2
        both, one, other = (xp.sum(x * (x - 1) / 2) for x in (together, ours, theirs))
        safe = xp.where(pairs > 0, pairs, xp.ones_like(pairs))
        if not adjusted:
            return xp.where(pairs > 0, 1 + (2 * both - one - other) / safe, xp.ones_like(pairs))
        expected, greatest = one * other / safe, (one + other) / 2
        varies = greatest != expected  # else both are one region, or pixels all alone
        share = (both - expected) / xp.where(varies, greatest - expected, xp.ones_like(pairs))
        return xp.where(varies, share, xp.ones_like(pairs))

    return _of_each_image(labels, truth, measure)  # type: ignore[no-any-return]


def variation_of_information(labels: ArrayT, truth: ArrayT) -> ArrayT:
    """Measure what each of two partitions leaves unknown of the other, in bits.

    Parameters
    ----------
    labels, truth : (H, W), (H, W, 1) or (N, H, W, 1); torch (H, W), (1, H, W) or (N, 1, H, W); integers or bool
        Of one shape; which number a region has does not matter.

    Returns
    -------
    float32, () or (N,)
        H(labels | truth) + H(truth | labels), at least 0 and exactly 0 for equal partitions; float64 for integers of 32
        bits and more.

    Raises
    ------
    TypeError
        The arrays are no labels, or of two libraries.
    ValueError
        They are empty, of another rank, of two shapes or have channels.

    Notes
    -----
    Not differentiable. A metric: the triangle inequality holds.

    References
    ----------
    .. [1] M. Meila, "Comparing clusterings - an information based distance", J. Multivariate Analysis 98, 2007, eq. 16.

    Examples
    --------
    >>> float(variation_of_information(np.array([[0, 0, 1, 1]]), np.array([[0, 1, 2, 3]])))
    1.0
    """
    check_labels(labels, truth)

    def measure(together: Any, ours: Any, theirs: Any) -> Any:
        xp = namespace(together)
        total = xp.sum(together)
        both, one, other = (xp.sum(x * xp.log(x)) for x in (together, ours, theirs))
        bits = (one + other - 2 * both) / (total * math.log(2))
        same = (together.shape == ours.shape) and (together.shape == theirs.shape)
        return xp.zeros_like(bits) if same else bits  # one pair for each label: equal, whatever the rounding

    return _of_each_image(labels, truth, measure)  # type: ignore[no-any-return]


def check_labels(labels: Any, truth: Any) -> None:
    """Require two label maps of one library and shape."""
    both = {"labels": labels, "truth": truth}
    for name, x in both.items():
        check_gray(x, name)
    check_same_shape(**both)
    for name, x in both.items():
        if is_float(x):
            raise TypeError(f"{name} must be integers or bool, got dtype {dtype_name(x)}")


def _of_each_image(labels: Any, truth: Any, measure: Callable[[Any, Any, Any], Any]) -> Any:
    """Measure each image by the counts of its pairs of labels and of the labels of each map."""
    xp = namespace(labels)
    count = labels.shape[0] if is_batch(labels) else 1
    ours, theirs = (xp.reshape(cast_to(x, "int64"), (count, -1)) for x in (labels, truth))
    found = [measure(*contingency(ours[i, :], theirs[i, :])) for i in range(count)]
    numbers = cast_to(xp.stack(found), work_dtype(labels))
    return numbers if is_batch(labels) else numbers[0, ...]
