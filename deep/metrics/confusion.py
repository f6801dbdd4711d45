"""Which classes are taken for which."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import find_kind, namespace
from imgproc._checks import check_array, check_integer, check_same_shape

__all__ = ["confusion_matrix"]


def confusion_matrix(truth: Any, predicted: Any, *, num_classes: int | None = None) -> Any:
    """Count how often each class was taken for each.

    Parameters
    ----------
    truth, predicted : integer classes from 0 on, of one shape
        Arrays of one library, or lists; label images too.
    num_classes : at least 1
        One more than the greatest class that occurs where None.

    Returns
    -------
    int64, (num_classes, num_classes)
        Rows are the truth, columns the predictions; of the library and on the device of the classes.

    Raises
    ------
    TypeError
        The classes are no integers, or of two libraries.
    ValueError
        The shapes differ, there is nothing to count, or a class is negative or not below `num_classes`.

    Examples
    --------
    Of three cats one is taken for a dog:

    >>> confusion_matrix([0, 0, 0, 1], [0, 1, 0, 1])
    array([[2, 1],
           [0, 1]])
    """
    first, second = _classes(truth, "truth"), _classes(predicted, "predicted")
    check_same_shape(truth=first, predicted=second)
    xp = namespace(first)
    greatest = max(_check_extremes(first, num_classes, "truth"), _check_extremes(second, num_classes, "predicted"))
    count = greatest + 1 if num_classes is None else num_classes
    pairs = cast_to(first, "int64") * count + cast_to(second, "int64")
    return cast_to(xp.reshape(xp.bincount(xp.reshape(pairs, (-1,)), minlength=count * count), (count, count)), "int64")


def _classes(values: Any, name: str) -> Any:
    array = np.asarray(values) if find_kind(values) is None else values
    check_array(array, name)
    if "int" not in dtype_name(array):
        raise TypeError(f"{name} must hold integers, got dtype {dtype_name(array)}")
    return array


def _check_extremes(classes: Any, num_classes: int | None, name: str) -> int:
    xp = namespace(classes)
    least, greatest = int(xp.min(classes)), int(xp.max(classes))
    limit = greatest + 1 if num_classes is None else check_integer(num_classes, "num_classes", at_least=1)
    if least < 0 or greatest >= limit:
        raise ValueError(f"{name} must hold classes from 0 to {limit - 1}, got {least} to {greatest}")
    return greatest
