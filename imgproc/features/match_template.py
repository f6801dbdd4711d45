"""Where a small picture lies in a large one."""

from typing import Any

from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, channels_of, is_batch, size_of, spatial_axes
from imgproc._checks import check_image, check_same_kind
from imgproc.primitives.template_correlation import template_correlation
from imgproc.typing import ArrayT


def match_template(image: ArrayT, template: ArrayT) -> ArrayT:
    """Compare a template with every window of an image by the correlation coefficient.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    template : (h, w) or (h, w, C); torch (h, w) or (C, h, w)
        No larger than the image, with as many channels.

    Returns
    -------
    float32, or float64 where either is float64 or of wide integers; (H - h + 1, W - w + 1), batches with one channel
        From -1 to 1, 1 where the window is the template up to brightness and contrast. Element [0, 0] is that of the
        window in the corner at the top left: the template lies with its top left pixel on the maximum.

    Raises
    ------
    TypeError
        They are no arrays of a real dtype, or of two libraries.
    ValueError
        `image` is empty or of another rank; `template` is a batch, has other channels, or does not fit into it.

    Notes
    -----
    Differentiable. Each channel's mean is taken away, and sums run over all channels, as in OpenCV's
    TM_CCOEFF_NORMED; scikit-image's `match_template` takes away one mean for all. Windows that are flat, and all
    windows if the template is, give 0. A NaN reaches every window that holds it.

    References
    ----------
    .. [1] J. P. Lewis, "Fast normalized cross-correlation", Vision Interface, 1995.

    Examples
    --------
    >>> image = np.zeros((6, 7)); image[2:4, 3:5] = [[5, 1], [1, 3]]
    >>> found = match_template(image, np.array([[10.0, 2.0], [2.0, 6.0]]))
    >>> found.shape, [index.item() for index in np.unravel_index(found.argmax(), found.shape)]
    ((5, 6), [2, 3])
    >>> round(found.max().item(), 6)
    1.0
    """
    check_image(image)
    check_image(template, "template")
    check_same_kind(image=image, template=template)
    shapes = f"{tuple(template.shape)} and {tuple(image.shape)}"  # type: ignore[attr-defined]
    if is_batch(template):
        raise ValueError(f"template must be one image, not a batch, got shapes {shapes}")
    if channels_of(template) != channels_of(image):
        raise ValueError(f"template must have the channels of image, got shapes {shapes}")
    if any(small > large for small, large in zip(size_of(template), size_of(image), strict=True)):
        raise ValueError(f"template must fit into image, got shapes {shapes}")
    made = template_correlation(_stacked(image), _stacked(template)[0, ...])
    if not is_batch(image):
        return made[0, ...]  # type: ignore[no-any-return]
    return namespace(made).expand_dims(made, axis=channel_axis(image))  # type: ignore[no-any-return]


def _stacked(x: Any) -> Any:
    """Return an image or a batch as (N, C, H, W)."""
    xp = namespace(x)
    if x.ndim == 2:
        return x[None, None, ...]
    row, _ = spatial_axes(x)
    planes = x if channel_axis(x) == row - 1 else xp.moveaxis(x, -1, row)
    return planes if is_batch(x) else planes[None, ...]
