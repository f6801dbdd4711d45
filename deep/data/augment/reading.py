"""Reading an image where a motion says, once, and without interpolation where whole pixels move."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deep.data.augment.motion import Motion, Size, window_to
from imgproc._array.dtypes import dtype_name, image_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import spatial_axes
from imgproc.arrays import like, to_numpy, to_torch
from imgproc.geometry import remap, resize, warp
from imgproc.primitives._planes import KERNEL_DTYPES
from imgproc.primitives.borders import fill_value
from imgproc.primitives.resample_windows import resample_windows
from imgproc.typing import Border, Interpolation

Matrix = NDArray[np.float64]
Window = tuple[Size, Size, tuple[bool, bool]]

_COARSE = 1.5
"""Source pixels to one of a turned result that "linear" is left to read; a finer source is reduced to that. Of 1, 1.25,
1.5, 2 and 2.5 it comes nearest to the antialiased warp on photos: less blurs twice, more leaves false patterns."""
_MARGIN = 4
"""Source pixels kept around the part that a turned result shows, for the kernels of reducing and of reading."""


@dataclass(frozen=True)
class Reading:
    """How an image is read between its pixels and beyond its edge; the words are those of `imgproc.geometry.warp`."""

    interpolation: Interpolation = "linear"
    border: Border = "constant"
    fill: float = 0.0
    antialias: bool = True


def read(image: Any, motion: Motion, how: Reading) -> Any:
    """Move one image, or all images of a batch alike; without moves, or where pixels are only cut out, it is a view."""
    if not motion.moves:
        return image
    window = motion.window()
    if window is not None:
        made = _read_window(image, motion, how, window)
        if made is not None:
            return made
    return _read_anywhere(image, motion, how)


def _read_window(image: Any, motion: Motion, how: Reading, window: Window) -> Any:
    """Show a window of whole pixels, resized and mirrored; None where it leaves the image and must be interpolated."""
    (top, bottom), (left, right), mirrored = window
    if _is_in(window, motion.source):
        if motion.source == motion.size == (bottom - top, right - left):
            return _mirror(image, mirrored)
        if (bottom - top, right - left) == motion.size:
            return _mirror(_part(image, (top, bottom), (left, right)), mirrored)
        if _is_wide(image):
            return to_torch(_mirror(_resized_part(to_numpy(image), window, motion.size, how), mirrored))
        return _mirror(_resized_part(image, window, motion.size, how), mirrored)
    if (bottom - top, right - left) == motion.size and how.border == "constant":
        return _mirror(_cut_padded(image, (top, bottom), (left, right), how.fill), mirrored)
    return None


def read_windows(images: Any, motions: list[Motion], how: Reading) -> Any:
    """Move the images of a batch on a host, each by its own motion; None unless all show windows, and some resized."""
    source, size = motions[0].source, motions[0].size
    windows = [window for motion in motions if (window := motion.window()) is not None and _is_in(window, source)]
    if len(windows) < len(motions) or how.interpolation == "nearest" or dtype_name(images) not in KERNEL_DTYPES:
        return None
    places = tuple((*rows, *columns) for rows, columns, _ in windows)
    if all((bottom - top, right - left) == size for top, bottom, left, right in places):
        return None
    down, across = spatial_axes(images)
    made = resample_windows(
        images, places, size, how.interpolation, how.antialias, (down - 1, across - 1), image_dtype(images)
    )
    for image, (*_, mirrored) in zip(np.asarray(made), windows, strict=True):
        axes = tuple(axis - 1 for axis, is_mirrored in zip((down, across), mirrored, strict=True) if is_mirrored)
        if axes:
            image[...] = np.flip(image, axes).copy()
    return made


def _is_in(window: Window, sides: Size) -> bool:
    """Say whether a window shows nothing but an image of these sides."""
    (top, bottom), (left, right), _ = window
    return top >= 0 and left >= 0 and bottom <= sides[0] and right <= sides[1]


def _part(image: Any, rows: tuple[int, int], columns: tuple[int, int]) -> Any:
    """View a part of an image or a batch."""
    (top, bottom), (left, right) = rows, columns
    if kind(image) == "torch":  # in half the time of an index
        return image.narrow(-2, top, bottom - top).narrow(-1, left, right - left)
    return image[_index(image, slice(top, bottom), slice(left, right))]


def _resized_part(image: Any, window: Window, size: Size, how: Reading) -> Any:
    return resize(_part(image, *window[:2]), size, interpolation=how.interpolation, antialias=how.antialias)


def _is_wide(image: Any) -> bool:
    """Say whether an image is a tensor on a CPU whose channels lie side by side, as decoders leave them."""
    return _is_on_host(image) and image.ndim == 3 and image.stride(0) == 1


def _is_on_host(image: Any) -> bool:
    """Say whether NumPy may serve a tensor."""
    return kind(image) == "torch" and image.device.type == "cpu" and not image.requires_grad


def _index(image: Any, rows: slice, columns: slice) -> tuple[Any, ...]:
    down, _ = spatial_axes(image)
    return (*(slice(None),) * down, rows, columns)


def _cut_padded(image: Any, rows: tuple[int, int], columns: tuple[int, int], fill: float) -> Any:
    """Cut out a window that reaches beyond the image."""
    xp = namespace(image)
    down, across = spatial_axes(image)
    shape, here, there = list(image.shape), [], []
    for axis, (first, last) in ((down, rows), (across, columns)):
        shape[axis] = last - first
        inside = max(first, 0), max(min(last, image.shape[axis]), max(first, 0))
        here.append(slice(inside[0] - first, inside[1] - first))
        there.append(slice(*inside))
    made = xp.full(tuple(shape), fill_value(fill, image), dtype=image.dtype, device=image.device)
    made[_index(image, *here)] = image[_index(image, *there)]
    return made


def _mirror(image: Any, mirrored: tuple[bool, bool]) -> Any:
    if not any(mirrored):
        return image
    axes = [axis for axis, is_mirrored in zip(spatial_axes(image), mirrored, strict=True) if is_mirrored]
    if kind(image) == "torch":
        return image.flip(axes)
    if kind(image) == "numpy" and image.dtype == np.uint8 and image.ndim < 4 and math.prod(image.shape[2:]) <= 4:
        import cv2  # NumPy turns bytes one by one

        code = -1 if len(axes) == 2 else axes[0]
        return cv2.flip(np.ascontiguousarray(image), code).reshape(image.shape)
    return namespace(image).flip(image, axis=tuple(axes))


def _read_anywhere(image: Any, motion: Motion, how: Reading) -> Any:
    """Interpolate; what becomes much smaller is reduced first, with antialiasing."""
    words: dict[str, Any] = {"interpolation": how.interpolation, "border": how.border, "fill": how.fill}
    source, matrix = to_numpy(image) if _is_wide(image) else image, motion.matrix
    if matrix is None:
        made = remap(source, like(motion.grid(), source), **words)
    else:
        if how.antialias and how.interpolation != "nearest":
            source, matrix = _reduced(source, matrix, motion)
        made = warp(source, matrix, size=motion.size, **words)
    return to_torch(made) if kind(image) == "torch" else made


def are_turned(motions: list[Motion], how: Reading) -> bool:
    """Say whether images that matrices move are all read by these: none is cut out, and none reduced before."""
    if any(not motion.moves or motion.window() is not None for motion in motions):
        return False
    if not how.antialias or how.interpolation == "nearest":
        return True
    return bool(_steps(np.stack([motion.matrix for motion in motions if motion.matrix is not None])).max() == 1)


def _steps(matrices: Matrix) -> Matrix:
    """Return how many source pixels along x, y make one that a result can be read from, (..., 2)."""
    sides: Matrix = np.linalg.norm(np.linalg.inv(matrices)[..., :2, :2], axis=-1)
    return np.maximum(sides / _COARSE, 1)


def _reduced(image: Any, matrix: Matrix, motion: Motion) -> tuple[Any, Matrix]:
    """Return the image as small as the result asks for, and the matrix from there."""
    steps, back = _steps(matrix), np.linalg.inv(matrix)
    if steps.max() == 1:
        return image, matrix
    height, width = motion.size
    right, bottom = width - 0.5, height - 0.5
    corners = back[:2] @ np.array([[-0.5, right, -0.5, right], [-0.5, -0.5, bottom, bottom], [1, 1, 1, 1]])
    margin = _MARGIN * np.ceil(steps)
    columns, rows = (
        (max(math.floor(line.min() - more), 0), min(math.ceil(line.max() + more), side))
        for line, more, side in zip(corners, margin, motion.source[::-1], strict=True)
    )
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        return image, matrix  # nothing of it is seen
    sides = rows[1] - rows[0], columns[1] - columns[0]
    made = math.ceil(sides[0] / steps[1]), math.ceil(sides[1] / steps[0])
    if made == sides:
        return image, matrix
    smaller = resize(image[_index(image, slice(*rows), slice(*columns))], made)
    return smaller, matrix @ np.linalg.inv(window_to((rows[0], columns[0]), sides, made).matrix)
