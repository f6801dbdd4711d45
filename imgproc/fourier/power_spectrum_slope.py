"""How the power of a picture falls with frequency."""

from typing import Any

from imgproc._array.dtypes import cast_to, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_image, check_number
from imgproc.fourier.taper import fade_out
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.fourier_transform import half_transform
from imgproc.primitives.frequency_gain import frequencies
from imgproc.typing import ArrayT


def power_spectrum_slope(image: ArrayT, *, low: float | None = None, high: float = 0.5) -> ArrayT:
    """Fit a power law to the spectrum of each channel: photos have a slope near -2, noise of 0.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    low, high : cycles per pixel, 0 < low < high <= 0.5
        The frequencies fitted. `low` is one cycle per shorter side by default.

    Returns
    -------
    float32, (), (C,) or (N, C)
        float64 for float64 and integers of 32 bits and more. The exponent of power against frequency; 0 where the image
        is flat or too small.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a bound no number.
    ValueError
        `image` is empty or of another rank; the bounds are out of range.

    Notes
    -----
    Differentiable. The mean is taken away and the image faded out by a Hann window, lest the jumps between opposite
    sides add a slope of -2 of their own. The line is the least-squares fit of the logarithm of power over that of
    frequency, each frequency weighted by 1 / f so that every ring counts alike. NaN gives NaN.

    References
    ----------
    .. [1] D. J. Field, "Relations between the statistics of natural images and the response properties of cortical
       cells", JOSA A 4(12), 1987, section 4.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(512, 512))
    >>> abs(float(power_spectrum_slope(noise))) < 0.1
    True
    """
    check_image(image)
    axes = spatial_axes(image)
    height, width = (image.shape[axis] for axis in axes)  # type: ignore[attr-defined]
    last = check_number(high, "high", above=0.0, at_most=0.5)
    first = 1.0 / min(height, width) if low is None else check_number(low, "low", above=0.0)
    if low is not None and not first < last:
        raise ValueError(f"low must be below high, got {low:g} and {high:g}")
    power = _log_power(stack_planes(lift(image), axes))
    slope = _slope(power, (height, width), first, last)
    xp: Any = namespace(image)
    shape = tuple(n for axis, n in enumerate(image.shape) if axis not in axes)  # type: ignore[attr-defined]
    return cast_to(xp.reshape(slope, shape), work_dtype(image))  # type: ignore[no-any-return]


def _log_power(planes: Any) -> Any:
    """Return the logarithm of the power of each frequency of the half spectrum, no less than that of rounding."""
    xp = namespace(planes)
    transform = half_transform(fade_out(planes), (1, 2))
    power = xp.real(transform) ** 2 + xp.imag(transform) ** 2
    limits = xp.finfo(planes.dtype)
    rounding = limits.eps * xp.max(xp.abs(planes), axis=(1, 2), keepdims=True)
    floor = rounding * rounding * (planes.shape[1] * planes.shape[2]) + limits.smallest_normal
    return xp.log(xp.where(power < floor, floor, power))


def _slope(logarithms: Any, size: tuple[int, int], low: float, high: float) -> Any:
    """Fit a line to (planes, H, W // 2 + 1) over the logarithm of frequency; every ring counts alike."""
    xp = namespace(logarithms)
    fy = frequencies(logarithms, size[0])[:, None]
    fx = frequencies(logarithms, size[1], half=True)[None, :]
    squared = fy * fy + fx * fx
    inside = (squared >= (low * (1 - 1e-9)) ** 2) & (squared <= (high * (1 + 1e-9)) ** 2)
    known = xp.where(inside, squared, xp.ones_like(squared))
    twice = xp.where((fx > 0) & (fx < 0.5), xp.full_like(squared, 2.0), xp.ones_like(squared))
    weight = xp.where(inside, twice / xp.sqrt(known), xp.zeros_like(squared))
    x = 0.5 * xp.log(known)
    total = xp.sum(weight)
    x = x - xp.sum(weight * x) / xp.where(total > 0, total, xp.ones_like(total))
    spread = xp.sum(weight * x * x)
    # rings of one frequency have no slope
    scale = xp.where(
        spread > 1e-9 * total, 1.0 / xp.where(spread > 0, spread, xp.ones_like(spread)), xp.zeros_like(spread)
    )
    return xp.sum(cast_to(logarithms, "float64") * (weight * x * scale), axis=(1, 2))
