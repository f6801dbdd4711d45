"""The plane of votes for lines, over rho and angle."""

import math
from typing import Any

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.kinds import find_kind, namespace
from imgproc._array.layout import is_batch, spatial_axes
from imgproc._checks import check_mask, check_number
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.hough_votes import directions, reach_of_rho, vote_lines
from imgproc.typing import Array, ArrayT

MOST_CELLS = 2**28
"""Cells of an accumulator, 1 GiB; more is taken for a slip of the pen."""


def line_accumulator(mask: ArrayT, angles: Array | None = None, rho_step: float = 1.0) -> tuple[ArrayT, ArrayT]:
    """Count, for every line of a grid over rho and angle, the pixels of a mask that lie on it.

    Parameters
    ----------
    mask : bool, (H, W), or one image of one channel
    angles : (A,), radians, optional
        Directions of the normals, from +x towards +y; by default 180 from -pi/2 on, a degree apart.
    rho_step : pixels, > 0
        Height of a bin of rho.

    Returns
    -------
    votes : int32, (R, A)
        A pixel (x, y) votes in column a for the row of rho = x cos(angle) + y sin(angle), once in each column. torch
        has the same axes.
    rho : float32, (R,)
        Middle of each row: whole multiples of `rho_step`, from the least to the greatest that a pixel can have.

    Raises
    ------
    TypeError
        `mask` is not bool, or `angles` or `rho_step` is no number.
    ValueError
        `mask` is empty, a batch or of several channels; `angles` are no row of finite numbers; `rho_step` is not
        positive, or so small that there would be more than 2**28 cells.

    Notes
    -----
    Not differentiable. Bins are half open: rho / rho_step + 1/2 is rounded down. Cosines and sines over the step are
    rounded to 2**-32, so that the counts are the same in every library.

    References
    ----------
    .. [1] R. O. Duda and P. E. Hart, "Use of the Hough transformation to detect lines and curves in pictures",
       CACM 15(1), 1972.

    Examples
    --------
    >>> mask = np.zeros((5, 6), bool); mask[2] = True
    >>> votes, rho = line_accumulator(mask, [-np.pi / 2, 0.0])
    >>> votes.max(axis=0).tolist(), rho[votes.argmax(axis=0)].tolist()[0]
    ([6, 1], -2.0)
    """
    plane = check_one_mask(mask, "votes")
    turns = check_angles(angles)
    step = check_number(rho_step, "rho_step", above=0.0)
    check_cells(plane, turns, step)
    xp = namespace(plane)
    votes, reach = cast_votes(plane, turns, step)
    rows = xp.arange(-reach, reach + 1, dtype=xp.float64, device=plane.device) * step
    return xp.permute_dims(votes, (1, 0)), xp.astype(rows, xp.float32)


def check_one_mask(mask: Any, wanted: str) -> Any:
    """Require one bool image of one channel; return it as (H, W)."""
    check_mask(mask)
    if is_batch(mask):
        raise ValueError(f"mask must be one image, since each has its own {wanted}, got shape {tuple(mask.shape)}")
    return stack_planes(mask, spatial_axes(mask))[0, ...]


def check_angles(angles: Any) -> tuple[float, ...]:
    """Require a row of finite numbers; return it as a tuple, by default the 180 degrees of half a turn."""
    if angles is None:
        return DEGREES
    return check_row(angles, "angles")


def check_row(values: Any, name: str) -> tuple[float, ...]:
    """Require a list or an array (N,) of finite real numbers, of any library; return it as a tuple."""
    try:
        row = to_numpy(values) if find_kind(values) is not None else np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a row of numbers, got rows of different lengths") from None
    if row.dtype.kind not in "iuf" or isinstance(values, str | bytes):
        raise TypeError(f"{name} must be real numbers, got {values!r}")
    if row.ndim != 1 or row.size == 0:
        raise ValueError(f"{name} must be a row of at least one number, got shape {row.shape}")
    if not np.isfinite(row).all():
        raise ValueError(f"{name} must be finite, got {values!r}")
    return tuple(row.astype(np.float64).tolist())


def check_cells(plane: Any, turns: tuple[float, ...], step: float) -> None:
    """Require an accumulator that fits into memory."""
    diagonal = math.hypot(*plane.shape)
    if not (2 * diagonal / step + 3) * len(turns) <= MOST_CELLS:
        raise ValueError(
            f"rho_step must leave at most 2**28 cells, got {step!r} for {len(turns)} angles and shape {plane.shape}"
        )


def cast_votes(plane: Any, turns: tuple[float, ...], step: float) -> tuple[Any, int]:
    """Return the votes as (angles, bins), and the bin of rho 0."""
    reach = reach_of_rho(plane.shape[0], plane.shape[1], step)
    return vote_lines(plane, *directions(turns, step), reach), reach


DEGREES = tuple(math.radians(degree - 90) for degree in range(180))
