"""Boxes and what they hold."""

from collections.abc import Sequence

import numpy as np

from imgproc._array.layout import size_of
from imgproc.typing import Array, ArrayT
from imgproc.viz.draw_lines import check_thickness
from imgproc.viz.layer import check_canvas, check_color, check_coordinates, draw_frame, draw_text, empty_layer, merge


def draw_boxes(
    image: ArrayT,
    boxes: Array,
    *,
    texts: Sequence[str] | None = None,
    color: tuple[float, float, float] = (1.0, 0.0, 0.0),
    thickness: float = 1.0,
) -> ArrayT:
    """Draw the outlines of boxes, each with a text above.

    Parameters
    ----------
    image : one gray or RGB image; (H, W), (H, W, 1) or (H, W, 3); torch (H, W), (1, H, W) or (3, H, W)
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    boxes : (N, 4) as (x1, y1, x2, y2) in edge coordinates, of any library; copied to the host
        The outline lies inside: the box (0, 0, W, H) is seen whole. There may be none.
    texts : as many as boxes, optional
        Plain ASCII, in black or white on a ground of `color`; below the upper edge where there is no room above.
    color : RGB in [0, 1]
    thickness : pixels, > 0, at most 1000

    Returns
    -------
    (H, W, 3), torch (3, H, W); the dtype of `image`
        A new image; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, `boxes` are no numbers, or `texts` no strings.
    ValueError
        `image` is a batch, has neither one nor three channels, or is of integers that tell no range; `boxes` are not
        (N, 4), not finite or end before they begin; `texts` are not as many; `color` or `thickness` is out of range.

    Notes
    -----
    Not differentiable. The outlines are laid out on the host; what they cover is copied to the device of `image` and
    mixed there.

    Examples
    --------
    >>> draw_boxes(np.zeros((4, 5), np.uint8), [(1, 0, 5, 3)])[..., 0].tolist()
    [[0, 255, 255, 255, 255], [0, 255, 0, 0, 255], [0, 255, 255, 255, 255], [0, 0, 0, 0, 0]]
    """
    check_canvas(image)
    paint, width = check_color(color), check_thickness(thickness)
    rows = check_coordinates(boxes, 4, "boxes")
    if (rows[:, 2:] < rows[:, :2]).any():
        wrong = rows[np.flatnonzero((rows[:, 2:] < rows[:, :2]).any(axis=1))[0]].tolist()
        raise ValueError(f"boxes must end at or after where they begin, got {wrong}")
    words = [""] * len(rows) if texts is None else list(texts)
    if not all(isinstance(word, str) for word in words):
        raise TypeError(f"texts must be strings, got {texts!r}")
    if len(words) != len(rows):
        raise ValueError(f"texts must be as many as boxes, got {len(words)} and {len(rows)}")
    layer = empty_layer(size_of(image))
    for box in rows:
        draw_frame(layer, box, width, paint)
    for box, word in zip(rows, words, strict=True):
        if word:
            draw_text(layer, word, (float(np.floor(box[0])), float(np.floor(box[1]))), paint)
    return merge(image, layer)  # type: ignore[no-any-return]
