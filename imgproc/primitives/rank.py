"""The least and the greatest value under a footprint, and the keys by which windows are ranked."""

import functools
import sys
from typing import Any

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
    size = image.dtype.itemsize
    ones, top = (1 << 8 * size) - 1, 1 << 8 * size - 1
    low = top - 1 if image.dtype.kind == "f" else 0
    as_unsigned = unsigned or size <= 2
    flip = top if as_unsigned == (image.dtype.kind in "if") else 0
    least = 0 if as_unsigned else top
    nan = least if nan_first else least ^ ones
    with np.errstate(over="ignore"):
        outside = int(np.array(fill_value(fill, image), image.dtype.newbyteorder("=")).view(f"u{size}"))
    is_nan = low != 0 and outside & low > _INFINITY[size]
    flip ^= ones if reverse else 0
    key = nan if is_nan else outside ^ flip ^ (low if outside & top else 0)
    code = [flip, low, top, _INFINITY[size] if low else 0, nan, outside, key, is_nan]
    return np.array(code, f"u{size}").view(_BITS[size])


OPENCV_DTYPES = {"bool", "uint8", "uint16", "int16", "float32"}
"""Of which OpenCV ranks small windows."""

_OPENCV_BORDERS = {"reflect": 4, "symmetric": 2, "edge": 1, "constant": 0}  # cv2.BORDER_REFLECT_101, ...


@implements(window_minimum, "numpy")
def _minimum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_opencv(image, footprint, axes, border, fill, "erode")


@implements(window_maximum, "numpy")
def _maximum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_opencv(image, footprint, axes, border, fill, "dilate")


def _extremum_opencv(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float, name: str) -> Any:
    """Leave small footprints on images that fit the cache to OpenCV: there its loops beat ours (measured)."""
    footprint, anchor = _trim(footprint)
    channels = image.shape[-1] if axes[1] == image.ndim - 2 else 1
    area = len(footprint) * len(footprint[0])
    is_rectangle = all(map(all, footprint))
    outside = fill_value(fill, image)
    if (
        dtype_name(image) not in OPENCV_DTYPES
        or border == "wrap"
        or channels > 4
        or area > (31 * 31 if is_rectangle else 49)
        or image.nbytes > (1 << 21 if area > 9 or image.dtype.itemsize > 2 else 1 << 26)
        or not abs(outside) < sys.float_info.max
        or (image.dtype.kind == "f" and np.isnan(image.min()))
    ):
        return NotImplemented
    import cv2

    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    stored = native.view(np.uint8) if image.dtype == bool else native
    pixels = stored.reshape(-1, image.shape[axes[0]], image.shape[axes[1]], channels)
    out = np.empty_like(pixels)
    kernel = np.ones((len(footprint), len(footprint[0])), np.uint8) if is_rectangle else np.array(footprint, np.uint8)
    for plane, made in zip(pixels, out, strict=True):
        getattr(cv2, name)(
            plane, kernel, dst=made, anchor=anchor[::-1], borderType=_OPENCV_BORDERS[border],
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
    from imgproc.primitives import _rank_numba

    planes, channels = as_bits(image, axes)
    out = np.empty_like(planes)
    footprint, (above, before) = _trim(footprint)
    rows, columns = len(footprint), len(footprint[0])
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    length = width * channels
    row_index = border_indices(height, above, rows - 1 - above, border)
    column_index = border_indices(width, before, columns - 1 - before, border)
    bits = planes.dtype.name
    if all(map(all, footprint)):
        kernel = compiled(
            _rank_numba.rectangle_minimum,
            f"in1({bits}), out1({bits}), in1({bits}), int64, int64, int64, in1(int64), in1(int64), "
            "int64, int64, int64, int64",
        )
        shape: tuple[Any, ...] = (rows, columns)
        cost = 8
    else:
        kernel = compiled(
            _rank_numba.minimum,
            f"in1({bits}), out1({bits}), in1({bits}), in2(int64), int64, in1(int64), in1(int64), "
            "int64, int64, int64, int64",
        )
        shape = (_runs(footprint),)
        cost = len(shape[0]) + 4

    def compute(plane: Any, made: Any, first: int, last: int) -> None:
        kernel(plane, made, code, *shape, length, row_index, column_index, before, channels, first, last)

    for plane, made in zip(planes, out, strict=True):
        run_bands(functools.partial(compute, plane, made), height, plane.size * plane.itemsize * cost // 8)
    return out.view(image.dtype.newbyteorder("=")).reshape(image.shape)


@functools.lru_cache(maxsize=64)
def _trim(footprint: Footprint) -> tuple[Footprint, tuple[int, int]]:
    """Drop empty outer lines, but not the anchor; return what is left (an even rectangle, mirrored) and its anchor."""
    cells = np.array(footprint)
    anchor = len(cells) // 2, cells.shape[1] // 2
    lines = [(*np.flatnonzero(cells.any(axis=1 - axis)), anchor[axis]) for axis in (0, 1)]
    top, left = min(lines[0]), min(lines[1])
    kept = cells[top : max(lines[0]) + 1, left : max(lines[1]) + 1]
    return tuple(map(tuple, kept.tolist())), (int(anchor[0] - top), int(anchor[1] - left))


@functools.lru_cache(maxsize=64)
def _runs(footprint: Footprint) -> np.ndarray:
    """List the horizontal runs (row, start, length) of a footprint, from top to bottom."""
    runs = []
    for row, line in enumerate(footprint):
        edges = np.flatnonzero(np.diff(np.array([False, *line, False]).astype(np.int8)))
        runs += [(row, start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    found = np.array(runs, np.int64)
    found.flags.writeable = False
    return found


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
    runs = tuple((row - rows // 2, start - columns // 2, length) for row, start, length in _runs(footprint).tolist())
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
