"""Segments of straight lines by the progressive probabilistic Hough transform."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import kind, namespace
from imgproc._checks import check_integer, check_number, check_rng
from imgproc.hough.accumulator import check_angles, check_cells, check_one_mask
from imgproc.primitives.hough_votes import directions, reach_of_rho
from imgproc.primitives.segments import trace_segments
from imgproc.typing import Array, ArrayT


def hough_segments(
    mask: ArrayT,
    *,
    threshold: int = 10,
    min_length: float = 50.0,
    max_gap: float = 10.0,
    angles: Array | None = None,
    rho_step: float = 1.0,
    max_segments: int | None = None,
    rng: int | np.random.Generator = 0,
) -> ArrayT:
    """Find segments of straight lines: pixels vote in random order, and a line with enough votes is traced at once.

    Parameters
    ----------
    mask : bool, (H, W), or one image of one channel
        Such as `canny` gives.
    threshold : votes, >= 1
        From which on a line is traced. Few are enough, since few pixels have voted by then.
    min_length : pixels, >= 0
        Shorter segments are left out.
    max_gap : pixels, >= 0
        Gaps up to this length along the line do not end a segment.
    angles : (A,), radians, optional
        Directions of normals to try; by default 180, a degree apart.
    rho_step : pixels, > 0
        Height of a bin of rho.
    max_segments : int >= 1, optional
        The search ends with so many.
    rng : int or numpy.random.Generator
        Draws the order of the pixels, on the host for every library: one seed gives the same segments everywhere.

    Returns
    -------
    float32, (N, 4)
        Ends x1, y1, x2, y2 at centres of pixels of the mask, in the order found; x1 < x2, or x1 = x2 and y1 <= y2.

    Raises
    ------
    TypeError
        `mask` is not bool, or a parameter is no number.
    ValueError
        `mask` is empty, a batch or of several channels; a parameter is out of range, or `rho_step` so small that there
        would be more than 2**28 cells.

    Notes
    -----
    Not differentiable. The corridor of a line is three pixels wide, as lines between two of the angles leave one of a
    single pixel after a few dozen steps; for the same reason it is walked three times, each time in the direction of
    the ends found so far. Its pixels are taken away with their votes whether the segment is long enough
    or not. On a device the loop runs in one block of threads, and the number of pixels and of segments is waited for.

    References
    ----------
    .. [1] J. Matas, C. Galambos and J. Kittler, "Robust detection of lines using the progressive probabilistic Hough
       transform", CVIU 78(1), 2000, section 3.

    Examples
    --------
    >>> mask = np.zeros((30, 90), bool); mask[20, 5:40] = True; mask[20, 45:80] = True
    >>> hough_segments(mask).tolist(), hough_segments(mask, min_length=20, max_gap=3).tolist()
    ([[5.0, 20.0, 79.0, 20.0]], [[45.0, 20.0, 79.0, 20.0], [5.0, 20.0, 39.0, 20.0]])
    """
    plane = check_one_mask(mask, "segments")
    least = check_integer(threshold, "threshold", at_least=1)
    length = check_number(min_length, "min_length", at_least=0.0)
    gap = check_number(max_gap, "max_gap", at_least=0.0)
    turns = check_angles(angles)
    step = check_number(rho_step, "rho_step", above=0.0)
    check_cells(plane, turns, step)
    limit = 2**31 - 1 if max_segments is None else check_integer(max_segments, "max_segments", at_least=1)
    generator = check_rng(rng)
    order = _draw_order(plane, generator)
    reach = reach_of_rho(plane.shape[0], plane.shape[1], step)
    found = trace_segments(plane, order, *directions(turns, step), reach, least, length, gap, limit)
    return cast_to(found, "float32")  # type: ignore[no-any-return]


def _draw_order(plane: Any, generator: np.random.Generator) -> Any:
    """Return the flat indices of the pixels of a mask in an order drawn on the host, as an array of its library."""
    xp = namespace(plane)
    if kind(plane) == "numpy":
        return generator.permutation(np.flatnonzero(plane))
    indices = xp.nonzero(xp.reshape(plane, (-1,)))[0]
    turns = xp.asarray(generator.permutation(indices.shape[0]), device=plane.device)
    return xp.take(cast_to(indices, "int64"), turns, axis=0)
