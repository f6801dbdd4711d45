"""How every pixel moves from one image to the next."""

from typing import Any

from imgproc._array.dtypes import cast_to, lift, parameter_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, channels_of, is_batch, spatial_axes
from imgproc._checks import (
    check_finite,
    check_gray,
    check_image,
    check_integer,
    check_odd_size,
    check_rgb,
    check_same_shape,
)
from imgproc.color.gray import rgb_to_gray
from imgproc.primitives._stack import stack_planes
from imgproc.primitives.flow_steps import flow_steps
from imgproc.primitives.resample import Spacing, resample
from imgproc.typing import ArrayT

_LEAST_SIDE = 16
"""Of a level of the pyramid, in pixels; below it, a window holds most of the picture."""


def optical_flow(
    first: ArrayT, second: ArrayT, *, window: int = 15, levels: int | None = None, max_iterations: int = 10
) -> ArrayT:
    """Find the motion of every pixel between two images, by Lucas and Kanade's method on a pyramid.

    Parameters
    ----------
    first, second : (H, W), (H, W, 3), or batches; torch (H, W), (3, H, W), or batches; any real dtype, of one shape
        RGB is taken to gray.
    window : pixels, odd, 3 to 255
        Side of the square over which motion is taken to be the same. Larger is steadier, smaller follows details.
    levels : int >= 1, optional
        Levels of the pyramid, each half as large as the one before; motion up to some pixels of the coarsest is found.
        None, and any larger number, are as many as have no side below 16 pixels.
    max_iterations : int >= 1
        Steps on each level.

    Returns
    -------
    float32, or float64 for float64 and wide integers; (H, W, 2) or (N, H, W, 2), torch (2, H, W) or (N, 2, H, W)
        (u, v) in pixels, such that first(x, y) is second(x + u, y + v). `geometry.remap` of `second` by the grid of
        pixels plus the flow gives `first`.

    Raises
    ------
    TypeError
        They are no arrays of a real dtype, or of two libraries; a parameter is no integer.
    ValueError
        They are empty, of another rank or two shapes, have neither one channel nor three, or hold a NaN or infinity;
        a parameter is out of range.

    Notes
    -----
    Not differentiable. Every step warps the second image by the flow found so far and solves for that of each window
    about the different flows of its pixels, which lets it vary smoothly within [2]_. Derivatives are the first image's.
    Where the picture is flat, flow is carried over from coarser levels, and is 0 if it is flat there. Scale and offset
    of the values do not matter, but brightness must be the same in both images. On a device, where NaN is not looked
    for, it spreads over its image.

    References
    ----------
    .. [1] B. D. Lucas and T. Kanade, "An iterative image registration technique", IJCAI 1981.
    .. [2] G. Le Besnerais and F. Champagnat, "Dense optical flow by iterative local window registration", ICIP 2005.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> first = np.sin(x / 5) * np.cos(y / 7)
    >>> second = np.sin((x - 1.5) / 5) * np.cos((y + 0.5) / 7)
    >>> optical_flow(first, second)[32, 32].round(1).tolist()
    [1.5, -0.5]
    """
    for name, image in (("first", first), ("second", second)):
        check_image(image, name)
        (check_gray if channels_of(image) == 1 else check_rgb)(image, name)
    check_same_shape(first=first, second=second)
    side = check_integer(window, "window", at_least=3, at_most=255)
    check_odd_size(side, "window")
    count = 64 if levels is None else check_integer(levels, "levels", at_least=1)
    steps = check_integer(max_iterations, "max_iterations", at_least=1)
    check_finite(first=first, second=second)
    dtype = parameter_dtype(first, second)
    pair = [_gray_planes(image, dtype) for image in (first, second)]
    u, v = _descend(*_to_unit(*pair), side, count, steps)
    axis = -1 if kind(first) != "torch" else -3
    flow = namespace(u).stack((u, v), axis=axis)
    return flow if is_batch(first) else flow[0, ...]  # type: ignore[no-any-return]


def _gray_planes(image: Any, dtype: str) -> Any:
    """Return (N, H, W) of `dtype`."""
    image = lift(image.detach() if kind(image) == "torch" else image)
    if channels_of(image) == 3 and channel_axis(image) is not None:
        image = rgb_to_gray(image)
    return cast_to(stack_planes(image, spatial_axes(image)), dtype)


def _to_unit(first: Any, second: Any) -> tuple[Any, Any]:
    """Move and scale the values of each pair alike, the first into [-1, 1], so that no square leaves the float."""
    xp = namespace(first)
    moved = first - first[:, :1, :1], second - first[:, :1, :1]
    extent = xp.max(xp.abs(moved[0]), axis=(1, 2), keepdims=True)
    extent = xp.where(extent > 0, extent, xp.ones_like(extent))
    return moved[0] / extent, moved[1] / extent


def _descend(first: Any, second: Any, window: int, levels: int, steps: int) -> tuple[Any, Any]:
    """Go from the coarsest level to the finest, each starting from the flow of the one before."""
    sizes = [tuple(first.shape[1:])]
    while len(sizes) < levels and min(sizes[-1]) >= 2 * _LEAST_SIDE:
        sizes.append(tuple(-(-length // 2) for length in sizes[-1]))
    pyramid = [(first, second)]
    for size in sizes[1:]:
        pyramid.append(tuple(_resize(image, size) for image in pyramid[-1]))
    u = v = 0 * pyramid[-1][0]
    for one, two in reversed(pyramid):
        height, width = one.shape[1:]
        u, v = (
            _resize(part, (height, width)) * (after / before)
            for part, after, before in zip((u, v), (width, height), u.shape[:0:-1], strict=True)
        )
        u, v = flow_steps(one, two, u, v, window, steps)
    return u, v


def _resize(planes: Any, size: tuple[int, ...]) -> Any:
    if tuple(planes.shape[1:]) == size:
        return planes
    rows, columns = (Spacing(*lengths, "linear", True) for lengths in zip(planes.shape[1:], size, strict=True))
    return resample(planes, rows, columns, (1, 2), str(planes.dtype).rpartition(".")[2])
