"""Flattening an image by moving its pixels to the modes of place and colour."""

from typing import Any

from imgproc._array.dtypes import restore
from imgproc._checks import LARGEST_SIZE, check_image, check_integer, check_number
from imgproc.primitives._stack import stack_images, unstack_images
from imgproc.primitives.mean_shift_image import shift_to_modes
from imgproc.typing import ArrayT

_MOST_STEPS = 2**31 - 1


def filter_mean_shift(
    image: ArrayT,
    spatial_radius: float,
    range_radius: float,
    *,
    max_iterations: int = 20,
    tolerance: float = 1e-2,
) -> ArrayT:
    """Give each pixel the value of the mode that it moves to, which flattens regions and keeps their edges.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Channels are looked at together.
    spatial_radius : pixels, > 0
        How far a pixel sees.
    range_radius : units of `image`, > 0
        How far what it sees may be from its value, Euclidean over the channels.
    max_iterations : int, >= 1
    tolerance : radii, >= 0
        Stop where a step, the root of the sum of squares in place over `spatial_radius` and in value over
        `range_radius`, is no longer.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; a parameter is out of range.

    Notes
    -----
    Not differentiable. A pixel starts at its place with its value. In each step it takes the pixels in the disk of
    `spatial_radius` around its place, of those the ones within `range_radius` of its value, and moves to the mean place
    and value of these (the kernel is flat), its place rounded to the nearest pixel. What lies outside the image is not
    seen. NaN is near to nothing: a pixel with a NaN stays as it is and counts for no other, and so with infinity.

    OpenCV's `pyrMeanShiftFiltering` looks at squares, takes 8-bit RGB alone, and stops after 5 steps unless told
    otherwise.

    References
    ----------
    .. [1] D. Comaniciu and P. Meer, "Mean shift: a robust approach toward feature space analysis", PAMI 24(5), 2002,
       section 4.1.

    Examples
    --------
    >>> rough = np.array([[10, 12, 11, 200, 203, 197]], np.uint8)
    >>> filter_mean_shift(rough, spatial_radius=2, range_radius=20).tolist()
    [[11, 11, 11, 200, 200, 200]]
    """
    options = check_mean_shift_options(image, spatial_radius, range_radius, max_iterations, tolerance)
    values, _, _ = shift_to_modes(stack_images(image), *options)
    return restore(unstack_images(values, image), image)  # type: ignore[no-any-return]


def check_mean_shift_options(
    image: Any, spatial_radius: Any, range_radius: Any, max_iterations: Any, tolerance: Any
) -> tuple[float, float, int, float]:
    """Check an image and how its pixels move; return the latter."""
    check_image(image)
    return (
        check_number(spatial_radius, "spatial_radius", above=0.0, at_most=LARGEST_SIZE),
        check_number(range_radius, "range_radius", above=0.0),
        check_integer(max_iterations, "max_iterations", at_least=1, at_most=_MOST_STEPS),
        check_number(tolerance, "tolerance", at_least=0.0),
    )
