"""Segmenting an image by the modes its pixels move to."""

from imgproc._checks import check_finite, check_integer
from imgproc.primitives._stack import stack_images, unstack_labels
from imgproc.primitives.mean_shift_image import shift_to_modes
from imgproc.primitives.mode_regions import join_modes
from imgproc.segmentation.filter_mean_shift import check_mean_shift_options
from imgproc.typing import ArrayT


def segment_mean_shift(
    image: ArrayT,
    spatial_radius: float,
    range_radius: float,
    *,
    min_size: int = 20,
    max_iterations: int = 20,
    tolerance: float = 1e-2,
) -> ArrayT:
    """Cut into regions of neighbours that move to one mode of place and colour.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype, finite
        Channels are looked at together.
    spatial_radius : pixels, > 0
    range_radius : units of `image`, > 0
        Of `filter_mean_shift`; modes within both radii of each other are one.
    min_size : pixels, >= 1
        Smaller regions are joined to the neighbour from which the least step in value parts them.
    max_iterations : int, >= 1
    tolerance : radii, >= 0
        As in `filter_mean_shift`.

    Returns
    -------
    int32, (H, W) or (N, H, W, 1); torch (H, W) or (N, 1, H, W)
        Regions, each connected through the sides of its pixels, from 0 in the order of their first pixels in raster
        order.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty, of another rank, or has NaN or infinity; a parameter is out of range.

    Notes
    -----
    Not differentiable. Regions are joined on the host: a device is waited for, and the pairs of neighbours that part
    regions come down.

    References
    ----------
    .. [1] D. Comaniciu and P. Meer, "Mean shift: a robust approach toward feature space analysis", PAMI 24(5), 2002,
       section 4.2.

    Examples
    --------
    >>> rough = np.array([[10, 12, 11, 200, 203, 197]], np.uint8)
    >>> segment_mean_shift(rough, spatial_radius=2, range_radius=20, min_size=1).tolist()
    [[0, 0, 0, 1, 1, 1]]
    """
    options = check_mean_shift_options(image, spatial_radius, range_radius, max_iterations, tolerance)
    least = check_integer(min_size, "min_size", at_least=1)
    check_finite(wait=True, image=image)
    modes = shift_to_modes(stack_images(image), *options)
    return unstack_labels(join_modes(*modes, *options[:2], least), image)  # type: ignore[no-any-return]
