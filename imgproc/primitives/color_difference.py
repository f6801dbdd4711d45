"""CIEDE2000, without an arc tangent more than it needs.

The usual recipe measures two hues as angles, averages them modulo a turn and takes cosines of multiples of the mean.
Here the mean hue is a unit vector, found by half-angle formulas, and its multiples are products: exact for close
colours in float32, with finite gradients at gray and at equality.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import cuda_kernel, for_kernel, launch
from imgproc.primitives._planes import compiled
from imgproc.primitives.color_spaces import split


@dispatched
def ciede2000(lab1: Any, lab2: Any, axis: int) -> Any:
    """Return the colour difference of two Lab images, without the channel axis."""
    work = _work_of(lab1, lab2)
    return _difference(*split(cast_to(lab1, work), axis), *split(cast_to(lab2, work), axis))


def _work_of(lab1: Any, lab2: Any) -> str:
    return "float64" if "float64" in (work_dtype(lab1), work_dtype(lab2)) else "float32"


def _root(x: Any) -> Any:
    """Return the square root, 0 with gradient 0 at 0 and below."""
    xp = namespace(x)
    is_positive = x > 0
    return xp.where(is_positive, xp.sqrt(xp.where(is_positive, x, xp.ones_like(x))), 0 * x)


def _saturation(chroma: Any) -> Any:
    """Return sqrt(C^7 / (C^7 + 25^7))."""
    xp = namespace(chroma)
    u = chroma / 25
    u = xp.where(u > 256, 256 * xp.ones_like(u), u)  # 1 + 256^-7 is 1: no power overflows
    power = u * u * u * u * u * u * u
    return _root(power / (1 + power))


def _half_turn(a1: Any, b1: Any, a2: Any, b2: Any, product: Any) -> tuple[Any, Any]:
    """Return cosine and sine of half the way from hue 1 to hue 2, the shorter one; `product` is that of the chromas."""
    xp = namespace(a1)
    one = xp.ones_like(a1)
    cosine = (a1 * a2 + b1 * b2) / product
    cross = a1 * (b2 - b1) - b1 * (a2 - a1)  # differences first: exact for close colours
    sine = cross / product
    is_far = cosine < 0
    near = xp.sqrt(xp.where(is_far, one, (1 + cosine) / 2))
    far = xp.sqrt(xp.where(is_far, (1 - cosine) / 2, one))
    # opposite hues: the mean of the two angles in [0, 360) lies a quarter on from hue 1 if that is below 180
    is_lower = (b1 > 0) | ((b1 == 0) & (a1 > 0))
    turns_back = (cross < 0) | ((cross == 0) & ~is_lower)
    far = xp.where(turns_back, -far, far)
    return xp.where(is_far, sine / (2 * far), near), xp.where(is_far, far, sine / (2 * near))


def _mean_hue(a1: Any, b1: Any, c1: Any, a2: Any, b2: Any, c2: Any) -> tuple[Any, Any, Any]:
    """Return cosine and sine of the mean hue, and the difference of hue as a length."""
    xp = namespace(a1)
    zero, one = xp.zeros_like(a1), xp.ones_like(a1)
    product, total = c1 * c2, c1 + c2
    has_hues, has_hue = product > 0, total > 0
    half_cosine, half_sine = _half_turn(a1, b1, a2, b2, xp.where(has_hues, product, one))
    length, sum_of_both = xp.where(has_hues, c1, one), xp.where(has_hue, total, one)
    cosine = (a1 * half_cosine - b1 * half_sine) / length
    sine = (b1 * half_cosine + a1 * half_sine) / length
    # a gray has no hue: that of the other colour stands
    only_cosine, only_sine = xp.where(has_hue, (a1 + a2) / sum_of_both, one), (b1 + b2) / sum_of_both
    difference = xp.where(has_hues, 2 * _root(product) * half_sine, zero)
    return xp.where(has_hues, cosine, only_cosine), xp.where(has_hues, sine, only_sine), difference


def _difference(l1: Any, a1: Any, b1: Any, l2: Any, a2: Any, b2: Any) -> Any:
    xp = namespace(l1)
    stretch = 1.5 - 0.5 * _saturation((_root(a1 * a1 + b1 * b1) + _root(a2 * a2 + b2 * b2)) / 2)
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = _root(a1 * a1 + b1 * b1), _root(a2 * a2 + b2 * b2)
    total = c1 + c2
    rise = ((a2 - a1) * (a2 + a1) + (b2 - b1) * (b2 + b1)) / xp.where(total > 0, total, xp.ones_like(total))
    cosine, sine, hue = _mean_hue(a1, b1, c1, a2, b2, c2)

    cosine2, sine2 = cosine * cosine - sine * sine, 2 * sine * cosine
    cosine3, sine3 = cosine2 * cosine - sine2 * sine, sine2 * cosine + cosine2 * sine
    cosine4, sine4 = cosine2 * cosine2 - sine2 * sine2, 2 * sine2 * cosine2
    t = 1.0
    for weight, degrees, c, s in (
        (-0.17, -30, cosine, sine), (0.24, 0, cosine2, sine2), (0.32, 6, cosine3, sine3), (-0.20, -63, cosine4, sine4)
    ):  # fmt: skip
        shift = math.radians(degrees)
        t = t + (weight * math.cos(shift)) * c - (weight * math.sin(shift)) * s

    hue_angle = xp.atan2(sine, cosine)
    hue_angle = xp.where(hue_angle < 0, hue_angle + 2 * math.pi, hue_angle)
    from_blue = (hue_angle - math.radians(275)) / math.radians(25)
    twist = -2 * _saturation(total / 2) * xp.sin(math.radians(60) * xp.exp(-from_blue * from_blue))
    darkness = ((l1 + l2) / 2 - 50) ** 2
    lightness = (l2 - l1) / (1 + 0.015 * darkness / xp.sqrt(20 + darkness))
    rise = rise / (1 + 0.0225 * total)
    hue = hue / (1 + 0.0075 * total * t)
    return _root(lightness * lightness + rise * rise + hue * hue + twist * rise * hue)


@implements(ciede2000, "numpy")
def _ciede2000_numba(lab1: Any, lab2: Any, axis: int) -> Any:
    from imgproc.primitives import _color_difference_numba

    work = _work_of(lab1, lab2)
    is_interleaved = axis == lab1.ndim - 1
    images = 1 if is_interleaved else math.prod(lab1.shape[:axis])
    first_stack, second_stack = (np.ascontiguousarray(lab, work).reshape(images, -1) for lab in (lab1, lab2))
    out = np.empty((images, first_stack.shape[1] // 3), work)
    kernel = compiled(
        _color_difference_numba.ciede2000, f"in1({work}), in1({work}), out1({work}), boolean, int64, int64"
    )
    for one, two, made in zip(first_stack, second_stack, out, strict=True):
        run_bands(
            lambda first, last: kernel(one, two, made, is_interleaved, first, last),  # noqa: B023
            made.size, made.size * 60,
        )  # fmt: skip
    return out.reshape(lab1.shape[:axis] + lab1.shape[axis + 1 :])


@implements(ciede2000, "cupy")
def _ciede2000_cuda(lab1: Any, lab2: Any, axis: int) -> Any:
    work = _work_of(lab1, lab2)
    first, second = (for_kernel(cast_to(lab, work)) for lab in (lab1, lab2))
    made = namespace(lab1).empty(lab1.shape[:axis] + lab1.shape[axis + 1 :], dtype=work)
    launch(
        cuda_kernel("color.cu", "ciede2000", work, work), made.size,
        first, second, made, made.size, math.prod(lab1.shape[axis + 1 :]),
    )  # fmt: skip
    return made
