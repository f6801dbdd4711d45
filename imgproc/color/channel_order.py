"""Red and blue exchanged, for libraries that keep BGR."""

from typing import Any

import numpy as np

from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channel_axis, channels_of
from imgproc._checks import check_image
from imgproc.typing import ArrayT

_SHUFFLED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
"""What OpenCV exchanges without a change to any bit."""


def rgb_to_bgr(image: ArrayT) -> ArrayT:
    """Exchange the first and the third channel.

    Parameters
    ----------
    image : (H, W, 3 or 4) or (N, H, W, 3 or 4); torch has channels before rows; any real dtype
        A fourth channel is alpha and stays where it is.

    Returns
    -------
    shape and dtype of `image`

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` has neither three nor four channels.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> rgb_to_bgr(np.array([[[1, 2, 3, 255]]], np.uint8)).tolist()
    [[[3, 2, 1, 255]]]
    """
    return _exchange(image)  # type: ignore[no-any-return]


def bgr_to_rgb(image: ArrayT) -> ArrayT:
    """Exchange the first and the third channel: `rgb_to_bgr` is its own inverse.

    Parameters
    ----------
    image : (H, W, 3 or 4) or (N, H, W, 3 or 4); torch has channels before rows; any real dtype
        A fourth channel is alpha and stays where it is.

    Returns
    -------
    shape and dtype of `image`

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` has neither three nor four channels.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> bgr_to_rgb(np.array([[[3, 2, 1]]], np.uint8)).tolist()
    [[[1, 2, 3]]]
    """
    return _exchange(image)  # type: ignore[no-any-return]


def _exchange(image: Any) -> Any:
    check_image(image)
    axis = channel_axis(image)
    if axis is None or channels_of(image) not in (3, 4):
        raise ValueError(f"image must have three or four channels, got shape {tuple(image.shape)}")
    which = kind(image)
    if which == "numpy" and axis == image.ndim - 1 and image.flags.c_contiguous and image.dtype in _SHUFFLED:
        return _exchange_interleaved(image)
    xp = namespace(image)
    if which == "torch" and image.shape[axis] == 3:
        return xp.flip(image, axis=axis)  # a copy, unlike NumPy's
    before = (slice(None),) * axis
    order = (2, 1, 0, 3)[: image.shape[axis]]
    return xp.stack([image[(*before, c, ...)] for c in order], axis=axis)


def _exchange_interleaved(image: Any) -> Any:
    """Let OpenCV shuffle interleaved channels; its height and width may be anything that multiplies to the pixels."""
    import cv2

    channels = image.shape[-1]
    code = cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA
    rows = image.reshape(-1, image.shape[-2], channels)
    return cv2.cvtColor(rows, code).reshape(image.shape)
