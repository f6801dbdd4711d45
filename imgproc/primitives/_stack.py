"""An image as a stack of separate planes, for operations that link pixels within a plane."""

from typing import Any

from imgproc._array.kinds import namespace


def stack_planes(x: Any, axes: tuple[int, int]) -> Any:
    """Return `x` as (planes, H, W): a view where channels do not interleave, else a copy."""
    moved = namespace(x).moveaxis(x, axes, (-2, -1))
    return namespace(x).reshape(moved, (-1, *moved.shape[-2:]))


def unstack_planes(planes: Any, shape: tuple[int, ...], axes: tuple[int, int]) -> Any:
    """Bring (planes, H, W) back to `shape`, whose rows and columns are `axes`."""
    xp = namespace(planes)
    leading = tuple(length for axis, length in enumerate(shape) if axis not in axes)
    return xp.moveaxis(xp.reshape(planes, (*leading, *planes.shape[-2:])), (-2, -1), axes)
