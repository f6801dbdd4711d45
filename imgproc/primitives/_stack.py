"""Images as stacks: of separate planes, for operations that link pixels within one, or with their channels."""

from typing import Any

from imgproc._array.kinds import namespace
from imgproc._array.layout import channel_axis, is_batch


def stack_planes(x: Any, axes: tuple[int, int]) -> Any:
    """Return `x` as (planes, H, W): a view where channels do not interleave, else a copy."""
    moved = x if axes == (x.ndim - 2, x.ndim - 1) else namespace(x).moveaxis(x, axes, (-2, -1))
    return namespace(x).reshape(moved, (-1, *moved.shape[-2:]))


def unstack_planes(planes: Any, shape: tuple[int, ...], axes: tuple[int, int]) -> Any:
    """Bring (planes, H, W) back to `shape`, whose rows and columns are `axes`."""
    xp = namespace(planes)
    if axes == (len(shape) - 2, len(shape) - 1):
        return xp.reshape(planes, shape)
    leading = tuple(length for axis, length in enumerate(shape) if axis not in axes)
    return xp.moveaxis(xp.reshape(planes, (*leading, *planes.shape[-2:])), (-2, -1), axes)


def stack_images(image: Any) -> Any:
    """Return an image or a batch, of any layout, as (N, C, H, W)."""
    channel = channel_axis(image)
    planar = image[None, ...] if channel is None else namespace(image).moveaxis(image, channel, -3)
    return planar if is_batch(image) else planar[None, ...]


def unstack_images(stack: Any, image: Any) -> Any:
    """Bring (N, C, H, W) to the layout of `image`."""
    one = stack if is_batch(image) else stack[0, ...]
    channel = channel_axis(image)
    return one[0, ...] if channel is None else namespace(image).moveaxis(one, -3, channel)


def unstack_labels(labels: Any, image: Any) -> Any:
    """Bring (N, H, W) to the layout of `image` without its channels: (H, W), or a batch of one channel."""
    if not is_batch(image):
        return labels[0, ...]
    return namespace(labels).expand_dims(labels, axis=channel_axis(image))
