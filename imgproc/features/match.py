"""Descriptors of two images paired by their distance."""

from typing import Any, Literal

from imgproc._array.dtypes import dtype_name, is_real
from imgproc._array.kinds import describe_type, find_kind, kind, namespace
from imgproc._checks import check_choice, check_finite, check_flag, check_number, check_same_kind
from imgproc.features.keypoints import Keypoints
from imgproc.primitives.nearest_rows import nearest_bits, nearest_rows
from imgproc.typing import ArrayT


def match(
    first: Keypoints | ArrayT,
    second: Keypoints | ArrayT,
    *,
    ratio: float | None = 0.8,
    mutual: bool = True,
    max_distance: float | None = None,
    metric: Literal["euclidean", "hamming"] | None = None,
) -> ArrayT:
    """Pair each descriptor of one image with the nearest of another, where that is unmistakable.

    Parameters
    ----------
    first, second : (N, D) and (M, D), or Keypoints
        Descriptors, one a row, of one library.
    ratio : 0 to 1, above 0, optional
        The nearest must be nearer than this share of the distance to the next nearest; None skips the test. Where there
        is but one to choose from, it passes.
    mutual : bool
        Whether `first` must be nearest to `second` too.
    max_distance : >= 0, optional
        Pairs are no farther apart.
    metric : "euclidean" or "hamming", optional
        Distance between numbers, or the count of bits that differ between uint8 rows of packed bits. By default Hamming
        for uint8, else Euclidean.

    Returns
    -------
    int64, (K, 2)
        Rows of `first`, ascending, and their rows of `second`, so that `points1[pairs[:, 0]]` lie where
        `points2[pairs[:, 1]]` do. Without `mutual` a row of `second` may come several times.

    Raises
    ------
    TypeError
        They are no arrays of a real dtype, or of two libraries; a parameter is of another type.
    ValueError
        They are not (N, D) and (M, D), or hold a NaN or infinity; Hamming distances are asked for other dtypes than
        uint8, or uint8 is compared with another dtype; `ratio`, `max_distance` or `metric` is out of range.

    Notes
    -----
    Not differentiable. Every descriptor is compared with every other. Of equally near ones the first counts, and fails
    the ratio test. On a device the number of pairs is waited for, and a descriptor that is not finite, an error on the
    host, is paired with none.

    References
    ----------
    .. [1] D. G. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004, section 7.1.

    Examples
    --------
    >>> match(np.array([[0.0, 1.0], [5.0, 5.0]]), np.array([[5.0, 5.1], [0.0, 0.9], [9.0, 0.0]])).tolist()
    [[0, 1], [1, 0]]
    """
    a, b = _descriptors(first), _descriptors(second)
    _check_rows(a, b)
    is_hamming = _choose_hamming(metric, a, b)
    share = None if ratio is None else check_number(ratio, "ratio", above=0.0, at_most=1.0)
    is_mutual = check_flag(mutual, "mutual")
    farthest = None if max_distance is None else check_number(max_distance, "max_distance", at_least=0.0)
    check_finite(first=a, second=b)
    xp = namespace(a)
    if kind(a) == "torch":
        a, b = a.detach(), b.detach()
    if a.shape[0] == 0 or b.shape[0] == 0:
        return xp.zeros((0, 2), dtype=xp.int64, device=a.device)  # type: ignore[no-any-return]
    nearest, square, next_square, back = (nearest_bits if is_hamming else nearest_rows)(a, b)
    power = 1 if is_hamming else 2
    stays = nearest >= 0
    if share is not None:
        stays = stays & (square < share**power * next_square)
    if farthest is not None:
        stays = stays & (square <= farthest**power)
    rows = xp.arange(a.shape[0], dtype=xp.int64, device=a.device)
    if is_mutual:
        stays = stays & (xp.take(back, xp.where(nearest >= 0, nearest, xp.zeros_like(nearest)), axis=0) == rows)
    return xp.take(xp.stack((rows, nearest), axis=1), xp.nonzero(stays)[0], axis=0)  # type: ignore[no-any-return]


def _descriptors(x: Any) -> Any:
    return x.descriptors if isinstance(x, Keypoints) else x


def _check_rows(first: Any, second: Any) -> None:
    for name, x in (("first", first), ("second", second)):
        if find_kind(x) is None:
            raise TypeError(f"{name} must be Keypoints or a NumPy, CuPy or torch array, got {describe_type(x)}")
        if not is_real(x):
            raise TypeError(f"{name} must be of a real dtype, got dtype {dtype_name(x)}")
        if x.ndim != 2 or x.shape[1] == 0:
            raise ValueError(f"{name} must have shape (N, D), got {tuple(x.shape)}")
    check_same_kind(first=first, second=second)
    if first.shape[1] != second.shape[1]:
        shapes = f"{tuple(second.shape)} and {tuple(first.shape)}"
        raise ValueError(f"second must have as many columns as first, got shapes {shapes}")


def _choose_hamming(metric: Any, first: Any, second: Any) -> bool:
    names = dtype_name(first), dtype_name(second)
    if metric is not None:
        check_choice(metric, ("euclidean", "hamming"), "metric")
        if metric == "hamming" and names != ("uint8", "uint8"):
            raise ValueError(f"descriptors must be uint8 for the Hamming distance, got {names[0]} and {names[1]}")
        return bool(metric == "hamming")
    if (names[0] == "uint8") != (names[1] == "uint8"):
        raise ValueError(f"second must have the dtype of first unless metric is given, got {names[1]} and {names[0]}")
    return names[0] == "uint8"
