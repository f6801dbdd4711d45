"""Maps between the coordinates of colour, pixel by pixel.

Sums over channels are written as green plus weighted differences from green (and Y plus differences from Y), so that
gray is gray in every space to the last bit, whatever the rounding of the weights.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import compiled, kernel_dtype
from imgproc.primitives.transfer import NO_TABLE, byte_table, decode, encode, to_unit

# linear RGB to XYZ of Rec. 709 primaries and D65 white, the digits that OpenCV, scikit-image and kornia use
_MATRIX = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], np.float64
)
WHITE: tuple[float, ...] = tuple(_MATRIX.sum(axis=1).tolist())
"""XYZ of RGB white, (0.950456, 1, 1.088754): the white of Lab too."""

_RELATIVE = _MATRIX / _MATRIX.sum(axis=1, keepdims=True)
_INVERSE = np.linalg.inv(_RELATIVE)
FORWARD: tuple[float, ...] = tuple(_RELATIVE[:, [0, 2]].ravel().tolist())
"""Weights of R - G and B - G in X, Y and Z over white; rows sum to 1 with that of G."""
BACKWARD: tuple[float, ...] = tuple(_INVERSE[:, [0, 2]].ravel().tolist())
"""Weights of X - Y and Z - Y in R, G and B; rows sum to 1 with that of Y."""

DARK = 6 / 29
"""Cube roots below it lie on the straight line of Lab."""

LUMA = (0.299, 0.114)
"""Weights of R and B in Y' of Rec. 601."""


def split(image: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return the three channels."""
    before = (slice(None),) * axis
    return image[(*before, 0, ...)], image[(*before, 1, ...)], image[(*before, 2, ...)]


def _join(channels: tuple[Any, Any, Any], axis: int) -> Any:
    return namespace(channels[0]).stack(channels, axis=axis)


def _mix(values: tuple[Any, Any, Any], middle: Any, weights: tuple[float, ...]) -> tuple[Any, Any, Any]:
    """Return middle plus weighted differences of the first and last value from it, once for each pair of weights."""
    first, last = values[0] - middle, values[2] - middle
    x, y, z = (middle + weights[i] * first + weights[i + 1] * last for i in (0, 2, 4))
    return x, y, z


def _relative_xyz(image: Any, low: float, high: float, axis: int) -> tuple[Any, Any, Any]:
    linear = split(decode(to_unit(image, low, high)), axis)
    return _mix(linear, linear[1], FORWARD)


def _coded_rgb(xyz: tuple[Any, Any, Any], axis: int) -> Any:
    """Return RGB of XYZ over white."""
    return encode(_join(_mix(xyz, xyz[1], BACKWARD), axis))


@dispatched
def xyz_of_rgb(image: Any, low: float, high: float, axis: int) -> Any:
    """Linearise and give CIE XYZ."""
    x, y, z = _relative_xyz(image, low, high, axis)
    return _join((x * WHITE[0], y, z * WHITE[2]), axis)


@dispatched
def rgb_of_xyz(image: Any, low: float, high: float, axis: int) -> Any:
    """Invert `xyz_of_rgb`."""
    x, y, z = split(to_unit(image, low, high), axis)
    return _coded_rgb((x / WHITE[0], y, z / WHITE[2]), axis)


@dispatched
def lab_of_rgb(image: Any, low: float, high: float, axis: int) -> Any:
    """Give CIE L*a*b* under D65."""

    def root(t: Any) -> Any:
        xp = namespace(t)
        is_curved = t > DARK**3
        cube = xp.where(is_curved, t, xp.ones_like(t)) ** (1 / 3)
        return xp.where(is_curved, cube, t * (841 / 108) + 4 / 29)

    x, y, z = (root(t) for t in _relative_xyz(image, low, high, axis))
    return _join((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis)


@dispatched
def rgb_of_lab(image: Any, low: float, high: float, axis: int) -> Any:
    """Invert `lab_of_rgb`."""
    lightness, a, b = split(to_unit(image, low, high), axis)
    y = (lightness + 16) / 116

    def cube(f: Any) -> Any:
        return namespace(f).where(f > DARK, f * f * f, (f - 4 / 29) * (108 / 841))

    return _coded_rgb((cube(y + a / 500), cube(y), cube(y - b / 200)), axis)


@dispatched
def hsv_of_rgb(image: Any, low: float, high: float, axis: int) -> Any:
    """Give hue in turns, saturation and value."""
    r, g, b = split(to_unit(image, low, high), axis)
    xp = namespace(r)
    value = xp.maximum(xp.maximum(r, g), b)
    chroma = value - xp.minimum(xp.minimum(r, g), b)
    zero, one = xp.zeros_like(r), xp.ones_like(r)
    is_gray, is_black = chroma == 0, value == 0
    divisor = xp.where(is_gray, one, chroma)
    sixth = xp.where(value == r, (g - b) / divisor, xp.where(value == g, 2 + (b - r) / divisor, 4 + (r - g) / divisor))
    turn = sixth / 6
    hue = xp.where(is_gray, zero, xp.where(turn < 0, turn + 1, turn))
    saturation = xp.where(is_black, zero, chroma / xp.where(is_black, one, value))
    return _join((hue, saturation, value), axis)


@dispatched
def rgb_of_hsv(image: Any, low: float, high: float, axis: int) -> Any:
    """Invert `hsv_of_rgb`; any whole turn of hue is the same."""
    hue, saturation, value = split(to_unit(image, low, high), axis)
    xp = namespace(hue)
    sixth = 6 * (hue - xp.floor(hue))
    zero, one = xp.zeros_like(hue), xp.ones_like(hue)

    def channel(n: float) -> Any:
        k = n + sixth
        k = xp.where(k >= 6, k - 6, k)
        share = xp.maximum(xp.minimum(xp.minimum(k, 4 - k), one), zero)
        return value - value * saturation * share

    return _join((channel(5.0), channel(3.0), channel(1.0)), axis)


@dispatched
def ycbcr_of_rgb(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    """Give luma and colour differences; `levels` are scale and offset of luma, then of chroma."""
    r, g, b = split(to_unit(image, low, high), axis)
    y = g + LUMA[0] * (r - g) + LUMA[1] * (b - g)
    blue, red = (b - y) * (levels[2] / (2 - 2 * LUMA[1])), (r - y) * (levels[2] / (2 - 2 * LUMA[0]))
    return _join((y * levels[0] + levels[1], blue + levels[3], red + levels[3]), axis)


@dispatched
def rgb_of_ycbcr(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    """Invert `ycbcr_of_rgb`."""
    y, blue, red = split(to_unit(image, low, high), axis)
    y = (y - levels[1]) / levels[0]
    b = (blue - levels[3]) * ((2 - 2 * LUMA[1]) / levels[2])
    r = (red - levels[3]) * ((2 - 2 * LUMA[0]) / levels[2])
    green = 1 - LUMA[0] - LUMA[1]
    return _join((y + r, y - r * (LUMA[0] / green) - b * (LUMA[1] / green), y + b), axis)


def _convert_numba(
    kernel_name: str, image: Any, low: float, high: float, axis: int, weights: tuple[float, ...], *, is_decoded: bool
) -> Any:
    from imgproc.primitives import _color_numba

    name, work = kernel_dtype(image), work_dtype(image)
    is_interleaved = axis == image.ndim - 1
    images = 1 if is_interleaved else math.prod(image.shape[:axis])
    if name.startswith("float"):
        image = to_unit(image, low, high)  # the kernels do so for integers
    stack = np.ascontiguousarray(image, name).reshape(images, -1)
    out = np.empty(stack.shape, work)
    table = byte_table(low, high) if name == "uint8" and is_decoded else NO_TABLE
    numbers = np.array(weights, work)
    kernel = compiled(
        getattr(_color_numba, kernel_name),
        f"in1({name}), out1({work}), in1(float32), {work}, {work}, in1({work}), boolean, int64, int64",
    )
    for source, made in zip(stack, out, strict=True):
        run_bands(
            lambda first, last: kernel(source, made, table, low, high - low, numbers, is_interleaved, first, last),  # noqa: B023
            made.size // 3, made.size * 4,
        )  # fmt: skip
    return out.reshape(image.shape)


def _convert_cuda(kernel_name: str, image: Any, low: float, high: float, axis: int, weights: tuple[float, ...]) -> Any:
    work = np.dtype(work_dtype(image))
    source = for_kernel(image)
    made = namespace(image).empty(image.shape, dtype=work)
    launch(
        cuda_kernel("color.cu", kernel_name, dtype_name(source), work.name), source.size // 3,
        source, made, source.size // 3, math.prod(image.shape[axis + 1 :]), work.type(low), work.type(high - low),
        *(work.type(weight) for weight in weights),
    )  # fmt: skip
    return made


def _register(primitive: Any, weights: tuple[float, ...], *, is_decoded: bool = False) -> None:
    """Give a map without options its bodies for NumPy and CuPy: the kernels of its name."""
    name = primitive.name

    def numba(image: Any, low: float, high: float, axis: int) -> Any:
        return _convert_numba(name, image, low, high, axis, weights, is_decoded=is_decoded)

    def cuda(image: Any, low: float, high: float, axis: int) -> Any:
        return _convert_cuda(name, image, low, high, axis, weights)

    def add(body: Callable[..., Any], library: Any) -> None:
        body.__name__ = body.__qualname__ = f"_{name}_{body.__name__}"
        implements(primitive, library)(body)

    add(numba, "numpy")
    add(cuda, "cupy")


_register(xyz_of_rgb, (*FORWARD, *WHITE), is_decoded=True)
_register(rgb_of_xyz, (*BACKWARD, *WHITE))
_register(lab_of_rgb, FORWARD, is_decoded=True)
_register(rgb_of_lab, BACKWARD)
_register(hsv_of_rgb, ())
_register(rgb_of_hsv, ())


def _blend_numbers(levels: tuple[float, ...], *, is_inverse: bool) -> tuple[float, ...]:
    """Return what the kernels of YCbCr multiply by, each product rounded once."""
    blue, red, green = 2 - 2 * LUMA[1], 2 - 2 * LUMA[0], 1 - LUMA[0] - LUMA[1]
    if is_inverse:
        return (*levels, blue / levels[2], red / levels[2], LUMA[0] / green, LUMA[1] / green)
    return (*levels, levels[2] / blue, levels[2] / red, *LUMA)


@implements(ycbcr_of_rgb, "numpy")
def _ycbcr_numba(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    numbers = _blend_numbers(levels, is_inverse=False)
    return _convert_numba("ycbcr_of_rgb", image, low, high, axis, numbers, is_decoded=False)


@implements(rgb_of_ycbcr, "numpy")
def _rgb_of_ycbcr_numba(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    numbers = _blend_numbers(levels, is_inverse=True)
    return _convert_numba("rgb_of_ycbcr", image, low, high, axis, numbers, is_decoded=False)


@implements(ycbcr_of_rgb, "cupy")
def _ycbcr_cuda(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    return _convert_cuda("ycbcr_of_rgb", image, low, high, axis, _blend_numbers(levels, is_inverse=False))


@implements(rgb_of_ycbcr, "cupy")
def _rgb_of_ycbcr_cuda(image: Any, low: float, high: float, axis: int, levels: tuple[float, ...]) -> Any:
    return _convert_cuda("rgb_of_ycbcr", image, low, high, axis, _blend_numbers(levels, is_inverse=True))
