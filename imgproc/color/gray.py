"""Gray images from colour and back."""

from typing import Any, Literal

import numpy as np

from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, is_batch
from imgproc._checks import check_choice, check_gray, check_rgb
from imgproc.primitives.mix_channels import mix_channels
from imgproc.typing import ArrayT

WEIGHTS = {"rec601": (0.299, 0.587, 0.114), "rec709": (0.2126, 0.7152, 0.0722)}

_REPEATED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
"""What OpenCV repeats without a change to any bit."""


def rgb_to_gray(image: ArrayT, *, weights: Literal["rec601", "rec709"] = "rec601") -> ArrayT:
    """Return the weighted mean of red, green and blue.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Weighted as it is stored: this is luma, not linear light.
    weights : "rec601" or "rec709"
        0.299, 0.587, 0.114, or 0.2126, 0.7152, 0.0722.

    Returns
    -------
    (H, W), or a batch of one channel; the dtype of `image`
        Rounded half to even once; float32 for masks.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` has not three channels, or `weights` is none of the two.

    Notes
    -----
    Differentiable.

    References
    ----------
    .. [1] ITU-R BT.601-7, section 2.5.1; BT.709-6, section 3.2.

    Examples
    --------
    >>> rgb_to_gray(np.array([[[255, 0, 0], [0, 255, 0], [9, 9, 9]]], np.uint8)).tolist()
    [[76, 150, 9]]
    """
    check_rgb(image)
    check_choice(weights, tuple(WEIGHTS), "weights")
    axis = channel_axis(image)
    assert axis is not None  # check_rgb has seen to it
    gray = mix_channels(image, WEIGHTS[weights], axis)
    return gray if not is_batch(image) else namespace(gray).expand_dims(gray, axis=axis)  # type: ignore[no-any-return]


def gray_to_rgb(image: ArrayT) -> ArrayT:
    """Repeat a gray image in three channels.

    Parameters
    ----------
    image : (H, W), or an image or batch of one channel; any real dtype

    Returns
    -------
    (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); the dtype of `image`

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` has more than one channel.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> gray_to_rgb(np.array([[7]], np.uint8)).tolist()
    [[[7, 7, 7]]]
    """
    check_gray(image)
    axis, which = channel_axis(image), kind(image)
    pixels: Any = image
    if axis is None:
        axis = 0 if which == "torch" else 2
        pixels = pixels[None] if axis == 0 else pixels[..., None]
    if which == "torch":  # one copy by threads of its own, which are awake beside tensors
        return pixels.expand(*pixels.shape[:axis], 3, *pixels.shape[axis + 1 :]).contiguous()  # type: ignore[no-any-return]
    if which != "numpy":
        return namespace(pixels).concat((pixels,) * 3, axis=axis)  # type: ignore[no-any-return]
    if pixels.dtype not in _REPEATED:
        return np.repeat(pixels, 3, axis=axis).astype(pixels.dtype.newbyteorder("="), copy=False)  # type: ignore[return-value]
    return _repeat_interleaved(pixels)  # type: ignore[no-any-return]


def _repeat_interleaved(image: Any) -> Any:
    """Let OpenCV write each pixel three times; its height and width may be anything that multiplies to the pixels."""
    import cv2

    rows = np.ascontiguousarray(image).reshape(-1, image.shape[-2])
    return cv2.cvtColor(rows, cv2.COLOR_GRAY2RGB).reshape(*image.shape[:-1], 3)
