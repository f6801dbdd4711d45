"""Numbers as colours."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, lift
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, is_batch
from imgproc._checks import check_gray, check_number
from imgproc.typing import ArrayT


def colorize(
    values: ArrayT, *, colormap: str = "viridis", low: float | None = None, high: float | None = None
) -> ArrayT:
    """Show numbers of any range, such as depths, flows or responses, as colours.

    Parameters
    ----------
    values : (H, W), or an image or batch of one channel; any real dtype
    colormap : str
        A name that matplotlib knows.
    low, high : optional
        Values at the ends of the map; what lies beyond has the colour of the end. By default the least and greatest
        finite value of all that is given, a batch as a whole.

    Returns
    -------
    uint8 (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W)
        NaN is black. Where all values are equal, they have the first colour.

    Raises
    ------
    TypeError
        `values` is no array of a real dtype, or `low` or `high` no number.
    ValueError
        `values` has several channels, matplotlib does not know `colormap`, or `low` is not below `high`.

    Notes
    -----
    Not differentiable. Only the 256 colours are copied to a device; the extremes stay there.

    Examples
    --------
    >>> colorize(np.array([[0.0, 1.0, np.nan]]), colormap="gray").tolist()
    [[[0, 0, 0], [255, 255, 255], [0, 0, 0]]]
    """
    check_gray(values, "values")
    given: Any = values
    bounds = [None if x is None else check_number(x, name) for x, name in ((low, "low"), (high, "high"))]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
        raise ValueError(f"low must be below high, got {low!r} and {high!r}")
    table = _colors(colormap)
    xp = namespace(values)
    axis = channel_axis(values)
    plain = given if axis is None else given[(slice(None),) * axis + (0, ...)]
    exact = lift(plain.detach() if kind(values) == "torch" else plain)
    least, greatest = _extremes(exact)
    least = least if low is None else xp.full_like(least, bounds[0])
    greatest = greatest if high is None else xp.full_like(greatest, bounds[1])
    span = xp.where(greatest > least, greatest - least, xp.ones_like(least))
    is_nan = xp.isnan(exact)
    scaled = xp.where(is_nan, xp.zeros_like(exact), (exact - least) / span) * 256
    inside = xp.where(scaled < 255, xp.where(scaled > 0, scaled, xp.zeros_like(scaled)), xp.full_like(scaled, 255))
    step = cast_to(xp.floor(inside), "int64")
    index = xp.where(is_nan, xp.full_like(step, 256), step)
    colors = xp.take(xp.asarray(np.array(table), device=exact.device), xp.reshape(index, (-1,)), axis=0)
    made = xp.reshape(colors, (*index.shape, 3))
    if kind(values) == "torch":
        return xp.moveaxis(made, -1, 1 if is_batch(values) else 0)  # type: ignore[no-any-return]
    return made  # type: ignore[no-any-return]


def _extremes(exact: Any) -> tuple[Any, Any]:
    """Return the least and greatest finite value as 0-d arrays, both 0 where there is none."""
    xp = namespace(exact)
    is_finite = xp.isfinite(exact)
    infinity = xp.full_like(exact, math.inf)
    zero = xp.zeros((), dtype=exact.dtype, device=exact.device)
    least, greatest = xp.min(xp.where(is_finite, exact, infinity)), xp.max(xp.where(is_finite, exact, -infinity))
    known = xp.any(is_finite)
    return xp.where(known, least, zero), xp.where(known, greatest, zero)


@functools.lru_cache(maxsize=32)
def _colors(colormap: str) -> np.ndarray:
    """Return 256 colours of matplotlib and black, uint8 (257, 3)."""
    import matplotlib

    if not isinstance(colormap, str) or colormap not in matplotlib.colormaps:
        raise ValueError(f"colormap must be a name that matplotlib knows, got {colormap!r}")
    colors = matplotlib.colormaps[colormap].resampled(256)(np.arange(256), bytes=True)[:, :3]
    return np.concatenate((colors, np.zeros((1, 3), np.uint8))).astype(np.uint8)
