"""Smoothing that keeps edges."""

from imgproc._array.layout import channel_axis, spatial_axes
from imgproc._checks import check_border, check_image, check_number
from imgproc.filters.gaussian import check_sigma
from imgproc.primitives.bilateral import weigh_by_similarity
from imgproc.typing import ArrayT, Border


def bilateral(
    image: ArrayT,
    sigma_space: float,
    sigma_range: float,
    *,
    truncate: float = 3.0,
    border: Border = "reflect",
    fill: float = 0.0,
) -> ArrayT:
    """Average near pixels of near values: smooth within regions, and leave the edges between them.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    sigma_space : pixels, > 0
        Standard deviation of the weight of distance.
    sigma_range : in the unit of `image`, > 0
        Standard deviation of the weight of difference: 25 of uint8 is 0.1 of floats in [0, 1].
    truncate : sigmas, > 0
        The window is the disk of radius floor(truncate * sigma_space + 1/2).
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers. Flat places are unchanged to the last bit.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; a sigma, `truncate`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. Colours are compared as a whole, by their Euclidean distance over all channels, so that an edge in
    one channel is kept in all. OpenCV sums absolute differences instead, and looks the weights of floats up in a table,
    in steps.

    References
    ----------
    .. [1] C. Tomasi and R. Manduchi, "Bilateral filtering for gray and color images", ICCV 1998, section 2.

    Examples
    --------
    >>> step = np.array([[0, 2, 0, 90, 92, 90]], np.uint8)
    >>> bilateral(step, 1.0, 10.0).tolist()
    [[1, 1, 1, 91, 91, 91]]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    width, cut = check_sigma(sigma_space, truncate, "sigma_space", above=0.0)
    spread = check_number(sigma_range, "sigma_range", above=0.0)
    radius = int(cut * width + 0.5)
    axes, channels = spatial_axes(image), channel_axis(image)
    return weigh_by_similarity(image, width, spread, radius, axes, channels, border, outside)  # type: ignore[no-any-return]
