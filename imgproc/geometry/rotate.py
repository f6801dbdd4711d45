"""Images turned in their plane."""

import math
from typing import Any

import numpy as np

from imgproc._array.convert import copied
from imgproc._array.dtypes import cast_to, image_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_flag, check_image, check_number, check_size
from imgproc.geometry.warp import check_sampling
from imgproc.primitives.sample import sample_projected
from imgproc.typing import ArrayT, Border, Interpolation


def rotate(
    image: ArrayT,
    degrees: float,
    *,
    expand: bool = False,
    center: tuple[float, float] | None = None,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
) -> ArrayT:
    """Turn an image counter-clockwise on screen.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    degrees : number
    expand : bool
        Make the result as large as the turned picture needs, sides rounded up; where `center` comes to lie does not
        matter then.
    center : (x, y), optional
        The point that stays, by default the middle of the picture.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        As of `warp`.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant", taken to the dtype of `image`.

    Returns
    -------
    shape of `image`, or with `expand` the height and width of the turned picture; the dtype of `image`
        Rounded half to even once. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a number is none.
    ValueError
        `image` is empty or of another rank; a number is not finite; `interpolation`, `border` or `fill` is none of the
        words; the result is larger than the machine's memory.

    Notes
    -----
    Differentiable in the image. Quarter turns with `expand`, and of squares, move pixels as they are; half turns always
    do. A quarter turn of another picture within its own frame is exact where height and width differ by an even number;
    by an odd one, pixels come to lie halfway between others.

    Examples
    --------
    >>> rotate(np.array([[1, 2, 3]]), 90, expand=True).tolist()
    [[3], [2], [1]]
    """
    check_image(image)
    angle = check_number(degrees, "degrees") % 360
    middle = None if center is None else check_point(center, "center")
    outside = check_sampling(image, interpolation, border, fill)
    height, width = size_of(image)
    is_whole = check_flag(expand, "expand")
    quarters, rest = divmod(angle, 90)
    if rest == 0 and (is_whole or (middle is None and (quarters % 2 == 0 or height == width))):
        return _turn_by_quarters(image, int(quarters), interpolation)  # type: ignore[no-any-return]
    cosine, sine = exact_cosine_and_sine(angle)
    size = height, width
    x, y = u, v = middle or ((width - 1) / 2, (height - 1) / 2)
    if is_whole:
        x, y = (width - 1) / 2, (height - 1) / 2
        size = _hull(width, height, sine, cosine), _hull(width, height, cosine, sine)
        u, v = (size[1] - 1) / 2, (size[0] - 1) / 2
    check_size(size, image, "size of the result")
    to_source = np.array(
        [[cosine, -sine, x - cosine * u + sine * v], [sine, cosine, y - sine * u - cosine * v], [0, 0, 1]]
    )
    return sample_projected(image, to_source, size, spatial_axes(image), interpolation, border, outside)  # type: ignore[no-any-return]


def check_point(point: Any, name: str) -> tuple[float, float]:
    """Require a pair (x, y) of finite numbers."""
    if not isinstance(point, tuple | list | np.ndarray) or len(point) != 2:
        raise TypeError(f"{name} must be a pair (x, y), got {point!r}")
    x, y = (check_number(number, name) for number in point)
    return x, y


def exact_cosine_and_sine(degrees: float) -> tuple[float, float]:
    """Return cosine and sine, exactly 0 and ±1 at quarter turns.

    Examples
    --------
    >>> exact_cosine_and_sine(450)
    (0.0, 1.0)
    """
    quarters = round(degrees / 90)
    rest = math.radians(degrees - 90 * quarters)
    cosine, sine = math.cos(rest), math.sin(rest)
    for _ in range(quarters % 4):
        cosine, sine = 0.0 - sine, cosine  # no negative zero
    return cosine, sine


def _hull(width: int, height: int, across: float, down: float) -> int:
    """Return the side of the box around the turned picture; rounding does not make it a pixel longer."""
    return math.ceil(width * abs(across) + height * abs(down) - 1e-9)


def _turn_by_quarters(image: Any, quarters: int, interpolation: Interpolation) -> Any:
    xp = namespace(image)
    row, column = spatial_axes(image)
    turned = image
    if quarters % 2:
        order = list(range(image.ndim))
        order[row], order[column] = column, row
        turned = xp.permute_dims(image, tuple(order))
    flipped = {0: (), 1: (row,), 2: (row, column), 3: (column,)}[quarters]
    if flipped:
        turned = xp.flip(turned, axis=flipped)
    made = turned if interpolation == "nearest" else cast_to(turned, image_dtype(image))
    return copied(made)
