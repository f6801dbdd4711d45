"""What an image loses from scale to scale, and the image back from it."""

import itertools
from collections.abc import Sequence
from typing import Any

from imgproc._array.dtypes import lift, restore, work_dtype
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_border, check_image, check_same_kind
from imgproc.primitives.decimate import BINOMIAL, decimate
from imgproc.primitives.double import add_double
from imgproc.pyramids.gaussian_pyramid import check_levels, own_copy
from imgproc.typing import ArrayT, Border


def laplacian_pyramid(image: ArrayT, levels: int, *, border: Border = "reflect", fill: float = 0.0) -> list[ArrayT]:
    """Part an image into bands of frequency: what each level of a Gaussian pyramid has and the next has lost.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    levels : int, 1 to 32
        Length of the list; what is one pixel stays one pixel.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    list of arrays, float32, or float64 for float64 and integers of 32 bits and more
        Finest first, each of the size of its Gaussian level and about zero; the last is the Gaussian level itself.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `levels` is no integer.
    ValueError
        `image` is empty or of another rank, or `levels`, `border` or `fill` is out of range.

    Notes
    -----
    Differentiable. Level n is level n of the Gaussian pyramid minus the expanded level n + 1, both unrounded.
    `collapse` adds them up again: exactly, whatever the border, but for the rounding of one sum of floats.

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications
       31(4), 1983.

    Examples
    --------
    >>> image = np.arange(35, dtype=np.uint8).reshape(5, 7)
    >>> pyramid = laplacian_pyramid(image, 3)
    >>> [level.shape for level in pyramid]
    [(5, 7), (3, 4), (2, 2)]
    >>> bool((collapse(pyramid).round() == image).all())
    True
    """
    check_image(image)
    outside = check_border(border, fill, image)
    return split_bands(image, check_levels(levels), border, outside)


def split_bands(image: Any, levels: int, border: Border, fill: float) -> list[Any]:
    """Make the Laplacian pyramid of a checked image."""
    axes, bands, current = spatial_axes(image), [], image
    for _ in range(levels - 1):
        coarse = decimate(current, BINOMIAL, 2, axes, border, fill, work_dtype(current))
        bands.append(add_double(current, coarse, -1, axes, border, fill))
        current = coarse
    return [*bands, own_copy(lift(current)) if levels == 1 else current]


def collapse(pyramid: Sequence[ArrayT], *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Add up a Laplacian pyramid to the image it was made from.

    Parameters
    ----------
    pyramid : list of images
        As `laplacian_pyramid` gives it, or with bands that were changed: finest first, each half as large as the one
        before, rounded up.
    border, fill
        What lies beyond the edge, as when the pyramid was built.

    Returns
    -------
    dtype and shape of the first level

    Raises
    ------
    TypeError
        `pyramid` is no list of arrays of real dtypes and of one library.
    ValueError
        `pyramid` is empty; a level is empty, of another rank or not half as large as the one before; or `border` or
        `fill` is out of range.

    Notes
    -----
    Differentiable. From a pyramid of floats it gives floats: `round` them, or use `arrays.to_uint8` and its like, to
    return to integers; those of an unchanged pyramid are the original ones.

    References
    ----------
    .. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications
       31(4), 1983, section "Decoding".

    Examples
    --------
    >>> fine, coarse = np.zeros((2, 4)), np.array([[1.0, 3.0]])
    >>> collapse([fine, coarse], border="edge").tolist()
    [[1.0, 1.5, 2.5, 3.0], [1.0, 1.5, 2.5, 3.0]]
    """
    outside = _check_pyramid(pyramid, border, fill)
    exact = lift(pyramid[-1]) if len(pyramid) > 1 else own_copy(lift(pyramid[0]))
    return restore(join_bands(pyramid[:-1], exact, border, outside), pyramid[0])  # type: ignore[no-any-return]


def join_bands(bands: Sequence[Any], coarse: Any, border: Border, fill: float) -> Any:
    """Add bands, the coarsest last, to what is coarser than all of them; unrounded."""
    for band in reversed(bands):
        coarse = add_double(band, coarse, 1, spatial_axes(band), border, fill)
    return coarse


def _check_pyramid(pyramid: Any, border: Any, fill: Any) -> float:
    if not isinstance(pyramid, list | tuple):
        raise TypeError(f"pyramid must be a list of arrays, got {type(pyramid).__name__}")
    if not pyramid:
        raise ValueError("pyramid must have at least one level, got an empty list")
    for n, level in enumerate(pyramid):
        check_image(level, f"pyramid[{n}]")
    check_same_kind(**{f"pyramid[{n}]": level for n, level in enumerate(pyramid)})
    for n, (fine, coarse) in enumerate(itertools.pairwise(pyramid), 1):
        wanted = list(fine.shape)
        for axis, length in zip(spatial_axes(fine), size_of(fine), strict=True):
            wanted[axis] = (length + 1) // 2
        if tuple(coarse.shape) != tuple(wanted):
            raise ValueError(f"pyramid[{n}] must have shape {tuple(wanted)}, got {tuple(coarse.shape)}")
    return check_border(border, fill, pyramid[0])
