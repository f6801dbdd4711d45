"""What a filter does to each frequency."""

import numpy as np

from imgproc._array.dtypes import parameter_dtype
from imgproc._array.kinds import describe_type, find_kind, namespace
from imgproc._checks import check_choice, check_flag, check_integer, check_number
from imgproc.primitives.frequency_gain import Band, FilterKind, RadialGain, frequencies
from imgproc.typing import Array

HIGHEST_FREQUENCY = 0.75
"""The diagonal of a pixel grid reaches to 1 / sqrt(2) cycles per pixel; some to spare."""


def transfer_function(
    shape: tuple[int, int],
    kind: FilterKind,
    cutoff: float | tuple[float, float],
    *,
    band: Band = "low_pass",
    order: int = 2,
    centered: bool = False,
    like: Array | None = None,
) -> Array:
    """Tabulate the gain of a filter at the frequencies of a transform.

    Parameters
    ----------
    shape : (height, width)
        Of the transform.
    kind : "ideal", "butterworth" or "gaussian"
        Gains of the low-pass at frequency f: 1 where f <= cutoff; 1 / (1 + (f / cutoff)**(2 order));
        exp(-f**2 / (2 cutoff**2)).
    cutoff : cycles per pixel, above 0
        Two of them, lower and upper, for "band_pass" and "band_stop".
    band : "low_pass", "high_pass", "band_pass" or "band_stop"
        A high-pass is what a low-pass takes away; a band-pass the low-pass of the upper cutoff times the high-pass of
        the lower; a band-stop what a band-pass takes away.
    order : int, 1 to 64
        Steepness of a Butterworth filter.
    centered : bool
        Whether frequency 0 is at (height // 2, width // 2) instead of (0, 0).
    like : array, optional
        Its library and device are used, and float32 where it is worked on in float32; NumPy by default.

    Returns
    -------
    float64 (height, width)
        From 0 to 1; multiply `fft2` with the same `centered` by it.

    Raises
    ------
    TypeError
        A parameter is of another type, or `like` no array.
    ValueError
        `shape`, `cutoff`, `kind`, `band` or `order` is out of range.

    Notes
    -----
    Not differentiable.

    References
    ----------
    .. [1] R. C. Gonzalez and R. E. Woods, "Digital Image Processing", 4th ed., 2018, sections 4.8-4.10.

    Examples
    --------
    >>> transfer_function((1, 8), "butterworth", 0.25).round(3).tolist()
    [[1.0, 0.941, 0.5, 0.165, 0.059, 0.165, 0.5, 0.941]]
    """
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        raise ValueError(f"shape must be (height, width), got {shape!r}")
    height, width = (check_integer(side, "shape", at_least=1) for side in shape)
    gain = make_gain(kind, cutoff, band, order)
    check_flag(centered, "centered")
    rows, columns = np.zeros((height, 1)), np.zeros((1, width))
    made = gain(frequencies(rows, height)[:, None], frequencies(columns, width)[None])
    made = np.fft.fftshift(made) if centered else made
    if like is None:
        return made
    if find_kind(like) is None:
        raise TypeError(f"like must be a NumPy, CuPy or torch array, got {describe_type(like)}")
    return namespace(like).asarray(made.astype(parameter_dtype(like)), device=like.device)


def make_gain(kind: object, cutoff: object, band: object, order: object) -> RadialGain:
    """Check the words and numbers of a filter."""
    chosen: FilterKind = check_choice(kind, ("ideal", "butterworth", "gaussian"), "kind")
    part: Band = check_choice(band, ("low_pass", "high_pass", "band_pass", "band_stop"), "band")
    steepness = check_integer(order, "order", at_least=1, at_most=64)
    if part in ("low_pass", "high_pass"):
        return RadialGain(chosen, steepness, part, 0.0, check_cutoff(cutoff, "cutoff"))
    if not isinstance(cutoff, tuple | list) or len(cutoff) != 2:
        raise ValueError(f"cutoff must be (low, high) for {part}, got {cutoff!r}")
    low, high = check_cutoff(cutoff[0], "low"), check_cutoff(cutoff[1], "high")
    if not low < high:
        raise ValueError(f"low must be below high, got {low:g} and {high:g}")
    return RadialGain(chosen, steepness, part, low, high)


def check_cutoff(value: object, name: str) -> float:
    """Require a frequency that a pixel grid has."""
    return check_number(value, name, above=0.0, at_most=HIGHEST_FREQUENCY)
