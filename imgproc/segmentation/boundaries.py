"""Where regions end."""

from typing import Literal

from imgproc._array.dtypes import dtype_name, is_float
from imgproc._array.layout import drop_channel, is_batch, spatial_axes
from imgproc._checks import check_choice, check_flag, check_gray
from imgproc.primitives.label_boundaries import label_boundaries
from imgproc.typing import ArrayT


def boundaries(labels: ArrayT, *, connectivity: Literal[4, 8] = 4, thick: bool = True) -> ArrayT:
    """Mark the pixels at which regions end.

    Parameters
    ----------
    labels : (H, W), (H, W, 1) or (N, H, W, 1); torch (H, W), (1, H, W) or (N, 1, H, W); integers or bool
    connectivity : 4 or 8
        Whether pixels that touch at a corner are neighbours.
    thick : bool
        Mark both sides; else the pixel to the left of, or above, its neighbour, so that boundaries are one pixel wide.

    Returns
    -------
    bool, (H, W) or (N, H, W, 1); torch (H, W) or (N, 1, H, W)
        Nothing is marked along the frame.

    Raises
    ------
    TypeError
        `labels` is no array of integers or bool, or `thick` no bool.
    ValueError
        `labels` is empty, of another rank or has channels; `connectivity` is neither 4 nor 8.

    Notes
    -----
    Not differentiable.

    Examples
    --------
    >>> boundaries(np.array([[0, 0, 1, 1]])).tolist(), boundaries(np.array([[0, 0, 1, 1]]), thick=False).tolist()
    ([[False, True, True, False]], [[False, True, False, False]])
    """
    check_gray(labels, "labels")
    if is_float(labels):
        raise TypeError(f"labels must be integers or bool, got dtype {dtype_name(labels)}")
    check_choice(connectivity, (4, 8), "connectivity")
    check_flag(thick, "thick")
    marks = label_boundaries(labels, spatial_axes(labels), connectivity, thick=thick)
    return marks if is_batch(marks) else drop_channel(marks)  # type: ignore[no-any-return]
