"""CIEDE2000 by blocks of pixels: what calls the C library stands in a loop of its own; see color_difference.py."""

# mypy: ignore-errors

import math

from imgproc.primitives._arrays_numba import zeros
from imgproc.primitives._correlate_numba import Index, inline

BLOCK = 512
DEGREE = math.pi / 180
T_WEIGHTS = tuple(
    w * f(d * DEGREE) for w, d in ((-0.17, -30), (0.32, 6), (-0.20, -63)) for f in (math.cos, lambda x: -math.sin(x))
)
C1, S1, C3, S3, C4, S4 = T_WEIGHTS


@inline
def root(x, T):
    is_positive = x > T(0)
    positive = math.sqrt(x if is_positive else T(1))
    return positive if is_positive else T(0) * x


@inline
def saturation(chroma, T):
    u = chroma / T(25)
    u = T(256) if u > T(256) else u
    power = u * u * u * u * u * u * u
    return root(power / (T(1) + power), T)


@inline
def stretched(a1, b1, a2, b2, T):
    mean = (root(a1 * a1 + b1 * b1, T) + root(a2 * a2 + b2 * b2, T)) / T(2)
    stretch = T(1.5) - T(0.5) * saturation(mean, T)
    return stretch * a1, stretch * a2


@inline
def mean_hue(a1, b1, c1, a2, b2, c2, T):
    """Return cosine and sine of the mean hue, and the difference of hue as a length."""
    total, product = c1 + c2, c1 * c2
    has_hue, has_hues = total > T(0), product > T(0)
    divisor, length = product if has_hues else T(1), c1 if has_hues else T(1)
    along, cross = (a1 * a2 + b1 * b2) / divisor, a1 * (b2 - b1) - b1 * (a2 - a1)
    across = cross / divisor
    is_far = along < T(0)
    half = math.sqrt((T(1) + abs(along)) / T(2))
    is_lower = (b1 > T(0)) | ((b1 == T(0)) & (a1 > T(0)))
    turns_back = is_far & ((cross < T(0)) | ((cross == T(0)) & (not is_lower)))
    half = -half if turns_back else half
    other = across / (T(2) * half)
    half_cosine, half_sine = other if is_far else half, half if is_far else other
    both = total if has_hue else T(1)
    only_cosine = (a1 + a2) / both if has_hue else T(1)
    cosine = (a1 * half_cosine - b1 * half_sine) / length if has_hues else only_cosine
    sine = (b1 * half_cosine + a1 * half_sine) / length if has_hues else (b1 + b2) / both
    return cosine, sine, T(2) * root(product, T) * half_sine if has_hues else T(0) * half_sine


@inline
def tone(cosine, sine, T):
    """Return T of the mean hue."""
    cosine2, sine2 = cosine * cosine - sine * sine, T(2) * sine * cosine
    cosine3, sine3 = cosine2 * cosine - sine2 * sine, sine2 * cosine + cosine2 * sine
    cosine4, sine4 = cosine2 * cosine2 - sine2 * sine2, T(2) * sine2 * cosine2
    first = T(1) + T(C1) * cosine + T(S1) * sine + T(0.24) * cosine2
    return first + T(C3) * cosine3 + T(S3) * sine3 + T(C4) * cosine4 + T(S4) * sine4


@inline
def measure(l1, a1, b1, l2, a2, b2, T):
    """Return the squared difference without the twist of blue, what that weighs, cosine and sine of the mean hue."""
    a1, a2 = stretched(a1, b1, a2, b2, T)
    c1, c2 = root(a1 * a1 + b1 * b1, T), root(a2 * a2 + b2 * b2, T)
    total = c1 + c2
    rise = ((a2 - a1) * (a2 + a1) + (b2 - b1) * (b2 + b1)) / (total if total > T(0) else T(1))
    cosine, sine, hue = mean_hue(a1, b1, c1, a2, b2, c2, T)
    dark = (l1 + l2) / T(2) - T(50)
    darkness = dark * dark
    lightness = (l2 - l1) / (T(1) + T(0.015) * darkness / math.sqrt(T(20) + darkness))
    rise = rise / (T(1) + T(0.0225) * total)
    hue = hue / (T(1) + T(0.0075) * total * tone(cosine, sine, T))
    square = lightness * lightness + rise * rise + hue * hue
    return square, T(-2) * saturation(total / T(2), T) * rise * hue, cosine, sine


def ciede2000(source1, source2, out, is_interleaved, first, last):
    """Make pixels first <= p < last of LabLab... or of LL... aa... bb...; whole blocks are worked on."""
    T = out.dtype.type
    labs, made = zeros((6, BLOCK), out.dtype), zeros((4, BLOCK), out.dtype)
    pixels = Index(len(out))
    step, shift = (Index(3), Index(1)) if is_interleaved else (Index(1), pixels)
    for start in range(first, last, BLOCK):
        count = Index(min(BLOCK, last - start))
        for c in range(Index(3)):
            at = Index(start) * step + c * shift
            for i in range(count):
                labs[c, i], labs[c + Index(3), i] = source1[at + i * step], source2[at + i * step]
        for i in range(Index(BLOCK)):
            made[Index(0), i], made[Index(1), i], made[Index(2), i], made[Index(3), i] = measure(
                labs[Index(0), i], labs[Index(1), i], labs[Index(2), i],
                labs[Index(3), i], labs[Index(4), i], labs[Index(5), i], T,
            )  # fmt: skip
        for i in range(count):
            angle = math.atan2(made[Index(3), i], made[Index(2), i])
            angle = angle + T(2 * math.pi) if angle < T(0) else angle
            from_blue = (angle - T(275 * DEGREE)) / T(25 * DEGREE)
            twist = math.sin(T(60 * DEGREE) * math.exp(-from_blue * from_blue))
            out[Index(start) + i] = root(made[Index(0), i] + made[Index(1), i] * twist, T)
