"""The image between its pixels: read at any positions, or moved by a matrix whose positions are never stored.

Positions are (x, y) with pixel centres at whole numbers, in float64 whatever the image. Where one is not finite there
is no image, whatever the border: the result is the fill value. Pixels of zero weight do not count: what is not finite
there spreads nowhere. Positions beyond 2**31 pixels are taken as that far.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, image_dtype, lift, saturate, work_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements, is_recorded
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, for_kernel, launch, strides_below, upload
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import fill_value
from imgproc.primitives.correlate import Axes, rounding_range
from imgproc.primitives.interpolation import TAPS, tap_weights
from imgproc.primitives.limits import limit
from imgproc.typing import Border, Interpolation

FARTHEST = 2.0**31


@dispatched
def sample(
    image: Any, x: Any, y: Any, axes: Axes, interpolation: Interpolation, border: Border, fill: float
) -> Any:  # fmt: skip
    """Read `image` at positions x, y: (h, w), or (N, h, w) for a batch whose images have their own; rounded once.

    `fill` is taken to the dtype of the image.
    """
    return _read(image, cast_to(x, "float64"), cast_to(y, "float64"), axes, interpolation, border, fill)


@dispatched
def sample_projected(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    """Read `image` at the positions that `matrix` gives to the pixels of a result of `size`; rounded once.

    `matrix` is (3, 3), or (N, 3, 3) for a batch; float64, of the library of the image or of NumPy.
    """
    x, y, _ = project_grid(to_library(matrix, image), size)
    return _read(image, x, y, axes, interpolation, border, fill)


def to_library(matrix: Any, image: Any) -> Any:
    """Copy a matrix of NumPy to where `image` lies."""
    if isinstance(matrix, np.ndarray) and kind(image) != "numpy":
        return namespace(image).asarray(matrix, device=image.device)
    return matrix


def project_grid(matrix: Any, size: tuple[int, int]) -> tuple[Any, Any, Any]:
    """Move every pixel of `size` by `matrix`; return x, y and one over the third coordinate, (h, w) or (N, h, w)."""
    xp = namespace(matrix)
    height, width = size
    u = xp.arange(width, dtype=xp.float64, device=matrix.device)
    v = xp.arange(height, dtype=xp.float64, device=matrix.device)[:, None]

    def row(i: int) -> Any:
        a, b, c = (matrix[..., i, j][..., None, None] for j in range(3))
        return a * u + (b * v + c)

    third = row(2)
    at_infinity = third == 0  # kept out of the quotient, the gradients of which would not be finite
    nearness = 1 / xp.where(at_infinity, xp.ones_like(third), third)
    x, y = (xp.where(at_infinity, xp.full_like(third, xp.inf), row(i) * nearness) for i in (0, 1))
    return x, y, nearness


def fold(position: Any, length: int, border: Border) -> tuple[Any, Any]:
    """Return whole positions brought inside, and whether they are inside or have a pixel that stands for them."""
    xp = namespace(position)
    is_inside = (position >= 0) & (position < length)
    last = xp.full_like(position, length - 1)
    if border in ("constant", "edge") or length == 1:
        index = xp.where(position < 0, xp.zeros_like(position), xp.where(position > length - 1, last, position))
        return index, is_inside if border == "constant" else xp.ones_like(is_inside)
    period = {"wrap": length, "symmetric": 2 * length, "reflect": 2 * length - 2}[border]
    index = position % period
    if border != "wrap":
        mirrored = (2 * length - 1 if border == "symmetric" else period) - index
        index = xp.where(mirrored < index, mirrored, index)
    return index, xp.ones_like(is_inside)


class Pixels:
    """Reads single pixels of an image by row and column; values as they are, one leading axis per other axis."""

    def __init__(self, image: Any, axes: Axes, positions: Any) -> None:
        xp = namespace(image)
        moved = xp.moveaxis(image, axes, (-2, -1))
        self.own = positions.ndim == 3
        self.leading = tuple(moved.shape[:-2])
        self.size = int(moved.shape[-2]), int(moved.shape[-1])
        self.flat = xp.reshape(moved, (*self.leading, -1))
        self.axes = axes
        self.made = tuple(positions.shape[-2:])

    def spread(self, positions: Any) -> Any:
        """Lay (h, w) out as (h * w), and (N, h, w) as (N, 1, h * w)."""
        return namespace(positions).reshape(positions, (positions.shape[0], 1, -1) if self.own else (-1,))

    def take(self, row: Any, column: Any) -> Any:
        xp = namespace(self.flat)
        index = self.spread(row * self.size[1] + column)
        if not self.own:
            return xp.take(self.flat, index, axis=-1)
        return xp.take_along_axis(self.flat, xp.broadcast_to(index, (*self.leading, index.shape[-1])), axis=-1)

    def restore(self, made: Any) -> Any:
        """Bring (..., h * w) to the axes of the image."""
        xp = namespace(made)
        return xp.moveaxis(xp.reshape(made, (*self.leading, *self.made)), (-2, -1), self.axes)


def _read(
    image: Any, x: Any, y: Any, axes: Axes, interpolation: Interpolation, border: Border, fill: float
) -> Any:  # fmt: skip
    xp = namespace(image)
    is_nowhere = ~(xp.isfinite(x) & xp.isfinite(y))
    x, y = (bounded(xp.where(is_nowhere, xp.zeros_like(p), p)) for p in (x, y))
    if interpolation == "nearest":
        return _read_nearest(image, x, y, is_nowhere, axes, border, fill)
    work, outside = work_dtype(image), fill_value(fill, image)
    pixels = Pixels(lift(image), axes, x)
    (columns, across), (rows, down) = (_split(p, interpolation, work, pixels) for p in (x, y))
    total: Any = 0.0
    for row, row_weight in zip(rows, down, strict=True):
        line: Any = 0.0
        row_index, row_inside = fold(row, pixels.size[0], border)
        for column, weight in zip(columns, across, strict=True):
            column_index, column_inside = fold(column, pixels.size[1], border)
            value = pixels.take(row_index, column_index)
            if border == "constant":
                value = xp.where(pixels.spread(row_inside & column_inside), value, full(outside, value))
            line = line + weighed(value, weight)
        total = total + weighed(line, row_weight)
    total = xp.where(pixels.spread(is_nowhere), full(outside, total), total)
    return saturate(pixels.restore(total), image_dtype(image))


def _read_nearest(image: Any, x: Any, y: Any, is_nowhere: Any, axes: Axes, border: Border, fill: float) -> Any:
    xp = namespace(image)
    bits, outside = _as_signed(image, fill_value(fill, image))
    pixels = Pixels(bits, axes, x)
    row, row_inside = fold(cast_to(xp.floor(y + 0.5), "int64"), pixels.size[0], border)
    column, column_inside = fold(cast_to(xp.floor(x + 0.5), "int64"), pixels.size[1], border)
    value = pixels.take(row, column)
    is_there = pixels.spread(row_inside & column_inside & ~is_nowhere)
    made = pixels.restore(xp.where(is_there, value, full(outside, value)))
    return made if bits is image else made.view(image.dtype)


def _as_signed(image: Any, fill: float) -> tuple[Any, float]:
    """View wide unsigned tensors, which torch cannot index, as signed ones of the same bits; so also the fill value."""
    name = dtype_name(image)
    if kind(image) != "torch" or name not in ("uint16", "uint32", "uint64"):
        return image, fill
    import torch

    bits = int(name[4:])
    wrapped = int(fill) - 2**bits if fill >= 2 ** (bits - 1) else int(fill)
    return image.view(getattr(torch, name[1:])), wrapped


def bounded(x: Any) -> Any:
    """Return positions (pixels) with those beyond `FARTHEST` put there; NaN stays."""
    return limit(x, -FARTHEST, FARTHEST)


def _split(x: Any, interpolation: Interpolation, work: str, pixels: Pixels) -> tuple[list[Any], list[Any]]:
    """Return the whole positions of the pixels about each position, and their weights."""
    xp = namespace(x)
    whole = xp.floor(x)
    taps = TAPS[interpolation]
    fraction = pixels.spread(x - whole)
    if interpolation == "linear":  # 1 - t of the rounded t: the two sum to 1
        fraction = cast_to(fraction, work)
    first = cast_to(whole, "int64") - (taps // 2 - 1)
    return [first + i for i in range(taps)], [cast_to(w, work) for w in tap_weights(fraction, interpolation)]


def weighed(value: Any, weight: Any) -> Any:
    """Return weight * value, where a weight of zero makes zero of anything; its gradient stays."""
    xp = namespace(value)
    return weight * xp.where((weight == 0) & ~xp.isfinite(value), xp.zeros_like(value), value)


def full(value: float, like: Any) -> Any:
    """Return `value` as (), in the dtype and on the device of `like`."""
    return namespace(like).full((), value, dtype=like.dtype, device=like.device)


@implements(sample, "numpy")
def _sample_numba(
    image: Any, x: Any, y: Any, axes: Axes, interpolation: Interpolation, border: Border, fill: float
) -> Any:  # fmt: skip
    (xs, step), (ys, step_y) = _as_line(x), _as_line(y)
    if step != step_y or xs.dtype != ys.dtype:
        (xs, step), (ys, _) = (_as_line(np.array(p, np.float64)) for p in (x, y))
    made = tuple(x.shape[-2:])
    each = math.prod(made)
    if x.ndim == 2:
        return _run(image, [(_NO_MATRIX, xs, ys, step)], made, axes, interpolation, border, fill)
    starts = range(0, len(x) * each * step, each * step)
    lines = [(_NO_MATRIX, *(p[start : start + (each - 1) * step + 1] for p in (xs, ys)), step) for start in starts]
    return _run(image, lines, made, axes, interpolation, border, fill)


@implements(sample_projected, "numpy")
def _sample_projected_numba(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    unused = np.zeros(1)
    places = [(np.array(one).reshape(9), unused, unused, 0) for one in matrix.reshape(-1, 3, 3)]
    return _run(image, places, size, axes, interpolation, border, fill)


@implements(sample, "torch")
def _sample_recorded(
    image: Any, x: Any, y: Any, axes: Axes, interpolation: Interpolation, border: Border, fill: float
) -> Any:  # fmt: skip
    if not (is_recorded(image, x, y) and image.device.type == "cpu"):
        return NotImplemented
    from imgproc.primitives._sample_torch import sample_recorded

    exact = cast_to(x, "float64"), cast_to(y, "float64")
    return sample_recorded(sample, image, exact, (axes, interpolation, border, fill))


@implements(sample_projected, "torch")
def _sample_projected_recorded(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    if not (is_recorded(image, matrix) and image.device.type == "cpu"):
        return NotImplemented
    from imgproc.primitives._sample_torch import sample_recorded

    place = (to_library(matrix, image),)
    return sample_recorded(sample_projected, image, place, (size, axes, interpolation, border, fill))


_NO_MATRIX = np.zeros(9)
_COST = {"nearest": 4, "linear": 8, "cubic": 32, "lanczos": 64}
_TOGETHER = 4
"""Planes that share positions; those of more would push one another out of the cache."""


def _as_line(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Return positions as a contiguous line of which every step-th number counts; a view where there is one."""
    if x.dtype not in (np.float32, np.float64) or not x.dtype.isnative:
        x = x.astype(np.float64)
    step, rest = divmod(x.strides[-1], x.itemsize)
    regular = [x.strides[-1] * math.prod(x.shape[i + 1 :]) for i in range(x.ndim)]
    if rest or step not in (1, 2) or any(n > 1 and s != r for n, s, r in zip(x.shape, x.strides, regular, strict=True)):
        x, step = np.ascontiguousarray(x), 1
    line = np.lib.stride_tricks.as_strided(x, ((x.size - 1) * step + 1,), (x.itemsize,), writeable=False)
    return line, step


def _run(
    image: Any, places: list[Any], size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    """Run a kernel over every plane; `places` holds where to read, for all of them or for each image of a batch."""
    from imgproc.primitives import _sample_numba, _sample_taps_numba

    is_nearest = interpolation == "nearest"
    planes, channels = as_planes(_as_bits(image) if is_nearest else image, axes)
    dtype, work = image_dtype(image), work_dtype(image)
    name, place = dtype_name(planes), dtype_name(places[0][1])
    made = name if is_nearest else dtype if dtype in ("uint8", "uint16") else work
    out = np.empty((len(planes), size[0], size[1] * channels), made)
    outside = np.array([fill_value(fill, image)], image.dtype.newbyteorder("="))
    outside = _as_bits(outside) if is_nearest else outside.astype(planes.dtype)
    kernel = compiled(
        getattr(_sample_taps_numba if TAPS[interpolation] > 2 else _sample_numba, interpolation),
        f"in3({name}), out3({made}), in1(float64), boolean, in1({place}), in1({place}), int64, int64, int64, "
        f"in1({name}), {'' if is_nearest else f'in1({work}), '}int64, int64",
    )
    limits = () if is_nearest else (np.array(rounding_range(made), work),)
    each = len(planes) // len(places)
    pieces = [
        (slice(first, min(first + _TOGETHER, (i + 1) * each)), place)
        for i, place in enumerate(places)
        for first in range(i * each, (i + 1) * each, _TOGETHER)
    ]

    def read_rows(first: int, last: int) -> None:
        """Read rows of all pieces, counted on."""
        for i in range(first // size[0], -(-last // size[0])):
            (some, (matrix, *line)), top = pieces[i], i * size[0]
            kernel(
                planes[some], out[some], matrix, line[-1] > 0, *line, channels, int(border_code(border)), outside,
                *limits, max(first - top, 0), min(last - top, size[0]),
            )  # fmt: skip

    run_bands(read_rows, len(pieces) * size[0], out.size * _COST[interpolation])
    shape = list(image.shape)
    shape[axes[0]], shape[axes[1]] = size
    if is_nearest:
        return out.view(image.dtype.newbyteorder("=")).reshape(shape)
    return saturate(out.reshape(shape), dtype)


def _as_bits(x: np.ndarray) -> np.ndarray:
    """View an array as one of the dtypes that kernels are compiled for, bit for bit."""
    native = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("="), copy=False)
    return native.view({1: np.uint8, 2: np.uint16, 4: np.float32, 8: np.float64}[x.dtype.itemsize])


@implements(sample, "cupy")
def _sample_cuda(
    image: Any, x: Any, y: Any, axes: Axes, interpolation: Interpolation, border: Border, fill: float
) -> Any:  # fmt: skip
    xs, ys = (namespace(p).asarray(cast_to(p, "float64"), order="C") for p in (x, y))
    return _launch(image, None, xs, ys, tuple(x.shape[-2:]), axes, interpolation, border, fill)


@implements(sample_projected, "cupy")
def _sample_projected_cuda(
    image: Any, matrix: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation, border: Border,
    fill: float,
) -> Any:  # fmt: skip
    return _launch(image, for_device(matrix), None, None, size, axes, interpolation, border, fill)


def for_device(matrix: Any) -> Any:
    """Return a matrix contiguous and on the device."""
    if isinstance(matrix, np.ndarray):
        return upload(tuple(matrix.ravel().tolist()), "float64").reshape(matrix.shape)
    return for_kernel(matrix)


def _launch(
    image: Any, matrix: Any, xs: Any, ys: Any, size: tuple[int, int], axes: Axes, interpolation: Interpolation,
    border: Border, fill: float,
) -> Any:  # fmt: skip
    xp = namespace(image)
    is_nearest = interpolation == "nearest"
    shape = list(image.shape)
    shape[axes[0]], shape[axes[1]] = size
    outside = np.array(fill_value(fill, image), dtype_name(image))
    if is_nearest:
        name = {1: "uint8", 2: "uint16", 4: "float32", 8: "float64"}[image.dtype.itemsize]
        source, work, outside = xp.asarray(image, order="C").view(name), name, outside.view(name)
    else:
        source, work = for_kernel(image), work_dtype(image)
        outside = outside.astype(dtype_name(source))
    made = xp.empty(tuple(shape), dtype=getattr(np, work))
    places = xs if matrix is None else matrix
    is_shared = places.ndim == 2
    launch(
        cuda_kernel("sample.cu", "sample", dtype_name(source), work), made.size,
        source, 0 if matrix is None else matrix, 0 if xs is None else xs, 0 if ys is None else ys, made, made.size,
        image.shape[axes[0]], image.shape[axes[1]], strides_below(tuple(shape), axes)[1], *size,
        made.size if is_shared else made.size // len(places), np.int32(TAPS[interpolation]), border_code(border),
        outside[()],
    )  # fmt: skip
    return made.view(image.dtype) if is_nearest else saturate(made, image_dtype(image))
