"""Images read at any positions."""

from typing import Any

from imgproc._array.layout import channel_axis, channels_of, is_batch, size_of, spatial_axes
from imgproc._checks import check_image, check_same_kind, check_size
from imgproc.geometry.warp import check_sampling
from imgproc.primitives.sample import sample
from imgproc.typing import ArrayT, Border, Interpolation


def remap(
    image: ArrayT,
    xy: ArrayT,
    *,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
) -> ArrayT:
    """Read an image at given positions: result[i, j] = image at xy[i, j].

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    xy : (H', W', 2); torch (2, H', W'); with an axis of N in front, one map for each image of a batch
        Source position (x, y) of every pixel of the result: an image of two channels. Not a number, or infinite, where
        there is none.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        As of `warp`.
    border, fill
        What lies beyond the edge; `fill`, taken to the dtype of `image`, is the value of "constant", and of positions
        that are not finite.

    Returns
    -------
    (H', W'), with the channels and batch of `image`; the dtype of `image`
        Rounded half to even once. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` or `xy` is no array of a real dtype, or they are of two libraries.
    ValueError
        `image` is empty or of another rank; `xy` has another shape, or the result is larger than the machine's memory;
        `interpolation`, `border` or `fill` is none of the words.

    Notes
    -----
    Differentiable with respect to both; for "nearest" to the image alone. Positions are worked on in float64, but a map
    of float32 is itself only exact to 1/8192 pixel at x = 2048.

    Examples
    --------
    >>> image = np.array([[10.0, 20.0, 30.0]])
    >>> remap(image, np.array([[[0.0, 0.0], [1.5, 0.0], [np.nan, 0.0]]]), fill=-1.0).tolist()
    [[10.0, 25.0, -1.0]]
    """
    check_image(image)
    check_image(xy, "xy")
    check_same_kind(image=image, xy=xy)
    x, y = _positions(image, xy)
    outside = check_sampling(image, interpolation, border, fill)
    check_size(size_of(xy), image, "size of xy")
    return sample(image, x, y, spatial_axes(image), interpolation, border, outside)  # type: ignore[no-any-return]


def _positions(image: Any, xy: Any) -> tuple[Any, Any]:
    """Require a map that fits the image; return x and y of its pixels."""
    axis = channel_axis(xy)
    if axis is None or channels_of(xy) != 2:
        raise ValueError(f"xy must be an image of two channels, got shape {tuple(xy.shape)}")
    if is_batch(xy) and (not is_batch(image) or xy.shape[0] != image.shape[0]):
        shapes = f"{tuple(xy.shape)} for an image of shape {tuple(image.shape)}"
        raise ValueError(f"xy must be one map, or as many as there are images, got shape {shapes}")
    before = (slice(None),) * axis
    return xy[(*before, 0, ...)], xy[(*before, 1, ...)]
