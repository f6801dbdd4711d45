"""The ten views of an image that AlexNet averages its predictions over."""

from typing import Any

from deep.data.augment.steps import check_sides
from imgproc._array.kinds import namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_image
from imgproc.typing import ArrayT

__all__ = ["ten_crop"]


def ten_crop(images: ArrayT, size: int | tuple[int, int]) -> ArrayT:
    """Cut out the four corners and the middle, and their mirror images.

    Parameters
    ----------
    images : image or batch of any kind
    size : pixels, a number for a square or (height, width)
        At most that of the images.

    Returns
    -------
    (10, ...) of one image, (N, 10, ...) of a batch, each of `size`
        Top left, top right, bottom left, bottom right, middle, and the same of the mirrored image.

    Raises
    ------
    ValueError
        `size` is larger than the images, or less than 1.

    Notes
    -----
    Differentiable. The order is torchvision's.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks",
       NIPS 2012, section 4.1.

    Examples
    --------
    >>> ten_crop(np.array([[1, 2, 3]]), (1, 2)).tolist()
    [[[1, 2]], [[2, 3]], [[1, 2]], [[2, 3]], [[1, 2]], [[3, 2]], [[2, 1]], [[3, 2]], [[2, 1]], [[3, 2]]]
    """
    check_image(images)
    height, width = check_sides(size)
    old_height, old_width = size_of(images)
    if height > old_height or width > old_width:
        raise ValueError(f"size must be at most that of the images, got {(height, width)} for {size_of(images)}")
    down, across = spatial_axes(images)
    low, right = old_height - height, old_width - width
    middle = round(low / 2), round(right / 2)
    corners = ((0, 0), (0, right), (low, 0), (low, right), middle)
    xp = namespace(images)
    ways: tuple[Any, Any] = images, xp.flip(images, axis=across)
    crops = [
        way[(*(slice(None),) * down, slice(top, top + height), slice(left, left + width))]
        for way in ways
        for top, left in corners
    ]
    return xp.stack(crops, axis=1 if images.ndim == 4 else 0)  # type: ignore[attr-defined, no-any-return]
