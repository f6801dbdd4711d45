"""Thinning of masks to lines one pixel wide."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.borders import pad

Axes = tuple[int, int]


@dispatched(differentiable=False)
def thin_mask(mask: Any, axes: Axes) -> Any:
    """Thin each plane of a bool array: contours go step by step, then whatever is simple and ends no line.

    Until nothing changes, two kinds of steps take turns (Zhang and Suen 1984, their conditions; at least three
    neighbours after Lü and Wang 1986, so that slanted lines keep their length), and a square of 2 x 2 that stands alone
    leaves its first pixel. Both remove only pixels that are 8-simple, also when their marked neighbours have gone. Then
    four kinds take turns: simple pixels that are not ends go from the north, the south, the east and the west
    (Rosenfeld 1975), so that no such pixel is left.

    Cost of this body: some forty operations on the image in each step.
    """
    xp = namespace(mask)
    planes = stack_planes(mask, axes)
    for kinds in ((_first_contour, _second_contour), tuple(map(_simple_towards, (0, 4, 2, 6)))):
        unchanged = 0
        while unchanged < len(kinds):
            for kind in kinds:
                marked = kind(planes)
                unchanged = 0 if bool(xp.any(marked)) else unchanged + 1
                planes = planes & ~marked
    return unstack_planes(planes, mask.shape, axes)


_RING = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
"""Row and column of the neighbours of the middle of a 3 x 3 window: north, then clockwise."""


def _neighbours(planes: Any) -> list[Any]:
    around = pad(planes, (1, 2), ((1, 1), (1, 1)), "constant", False)
    height, width = planes.shape[1], planes.shape[2]
    return [around[:, row : row + height, column : column + width] for row, column in _RING]


def _count(conditions: list[Any]) -> Any:
    xp = namespace(conditions[0])
    return sum(xp.astype(condition, xp.int8) for condition in conditions)


def _contour(planes: Any, is_second: bool) -> Any:
    ring = _neighbours(planes)
    neighbours = _count(ring)
    runs = _count([~ring[k - 1] & ring[k] for k in range(8)])
    n, e, s, w = ring[::2]
    sided = ~(n & w & (e | s)) if is_second else ~(e & s & (n | w))
    marked = planes & (runs == 1) & (neighbours >= 3) & (neighbours <= 6) & sided
    height, width = planes.shape[1], planes.shape[2]
    around = pad(planes, (1, 2), ((1, 2), (1, 2)), "constant", False)
    pixels = _count([around[:, i : i + height, j : j + width] for i in range(4) for j in range(4)])
    alone = ring[2] & ring[3] & ring[4] & (pixels == 4)
    return marked & ~alone


def _first_contour(planes: Any) -> Any:
    return _contour(planes, is_second=False)


def _second_contour(planes: Any) -> Any:
    return _contour(planes, is_second=True)


def _simple_towards(side: int) -> Any:
    def mark(planes: Any) -> Any:
        ring = _neighbours(planes)
        joined = _count([~ring[k] & (ring[k + 1] | ring[(k + 2) % 8]) for k in (0, 2, 4, 6)])  # Yokoi's number
        return planes & (joined == 1) & (_count(ring) >= 2) & ~ring[side]

    return mark


@implements(thin_mask, "numpy")
def _thin_numba(mask: Any, axes: Axes) -> Any:
    planes = np.ascontiguousarray(stack_planes(mask, axes))
    skeletons = np.empty(planes.shape, np.bool_)

    def thin_planes(first: int, last: int) -> None:
        for plane in range(first, last):
            skeletons[plane] = _thin_plane(planes[plane])

    run_bands(thin_planes, len(planes), 8 * planes.size)
    return np.ascontiguousarray(unstack_planes(skeletons, mask.shape, axes))


def _thin_plane(plane: np.ndarray) -> np.ndarray:
    from imgproc.primitives import _skeleton_numba

    height, width = plane.shape
    blocks = -(-width // (64 * _skeleton_numba.BLOCK))
    packed = np.zeros((height + 3, blocks * _skeleton_numba.BLOCK + 2), "<i8")
    # the words of a row lie between one word of background on either side
    bits = packed.view(np.uint8)[1 : height + 1, 8:]
    bits[:, : -(-width // 8)] = np.packbits(plane, axis=1, bitorder="little")
    kernel = compiled(
        _skeleton_numba.thin,
        "out1(int64), out1(int64), out1(int64), out1(int64), out1(int64), int64, int64, int64",
    )
    stamps = np.empty((height + 2) * (blocks + 2), np.int64)
    row_stamps, queue = np.empty(height + 2, np.int64), np.empty(height * blocks, np.int64)
    marks = np.empty(packed.size, np.int64)
    kernel(packed.reshape(-1), marks, stamps, row_stamps, queue, height, blocks, _skeleton_numba.BLOCK)
    return np.unpackbits(bits, axis=1, count=width, bitorder="little").view(np.bool_)


@implements(thin_mask, "cupy")
def _thin_cuda(mask: Any, axes: Axes) -> Any:
    import cupy

    planes = cupy.ascontiguousarray(stack_planes(mask, axes))
    count, height, width = planes.shape
    stride = -(-width // 64) + 2
    words = cupy.zeros((count, height + 3, stride), cupy.uint64)
    marks = cupy.empty_like(words)
    sizes = np.int32(height), np.int32(width), np.int32(stride)
    size = count * height * (stride - 2)
    launch(cuda_kernel("skeleton.cu", "pack", "uint8", "float32"), size, planes, words, size, *sizes)
    cuda_kernel("skeleton.cu", "thin", "uint8", "float32")((count,), (_THREADS,), (words, marks, *sizes))
    made = cupy.empty_like(planes)
    launch(cuda_kernel("skeleton.cu", "unpack", "uint8", "float32"), made.size, words, made, made.size, *sizes)
    return cupy.ascontiguousarray(unstack_planes(made, mask.shape, axes))


_THREADS = 512
"""Threads of the one block that thins a plane: it waits for itself only, so the host need not ask when it is done."""
