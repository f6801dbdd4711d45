"""The least and the greatest value under a footprint, and the keys by which windows are ranked."""

import functools
import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, launch, strides_below, upload
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import border_indices, fill_value, pad
from imgproc.typing import Border

Axes = tuple[int, int]
Footprint = tuple[tuple[bool, ...], ...]


@dispatched
def window_minimum(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Return the least value under the True elements of `footprint` about each pixel, NaN where there is one.

    The anchor of the footprint, which is nested tuples, is the element at len // 2 along each axis. `fill` is taken to
    the dtype of `image`, so that a constant border of +inf is neutral for every dtype.
    """
    return _extremum(image, footprint, axes, border, fill, namespace(image).minimum)


@dispatched
def window_maximum(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    """Return the greatest value under `footprint`, as `window_minimum`; a constant border of -inf is neutral."""
    return _extremum(image, footprint, axes, border, fill, namespace(image).maximum)


def _extremum(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float, choose: Any) -> Any:
    rows, columns = len(footprint), len(footprint[0])
    comparable, outside, back = comparable_values(image, fill)
    widths = (rows // 2, rows - 1 - rows // 2), (columns // 2, columns - 1 - columns // 2)
    padded = pad(comparable, axes, widths, border, outside)
    padded = choose(padded, padded) if padded is image else padded  # under one element: a result of its own
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    before = (slice(None),) * axes[0]

    def over_columns(line: tuple[bool, ...], source: Any) -> Any:
        shifted = (source[(*before, slice(None), slice(j, j + width), ...)] for j, there in enumerate(line) if there)
        return functools.reduce(choose, shifted)

    # rows of the footprint that are equal share their minima along columns
    along = {line: over_columns(line, padded) for line in set(footprint) if any(line)}
    return back(
        functools.reduce(
            choose,
            (along[line][(*before, slice(i, i + height), ...)] for i, line in enumerate(footprint) if any(line)),
        )
    )


def comparable_values(image: Any, fill: float) -> tuple[Any, Any, Any]:
    """Return `image` and `fill` in a dtype that its library compares and sorts, and the way back."""
    name = dtype_name(image)
    outside = fill_value(fill, image)
    stand_in = {"bool": "uint8"}
    if kind(image) == "torch":
        stand_in |= {"uint16": "int32", "uint32": "int64"}
        if name == "uint64":
            lowest = -(2**63)
            signed = image.view(namespace(image).int64) ^ lowest
            return signed, int(outside) + lowest, lambda x: (x ^ lowest).view(image.dtype)
    if name not in stand_in:
        return image, outside, lambda x: x
    return cast_to(image, stand_in[name]), int(outside), lambda x: cast_to(x, name)


class Cells(NamedTuple):
    """A footprint without empty outer lines, but with its anchor."""

    footprint: Footprint
    shape: tuple[int, int]
    anchor: tuple[int, int]
    is_rectangle: bool
    runs: np.ndarray
    """Horizontal runs (row, start, length), from top to bottom."""


@functools.lru_cache(maxsize=64)
def trimmed(footprint: Footprint) -> Cells:
    """Drop empty outer lines, but not the anchor."""
    cells = np.array(footprint)
    anchor = len(cells) // 2, cells.shape[1] // 2
    lines = [(*np.flatnonzero(cells.any(axis=1 - axis)), anchor[axis]) for axis in (0, 1)]
    top, left = min(lines[0]), min(lines[1])
    kept = cells[top : max(lines[0]) + 1, left : max(lines[1]) + 1]
    runs = []
    for row, line in enumerate(kept):
        edges = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
        runs += [(row, start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    found = np.array(runs, np.int64)
    found.flags.writeable = False
    height, width = kept.shape
    return Cells(
        tuple(map(tuple, kept.tolist())), (height, width), (int(anchor[0] - top), int(anchor[1] - left)),
        bool(kept.all()), found,
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def mirrored(footprint: Footprint) -> Footprint:
    """Turn a footprint by half a turn about its anchor; a side of even length grows by an empty first line."""
    cells = np.array(footprint)[::-1, ::-1]
    grown = np.pad(cells, [(1 - side % 2, 0) for side in cells.shape])
    return tuple(map(tuple, grown.tolist()))


# ---- NumPy: kernels on the bits of the image, and OpenCV where it is exact


def as_bits(x: np.ndarray, axes: Axes) -> tuple[np.ndarray, int]:
    """View an image as contiguous (planes, H * W * channels) of uint8, uint16, int32 or int64; count the channels."""
    native = np.ascontiguousarray(x, dtype=x.dtype.newbyteorder("="))
    channels = x.shape[-1] if axes[1] == x.ndim - 2 else 1
    return native.reshape(-1, x.shape[axes[0]] * x.shape[axes[1]] * channels).view(_BITS[x.dtype.itemsize]), channels


_BITS = {1: "uint8", 2: "uint16", 4: "int32", 8: "int64"}
_INFINITY = {2: 0x7C00, 4: 0x7F800000, 8: 0x7FF0000000000000}


def key_code(
    image: np.ndarray, fill: float, *, reverse: bool = False, nan_first: bool, unsigned: bool = False
) -> np.ndarray:
    """Say how the bits of `image` become keys: see _rank_numba.

    reverse: the greatest value has the least key. nan_first: NaN has the least key, else the greatest. unsigned: keys
    of 32 and 64 bits compare as unsigned, byte by byte.
    """
    outside = fill_value(fill, image) + 0  # of two zeros that compare as equal, the cache would return either
    return _key_code(image.dtype.newbyteorder("="), outside, reverse, nan_first, unsigned)


@functools.lru_cache(maxsize=256)
def _key_code(dtype: np.dtype, fill: float, reverse: bool, nan_first: bool, unsigned: bool) -> np.ndarray:
    size = dtype.itemsize
    ones, top = (1 << 8 * size) - 1, 1 << 8 * size - 1
    low = top - 1 if dtype.kind == "f" else 0
    as_unsigned = unsigned or size <= 2
    flip = top if as_unsigned == (dtype.kind in "if") else 0
    least = 0 if as_unsigned else top
    nan = least if nan_first else least ^ ones
    with np.errstate(over="ignore"):
        outside = int(np.array(fill, dtype).view(f"u{size}"))
    is_nan = low != 0 and outside & low > _INFINITY[size]
    flip ^= ones if reverse else 0
    key = nan if is_nan else outside ^ flip ^ (low if outside & top else 0)
    code = [flip, low, top, _INFINITY[size] if low else 0, nan, outside, key, is_nan]
    found = np.array(code, f"u{size}").view(_BITS[size])
    found.flags.writeable = False
    return found


COST_OF_RECTANGLE = 11
"""Of the extreme of a rectangle of any size, in eighths of a tenth of a nanosecond a byte (measured)."""

OPENCV_DTYPES = {"bool", "uint8", "uint16", "int16", "float32"}
"""Of which OpenCV ranks small windows."""

_OPENCV_BORDERS = {"reflect": 4, "symmetric": 2, "edge": 1, "constant": 0}  # cv2.BORDER_REFLECT_101, ...


def suits_opencv(image: np.ndarray, footprint: Footprint, axes: Axes, border: Border, fill: float) -> bool:
    """Leave small footprints other than rectangles to OpenCV, on images that fit the cache (measured)."""
    cells = trimmed(footprint)
    area = math.prod(cells.shape)
    return (
        not cells.is_rectangle
        and area <= 49
        and image.nbytes <= (1 << 21 if area > 9 or image.dtype.itemsize > 2 else 1 << 26)
        and dtype_name(image) in OPENCV_DTYPES
        and border != "wrap"
        and (axes[1] != image.ndim - 2 or image.shape[-1] <= 4)
        and abs(fill_value(fill, image)) < sys.float_info.max
        and not (image.dtype.kind == "f" and np.isnan(image.min()))
    )


@implements(window_minimum, "numpy")
def _minimum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_opencv(image, footprint, axes, border, fill, "erode")


@implements(window_maximum, "numpy")
def _maximum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_opencv(image, footprint, axes, border, fill, "dilate")


def _extremum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float, name: str) -> Any:
    if not suits_opencv(image, footprint, axes, border, fill):
        return NotImplemented
    import cv2

    cells, outside = trimmed(footprint), fill_value(fill, image)
    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    stored = native.view(np.uint8) if image.dtype == bool else native
    channels = image.shape[-1] if axes[1] == image.ndim - 2 else 1
    pixels = stored.reshape(-1, image.shape[axes[0]], image.shape[axes[1]], channels)
    out = np.empty_like(pixels)
    kernel = np.array(cells.footprint, np.uint8)
    for plane, made in zip(pixels, out, strict=True):
        getattr(cv2, name)(
            plane, kernel, dst=made, anchor=cells.anchor[::-1], borderType=_OPENCV_BORDERS[border],
            borderValue=(float(outside),) * 4,
        )  # fmt: skip
    return out.view(native.dtype).reshape(image.shape)


@implements(window_minimum, "numpy")
def _minimum_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_numba(image, footprint, axes, border, key_code(image, fill, nan_first=True))


@implements(window_maximum, "numpy")
def _maximum_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_numba(image, footprint, axes, border, key_code(image, fill, reverse=True, nan_first=True))


def _extremum_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, code: np.ndarray) -> Any:
    planes, _ = as_bits(image, axes)
    out = np.empty_like(planes)
    compute, cost = extremum_of_rows(image, footprint, axes, border, code)
    for plane, made in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: compute(plane, made, 0, first, last),  # noqa: B023
            image.shape[axes[0]], cost,
        )  # fmt: skip
    return out.view(image.dtype.newbyteorder("=")).reshape(image.shape)


def extremum_of_rows(
    image: np.ndarray, footprint: Footprint, axes: Axes, border: Border, code: np.ndarray
) -> tuple[Callable[[np.ndarray, np.ndarray, int, int, int], None], int]:
    """Return what finds the least keys of rows of a plane of `as_bits`, and its cost for all rows.

    It takes the plane, where to write, the row that is written first there, and the first and the last row.
    """
    from imgproc.primitives import _extrema_numba

    cells = trimmed(footprint)
    (rows, columns), (above, before) = cells.shape, cells.anchor
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    channels = image.shape[-1] if axes[1] == image.ndim - 2 else 1
    bits = _BITS[image.dtype.itemsize]
    function: Any = _extrema_numba.rectangle_minimum if cells.is_rectangle else _extrema_numba.runs_minimum
    shape = (rows, columns) if cells.is_rectangle else (cells.runs, columns)
    types = "int64" if cells.is_rectangle else "in2(int64)"
    cost = COST_OF_RECTANGLE if cells.is_rectangle else len(cells.runs) + 4
    kernel = compiled(
        function,
        f"in1({bits}), out1({bits}), in1({bits}), {types}, int64, int64, in1(int64), in1(int64), int64, int64, int64, "
        "int64",
    )
    row_index = border_indices(height, above, rows - 1 - above, border)
    column_index = border_indices(width, before, columns - 1 - before, border)

    def compute(plane: np.ndarray, out: np.ndarray, top: int, first: int, last: int) -> None:
        kernel(
            plane, out, code, *shape, width * channels, row_index[top:], column_index, before, channels, first - top,
            last - top,
        )  # fmt: skip

    return compute, height * width * channels * image.dtype.itemsize * cost // 8


# ---- CuPy: the same keys, one thread for each pixel

_CARRIERS = {1: "uint8", 2: "uint16", 4: "float32", 8: "float64"}
"""Dtypes of each width that kernels are compiled for; rank.cu looks at the bits alone."""


@implements(window_minimum, "cupy")
def _minimum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_cuda(image, footprint, axes, border, key_code(image, fill, nan_first=True, unsigned=True))


@implements(window_maximum, "cupy")
def _maximum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    code = key_code(image, fill, reverse=True, nan_first=True, unsigned=True)
    return _extremum_cuda(image, footprint, axes, border, code)


def _extremum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, code: np.ndarray) -> Any:
    rows, columns = len(footprint), len(footprint[0])
    if min(rows, columns) > 1 and all(map(all, footprint)):  # a rectangle: along rows, then along columns
        image = _extremum_cuda(image, footprint[:1], axes, border, code)
        return _extremum_cuda(image, ((True,),) * rows, axes, border, code)
    cells = trimmed(footprint)
    above, before = cells.anchor
    runs = tuple((row - above, start - before, length) for row, start, length in cells.runs.tolist())
    return launch_rank("window_minimum", image, axes, border, code, upload(runs, "int32"), np.int32(len(runs)))


def launch_rank(name: str, image: Any, axes: Axes, border: Border, code: np.ndarray, *arguments: Any) -> Any:
    """Run a kernel of rank.cu on every pixel of `image`, whose bits become keys by `code`."""
    import cupy

    carrier = _CARRIERS[image.dtype.itemsize]
    source = cupy.ascontiguousarray(image).view(carrier)
    made = cupy.empty_like(source)
    flip, low, top, infinity, nan, _, fill, _ = map(np.uint64, code.view(f"u{image.dtype.itemsize}"))
    launch(
        cuda_kernel("rank.cu", name, carrier, carrier), source.size,
        source, made, source.size, image.shape[axes[0]], image.shape[axes[1]], strides_below(image.shape, axes)[1],
        border_code(border), flip, low, top, infinity, nan, fill, *arguments,
    )  # fmt: skip
    return made.view(image.dtype)
