"""Points as discs."""

from imgproc._array.layout import size_of
from imgproc._checks import check_number
from imgproc.typing import Array, ArrayT
from imgproc.viz.layer import Color, check_canvas, check_color, check_coordinates, draw_disc, empty_layer, merge


def draw_points(
    image: ArrayT, points: Array, *, color: tuple[float, float, float] = (1.0, 0.0, 0.0), radius: float = 3.0
) -> ArrayT:
    """Draw discs at points, between pixels too.

    Parameters
    ----------
    image : one gray or RGB image; (H, W), (H, W, 1) or (H, W, 3); torch (H, W), (1, H, W) or (3, H, W)
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    points : (N, 2) as (x, y), of any library; copied to the host
        There may be none, and any of them may lie outside.
    color : RGB in [0, 1]
    radius : pixels, > 0
        A pixel whose centre is farther than that by up to half a pixel is covered in part.

    Returns
    -------
    (H, W, 3), torch (3, H, W); the dtype of `image`
        A new image; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `points` are no numbers.
    ValueError
        `image` is a batch, has neither one nor three channels, or is of integers that tell no range; `points` are not
        (N, 2) or not finite; `color` or `radius` is out of range.

    Notes
    -----
    Not differentiable. The discs are laid out on the host; what they cover is copied to the device of `image` and mixed
    there.

    Examples
    --------
    >>> draw_points(np.zeros((3, 3), np.uint8), [(1, 1)], color=(1, 1, 0), radius=0.5)[..., 1].tolist()
    [[0, 0, 0], [0, 255, 0], [0, 0, 0]]
    """
    check_canvas(image)
    layer = empty_layer(size_of(image))
    paint: Color = check_color(color)
    size = check_number(radius, "radius", above=0.0)
    for point in check_coordinates(points, 2, "points"):
        draw_disc(layer, point, size, paint)
    return merge(image, layer)  # type: ignore[no-any-return]
