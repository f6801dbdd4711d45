"""Images unrolled about a point."""

import math
from typing import Any

from imgproc._array.kinds import namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_flag, check_image, check_number, check_size
from imgproc.geometry.rotate import check_point
from imgproc.geometry.warp import check_sampling
from imgproc.primitives.sample import sample
from imgproc.typing import ArrayT, Border, Interpolation

_ROWS = 360


def warp_polar(
    image: ArrayT,
    center: tuple[float, float] | None = None,
    *,
    size: tuple[int, int] | None = None,
    max_radius: float | None = None,
    log: bool = False,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
) -> ArrayT:
    """Unroll an image about a point: rows are angles, columns are radii.

    Turns about the point become shifts of rows; with `log`, changes of scale become shifts of columns.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    center : (x, y), optional
        By default the middle of the picture.
    size : (height, width), optional
        Of the result, by default 360 rows, one for each degree, and a column for each pixel of `max_radius`.
    max_radius : pixels, > 0; with `log` > 1
        Where the columns end, by default at the farthest corner of the picture.
    log : bool
        Space the radii so that each is the one before times a constant.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        As of `warp`.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant", taken to the dtype of `image`.

    Returns
    -------
    `size`, with the channels and batch of `image`; the dtype of `image`
        Row i has the angle 2 pi i / height, from +x towards +y. Column j has the radius j max_radius / width, with
        `log` max_radius ** (j / width), which begins at 1. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a number is none.
    ValueError
        `image` is empty or of another rank; a number is out of range; `interpolation`, `border` or `fill` is none of
        the words; the result is larger than the machine's memory.

    Notes
    -----
    Differentiable in the image. The angles and radii are scikit-image's and OpenCV's.

    Examples
    --------
    >>> right = np.zeros((5, 5)); right[2, 3] = 1  # one pixel to the right of the middle, at angle 0
    >>> warp_polar(right, size=(4, 3), max_radius=3).tolist()[0]
    [0.0, 1.0, 0.0]
    """
    check_image(image)
    height, width = size_of(image)
    x, y = ((width - 1) / 2, (height - 1) / 2) if center is None else check_point(center, "center")
    outside = check_sampling(image, interpolation, border, fill)
    is_log = check_flag(log, "log")
    if max_radius is None:
        farthest = math.hypot(max(x + 0.5, width - 0.5 - x), max(y + 0.5, height - 0.5 - y))
        radius = max(farthest, 2.0) if is_log else farthest
    else:
        radius = check_number(max_radius, "max_radius", above=1.0 if is_log else 0.0)
    made = check_size((_ROWS, math.ceil(radius)) if size is None else size, image)
    xs, ys = _positions(image, (x, y), made, radius, is_log=is_log)
    return sample(image, xs, ys, spatial_axes(image), interpolation, border, outside)  # type: ignore[no-any-return]


def _positions(
    image: Any, center: tuple[float, float], size: tuple[int, int], radius: float, *, is_log: bool
) -> tuple[Any, Any]:
    """Return x and y of every pixel of the result, in float64, where `image` lies."""
    xp = namespace(image)
    rows, columns = (xp.arange(n, dtype=xp.float64, device=image.device) for n in size)
    angle = (rows * (2 * math.pi / size[0]))[:, None]
    radii = xp.exp(columns * (math.log(radius) / size[1])) if is_log else columns * (radius / size[1])
    return center[0] + radii * xp.cos(angle), center[1] + radii * xp.sin(angle)
