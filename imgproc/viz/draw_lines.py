"""Lines across an image, and segments."""

from typing import Any

import numpy as np

from imgproc._array.layout import size_of
from imgproc._checks import check_number
from imgproc.typing import Array, ArrayT
from imgproc.viz.layer import check_canvas, check_color, check_coordinates, draw_segment, empty_layer, merge

LARGEST_THICKNESS = 1000.0
"""Pixels; thicker than that is a slip of the pen."""


def draw_lines(
    image: ArrayT, lines: Array, *, color: tuple[float, float, float] = (1.0, 0.0, 0.0), thickness: float = 1.0
) -> ArrayT:
    """Draw lines with smooth edges: those of a Hough transform from side to side, or segments between ends.

    Parameters
    ----------
    image : one gray or RGB image; (H, W), (H, W, 1) or (H, W, 3); torch (H, W), (1, H, W) or (3, H, W)
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    lines : `hough.Lines`, or (N, 4) as (x1, y1, x2, y2), of any library; copied to the host
        Anything with `rho` and `theta` is taken for lines x cos(theta) + y sin(theta) = rho; ends are pixel centres.
        There may be none, and any of them may lie outside.
    color : RGB in [0, 1]
    thickness : pixels, > 0, at most 1000

    Returns
    -------
    (H, W, 3), torch (3, H, W); the dtype of `image`
        A new image; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `lines` are no numbers.
    ValueError
        `image` is a batch, has neither one nor three channels, or is of integers that tell no range; `lines` are not
        (N, 4) or not finite; `color` or `thickness` is out of range.

    Notes
    -----
    Not differentiable. The lines are laid out on the host; what they cover is copied to the device of `image` and mixed
    there.

    Examples
    --------
    >>> drawn = draw_lines(np.zeros((3, 4)), [(0, 1, 3, 1)], color=(1, 0, 0))
    >>> drawn[..., 0].tolist()
    [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    check_canvas(image)
    size, paint = size_of(image), check_color(color)
    width = check_thickness(thickness)
    if hasattr(lines, "rho") and hasattr(lines, "theta"):
        rho, theta = (check_coordinates(_as_column(x), 1, "lines")[:, 0] for x in (lines.rho, lines.theta))
        if len(rho) != len(theta):
            raise ValueError(f"lines must have as many rho as theta, got {len(rho)} and {len(theta)}")
        ends = ends_across(np.stack((np.cos(theta), np.sin(theta), -rho), axis=-1), size)
    else:
        ends = check_coordinates(lines, 4, "lines")
    layer = empty_layer(size)
    for pair in ends:
        draw_segment(layer, pair, width, paint)
    return merge(image, layer)  # type: ignore[no-any-return]


def _as_column(x: Any) -> Any:
    return x.reshape(-1, 1) if hasattr(x, "reshape") else np.reshape(x, (-1, 1))


def ends_across(lines: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return ends beyond the image of lines (a, b, c), a x + b y + c = 0; a line without direction is left out."""
    length = np.hypot(lines[:, 0], lines[:, 1])
    a, b, c = (lines[length > 0] / length[length > 0, None]).T
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    normal, along = np.stack((a, b), axis=-1), np.stack((-b, a), axis=-1)
    foot = middle - (normal @ middle + c)[:, None] * normal
    reach = size[0] + size[1]
    return np.concatenate((foot - reach * along, foot + reach * along), axis=-1)


def check_thickness(thickness: Any) -> float:
    """Require a thickness in pixels."""
    return check_number(thickness, "thickness", above=0.0, at_most=LARGEST_THICKNESS)
