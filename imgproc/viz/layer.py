"""Paint over an image.

Shapes cover shares of pixels on the host; only the covered pixels are mixed, where the image lies.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from imgproc._array.convert import value_range
from imgproc._array.dtypes import cast_to, dtype_name, image_dtype, is_float, lift, saturate
from imgproc._array.kinds import find_kind, kind, namespace
from imgproc._array.layout import channels_of, is_batch
from imgproc._checks import check_image, check_number
from imgproc.arrays import to_numpy
from imgproc.color.gray import gray_to_rgb

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Layer:
    """For each pixel the share that paint covers, (H, W), and the colour of the paint times that share, (H, W, 3)."""

    share: np.ndarray
    paint: np.ndarray


def empty_layer(size: tuple[int, int]) -> Layer:
    """Return a layer without paint; the system hands out its memory as it is painted on."""
    return Layer(np.zeros(size), np.zeros((*size, 3)))


def _cover(layer: Layer, where: Any, share: np.ndarray, color: Color) -> None:
    """Put paint over what is there; `where` names every pixel once."""
    layer.share[where] += share * (1 - layer.share[where])
    layer.paint[where] += share[..., None] * (np.array(color) - layer.paint[where])


def draw_segment(layer: Layer, ends: np.ndarray, thickness: float, color: Color) -> None:
    """Draw from (x1, y1) to (x2, y2) with round ends; a pixel is covered by how near its centre is."""
    height, width = layer.share.shape
    reach = thickness / 2 + 0.5
    cut = clip_segment(ends, (-reach - 1, -reach - 1, width + reach, height + reach))
    if cut is None:
        return
    if abs(cut[2] - cut[0]) >= abs(cut[3] - cut[1]):
        rows, columns = _beside(cut, reach, (height, width))
    else:
        columns, rows = _beside(cut[[1, 0, 3, 2]], reach, (width, height))
    along = cut[2:] - cut[:2]
    offset = np.stack((columns - cut[0], rows - cut[1]), axis=-1)
    share = np.clip(offset @ along / max(along @ along, 1e-12), 0, 1)
    distance = np.hypot(*np.moveaxis(offset - share[..., None] * along, -1, 0))
    covered = np.clip(reach - distance, 0, 1) * min(thickness, 1.0)
    is_seen = (covered > 0) & (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    _cover(layer, (rows[is_seen], columns[is_seen]), covered[is_seen], color)


def _beside(cut: np.ndarray, reach: float, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Name the pixels within `reach` of a flat segment, column by column: rows and columns."""
    x1, y1, x2, y2 = cut
    first, last = max(0, math.floor(min(x1, x2) - reach)), min(size[1] - 1, math.ceil(max(x1, x2) + reach))
    columns = np.arange(first, last + 1)
    slope = (y2 - y1) / (x2 - x1) if x1 != x2 else 0.0
    middle = np.rint(y1 + (np.clip(columns, min(x1, x2), max(x1, x2)) - x1) * slope).astype(np.int64)
    wide = math.ceil(reach * math.hypot(1, slope)) + 1
    rows = middle[:, None] + np.arange(-wide, wide + 1)
    return rows, np.broadcast_to(columns[:, None], rows.shape)


def clip_segment(ends: np.ndarray, frame: tuple[float, float, float, float]) -> np.ndarray | None:
    """Return the part of x1, y1, x2, y2 inside `frame` (left, top, right, bottom), or None."""
    start, along = ends[:2], ends[2:] - ends[:2]
    first, last = 0.0, 1.0
    for axis in range(2):
        low, high = frame[axis] - start[axis], frame[axis + 2] - start[axis]
        if along[axis] == 0:
            if low > 0 or high < 0:
                return None
            continue
        near, far = sorted((low / along[axis], high / along[axis]))
        first, last = max(first, near), min(last, far)
    return np.concatenate((start + first * along, start + last * along)) if first <= last else None


def draw_disc(layer: Layer, center: np.ndarray, radius: float, color: Color) -> None:
    """Draw a filled disc about (x, y)."""
    height, width = layer.share.shape
    (x, y), reach = center, radius + 0.5
    rows, columns = _pixels(y - reach, y + reach + 1, height), _pixels(x - reach, x + reach + 1, width)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    distance = np.hypot(np.arange(rows.start, rows.stop)[:, None] - y, np.arange(columns.start, columns.stop) - x)
    _cover(layer, (rows, columns), np.clip(reach - distance, 0, 1) * min(2 * radius, 1.0), color)


def draw_frame(layer: Layer, box: np.ndarray, thickness: float, color: Color) -> None:
    """Draw the outline of x1, y1, x2, y2 (edges of pixels) inside the box; a pixel is covered by area."""
    x1, y1, x2, y2 = box.tolist()
    height, width = layer.share.shape
    t = min(thickness, (x2 - x1) / 2, (y2 - y1) / 2)
    top, bottom = _pixels(y1, y1 + t, height), _pixels(y2 - t, y2, height)
    left, right = _pixels(x1, x1 + t, width), _pixels(x2 - t, x2, width)
    bottom, right = slice(max(bottom.start, top.stop), bottom.stop), slice(max(right.start, left.stop), right.stop)
    across, between = _pixels(x1, x2, width), slice(top.stop, bottom.start)
    for rows, columns in ((top, across), (bottom, across), (between, left), (between, right)):
        if rows.start < rows.stop and columns.start < columns.stop:
            outer = _overlap(y1, y2, rows)[:, None] * _overlap(x1, x2, columns)
            inner = _overlap(y1 + t, y2 - t, rows)[:, None] * _overlap(x1 + t, x2 - t, columns)
            _cover(layer, (rows, columns), outer - inner, color)


def _pixels(low: float, high: float, length: int) -> slice:
    """Name the pixels that low ... high touches, in edge coordinates."""
    start = min(max(math.floor(low), 0), length)
    return slice(start, max(start, min(math.ceil(high), length)))


def _overlap(low: float, high: float, pixels: slice) -> np.ndarray:
    j = np.arange(pixels.start, pixels.stop)
    return np.asarray(np.clip(np.minimum(j + 1, high) - np.maximum(j, low), 0, 1))


def draw_text(layer: Layer, text: str, corner: tuple[float, float], color: Color) -> None:
    """Write on a ground of `color`, above the corner (x, y) where there is room, else below."""
    import cv2

    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.4
    (wide, high), below = cv2.getTextSize(text, font, scale, 1)
    ground = np.zeros((high + below + 2, wide + 2), np.uint8)
    cv2.putText(ground, text, (1, high + 1), font, scale, 255, 1, cv2.LINE_AA)
    height, width = layer.share.shape
    x, y = (min(max(math.floor(value), -(2**30)), 2**30) for value in corner)
    y = y - ground.shape[0] if y >= ground.shape[0] else y
    rows, columns = _pixels(y, y + ground.shape[0], height), _pixels(x, x + ground.shape[1], width)
    seen = ground[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x] / 255
    if seen.size:
        is_dark = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] < 0.5
        _cover(layer, (rows, columns), np.ones(seen.shape), color)
        _cover(layer, (rows, columns), seen, (1.0, 1.0, 1.0) if is_dark else (0.0, 0.0, 0.0))


def merge(image: Any, layer: Layer) -> Any:
    """Return a copy of `image` in RGB, in its range, with the layer over it; only painted pixels are computed."""
    xp = namespace(image)
    rgb = gray_to_rgb(image) if channels_of(image) == 1 else image
    made = xp.empty(rgb.shape, dtype=getattr(xp, image_dtype(image)), device=image.device)
    made[...] = rgb.detach() if kind(image) == "torch" else rgb
    index = np.flatnonzero(layer.share)
    if not index.size:
        return made
    low, high = value_range(image)
    share = layer.share.reshape(-1)[index, None]
    tint = share * low + layer.paint.reshape(-1, 3)[index] * (high - low)
    is_planar = kind(image) == "torch"
    flat = xp.reshape(made, (3, -1) if is_planar else (-1, 3))
    where = (
        (slice(None), xp.asarray(index, device=image.device)) if is_planar else xp.asarray(index, device=image.device)
    )
    exact = lift(flat[where])
    keep, tint = (
        cast_to(xp.asarray(np.ascontiguousarray(x.T if is_planar else x), device=image.device), dtype_name(exact))
        for x in (1 - share, tint)
    )
    mixed = saturate(keep * exact + tint, dtype_name(made))
    if is_planar and dtype_name(made) == "uint16":  # which torch cannot put by index
        flat, mixed = flat.view(xp.int16), mixed.view(xp.int16)
    flat[where] = mixed
    return made


def check_canvas(image: Any, name: str = "image") -> None:
    """Require one gray or RGB image whose dtype tells a range."""
    check_image(image, name)
    if is_batch(image) or channels_of(image) not in (1, 3):
        raise ValueError(f"{name} must be one image of one or three channels, got shape {tuple(image.shape)}")
    if not is_float(image) and dtype_name(image) not in ("bool", "uint8", "uint16"):
        raise ValueError(f"{name} must be bool, uint8, uint16 or float to be drawn on, got dtype {dtype_name(image)}")


def check_color(color: Any) -> Color:
    """Require an RGB triple in [0, 1]."""
    if isinstance(color, str) or not hasattr(color, "__len__") or len(color) != 3:
        raise ValueError(f"color must be an RGB triple in [0, 1], got {color!r}")
    red, green, blue = (check_number(part, "color", at_least=0.0, at_most=1.0) for part in color)
    return red, green, blue


def check_coordinates(values: Any, columns: int, name: str) -> np.ndarray:
    """Require finite numbers (N, columns) of any library; return them on the host as float64."""
    try:
        host = to_numpy(values) if find_kind(values) is not None else np.asarray(values)
        host = host.reshape(0, columns) if host.size == 0 and host.ndim == 1 else host
    except ValueError:
        raise ValueError(f"{name} must be (N, {columns}), got rows of different lengths") from None
    if host.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be real numbers, got dtype {host.dtype}")
    if host.ndim != 2 or host.shape[1] != columns:
        raise ValueError(f"{name} must be (N, {columns}), got shape {host.shape}")
    if not np.isfinite(host).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return host.astype(np.float64)
