"""Rotation as three shears, each of which moves pixels along one axis only."""

import math
from typing import Any

from imgproc._array.dtypes import cast_to, image_dtype, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_border, check_choice, check_image, check_number
from imgproc.primitives.shift_lines import shift_lines
from imgproc.typing import ArrayT, Border, Interpolation

_WORDS = ("linear", "nearest", "cubic", "lanczos")
_REACH = 3
"""Pixels beside a position that the widest kernel takes."""


def rotate_by_shears(
    image: ArrayT,
    degrees: float,
    *,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
) -> ArrayT:
    """Rotate about the middle by three passes along rows, columns and rows.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    degrees : counter-clockwise on screen
        Quarter turns are taken out first: what is left is between -45 and 45.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        Of each pass. "nearest" moves every row and column by whole pixels: no value is changed, and none is lost or
        doubled but at the frame.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `image`
        Rounded once for integers. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `degrees` or `fill` no number.
    ValueError
        `image` is empty or of another rank; `degrees` is not finite; `interpolation` is none of the four; `border` or
        `fill` is no border.

    Notes
    -----
    Differentiable in the image. With angles from +x towards +y (y down), to turn the picture by ``a`` on screen the new
    pixel at p from the middle looks at R(a) p, and ::

        R(a) = [[cos a, -sin a], [sin a, cos a]] = Shx(-tan(a/2)) Shy(sin a) Shx(-tan(a/2)),

    where Shx(k) = [[1, k], [0, 1]] moves rows and Shy(k) = [[1, 0], [k, 1]] moves columns. None of them changes an
    area, and each pass is one-dimensional. Three passes interpolate three times: "cubic" and "lanczos" stay near to a
    single pass, "linear" blurs more. Between the passes stand two float images, larger than the frame by what the later
    ones look at beyond it: for a square of side s up to 1.4 s by 2 s. A quarter turn of an image whose sides differ by
    an odd number puts pixels between pixels, and is interpolated.

    References
    ----------
    .. [1] A. Paeth, "A fast algorithm for general raster rotation", Graphics Interface 1986, pages 77-81.

    Examples
    --------
    >>> rotate_by_shears(np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), 90).tolist()
    [[3, 6, 9], [2, 5, 8], [1, 4, 7]]
    """
    check_image(image)
    turn = math.fmod(check_number(degrees, "degrees"), 360.0)
    check_choice(interpolation, _WORDS, "interpolation")
    outside = check_border(border, fill, image)
    dtype = image_dtype(image) if interpolation != "nearest" else ""
    quarters = round(turn / 90)
    turned = _quarter_turns(image, quarters % 4)
    return _shear(turned, size_of(image), math.radians(turn - 90 * quarters), interpolation, (border, outside, dtype))  # type: ignore[no-any-return]


def _quarter_turns(image: Any, count: int) -> Any:
    """Turn counter-clockwise on screen; pixels only move."""
    xp = namespace(image)
    row, column = spatial_axes(image)
    if count % 2:
        order = list(range(image.ndim))
        order[row], order[column] = column, row
        image = xp.permute_dims(image, tuple(order))
    flips = {0: (), 1: (row,), 2: (row, column), 3: (column,)}[count]
    return xp.flip(image, axis=flips) if flips else image


def _shear(
    image: Any, size: tuple[int, int], angle: float, interpolation: Interpolation, outside: tuple[Border, float, str]
) -> Any:
    """Turn by at most 45 degrees into a frame of `size` with the same middle."""
    border, fill, dtype = outside
    (height, width), old = size, size_of(image)
    down, right = (old[0] - height) / 2, (old[1] - width) / 2  # from the corner of the frame to that of the image
    axes = spatial_axes(image)
    if angle == 0 and down.is_integer() and right.is_integer():
        moved = shift_lines(image, (right,) * height, width, int(down), axes, "nearest", border, fill, "")
        return cast_to(moved, dtype) if dtype else moved
    work, is_half = work_dtype(image), dtype in ("float16", "bfloat16")
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    tangent, sine = math.tan(angle / 2), math.sin(angle)
    # what later passes look at beyond the frame
    wide = math.ceil(abs(tangent) * middle_y) + _REACH
    high = math.ceil(abs(sine) * (middle_x + wide)) + _REACH + 1
    top = math.floor(down) - high
    rows = ((top + i) - (old[0] - 1) / 2 for i in range(height + 2 * high))
    first = tuple(right - wide - tangent * y for y in rows)
    columns = (j - wide - middle_x for j in range(width + 2 * wide))
    second = tuple(down - math.floor(down) + high + sine * x for x in columns)
    third = tuple(wide - tangent * (y - middle_y) for y in range(height))
    image = shift_lines(image, first, width + 2 * wide, top, axes, interpolation, border, fill, work)
    image = shift_lines(image, second, height, 0, axes[::-1], interpolation, "edge", 0.0, work)
    image = shift_lines(image, third, width, 0, axes, interpolation, "edge", 0.0, work if is_half else dtype)
    return cast_to(image, dtype) if is_half else image
