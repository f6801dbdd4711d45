"""Order statistics of windows: the median of a rectangle, the least and the greatest value under a footprint."""

import functools
import math
import sys
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, is_float
from imgproc._array.kinds import kind, namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code, cuda_kernel, launch, strides_below, upload
from imgproc.primitives._networks import median_program
from imgproc.primitives._planes import compiled
from imgproc.primitives.borders import border_indices, pad
from imgproc.typing import Border

Axes = tuple[int, int]
Footprint = tuple[tuple[bool, ...], ...]


def fill_value(fill: float, image: Any) -> bool | int | float:
    """Take `fill` to the dtype of `image`: rounded half to even and saturated; infinities are an integer's extremes."""
    if is_float(image):
        return fill
    least, greatest = integer_range(dtype_name(image))
    if fill <= least or fill >= greatest:
        return least if fill <= least else greatest
    return round(fill)


@dispatched
def window_median(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    """Return the median of the window of odd `size` about each pixel, NaN where it holds one; dtype of `image`."""
    xp = namespace(image)
    rows, columns = size
    comparable, outside, back = _comparable(image, fill)
    padded = pad(comparable, axes, ((rows // 2,) * 2, (columns // 2,) * 2), border, outside)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    before = (slice(None),) * axes[0]
    strips = []
    # a strip at a time: all windows of a large image at once would be size times as large
    tall = max(1, _WINDOW_ELEMENTS // (math.prod(image.shape) // height * rows * columns))
    for top in range(0, height, tall):
        high = min(tall, height - top)
        windows = [
            padded[(*before, slice(top + i, top + i + high), slice(j, j + width), ...)]
            for i in range(rows)
            for j in range(columns)
        ]
        stack = xp.stack(windows, axis=0)
        middle = xp.sort(stack, axis=0)[rows * columns // 2, ...]
        if is_float(image):
            nan = xp.full((), math.nan, dtype=image.dtype, device=image.device)
            middle = xp.where(xp.any(xp.isnan(stack), axis=0), nan, middle)
        strips.append(middle)
    return back(strips[0] if len(strips) == 1 else xp.concat(strips, axis=axes[0]))


_WINDOW_ELEMENTS = 1 << 24


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
    comparable, outside, back = _comparable(image, fill)
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


def _comparable(image: Any, fill: float) -> tuple[Any, Any, Any]:
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

_LARGEST_NETWORK = {1: 15, 2: 13, 4: 11, 8: 11}
"""Sides of the largest square windows that a sorting network does sooner than a sliding one, by bytes (measured)."""


def _as_bits(x: np.ndarray, axes: Axes) -> tuple[np.ndarray, int]:
    """View an image as contiguous (planes, H * W * channels) of uint8, uint16, int32 or int64; count the channels."""
    native = np.ascontiguousarray(x, dtype=x.dtype.newbyteorder("="))
    channels = x.shape[-1] if axes[1] == x.ndim - 2 else 1
    return native.reshape(-1, x.shape[axes[0]] * x.shape[axes[1]] * channels).view(_BITS[x.dtype.itemsize]), channels


_BITS = {1: "uint8", 2: "uint16", 4: "int32", 8: "int64"}
_INFINITY = {2: 0x7C00, 4: 0x7F800000, 8: 0x7FF0000000000000}


def _code(
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


@implements(window_median, "numpy")
def _median_numba(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    rows, columns = size
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    if rows == columns == 1:
        return np.array(image)
    if rows * columns > 4 * height * width + 64:
        return _weighted_median(image, size, axes, border, fill)
    if _suits_opencv_median(image, size, axes, fill):
        found = _opencv_median(image, rows, axes, border, fill)
        if found is not NotImplemented:
            return found
    planes, channels = _as_bits(image, axes)
    out = np.empty_like(planes)
    indices = (
        border_indices(height, rows // 2, rows // 2, border),
        border_indices(width, columns // 2, columns // 2, border),
    )
    if rows * columns <= _LARGEST_NETWORK[image.dtype.itemsize] ** 2 and max(size) < 32:
        compute = _network_median(image, size, planes, channels, indices, fill)
        cost = out[0].size * rows * columns
    else:
        compute = _sliding_median(image, size, planes, channels, indices, fill)
        cost = out[0].size * (rows + columns) * 8
    for plane, made in zip(planes, out, strict=True):
        run_bands(functools.partial(compute, plane, made), height, cost)
    return out.view(image.dtype.newbyteorder("=")).reshape(image.shape)


def _network_median(image: Any, size: Any, planes: Any, channels: int, indices: Any, fill: float) -> Any:
    from imgproc.primitives import _rank_numba

    bits = planes.dtype.name
    kernel = compiled(
        _rank_numba.network_median,
        f"in1({bits}), out1({bits}), in1({bits}), in2(int64), int64, int64, in1(int64), in1(int64), "
        "int64, int64, int64, int64, int64",
    )
    program, slots = median_program(size, channels)
    length = (len(indices[1]) - size[1] + 1) * channels
    code = _code(image, fill, nan_first=False)

    def compute(plane: Any, made: Any, first: int, last: int) -> None:
        kernel(plane, made, code, program, slots, length, *indices, size[1] // 2, size[1], channels, first, last)

    return compute


def _sliding_median(image: Any, size: Any, planes: Any, channels: int, indices: Any, fill: float) -> Any:
    from imgproc.primitives import _rank_numba

    bits = planes.dtype.name
    kernel = compiled(
        _rank_numba.sliding_median,
        f"in1({bits}), out1({bits}), in1({bits}), in1(int64), in1(int64), int64, in1(int64), in1(int64), "
        "int64, int64, int64",
    )
    code = _code(image, fill, nan_first=False, unsigned=True)
    length = (len(indices[1]) - size[1] + 1) * channels
    window, tile = np.array(size), np.array([min(max(48, side + side // 2), 256) for side in size])

    def compute(plane: Any, made: Any, first: int, last: int) -> None:
        kernel(plane, made, code, window, tile, length, *indices, channels, first, last)

    return compute


def _opencv_median(image: Any, side: int, axes: Axes, border: Border, fill: float) -> Any:
    """Run OpenCV, which repeats the edge, on bands of rows; then mend what is within reach of a seam or of the edge."""
    import cv2

    height, width = image.shape[axes[0]], image.shape[axes[1]]
    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    stored = native.view(np.uint8) if image.dtype == bool else native
    pixels = stored.reshape(-1, height, width, image.shape[-1] if axes[1] == image.ndim - 2 else 1)
    out = np.empty_like(pixels)
    reach, outside = side // 2, fill_value(fill, image)
    # three rows mirrored about the edge are three rows with the edge repeated
    is_replicated = border == "edge" or (border == "symmetric" and side == 3)
    for plane, made in zip(pixels, out, strict=True):
        if side > 5:  # strips to mend would cost more than rows and columns to extend

            def extend(first: int, last: int, plane: Any = plane, made: Any = made) -> None:
                _mend(plane, made, 0, side, {(first, last)}, border, outside)

            run_bands(extend, height, plane.size * 4)
            continue
        seams: list[int] = []
        nans: list[bool] = []

        def repeat_edge(first: int, last: int, source: Any = (plane, made), found: Any = (seams, nans)) -> None:
            if source[0].dtype == np.float32:
                found[1].append(bool(np.isnan(source[0][first:last]).any()))
            cv2.medianBlur(source[0][first:last], side, dst=source[1][first:last])
            found[0].append(first)

        run_bands(repeat_edge, height, plane.size // (32 if side == 3 else 4))
        if any(nans):
            return NotImplemented
        ends = {(0, min(reach, height)), (max(0, height - reach), height)} if not is_replicated else set()
        spans = ends | {(max(0, seam - reach), min(height, seam + reach)) for seam in seams if seam > 0}
        _mend(plane, made, 0, side, spans, border, outside)
        if not is_replicated:
            spans = {(0, min(reach, width)), (max(0, width - reach), width)}
            _mend(plane, made, 1, side, spans, border, outside)
    return out.view(native.dtype).reshape(image.shape)


def _mend(plane: Any, made: Any, axis: int, side: int, spans: Any, border: Border, outside: Any) -> None:
    """Compute spans of rows (axis 0) or of columns (1) anew under the right border, all of them as one lying strip."""
    import cv2

    if not spans:
        return
    reach = side // 2
    across, along = (border_indices(plane.shape[k], reach, reach, border) for k in (axis, 1 - axis))
    index = np.concatenate([across[first : last + 2 * reach] for first, last in spans])
    strip = plane.take(index, axis=axis, mode="wrap")
    if axis == 1:  # OpenCV is slow on rows shorter than its vectors
        strip, made = np.ascontiguousarray(strip.swapaxes(0, 1)), made.swapaxes(0, 1)
    strip = strip.take(along, axis=1, mode="wrap")
    if border == "constant":
        strip[index < 0] = outside
        strip[:, along < 0] = outside
    found = cv2.medianBlur(strip, side).reshape(strip.shape)
    at = reach
    for first, last in spans:
        made[first:last] = found[at : at + last - first, reach:-reach]
        at += last - first + 2 * reach


_OPENCV_SMALL = {"bool", "uint8", "uint16", "int16", "float32"}


def _suits_opencv_median(image: Any, size: tuple[int, int], axes: Axes, fill: float) -> bool:
    """OpenCV sorts 3 x 3 and 5 x 5 of few dtypes, and counts bytes under squares, in 16 bits, so up to 255 x 255."""
    rows, columns = size
    channels = image.shape[-1] if axes[1] == image.ndim - 2 else 1
    if rows != columns or channels not in (1, 3, 4) or math.isnan(fill):
        return False
    if rows in (3, 5):
        return dtype_name(image) in _OPENCV_SMALL
    return dtype_name(image) in ("bool", "uint8") and 11 < rows <= 255


def _weighted_median(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    """Find medians of windows larger than the image: each pixel counts as often as the extended window meets it."""
    bits, channels = _as_bits(image, axes)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    values = bits.view(image.dtype.newbyteorder("=")).reshape(-1, height * width, channels)
    times = [_count_visits(length, side, border) for length, side in zip((height, width), size, strict=True)]
    out = np.empty_like(values)
    with np.errstate(over="ignore"):
        outside = np.array([fill_value(fill, image)], values.dtype)
    for plane in range(len(values)):
        for channel in range(channels):
            candidates = np.concatenate([values[plane, :, channel], outside])
            order = np.argsort(candidates, kind="stable")  # NaN come last
            is_nan = candidates != candidates
            for y in range(height):
                for x in range(width):
                    weights = np.outer(times[0][y], times[1][x]).ravel()
                    weights = np.append(weights, size[0] * size[1] - weights.sum())
                    reached = np.cumsum(weights[order])
                    at = order[np.searchsorted(reached, size[0] * size[1] // 2, side="right")]
                    out[plane, y * width + x, channel] = (
                        candidates[order[-1]] if weights[is_nan].any() else candidates[at]
                    )
    return out.reshape(image.shape)


def _count_visits(length: int, side: int, border: Border) -> np.ndarray:
    """Count how often the window about each position (row) meets each position inside (column)."""
    index = border_indices(length, side // 2, side // 2, border)
    return np.stack(
        [np.bincount(index[i : i + side][index[i : i + side] >= 0], minlength=length) for i in range(length)]
    )


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
        dtype_name(image) not in _OPENCV_SMALL
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
    return _extremum_numba(image, footprint, axes, border, _code(image, fill, nan_first=True))


@implements(window_maximum, "numpy")
def _maximum_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_numba(image, footprint, axes, border, _code(image, fill, reverse=True, nan_first=True))


def _extremum_numba(image: Any, footprint: Footprint, axes: Axes, border: Border, code: np.ndarray) -> Any:
    from imgproc.primitives import _rank_numba

    planes, channels = _as_bits(image, axes)
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


@implements(window_median, "cupy")
def _median_cuda(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    code = _code(image, fill, nan_first=False, unsigned=True)
    return _launch("window_median", image, axes, border, code, np.int32(size[0]), np.int32(size[1]))


@implements(window_minimum, "cupy")
def _minimum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    return _extremum_cuda(image, footprint, axes, border, _code(image, fill, nan_first=True, unsigned=True))


@implements(window_maximum, "cupy")
def _maximum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, fill: float) -> Any:
    code = _code(image, fill, reverse=True, nan_first=True, unsigned=True)
    return _extremum_cuda(image, footprint, axes, border, code)


def _extremum_cuda(image: Any, footprint: Footprint, axes: Axes, border: Border, code: np.ndarray) -> Any:
    rows, columns = len(footprint), len(footprint[0])
    if min(rows, columns) > 1 and all(map(all, footprint)):  # a rectangle: along rows, then along columns
        image = _extremum_cuda(image, footprint[:1], axes, border, code)
        return _extremum_cuda(image, ((True,),) * rows, axes, border, code)
    runs = tuple((row - rows // 2, start - columns // 2, length) for row, start, length in _runs(footprint).tolist())
    return _launch("window_minimum", image, axes, border, code, upload(runs, "int32"), np.int32(len(runs)))


def _launch(name: str, image: Any, axes: Axes, border: Border, code: np.ndarray, *arguments: Any) -> Any:
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
