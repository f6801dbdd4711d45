"""The shift between two images."""

import math
from typing import Any, Literal

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import is_batch
from imgproc._checks import can_look, check_choice, check_flag, check_image, check_same_shape
from imgproc._dispatch import is_recorded
from imgproc.fourier.taper import fade_out
from imgproc.primitives._stack import stack_images
from imgproc.primitives.fourier_transform import as_complex, half_inverse, half_transforms
from imgproc.primitives.frequency_gain import frequencies
from imgproc.primitives.wave_sums import wave_sums
from imgproc.primitives.whiten_spectra import whiten_spectra
from imgproc.typing import ArrayT

_NEWTON_STEPS = 8
"""From the greatest pixel the distance to the peak is at most a half; near it each step squares what is left."""

_CLOSE_ENOUGH = 1e-5
"""Pixels: the square of it is far below what anything can be known to."""

_LONGEST_STEP = 0.3
"""Pixels: half a pixel from the peak of a sinc, the parabola overshoots."""


def phase_correlation(
    first: ArrayT, second: ArrayT, *, subpixel: bool = True, taper: Literal["hann"] | None = None
) -> tuple[ArrayT, ArrayT]:
    """Find by how much the content moved from one image to another.

    Parameters
    ----------
    first, second : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Of one shape; channels vote together, images of a batch are pairs of their own.
    subpixel : bool
        Climb to the peak between the pixels.
    taper : "hann" or None
        Fade the images out towards the frame, so that it does not vote for no motion: for images that do not wrap.

    Returns
    -------
    (shift, response)
        `shift` is (dx, dy) in pixels, (2,) or (N, 2): `second` is `first` moved by it, right and down; from -W / 2 to
        W / 2 and -H / 2 to H / 2. `response`, () or (N,), is the height of the peak: 1 if one is exactly the other
        moved, near 0 if they are unlike. Both float32, or float64 for float64 and integers of 32 bits and more.

    Raises
    ------
    TypeError
        An image is no array of a real dtype, or they are of two libraries.
    ValueError
        The images are empty, of another rank or of two shapes; `taper` is no window.

    Notes
    -----
    Differentiable, also the shift: through the last Newton step on the peak, whose place is an implicit function of the
    images. The product of the spectra is divided by its magnitude, so that light does not matter but a frequency of
    noise weighs as much as one of the picture; smooth noisy images first. Two flat images give (0, 0) and 0. With a NaN
    everything is NaN.

    References
    ----------
    .. [1] C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", IEEE Conf. Cybernetics and
       Society, 1975. The peak is sought between the pixels on the trigonometric interpolation itself, as in
       M. Guizar-Sicairos et al., "Efficient subpixel image registration algorithms", Optics Letters 33(2), 2008.

    Examples
    --------
    >>> first = np.zeros((8, 8)); first[2, 3] = 1
    >>> shift, response = phase_correlation(first, np.roll(first, (2, -1), (0, 1)))
    >>> shift.round(9).tolist(), round(float(response), 9)
    ([-1.0, 2.0], 1.0)
    """
    check_image(first, "first")
    check_image(second, "second")
    check_same_shape(first=first, second=second)
    check_flag(subpixel, "subpixel")
    if taper is not None:
        check_choice(taper, ("hann",), "taper")
    work = max(work_dtype(first), work_dtype(second))  # float64 is greater
    one, other = (stack_images(cast_to(lift(x), work)) for x in (first, second))
    cross, votes, length = _whitened(one, other, taper)
    shift, response = _peak(cross, votes, length, subpixel)
    if not is_batch(first):
        shift, response = shift[0, ...], response[0, ...]
    return cast_to(shift, work), cast_to(response, work)


def _whitened(first: Any, second: Any, taper: str | None) -> tuple[Any, Any, tuple[int, int]]:
    """Return the phases of the product of spectra, (N, H, W // 2 + 1), how many there are, (N,), and the lengths."""
    length = first.shape[-2], first.shape[-1]
    if taper is not None:
        first, second = fade_out(first), fade_out(second)
    return *whiten_spectra(*half_transforms(first, second, (-2, -1)), length[1]), length


def _peak(cross: Any, votes: Any, length: tuple[int, int], subpixel: bool) -> tuple[Any, Any]:
    """Return (dx, dy), (N, 2), where the correlation is greatest, and its height (N,), in float64."""
    xp, (height, width) = namespace(cross), length
    held = cross.detach() if kind(cross) == "torch" else cross
    surface = half_inverse(held, length, (-2, -1))
    place = xp.argmax(xp.reshape(surface, (surface.shape[0], height * width)), axis=1)
    row, column = place // width, place % width
    dy = cast_to(xp.where(2 * row > height, row - height, row), "float64")
    dx = cast_to(xp.where(2 * column > width, column - width, column), "float64")
    if subpixel:
        may_differentiate = not can_look(cross) or (kind(cross) == "torch" and is_recorded(cross))
        for _ in range(_NEWTON_STEPS - may_differentiate):
            move_x, move_y = _newton_step(held, length, dx, dy)
            dx, dy = dx + move_x, dy + move_y
            if can_look(move_x) and float(xp.max(xp.abs(move_x) + xp.abs(move_y))) < _CLOSE_ENOUGH:
                break
        if may_differentiate:  # the last step has a gradient: before it, the place is just where we start from
            move_x, move_y = _newton_step(cross, length, dx, dy)
            dx, dy = dx + move_x, dy + move_y
    found = xp.real(_moments(cross, length, dx, dy, 1)[0][0]) / xp.where(votes > 0, votes, xp.ones_like(votes))
    unknown = xp.isnan(found)
    dx, dy = (xp.where(unknown, found, d) for d in (dx, dy))
    return xp.stack([dx, dy], axis=-1), found


def _newton_step(cross: Any, length: tuple[int, int], dx: Any, dy: Any) -> tuple[Any, Any]:
    """Return the step from (dx, dy) to the top of the parabola, or up each axis where the surface is no hill."""
    xp = namespace(cross)
    s = _moments(cross, length, dx, dy, 3)
    gx, gy = -xp.imag(s[0][1]), -xp.imag(s[1][0])
    xx, xy, yy = -xp.real(s[0][2]), -xp.real(s[1][1]), -xp.real(s[2][0])
    determinant = xx * yy - xy * xy
    is_hill = (xx < 0) & (yy < 0) & (determinant > 1e-9 * xx * yy)
    safe = xp.where(is_hill, determinant, xp.ones_like(determinant))
    up_x, up_y = (g / xp.where(c == 0, xp.ones_like(c), xp.abs(c)) for g, c in ((gx, xx), (gy, yy)))
    step_x = xp.where(is_hill, (xy * gy - yy * gx) / safe, up_x)
    step_y = xp.where(is_hill, (xy * gx - xx * gy) / safe, up_y)
    return _limited(step_x), _limited(step_y)


def _limited(step: Any) -> Any:
    xp = namespace(step)
    longest = xp.full_like(step, _LONGEST_STEP)
    return xp.where(step > longest, longest, xp.where(step < -longest, -longest, step))


def _moments(cross: Any, length: tuple[int, int], dx: Any, dy: Any, powers: int) -> list[list[Any]]:
    """Return sums over all frequencies of cross · (2 pi fy)^a (2 pi fx)^b · exp(2 pi i (fx dx + fy dy)); a, b < powers.

    Half the columns are stored: all but the first stand for their mirrors too.
    """
    fy = 2 * math.pi * frequencies(cross, length[0])
    fx = 2 * math.pi * frequencies(cross, length[1], half=True)
    rows, columns = _waves(fy, dy, cross.dtype, powers, 1.0), _waves(fx, dx, cross.dtype, powers, 2.0)
    sums = wave_sums(cross, rows, columns)
    return [[sums[:, a, b] for b in range(powers)] for a in range(powers)]


def _waves(f: Any, shift: Any, dtype: Any, powers: int, weight: float) -> Any:
    """Return (N, powers, frequencies): f^a · exp(i f shift), times `weight` where f > 0."""
    xp = namespace(f)
    angle = f * shift[:, None]
    size = [xp.where(f > 0, weight * xp.ones_like(f), xp.ones_like(f))]
    for _ in range(1, powers):
        size.append(size[-1] * f)
    factors = xp.stack(size, axis=0)
    real, imaginary = factors * xp.cos(angle)[:, None, :], factors * xp.sin(angle)[:, None, :]
    return xp.astype(as_complex(real, imaginary), dtype)
