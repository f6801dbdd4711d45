"""Where a sample goes: matrices and smooth fields, joined so that an image is read once, however many there are."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgproc.geometry import transform_boxes, transform_points

__all__ = ["Affine", "Field", "Motion"]

Points = NDArray[np.float64]
Size = tuple[int, int]

_EXACT = 1e-9
"""Pixels; nearer than this to a whole number, an edge lies on it (products of a few matrices are off by 1e-12)."""
_SETTLED = 1e-9
"""Pixels; where the steps towards a point's place end."""
_STEPS_A_KNOT = 16
"""Samples of an edge of a box between two knots of a field, before the extremes are looked at more closely."""


@dataclass(frozen=True)
class Affine:
    """A move by a matrix.

    Parameters
    ----------
    matrix : (3, 3)
        Takes source points to target points.
    size : (height, width) of the result
    """

    matrix: NDArray[np.float64]
    size: Size

    def to_source(self, points: Points) -> Points:
        """Give the source of target points (N, 2)."""
        return np.asarray(transform_points(np.linalg.inv(self.matrix), points))

    def to_target(self, points: Points) -> Points:
        """Give the place of source points (N, 2)."""
        return np.asarray(transform_points(self.matrix, points))


@dataclass(frozen=True)
class Field:
    """A move by cubic B-splines: the source of a target point p is p + d(p).

    Parameters
    ----------
    knots : (2, rows, columns)
        Coefficients of d in x and in y, pixels; that of row 1, column 1 belongs to the point (0, 0).
    spacing : pixels between knots
        At least 8 times the greatest coefficient. Then ``|d(p) - d(q)| <= |p - q| / 2`` in the greatest component,
        so that the move has an inverse, and steps towards it halve their error each time.
    size : (height, width) of the image before and after

    References
    ----------
    .. [1] D. Rueckert et al., "Nonrigid registration using free-form deformations", IEEE Transactions on Medical
       Imaging 18(8), 1999, equations 3-4.
    """

    knots: NDArray[np.float64]
    spacing: float
    size: Size

    def displacement(self, points: Points) -> Points:
        """Give d at points (N, 2)."""
        across, down = (self._weights(points[:, i], 2 - i) for i in (0, 1))
        return np.stack([np.einsum("nc,nc->n", down @ knots, across) for knots in self.knots], axis=-1)

    def grid(self) -> Points:
        """Give the source of every pixel, (H, W, 2)."""
        height, width = self.size
        across, down = self._weights(np.arange(width), 2), self._weights(np.arange(height), 1)
        x, y = (down @ knots @ across.T for knots in self.knots)
        return np.stack([x + np.arange(width), y + np.arange(height)[:, None]], axis=-1)

    def to_source(self, points: Points) -> Points:
        """Give the source of target points (N, 2)."""
        return points + self.displacement(points)

    def to_target(self, points: Points) -> Points:
        """Give the place of source points (N, 2): where p + d(p) is the point."""
        found = points - self.displacement(points)
        for _ in range(64):  # at worst halved each time, usually to a tenth
            last, found = found, points - self.displacement(found)
            if np.abs(found - last).max(initial=0.0) < _SETTLED:
                break
        return found

    def _weights(self, positions: NDArray[Any], axis: int) -> NDArray[np.float64]:
        """Give the weight of every knot along an axis at positions (N,), as (N, knots)."""
        t = np.abs(positions[:, None] / self.spacing - np.arange(-1, self.knots.shape[axis] - 1))
        near, far = 2 / 3 - t**2 + t**3 / 2, np.maximum(2 - t, 0) ** 3 / 6
        return np.where(t < 1, near, far)


@dataclass(frozen=True)
class Motion:
    """Moves one after another; neighbouring matrices are one.

    Parameters
    ----------
    source : (height, width) of the image before
    moves : tuple of Affine and Field, first to last
    """

    source: Size
    moves: tuple[Affine | Field, ...] = ()

    def then(self, move: Affine | Field) -> "Motion":
        """Add a move; two matrices become their product."""
        last = self.moves[-1] if self.moves else None
        if isinstance(last, Affine) and isinstance(move, Affine):
            product = Affine(move.matrix @ last.matrix, move.size)
            return Motion(self.source, (*self.moves[:-1], product))
        return Motion(self.source, (*self.moves, move))

    @property
    def size(self) -> Size:
        """(height, width) of the result."""
        return self.moves[-1].size if self.moves else self.source

    @property
    def matrix(self) -> NDArray[np.float64] | None:
        """The matrix from source to target, None where there is a field."""
        if not self.moves:
            return np.eye(3)
        only = self.moves[0]
        return only.matrix if len(self.moves) == 1 and isinstance(only, Affine) else None

    def grid(self) -> Points:
        """Give the source of every pixel of the result, (H, W, 2)."""
        *before, last = self.moves or (Affine(np.eye(3), self.size),)
        height, width = self.size
        if isinstance(last, Field):
            places = last.grid().reshape(-1, 2)
        else:
            columns, rows = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
            places = last.to_source(np.stack([columns, rows], axis=-1).reshape(-1, 2))
        for move in reversed(before):
            places = move.to_source(places)
        return places.reshape(height, width, 2)

    def points(self, points: Points) -> Points:
        """Move points (N, 2)."""
        for move in self.moves:
            points = move.to_target(points)
        return points

    def boxes(self, boxes: Points) -> Points:
        """Give the least upright boxes around moved boxes (N, 4), edges."""
        matrix = self.matrix
        if matrix is not None:
            return np.asarray(transform_boxes(matrix, boxes))
        if not len(boxes):
            return boxes
        return np.stack([_hull(self.points, box, self._spacing()) for box in boxes])

    def _spacing(self) -> float:
        """Return how far apart the knots of the finest field are at the least, in source pixels."""
        finest, scale = math.inf, 1.0
        for move in self.moves:
            if isinstance(move, Field):
                finest = min(finest, move.spacing / scale)
            else:
                scale *= float(np.linalg.norm(move.matrix[:2, :2], 2))
        return finest

    def window(self) -> tuple[Size, Size, tuple[bool, bool]] | None:
        """Give the rows and columns (first, last) of a source window that the result shows, and what is mirrored.

        None where the result is turned, sheared or bent, or the window's edges are between pixels.
        """
        matrix = self.matrix
        if matrix is None:
            return None
        (x, b, c), (d, y, f), _ = matrix.tolist()
        if b or d or not x or not y:
            return None
        rows, columns = _window_side(y, f, self.size[0]), _window_side(x, c, self.size[1])
        return None if rows is None or columns is None else (rows, columns, (y < 0, x < 0))


def _window_side(scale: float, offset: float, length: int) -> tuple[int, int] | None:
    """Return the first and last source edges of one side of a result, None where they are between pixels."""
    start, end = (-0.5 - offset) / scale + 0.5, (length - 0.5 - offset) / scale + 0.5
    first, last = round(start), round(end)
    slack = _EXACT * max(1.0, abs(first), abs(last))
    if abs(start - first) > slack or abs(end - last) > slack:
        return None
    return (first, last) if first < last else (last, first)


def window_to(corner: tuple[int, int], sides: Size, size: Size) -> Affine:
    """Lay the window of `sides` at `corner` (top, left) out on `size`."""
    (top, left), y, x = corner, size[0] / sides[0], size[1] / sides[1]
    matrix = np.array(((x, 0.0, (0.5 - left) * x - 0.5), (0.0, y, (0.5 - top) * y - 0.5), (0.0, 0.0, 1.0)))
    return Affine(matrix, size)


def _hull(move: Callable[[Points], Points], box: Points, spacing: float) -> Points:
    """Give the upright hull of a box whose edges become curves."""
    left, top, right, bottom = (float(value) - 0.5 for value in box)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    count = max(2, math.ceil(_STEPS_A_KNOT * max(right - left, bottom - top) / spacing))
    steps = np.arange(count) / count
    outline = np.concatenate([_between(*pair, steps) for pair in itertools.pairwise(corners)])  # (4 count, 2), closed
    moved = move(outline)
    extremes = [_extreme(move, outline, sign * moved[:, axis], axis, sign) for sign in (-1, 1) for axis in (0, 1)]
    return np.array([*(-value for value in extremes[:2]), *extremes[2:]]) + 0.5


def _extreme(move: Callable[[Points], Points], outline: Points, values: Points, axis: int, sign: int) -> float:
    """Give the greatest value along an outline: both sides of the greatest sample are cut finely, then a parabola."""
    k = int(values.argmax())
    before, here, after = (outline[i % len(outline)] for i in (k - 1, k, k + 1))
    steps = np.arange(16) / 16
    near = np.concatenate([_between(before, here, steps), _between(here, after, steps), after[None]])
    fine = sign * move(near)[:, axis]
    i = int(fine.argmax())
    is_corner = i == 16 and k % (len(outline) // 4) == 0
    if i in (0, len(fine) - 1) or is_corner:
        return float(fine[i])
    low, middle, high = fine[i - 1 : i + 2]
    bend = 2 * middle - low - high
    return float(middle + ((high - low) ** 2 / (8 * bend) if bend > 0 else 0.0))


def _between(first: Points, last: Points, shares: Points) -> Points:
    return first + (last - first) * shares[:, None]
