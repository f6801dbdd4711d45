"""Filters that keep one band of frequencies or take it out."""

from collections.abc import Callable
from typing import Any

from imgproc._array.dtypes import image_dtype, work_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image
from imgproc.fourier.transfer_function import make_gain
from imgproc.primitives.frequency_gain import FilterKind, RadialGain
from imgproc.primitives.spectral_filter import spectral_filter
from imgproc.typing import ArrayT, Border


def low_pass(
    image: ArrayT,
    cutoff: float,
    *,
    kind: FilterKind = "gaussian",
    order: int = 2,
    border: Border = "wrap",
    fill: float = 0.0,
) -> ArrayT:
    """Keep the frequencies below `cutoff`.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    cutoff : cycles per pixel, above 0
        The gain is exp(-1/2) there for "gaussian", 1/2 for "butterworth".
    kind : "ideal", "butterworth" or "gaussian"
        Shape of the gain, see `transfer_function`; sharp ones ring around edges.
    order : int, 1 to 64
        Steepness, of "butterworth" only.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant". "wrap" is what a transform means and costs least;
        mirrored borders are exact too at up to four times the cost, the others are extended by half the image.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `cutoff`, `kind`, `order` or `border` is out of range.

    Notes
    -----
    Differentiable. A NaN spreads everywhere. The Gaussian is that of sigma = 1 / (2 pi cutoff) pixels.

    Examples
    --------
    >>> stripes = np.tile([0.0, 2.0], (4, 4))
    >>> low_pass(stripes, 0.2, kind="ideal")[0].round(12).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    return _filter(image, make_gain(kind, cutoff, "low_pass", order), border, fill, image_dtype)  # type: ignore[no-any-return]


def high_pass(
    image: ArrayT,
    cutoff: float,
    *,
    kind: FilterKind = "gaussian",
    order: int = 2,
    border: Border = "wrap",
    fill: float = 0.0,
) -> ArrayT:
    """Keep the frequencies above `cutoff`: what `low_pass` takes away.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    cutoff : cycles per pixel, above 0
        The gain is 1 - exp(-1/2) there for "gaussian", 1/2 for "butterworth".
    kind : "ideal", "butterworth" or "gaussian"
        Shape of the gain, see `transfer_function`; sharp ones ring around edges.
    order : int, 1 to 64
        Steepness, of "butterworth" only.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant". "wrap" is what a transform means and costs least;
        mirrored borders are exact too at up to four times the cost, the others are extended by half the image.

    Returns
    -------
    float32, shape of `image`
        float64 for float64 and integers of 32 bits and more; signed.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `cutoff`, `kind`, `order` or `border` is out of range.

    Notes
    -----
    Differentiable. A NaN spreads everywhere. The mean of the result is 0.

    Examples
    --------
    >>> stripes = np.tile([0.0, 2.0], (4, 4))
    >>> high_pass(stripes, 0.2, kind="ideal")[0, :4].round(12).tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    return _filter(image, make_gain(kind, cutoff, "high_pass", order), border, fill, work_dtype)  # type: ignore[no-any-return]


def band_pass(
    image: ArrayT,
    low: float,
    high: float,
    *,
    kind: FilterKind = "gaussian",
    order: int = 2,
    border: Border = "wrap",
    fill: float = 0.0,
) -> ArrayT:
    """Keep the frequencies between `low` and `high`.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    low, high : cycles per pixel, 0 < low < high
        The gain is that of the low-pass of `high` times that of the high-pass of `low`.
    kind : "ideal", "butterworth" or "gaussian"
        Shape of the gain, see `transfer_function`; sharp ones ring around edges.
    order : int, 1 to 64
        Steepness, of "butterworth" only.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant". "wrap" is what a transform means and costs least;
        mirrored borders are exact too at up to four times the cost, the others are extended by half the image.

    Returns
    -------
    float32, shape of `image`
        float64 for float64 and integers of 32 bits and more; signed.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `low`, `high`, `kind`, `order` or `border` is out of range.

    Notes
    -----
    Differentiable. A NaN spreads everywhere. The mean of the result is 0.

    Examples
    --------
    >>> x = np.arange(16)
    >>> waves = np.cos(2 * np.pi * x / 4) + np.cos(np.pi * x) + np.zeros((2, 1))
    >>> band_pass(waves, 0.2, 0.3, kind="ideal")[0, ::2].round(12).tolist()
    [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    """
    return _filter(image, make_gain(kind, (low, high), "band_pass", order), border, fill, work_dtype)  # type: ignore[no-any-return]


def band_stop(
    image: ArrayT,
    low: float,
    high: float,
    *,
    kind: FilterKind = "gaussian",
    order: int = 2,
    border: Border = "wrap",
    fill: float = 0.0,
) -> ArrayT:
    """Take out the frequencies between `low` and `high`: the image without its `band_pass`.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    low, high : cycles per pixel, 0 < low < high
        What `band_pass` keeps between them is taken away.
    kind : "ideal", "butterworth" or "gaussian"
        Shape of the gain, see `transfer_function`; sharp ones ring around edges.
    order : int, 1 to 64
        Steepness, of "butterworth" only.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant". "wrap" is what a transform means and costs least;
        mirrored borders are exact too at up to four times the cost, the others are extended by half the image.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `low`, `high`, `kind`, `order` or `border` is out of range.

    Notes
    -----
    Differentiable. A NaN spreads everywhere. The mean of the image stays.

    Examples
    --------
    >>> x = np.arange(16)
    >>> waves = np.cos(2 * np.pi * x / 4) + np.cos(np.pi * x) + np.zeros((2, 1))
    >>> band_stop(waves, 0.2, 0.3, kind="ideal")[0, :4].round(12).tolist()
    [1.0, -1.0, 1.0, -1.0]
    """
    return _filter(image, make_gain(kind, (low, high), "band_stop", order), border, fill, image_dtype)  # type: ignore[no-any-return]


def _filter(image: Any, gain: RadialGain, border: Border, fill: float, result_dtype: Callable[[Any], str]) -> Any:
    check_image(image)
    outside = check_border(border, fill, image)
    return spectral_filter(image, gain, spatial_axes(image), border, outside, result_dtype(image))
