"""Two images side by side, and what belongs together in them."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import find_kind, kind, namespace
from imgproc._array.layout import channels_of, size_of
from imgproc._checks import check_same_kind
from imgproc.arrays import to_numpy
from imgproc.color.gray import gray_to_rgb
from imgproc.typing import Array, ArrayT
from imgproc.viz.draw_lines import check_thickness
from imgproc.viz.layer import (
    Color,
    check_canvas,
    check_color,
    check_coordinates,
    draw_disc,
    draw_segment,
    empty_layer,
    merge,
)
from imgproc.viz.palette import label_colors


def draw_matches(
    image1: ArrayT,
    image2: ArrayT,
    points1: Array,
    points2: Array,
    *,
    matches: Array | None = None,
    color: tuple[float, float, float] | None = None,
    thickness: float = 1.0,
) -> ArrayT:
    """Draw two images side by side, with a line from each point to its match.

    Parameters
    ----------
    image1, image2 : one gray or RGB image each, of one library and dtype
        The second stands to the right of the first; what is missing below the shorter is black.
    points1, points2 : (N, 2) and (M, 2) as (x, y), of any library; copied to the host
    matches : (K, 2) integers, optional
        Rows of `points1` and of `points2` that belong together, as `features.match` gives them. Without, row i belongs
        to row i.
    color : RGB in [0, 1], optional
        By default a colour for each match.
    thickness : pixels, > 0, at most 1000
        Of the lines; the ends are discs three times as wide.

    Returns
    -------
    (max(H1, H2), W1 + W2, 3), torch (3, max(H1, H2), W1 + W2); the dtype of `image1`
        A new image; float32 for masks.

    Raises
    ------
    TypeError
        An image is no array of a real dtype, they are of different libraries, points are no numbers, or `matches` no
        integers.
    ValueError
        An image is a batch, has neither one nor three channels, or is of integers that tell no range; the dtypes
        differ; points are not (N, 2) or not finite; there are not as many without `matches`; `matches` are not (K, 2)
        rows of them; `color` or `thickness` is out of range.

    Notes
    -----
    Not differentiable. The lines are laid out on the host; what they cover is copied to the device of the images and
    mixed there.

    Examples
    --------
    >>> left, right = np.zeros((20, 30), np.uint8), np.zeros((25, 30), np.uint8)
    >>> draw_matches(left, right, [(5, 5), (9, 9)], [(6, 5)], matches=[(0, 0)]).shape
    (25, 60, 3)
    """
    check_pair(image1, image2)
    width = check_thickness(thickness)
    first, second = check_coordinates(points1, 2, "points1"), check_coordinates(points2, 2, "points2")
    if matches is None:
        if len(first) != len(second):
            raise ValueError(f"points2 must be as many as points1 without matches, got {len(second)} and {len(first)}")
        pairs = np.stack((np.arange(len(first)),) * 2, axis=-1)
    else:
        pairs = _check_matches(matches, len(first), len(second))
    paints = colors_of(len(pairs), color)
    canvas = _side_by_side(image1, image2)
    layer = empty_layer(size_of(canvas))
    shift = np.array([size_of(image1)[1], 0.0])
    for (i, j), paint in zip(pairs.tolist(), paints, strict=True):
        here, there = first[i], second[j] + shift
        draw_segment(layer, np.concatenate((here, there)), width, paint)
        for end in (here, there):
            draw_disc(layer, end, 1.5 * width, paint)
    return merge(canvas, layer)  # type: ignore[no-any-return]


def check_pair(image1: Any, image2: Any) -> None:
    """Require two images to draw on, of one library, device and dtype."""
    check_canvas(image1, "image1")
    check_canvas(image2, "image2")
    check_same_kind(image1=image1, image2=image2)
    if dtype_name(image1) != dtype_name(image2):
        raise ValueError(f"image2 must have the dtype of image1, got {dtype_name(image2)} and {dtype_name(image1)}")


def colors_of(count: int, color: Any) -> list[Color]:
    """Return one colour for each of `count` things, all different where `color` is None."""
    if color is not None:
        return [check_color(color)] * count
    palette = label_colors()[1:]  # without black
    return [palette[k % len(palette)] for k in range(count)]


def _check_matches(matches: Any, count1: int, count2: int) -> np.ndarray:
    host = to_numpy(matches) if find_kind(matches) is not None else np.asarray(matches)
    if host.size == 0:
        return np.zeros((0, 2), np.int64)
    if host.dtype.kind not in "iu":
        raise TypeError(f"matches must be integers, got dtype {host.dtype}")
    if host.ndim != 2 or host.shape[1] != 2:
        raise ValueError(f"matches must be (K, 2), got shape {host.shape}")
    if (host < 0).any() or (host[:, 0] >= count1).any() or (host[:, 1] >= count2).any():
        raise ValueError(f"matches must be rows of {count1} and {count2} points, got {host.min(0)} to {host.max(0)}")
    return host.astype(np.int64)


def _side_by_side(image1: Any, image2: Any) -> Any:
    """Put RGB versions beside each other on black."""
    xp = namespace(image1)
    (height1, width1), (height2, width2) = size_of(image1), size_of(image2)
    height, width = max(height1, height2), width1 + width2
    is_planar = kind(image1) == "torch"
    canvas = xp.zeros((3, height, width) if is_planar else (height, width, 3), dtype=image1.dtype, device=image1.device)
    for image, rows, columns in (
        (image1, slice(0, height1), slice(0, width1)),
        (image2, slice(0, height2), slice(width1, width)),
    ):
        rgb = gray_to_rgb(image) if channels_of(image) == 1 else image
        canvas[(slice(None), rows, columns) if is_planar else (rows, columns)] = rgb.detach() if is_planar else rgb
    return canvas
