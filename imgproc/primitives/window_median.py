"""The median of a rectangle about each pixel."""

import functools
import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, is_float
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._networks import median_program
from imgproc.primitives._planes import KERNEL_DTYPES, as_planes, compiled
from imgproc.primitives.borders import border_indices, fill_value, pad
from imgproc.primitives.rank import OPENCV_DTYPES, Axes, as_bits, comparable_values, key_code, launch_rank
from imgproc.typing import Border


@dispatched
def window_median(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    """Return the median of the window of odd `size` about each pixel, NaN where it holds one; dtype of `image`."""
    xp = namespace(image)
    rows, columns = size
    comparable, outside, back = comparable_values(image, fill)
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


# ---- NumPy: kernels on the bits of the image, and OpenCV where it is exact

_LARGEST_NETWORK = {1: 15, 2: 13, 4: 11, 8: 11}
"""Sides of the largest square windows that a sorting network does sooner than a sliding one, by bytes (measured)."""

_STRIP = 1 << 20
"""Bytes of the rows that are extended and handed to OpenCV at once; half as many cost a third more time."""


@implements(window_median, "numpy")
def _median_numba(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    rows, columns = size
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    if rows == columns == 1:
        return np.array(image)
    if rows * columns > 4 * height * width + 64:
        return _weighted_median(image, size, axes, border, fill)
    if size == (3, 3) and (dtype_name(image) == "bool" or dtype_name(image) in KERNEL_DTYPES):
        return _median_of_nine(image, axes, border, fill)
    if _suits_opencv_median(image, size, axes, fill):
        found = _opencv_median(image, rows, axes, border, fill)
        if found is not NotImplemented:
            return found
    planes, channels = as_bits(image, axes)
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


def _median_of_nine(image: Any, axes: Axes, border: Border, fill: float) -> Any:
    from imgproc.primitives import _median_numba

    planes, channels = as_planes(image.view(np.uint8) if image.dtype == bool else image, axes)
    out = np.empty_like(planes)
    height, width = planes.shape[1], planes.shape[2] // channels
    indices = border_indices(height, 1, 1, border), border_indices(width, 1, 1, border)
    kernel = compiled(
        _median_numba.median_of_nine,
        "in2({0}), out2({0}), in1(int64), in1(int64), int64, {0}, int64, int64".format(dtype_name(planes)),
    )
    outside = planes.dtype.type(fill_value(fill, image))
    for plane, made in zip(planes, out, strict=True):
        run_bands(
            lambda first, last: kernel(plane, made, *indices, channels, outside, first, last),  # noqa: B023
            height, plane.nbytes,
        )  # fmt: skip
    return (out.view(np.bool_) if image.dtype == bool else out).reshape(image.shape)


def _network_median(image: Any, size: Any, planes: Any, channels: int, indices: Any, fill: float) -> Any:
    from imgproc.primitives import _rank_numba

    bits = dtype_name(planes)
    kernel = compiled(
        _rank_numba.network_median,
        f"in1({bits}), out1({bits}), in1({bits}), in2(int64), int64, int64, in1(int64), in1(int64), "
        "int64, int64, int64, int64, int64",
    )
    program, slots = median_program(size, channels)
    length = (len(indices[1]) - size[1] + 1) * channels
    code = key_code(image, fill, nan_first=False)

    def compute(plane: Any, made: Any, first: int, last: int) -> None:
        kernel(plane, made, code, program, slots, length, *indices, size[1] // 2, size[1], channels, first, last)

    return compute


def _sliding_median(image: Any, size: Any, planes: Any, channels: int, indices: Any, fill: float) -> Any:
    from imgproc.primitives import _rank_numba

    bits = dtype_name(planes)
    kernel = compiled(
        _rank_numba.sliding_median,
        f"in1({bits}), out1({bits}), in1({bits}), in1(int64), in1(int64), int64, in1(int64), in1(int64), "
        "int64, int64, int64",
    )
    code = key_code(image, fill, nan_first=False, unsigned=True)
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
            tall = max(4 * side, _STRIP // plane[0].nbytes)

            def extend(first: int, last: int, plane: Any = plane, made: Any = made, tall: int = tall) -> None:
                for top in range(first, last, tall):
                    _mend(plane, made, 0, side, {(top, min(top + tall, last))}, border, outside)

            run_bands(extend, height, plane.size * 4)
            continue
        seams: list[int] = []
        nans: list[bool] = []

        def repeat_edge(first: int, last: int, source: Any = (plane, made), found: Any = (seams, nans)) -> None:
            if source[0].dtype == np.float32:
                found[1].append(bool(np.isnan(source[0][first:last].min())))  # as isnan(...).any(), without a mask
            cv2.medianBlur(source[0][first:last], side, dst=source[1][first:last])
            found[0].append(first)

        run_bands(repeat_edge, height, plane.size * (side - 1))
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


def _suits_opencv_median(image: Any, size: tuple[int, int], axes: Axes, fill: float) -> bool:
    """OpenCV sorts 3 x 3 and 5 x 5 of few dtypes, and counts bytes under squares, in 16 bits, so up to 255 x 255."""
    rows, columns = size
    channels = image.shape[-1] if axes[1] == image.ndim - 2 else 1
    if rows != columns or channels not in (1, 3, 4) or math.isnan(fill):
        return False
    if rows in (3, 5):
        return dtype_name(image) in OPENCV_DTYPES
    return dtype_name(image) in ("bool", "uint8") and 11 < rows <= 255


def _weighted_median(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    """Find medians of windows larger than the image: each pixel counts as often as the extended window meets it."""
    bits, channels = as_bits(image, axes)
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


# ---- CuPy: keys as of rank.cu, one thread for each pixel


@implements(window_median, "cupy")
def _median_cuda(image: Any, size: tuple[int, int], axes: Axes, border: Border, fill: float) -> Any:
    code = key_code(image, fill, nan_first=False, unsigned=True)
    return launch_rank("window_median", image, axes, border, code, np.int32(size[0]), np.int32(size[1]))
