"""Replacing vectors by the nearest ones of a codebook."""

from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import cast_to, dtype_name, is_real, lift, work_dtype
from imgproc._array.kinds import describe_type, find_kind, kind, namespace
from imgproc._checks import check_same_kind
from imgproc.primitives.nearest_center import assign_to_centers
from imgproc.primitives.nearest_rows import nearest_rows
from imgproc.segmentation.kmeans import check_features
from imgproc.typing import Array, ArrayT

_MOST_DIMENSIONS = 16
"""Up to here summing differences beats a product of matrices."""


def vector_quantize(features: ArrayT, codebook: Array) -> tuple[ArrayT, ArrayT]:
    """Find the nearest vector of a codebook for each point.

    The codebook divides space into Voronoi cells: cell j is what lies nearer to code j than to any other; points that
    are equally near to several belong to the first of them.

    Parameters
    ----------
    features : (N, D); any real dtype
        Points, as rows.
    codebook : (k, D)
        NumPy, a list, or of the library of `features`.

    Returns
    -------
    (codes, squares)
        `codes` (N,) int32, the rows of the codebook; `squares` (N,), their squared Euclidean distances, float32 or, for
        float64 and integers of 32 bits and more, float64. A point with a NaN has a NaN distance.

    Raises
    ------
    TypeError
        An argument is no array of a real dtype, or they are of two libraries.
    ValueError
        One is empty or of another shape.

    Notes
    -----
    Differentiable: the distances, with respect to both; the codes are constant between cells.

    References
    ----------
    .. [1] A. Gersho and R. M. Gray, "Vector Quantization and Signal Compression", 1992, section 10.4.

    Examples
    --------
    >>> codes, squares = vector_quantize(np.array([[0.0, 1.0], [5.0, 5.0]]), [[0, 0], [4, 5]])
    >>> codes.tolist(), squares.tolist()
    ([0, 1], [1.0, 1.0])
    """
    check_features(features, batch=False)
    points: Any = lift(features)
    codes = _as_codebook(codebook, features)
    xp = namespace(points)
    held = [x.detach() if kind(x) == "torch" else x for x in (points, codes)]
    if points.shape[1] <= _MOST_DIMENSIONS:
        weights = xp.ones(points.shape[0], dtype=xp.float64, device=points.device)
        index = assign_to_centers(xp.matrix_transpose(held[0]), weights, held[1])[0]
    else:
        index = nearest_rows(*held)[0]
        index = xp.where(index < 0, xp.zeros_like(index), index)  # nothing is near to NaN
    difference = points - xp.take(codes, cast_to(index, "int64"), axis=0)
    return cast_to(index, "int32"), xp.sum(difference * difference, axis=1)


def _as_codebook(codebook: Any, features: Any) -> Any:
    """Return the codes in the work dtype of the points and where they are."""
    if find_kind(codebook) is None:
        try:
            codebook = np.asarray(codebook)
        except ValueError:
            raise ValueError("codebook must be (k, D), got rows of different lengths") from None
        if codebook.dtype.kind not in "biuf":
            raise TypeError(f"codebook must be real numbers, got {describe_type(codebook)} of dtype {codebook.dtype}")
    if not is_real(codebook):
        raise TypeError(f"codebook must be real numbers, got dtype {dtype_name(codebook)}")
    if codebook.ndim != 2 or codebook.shape[1] != features.shape[1] or codebook.shape[0] == 0:
        raise ValueError(f"codebook must be (k, {features.shape[1]}), got shape {tuple(codebook.shape)}")
    if find_kind(codebook) == "numpy" and find_kind(features) != "numpy":
        host = to_numpy(codebook).astype(work_dtype(features))
        return namespace(features).asarray(host, device=features.device)
    check_same_kind(features=features, codebook=codebook)
    return cast_to(codebook, work_dtype(features))
