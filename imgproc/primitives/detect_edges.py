"""Edges at given thresholds, without a plane of strengths in between."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, work_dtype
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices
from imgproc.primitives.correlate import Axes, Weights, reach
from imgproc.primitives.gradient import signed_strength
from imgproc.primitives.hysteresis import TABLES, BitRows, in_work_dtype, link_hysteresis
from imgproc.typing import Border


@dispatched(differentiable=False)
def detect_edges(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    low: float,
    high: float,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    """Return the maxima along the gradient that hysteresis selects, of each plane; bool.

    Parameters
    ----------
    image : array
        Of one channel.
    smoothing, derivative : weights
        As of `gradient`.
    low, high : float
        0 < low <= high.
    """
    return link_hysteresis(signed_strength(image, smoothing, derivative, axes, border, fill), low, high, axes)


@implements(detect_edges, "numpy")
def _detect_numba(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    low: float,
    high: float,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    from imgproc.primitives import _gradient_numba

    planes, channels = as_planes(image, axes)
    if channels > 1:
        return NotImplemented
    work = work_dtype(image)
    height, width = planes.shape[1:]
    arguments = (
        np.array(smoothing, work), np.array(derivative, work), border_indices(height, *reach(smoothing), border),
        border_indices(width, *reach(smoothing), border), fill, in_work_dtype(low, image), in_work_dtype(high, image),
    )  # fmt: skip
    mark = compiled(
        _gradient_numba.mark_edges,
        f"in2({dtype_name(planes)}), {TABLES}, in1({work}), in1({work}), in1(int64), in1(int64), {work}, {work}, "
        f"{work}, int64, int64",
    )
    edges = np.empty(planes.shape, np.bool_)
    cost = planes[0].size * (2 * len(smoothing) + 10)
    for plane, made in zip(planes, edges, strict=True):
        bits = BitRows(height, width)
        run_bands(lambda first, last: mark(plane, *bits.tables, *arguments, first, last), height, cost)  # noqa: B023
        bits.link(made)
    return edges.reshape(image.shape)
