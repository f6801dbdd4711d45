"""The lines on which the other view's points must lie."""

from typing import Any

import numpy as np

from imgproc._array.layout import size_of
from imgproc.typing import Array, ArrayT
from imgproc.viz.draw_lines import check_thickness, ends_across
from imgproc.viz.draw_matches import check_pair, colors_of
from imgproc.viz.layer import Color, check_coordinates, draw_disc, draw_segment, empty_layer, merge


def draw_epipolar_lines(
    image1: ArrayT,
    image2: ArrayT,
    F: Array,
    points1: Array,
    points2: Array,
    *,
    color: tuple[float, float, float] | None = None,
    thickness: float = 1.0,
) -> tuple[ArrayT, ArrayT]:
    """Draw in each of two views its own points and the epipolar lines of the other's.

    Parameters
    ----------
    image1, image2 : one gray or RGB image each, of one library and dtype
    F : (3, 3)
        Fundamental matrix, x2ᵀ F x1 = 0; copied to the host.
    points1, points2 : (N, 2) as (x, y), of any library; copied to the host
        Row i of one belongs to row i of the other, and both have one colour.
    color : RGB in [0, 1], optional
        By default a colour for each pair.
    thickness : pixels, > 0, at most 1000
        Of the lines; points are discs six times as wide.

    Returns
    -------
    two of (H, W, 3), torch (3, H, W); the dtype of the images
        New images; float32 for masks. Where the other view's point is the epipole there is no line.

    Raises
    ------
    TypeError
        An image is no array of a real dtype, they are of different libraries, or `F` or points are no numbers.
    ValueError
        An image is a batch, has neither one nor three channels, or is of integers that tell no range; the dtypes
        differ; `F` is not (3, 3); points are not (N, 2), not as many or not finite; `color` or `thickness` is out of
        range.

    Notes
    -----
    Not differentiable. The lines are laid out on the host; what they cover is copied to the device of the images and
    mixed there.

    Examples
    --------
    >>> F = [[0, 0, 0], [0, 0, -1], [0, 1, 0]]  # a rectified pair: matching points are in one row
    >>> left, right = np.zeros((9, 9)), np.zeros((9, 9))
    >>> drawn, _ = draw_epipolar_lines(left, right, F, [(4, 4)], [(7, 4)], color=(1, 1, 1))
    >>> drawn[4, :, 0].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    check_pair(image1, image2)
    width = check_thickness(thickness)
    matrix = check_coordinates(F, 3, "F")
    if matrix.shape != (3, 3):
        raise ValueError(f"F must be (3, 3), got shape {matrix.shape}")
    first, second = check_coordinates(points1, 2, "points1"), check_coordinates(points2, 2, "points2")
    if len(first) != len(second):
        raise ValueError(f"points2 must be as many as points1, got {len(second)} and {len(first)}")
    paints = colors_of(len(first), color)
    return (
        _draw(image1, _homogeneous(second) @ matrix, first, paints, width),
        _draw(image2, _homogeneous(first) @ matrix.T, second, paints, width),
    )


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate((points, np.ones((len(points), 1))), axis=1)


def _draw(image: Any, lines: np.ndarray, points: np.ndarray, paints: list[Color], width: float) -> Any:
    layer = empty_layer(size_of(image))
    has_direction = np.hypot(lines[:, 0], lines[:, 1]) > 0
    drawn = [paint for paint, is_line in zip(paints, has_direction, strict=True) if is_line]
    for ends, paint in zip(ends_across(lines, size_of(image)), drawn, strict=True):
        draw_segment(layer, ends, width, paint)
    for point, paint in zip(points, paints, strict=True):
        draw_disc(layer, point, 3 * width, paint)
    return merge(image, layer)
