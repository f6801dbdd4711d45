"""One step down a pyramid, and one step up."""

from imgproc._array.dtypes import image_dtype
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_border, check_image, check_size
from imgproc.primitives.decimate import BINOMIAL, decimate
from imgproc.primitives.double import double
from imgproc.typing import ArrayT, Border


def reduce(image: ArrayT, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Smooth and halve: one step down a Gaussian pyramid.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    dtype of `image` (ceil(H / 2), ceil(W / 2)), channels and batch as they are
        Rounded once; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank, or `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. The weights are (1, 3, 3, 1) / 8 along each axis: pixel x of the result lies at 2 x + 1/2 of the
    old image, in the middle between two pixels. They are those of a quadratic B-spline, positive and without
    overshoot; a frequency ν keeps cos³(π ν) of its amplitude. Ramps stay ramps.

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications
       31(4), 1983, section "The Gaussian pyramid" (there five weights about a pixel).

    Examples
    --------
    >>> reduce(np.arange(16.0) * np.ones((4, 1)))[0].tolist()[:4]
    [0.75, 2.5, 4.5, 6.5]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    return decimate(image, BINOMIAL, 2, spatial_axes(image), border, outside, image_dtype(image))  # type: ignore[no-any-return]


def expand(
    image: ArrayT, *, size: tuple[int, int] | None = None, border: Border = "reflect", fill: float = 0.0
) -> ArrayT:
    """Double: one step up a pyramid.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    size : (height, width), optional
        Twice the size of `image`, as by default, or one less: what was halved to `image` may have been odd.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    dtype of `image` (2 H, 2 W) or `size`, channels and batch as they are
        Rounded once; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `size` is no pair of integers.
    ValueError
        `image` is empty or of another rank, `size` does not halve to that of `image`, or `border` or `fill` is out of
        range.

    Notes
    -----
    Differentiable. Pixel x of the result lies at x / 2 - 1/4 of the old image and takes 3/4 of the nearer pixel and
    1/4 of the next: linear interpolation, and the adjoint of `reduce` times 4. Doubled again and again, it draws a
    smooth quadratic spline.

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications
       31(4), 1983, section "Gaussian pyramid interpolation".
    .. [2] G. M. Chaikin, "An algorithm for high-speed curve generation", Computer Graphics and Image Processing 3(4),
       1974 (the spline).

    Examples
    --------
    >>> expand(np.array([[0.0, 4.0, 8.0]]), border="edge")[0].tolist()
    [0.0, 1.0, 3.0, 5.0, 7.0, 8.0]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    height, width = size_of(image)
    made = (2 * height, 2 * width) if size is None else check_size(size, image)
    if made[0] not in (2 * height, 2 * height - 1) or made[1] not in (2 * width, 2 * width - 1):
        raise ValueError(f"size must be twice that of image ({height}, {width}) or one less, got {size!r}")
    return double(image, made, spatial_axes(image), border, outside, image_dtype(image))  # type: ignore[no-any-return]
