"""Which regions touch."""

from typing import Literal

from imgproc._array.dtypes import dtype_name, is_float
from imgproc._array.layout import drop_channel, is_batch
from imgproc._checks import check_choice, check_gray
from imgproc.primitives.region_adjacency import adjacent_labels
from imgproc.typing import ArrayT


def region_adjacency(labels: ArrayT, *, connectivity: Literal[4, 8] = 4) -> ArrayT:
    """List the pairs of labels that touch.

    Parameters
    ----------
    labels : (H, W), or one image of one channel; integers or bool
    connectivity : 4 or 8
        Whether pixels that touch at a corner are neighbours.

    Returns
    -------
    (E, 2), dtype of `labels`
        Each pair once, the lesser first, sorted; none where all pixels have one label.

    Raises
    ------
    TypeError
        `labels` is no array of integers or bool.
    ValueError
        `labels` is empty, a batch or of several channels; `connectivity` is neither 4 nor 8.

    Notes
    -----
    Not differentiable. A device is waited for: how many pairs there are is known only there.

    Examples
    --------
    >>> region_adjacency(np.array([[0, 0, 5], [3, 3, 5]])).tolist()
    [[0, 3], [0, 5], [3, 5]]
    """
    check_gray(labels, "labels")
    if is_batch(labels):
        shape = tuple(labels.shape)  # type: ignore[attr-defined]
        raise ValueError(f"labels must be one image, since each has its own number of pairs, got shape {shape}")
    if is_float(labels):
        raise TypeError(f"labels must be integers or bool, got dtype {dtype_name(labels)}")
    check_choice(connectivity, (4, 8), "connectivity")
    return adjacent_labels(drop_channel(labels), connectivity)  # type: ignore[no-any-return]
