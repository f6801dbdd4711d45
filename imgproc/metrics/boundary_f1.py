"""How well boundaries of regions are found."""

from typing import Any

from imgproc._array.dtypes import cast_to, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch, spatial_axes
from imgproc._checks import check_number
from imgproc.metrics.partitions import check_labels
from imgproc.primitives.distance import euclidean_distance
from imgproc.primitives.label_boundaries import label_boundaries
from imgproc.typing import ArrayT


def boundary_f1(labels: ArrayT, truth: ArrayT, *, tolerance: float = 2.0) -> ArrayT:
    """Measure how many boundary pixels of each of two partitions have one of the other nearby.

    Parameters
    ----------
    labels, truth : (H, W), (H, W, 1) or (N, H, W, 1); torch (H, W), (1, H, W) or (N, 1, H, W); integers or bool
        Of one shape; which number a region has does not matter.
    tolerance : pixels, >= 0
        Greatest Euclidean distance that is near.

    Returns
    -------
    float32, () or (N,)
        The harmonic mean of precision (boundary pixels of `labels` with one of `truth` nearby) and recall (the other
        way round), from 0 to 1; 1 where neither has a boundary, 0 where only one has. float64 for integers of 32 bits
        and more.

    Raises
    ------
    TypeError
        The arrays are no labels, of two libraries, or `tolerance` is no number.
    ValueError
        They are empty, of another rank, of two shapes or have channels; `tolerance` is negative or not finite.

    Notes
    -----
    Not differentiable. Boundaries are one pixel wide: pixels whose neighbour to the right or below has another label.

    References
    ----------
    .. [1] G. Csurka, D. Larlus and F. Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC
       2013, section 2.2; on Euclidean distances, without matching pixel to pixel.

    Examples
    --------
    >>> left, right = np.repeat([[0, 0, 1, 1, 1, 1, 1]], 3, 0), np.repeat([[0, 0, 0, 0, 0, 1, 1]], 3, 0)
    >>> float(boundary_f1(left, right)), float(boundary_f1(left, right, tolerance=3))
    (0.0, 1.0)
    """
    check_labels(labels, truth)
    reach = check_number(tolerance, "tolerance", at_least=0.0)
    xp: Any = namespace(labels)
    axes = spatial_axes(labels)
    edges = [label_boundaries(x, axes, 4, thick=False) for x in (labels, truth)]
    over = tuple(range(is_batch(labels), labels.ndim))  # type: ignore[attr-defined]
    shares = []
    for own, other in (edges, edges[::-1]):
        near = own & (euclidean_distance(~other, axes) <= reach)
        count, hits = (xp.sum(cast_to(x, "float64"), axis=over) for x in (own, near))
        shares.append((hits / xp.where(count > 0, count, xp.ones_like(count)), count == 0))
    (precision, without), (recall, without_truth) = shares
    total = precision + recall
    found = 2 * precision * recall / xp.where(total > 0, total, xp.ones_like(total))
    found = xp.where(without & without_truth, xp.ones_like(found), found)
    return cast_to(found, work_dtype(labels))  # type: ignore[no-any-return]
