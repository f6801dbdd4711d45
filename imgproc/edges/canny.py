"""Canny's edge detector."""

from typing import Any

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_border, check_flag, check_gray, check_mask, check_number, check_same_kind
from imgproc.edges.gradients import gradient_weights
from imgproc.filters.gaussian import check_sigma
from imgproc.primitives.detect_edges import detect_edges
from imgproc.primitives.relative_edges import detect_relative_edges, positive_threshold
from imgproc.typing import ArrayT, Border


def canny(
    image: ArrayT,
    sigma: float = 1.0,
    *,
    low: float | None = None,
    high: float | None = None,
    quantiles: bool = False,
    mask: ArrayT | None = None,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Find edges one pixel wide: smooth, differentiate, thin, and link by hysteresis.

    Parameters
    ----------
    image : (H, W), or an image or batch of one channel; any real dtype
    sigma : pixels, > 0
        Width of the Gaussian; larger sees only broader edges.
    low, high : intensity per pixel, 0 <= low <= high
        Gradient lengths: above `high` starts an edge, above `low` continues one. By default `high` is the 0.9 quantile
        of the non-zero lengths of each image, and `low` is 0.4 `high`.
    quantiles : bool
        `low` and `high` are quantiles of the non-zero lengths, 0 to 1, rather than lengths.
    mask : bool, shape of `image`, optional
        Pixels outside are no edges, and count in no quantile.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    bool; (H, W), or a batch of one channel
        True on edges, linked over eight neighbours. A pixel whose gradient is NaN is no edge.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, `mask` is not bool or of another library, or a parameter is no number.
    ValueError
        `image` is not (H, W) or of one channel; `sigma`, `low`, `high`, `border` or the shape of `mask` is out of
        range.

    Notes
    -----
    Not differentiable. A sharp step of height A has a gradient of about A / (sigma sqrt(2 pi)). Lengths are compared
    along the gradient by linear interpolation; of two equal pixels the one towards -x (-y of a gradient steeper than
    45°) stays.

    References
    ----------
    .. [1] J. Canny, "A computational approach to edge detection", PAMI 8(6), 1986, sections IV-VI.

    Examples
    --------
    >>> step = np.zeros((9, 9)); step[:, 5:] = 1
    >>> np.flatnonzero(canny(step)[4]).tolist()
    [4]
    """
    check_gray(image)
    width, cut = check_sigma(sigma, 4.0, above=0.0)
    outside = check_border(border, fill, image)
    check_flag(quantiles, "quantiles")
    low, high = _check_thresholds(low, high, is_quantile=quantiles)
    if mask is not None:
        check_mask(mask)
        check_same_kind(image=image, mask=mask)
        if mask.shape != image.shape:  # type: ignore[attr-defined]
            raise ValueError(f"mask must have the shape of image, got {tuple(mask.shape)} and {tuple(image.shape)}")  # type: ignore[attr-defined]
    axes = spatial_axes(image)
    smoothing, derivative = gradient_weights(width, cut)
    if mask is None and not quantiles and low is not None and high is not None:
        least, sure = positive_threshold(low, image), positive_threshold(high, image)
        edges = detect_edges(image, smoothing, derivative, least, sure, axes, border, outside)
        return drop_channel(edges)  # type: ignore[no-any-return]
    edges = detect_relative_edges(image, smoothing, derivative, low, high, quantiles, mask, axes, border, outside)
    return drop_channel(edges)  # type: ignore[no-any-return]


def _check_thresholds(low: Any, high: Any, *, is_quantile: bool) -> tuple[float | None, float | None]:
    greatest = 1.0 if is_quantile else float("inf")
    if low is not None:
        low = check_number(low, "low", at_least=0.0, at_most=greatest)
    if high is not None:
        high = check_number(high, "high", at_least=0.0 if low is None else low, at_most=greatest)
    return low, high
