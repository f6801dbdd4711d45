"""Edges between pixels: where along the gradient it is longest."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.hough_votes import list_pixels

UNIT = 1024.0
"""Lengths of outline are counted in integers of 1 / UNIT pixel, so that the order of additions does not show."""


@dispatched(differentiable=False)
def locate_edges(found: Any, gx: Any, gy: Any) -> tuple[Any, Any]:
    """Return x, y, unit gradient and length (N, 5) of edges between pixels, float64, and the rows of their pixels (N,).

    An edge lies at the top of the parabola through the length of the gradient at its pixel and, interpolated as `canny`
    does, on either side; at most half a step away, where a step is to the next row of a steep gradient, else column.

    The length is that of the outline an edge stands for, in integers of 1 / UNIT pixel. A thin chain of pixels has one
    for each step along its longer side; where there are more, as at stairs, they share the length of the step.

    Parameters
    ----------
    found : (H, W), bool
        Edge pixels, where the gradient is finite and not zero.
    gx, gy : (H, W), of one dtype
    """
    xp = namespace(gx)
    height, width = gx.shape
    rows, columns = (cast_to(index, "int64") for index in xp.nonzero(found))

    def at(plane: Any, row: Any, column: Any) -> Any:
        row = xp.where(row < 0, xp.zeros_like(row), xp.where(row < height, row, xp.full_like(row, height - 1)))
        column = xp.where(
            column < 0, xp.zeros_like(column), xp.where(column < width, column, xp.full_like(column, width - 1))
        )
        return cast_to(xp.take(xp.reshape(plane, (-1,)), row * width + column, axis=0), "float64")

    def length_at(row: Any, column: Any) -> Any:
        return xp.hypot(at(gx, row, column), at(gy, row, column))

    nx, ny = at(gx, rows, columns), at(gy, rows, columns)
    here = xp.hypot(nx, ny)
    nx, ny = nx / here, ny / here
    is_steep = xp.abs(ny) > xp.abs(nx)
    one, none = xp.ones_like(rows), xp.zeros_like(rows)
    # the neighbours across the edge, interpolated between the straight one and the corner as canny does
    down, right = xp.where(ny < 0, -one, one), xp.where(nx < 0, -one, one)
    straight = xp.where(is_steep, down, none), xp.where(is_steep, none, right)
    steepness = xp.where(is_steep, xp.abs(ny), xp.abs(nx))
    part = xp.where(is_steep, xp.abs(nx), xp.abs(ny)) / steepness
    ahead, behind = (
        (1 - part) * length_at(rows + side * straight[0], columns + side * straight[1])
        + part * length_at(rows + side * down, columns + side * right)
        for side in (1, -1)
    )
    bend = 2 * here - ahead - behind
    shift = xp.where(
        bend > 0, 0.5 * (ahead - behind) / xp.where(bend > 0, bend, xp.ones_like(bend)), xp.zeros_like(bend)
    )
    shift = xp.where(shift > 0.5, xp.full_like(shift, 0.5), xp.where(shift < -0.5, xp.full_like(shift, -0.5), shift))
    shift = shift / steepness  # steps to the next row or column into pixels
    x, y = cast_to(columns, "float64") + shift * nx, cast_to(rows, "float64") + shift * ny
    side_by_side = 1 + sum(at(found, rows + side * straight[0], columns + side * straight[1]) for side in (1, -1))
    length = xp.floor(UNIT / (steepness * side_by_side) + 0.5)
    return xp.stack((x, y, nx, ny, length), axis=-1), rows


@implements(locate_edges, "numpy")
def _locate_numba(found: Any, gx: Any, gy: Any) -> tuple[Any, Any]:
    from imgproc.primitives import _circles_numba

    columns, starts = list_pixels(found)
    edges, rows = np.empty((len(columns), 5)), np.empty(len(columns), np.int64)
    gx, gy, marks = (np.ascontiguousarray(x) for x in (gx, gy, found.view(np.uint8)))
    arguments = marks, gx, gy, columns, starts, edges, rows
    locate = compiled(
        _circles_numba.locate,
        f"in2(uint8), in2({gx.dtype}), in2({gx.dtype}), in1(int32), in1(int64), out2(float64), out1(int64), int64, "
        "int64",
    )
    run_bands(lambda first, last: locate(*arguments, first, last), len(found), len(columns) * 16)
    return edges, rows
