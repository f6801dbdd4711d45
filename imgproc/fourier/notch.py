"""Taking out single frequencies."""

import numpy as np

from imgproc._array.convert import to_numpy
from imgproc._array.dtypes import image_dtype
from imgproc._array.kinds import find_kind
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_choice, check_image, check_integer
from imgproc.fourier.transfer_function import check_cutoff
from imgproc.primitives.frequency_gain import FilterKind, NotchGain
from imgproc.primitives.spectral_filter import spectral_filter
from imgproc.typing import Array, ArrayT, Border


def notch(
    image: ArrayT,
    centers: Array,
    radius: float,
    *,
    kind: FilterKind = "gaussian",
    order: int = 2,
    border: Border = "wrap",
    fill: float = 0.0,
) -> ArrayT:
    """Take out single frequencies, such as the raster of a print.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    centers : (K, 2), cycles per pixel
        Frequencies (x, y), each coordinate from -½ to ½; each is taken out with its mirror (-x, -y). In the centred
        `spectrum`, the peak at row i and column j has x = (j - W // 2) / W and y = (i - H // 2) / H.
    radius : cycles per pixel, above 0
        Of the hole: where a Butterworth gain is 1/2, a Gaussian one 1 - exp(-1/2).
    kind : "ideal", "butterworth" or "gaussian"
    order : int, 1 to 64
        Steepness, of "butterworth" only.
    border, fill
        What lies beyond the edge, as in `low_pass`; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `centers` is not (K, 2) or out of range; `radius`, `kind`, `order` or
        `border` is out of range.

    Notes
    -----
    Differentiable. A NaN spreads everywhere. A notch at (0, 0) takes the mean away.

    References
    ----------
    .. [1] R. C. Gonzalez and R. E. Woods, "Digital Image Processing", 4th ed., 2018, section 4.10.

    Examples
    --------
    >>> x = np.arange(16)
    >>> striped = 5 + np.cos(2 * np.pi * x / 4) + np.zeros((2, 1))
    >>> notch(striped, [(0.25, 0.0)], 0.05, kind="ideal")[0, :4].round(12).tolist()
    [5.0, 5.0, 5.0, 5.0]
    """
    check_image(image)
    places = _check_centers(centers)
    chosen: FilterKind = check_choice(kind, ("ideal", "butterworth", "gaussian"), "kind")
    steepness = check_integer(order, "order", at_least=1, at_most=64)
    gain = NotchGain(chosen, steepness, places, check_cutoff(radius, "radius"))
    outside = check_border(border, fill, image)
    return spectral_filter(image, gain, spatial_axes(image), border, outside, image_dtype(image))  # type: ignore[no-any-return]


def _check_centers(centers: object) -> tuple[tuple[float, float], ...]:
    try:
        places = to_numpy(centers) if find_kind(centers) is not None else np.asarray(centers)
    except ValueError:
        raise ValueError("centers must be (K, 2), got rows of different lengths") from None
    if places.dtype.kind not in "iuf":
        raise TypeError(f"centers must be real numbers, got {type(centers).__name__} of dtype {places.dtype}")
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"centers must be (K, 2), got shape {places.shape}")
    if not (np.abs(places) <= 0.5).all():
        raise ValueError(f"centers must lie from -0.5 to 0.5 cycles per pixel, got {places.tolist()}")
    return tuple((float(x), float(y)) for x, y in places)
