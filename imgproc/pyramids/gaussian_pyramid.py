"""An image at ever coarser scales."""

from typing import Any

from imgproc._array.dtypes import cast_to, image_dtype, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_border, check_image, check_integer
from imgproc.primitives.decimate import BINOMIAL, decimate
from imgproc.typing import ArrayT, Border

MOST_LEVELS = 32
"""More than any image can be halved."""


def gaussian_pyramid(image: ArrayT, levels: int, *, border: Border = "reflect", fill: float = 0.0) -> list[ArrayT]:
    """Make a list of the image and its halves, quarters, …, each smoothed before it is halved.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    levels : int, 1 to 32
        Length of the list; what is one pixel stays one pixel.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    list of arrays, dtype of `image`
        A copy of the image, then level n of size ceil(H / 2**n), ceil(W / 2**n). Masks give float32.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `levels` is no integer.
    ValueError
        `image` is empty or of another rank, or `levels`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. Each level is `reduce` of the one before, which is not rounded for that. Pixel x of level n lies at
    x0 = 2**n * (x + 1/2) - 1/2 of the image: edges of the image stay edges at every level, as in scikit-image;
    OpenCV's pyrDown keeps the centre of the first pixel instead (x0 = 2**n x).

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications
       31(4), 1983, section "The Gaussian pyramid".

    Examples
    --------
    >>> [level.shape for level in gaussian_pyramid(np.zeros((480, 641, 3)), 4)]
    [(480, 641, 3), (240, 321, 3), (120, 161, 3), (60, 81, 3)]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    count = check_levels(levels)
    dtype, exact = image_dtype(image), image
    pyramid = [own_copy(cast_to(image, dtype))]
    for _ in range(count - 1):
        exact = decimate(exact, BINOMIAL, 2, spatial_axes(image), border, outside, work_dtype(exact))
        pyramid.append(saturate(exact, dtype))
    return pyramid


def check_levels(levels: object) -> int:
    """Require a number of levels."""
    return check_integer(levels, "levels", at_least=1, at_most=MOST_LEVELS)


def own_copy(x: Any) -> Any:
    """Return a copy in memory of its own, through which gradients pass, in every library."""
    return namespace(x).concat((x,), axis=0)
