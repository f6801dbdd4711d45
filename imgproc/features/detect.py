"""Keypoints by OpenCV's SIFT and ORB, in the conventions of this library."""

from typing import Any, Literal

import numpy as np

from imgproc._array.convert import to_numpy, to_uint8
from imgproc._array.dtypes import is_float, work_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import channels_of, drop_channel, is_batch, size_of
from imgproc._checks import (
    check_choice,
    check_data_range,
    check_gray,
    check_image,
    check_integer,
    check_mask,
    check_rgb,
    check_same_kind,
)
from imgproc.color.gray import rgb_to_gray
from imgproc.features.keypoints import Keypoints
from imgproc.typing import ArrayT

_DESCRIPTORS = {"sift": (128, np.float32), "orb": (32, np.uint8)}
_ORB_RATIO, _ORB_LEVELS = 1.2, 8
_LONGEST_SIDE = 16383
"""OpenCV's resampling addresses pixels by 16-bit integers, and SIFT doubles the image first."""


def detect(
    image: ArrayT,
    *,
    method: Literal["sift", "orb"] = "sift",
    max_points: int = 2000,
    mask: ArrayT | None = None,
    data_range: tuple[float, float] | None = None,
) -> Keypoints:
    """Find points that can be found again in another view, and describe what is around them.

    Parameters
    ----------
    image : (H, W), or one image of one or three channels (RGB); NumPy, or torch on the host; any real dtype
    method : "sift" or "orb"
        SIFT finds blobs, to a fraction of a pixel, and is the more reliable; ORB finds corners and is faster.
    max_points : int >= 1
        The strongest so many are given.
    mask : bool, size of `image`, optional
        Where points may lie.
    data_range : (low, high), optional
        Values that mean black and white; needed for integers other than uint8 and uint16.

    Returns
    -------
    Keypoints
        Arrays of the kind of `image`; float32, or float64 for float64 and wide integers. None where nothing stands out.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or lies on a device: bring it down with `arrays.to_numpy`. `mask` is not
        bool.
    ValueError
        `image` is empty, a batch, has other channels, a NaN or infinity, or a side above 16383; `mask` has another
        size; `method`, `max_points` or `data_range` is out of range.

    Notes
    -----
    Not differentiable. The work is OpenCV's, on a gray image of 8 bits: `rgb_to_gray` and `to_uint8` are applied first.
    Points are unbiased, so that those of a mirrored image are mirrored: SIFT doubles the image about pixel centres
    (OpenCV's default is off by a quarter of a pixel), and the half pixel between ORB's levels is put right.

    References
    ----------
    .. [1] D. G. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004.
    .. [2] E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or SURF", ICCV 2011.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> blob = np.exp(-((x - 30) ** 2 + (y - 25) ** 2) / 32)
    >>> found = detect(blob, max_points=1)
    >>> found.points.round(1).tolist(), found.descriptors.shape
    ([[30.0, 25.0]], (1, 128))
    """
    check_image(image)
    if is_batch(image):
        shape = tuple(image.shape)  # type: ignore[attr-defined]
        raise ValueError(f"image must be one image, since each has its own number of points, got shape {shape}")
    (check_gray if channels_of(image) == 1 else check_rgb)(image)
    check_choice(method, ("sift", "orb"), "method")
    limit = check_integer(max_points, "max_points", at_least=1)
    if max(size_of(image)) > _LONGEST_SIDE:
        raise ValueError(f"image must have sides of at most {_LONGEST_SIDE} pixels, got {size_of(image)}")
    low_high = check_data_range(data_range, image)
    _check_on_host(image)
    allowed = None if mask is None else _check_mask(mask, image)
    if is_float(image) and not bool(namespace(image).all(namespace(image).isfinite(image))):
        raise ValueError("image must be finite, got NaN or infinity")
    gray = rgb_to_gray(image) if channels_of(image) == 3 else image
    levels = np.ascontiguousarray(to_uint8(to_numpy(drop_channel(gray)), data_range=low_high))
    arrays = (_find_sift if method == "sift" else _find_orb)(levels, allowed, limit)
    dtype = work_dtype(image)
    numbers = [part.astype(dtype) for part in arrays[:-1]]
    return Keypoints(*(_as_kind(part, image) for part in (*numbers, arrays[-1])))


def _check_on_host(image: Any) -> None:
    on_device = kind(image) == "cupy" or (kind(image) == "torch" and image.device.type != "cpu")
    if on_device:
        raise TypeError(f"image must be on the host: convert it with arrays.to_numpy, got one on {image.device}")


def _check_mask(mask: Any, image: Any) -> np.ndarray:
    check_mask(mask)
    check_same_kind(image=image, mask=mask)
    if is_batch(mask) or size_of(mask) != size_of(image):
        raise ValueError(f"mask must have the size of image, got {size_of(mask)} and {size_of(image)}")
    return np.ascontiguousarray(to_numpy(drop_channel(mask))).view(np.uint8) * np.uint8(255)


def _as_kind(values: np.ndarray, image: Any) -> Any:
    return namespace(image).asarray(values, device=getattr(image, "device", None))


def _find_sift(levels: np.ndarray, mask: np.ndarray | None, limit: int) -> tuple[np.ndarray, ...]:
    import cv2

    # OpenCV looks at the mask after it has chosen the strongest
    sift = cv2.SIFT.create(nfeatures=limit if mask is None else 0, enable_precise_upscale=True)
    found, descriptors = sift.detectAndCompute(levels, mask)
    return _gather(found, descriptors, levels.shape, limit, "sift")


def _find_orb(levels: np.ndarray, mask: np.ndarray | None, limit: int) -> tuple[np.ndarray, ...]:
    import cv2

    if min(levels.shape) < 2:  # its smallest level would have no pixel
        return _gather((), None, levels.shape, limit, "orb")
    orb = cv2.ORB.create(nfeatures=limit, scaleFactor=_ORB_RATIO, nlevels=_ORB_LEVELS)
    found, descriptors = orb.detectAndCompute(levels, mask)
    return _gather(found, descriptors, levels.shape, limit, "orb")


def _gather(found: Any, descriptors: Any, size: tuple[int, ...], limit: int, method: str) -> tuple[np.ndarray, ...]:
    """Return points, scales, angles, responses and descriptors of the strongest `limit` of OpenCV's keypoints."""
    length, dtype = _DESCRIPTORS[method]
    if len(found) == 0:
        return np.empty((0, 2)), np.empty(0), np.empty(0), np.empty(0), np.empty((0, length), dtype)
    x, y, diameter, degrees, response, octave = np.array(
        [(*p.pt, p.size, p.angle, p.response, p.octave) for p in found], np.float64
    ).T
    if method == "orb":
        x, y = _from_level(x, size[1], octave), _from_level(y, size[0], octave)
    turned = np.deg2rad(degrees)
    angle = np.where(turned > np.pi, turned - 2 * np.pi, turned)
    order = np.lexsort((angle, diameter, x, y, -response))[:limit]
    points = np.stack((x, y), axis=-1)
    return points[order], diameter[order] / 2, angle[order], response[order], descriptors[order]


def _from_level(position: np.ndarray, length: int, octave: np.ndarray) -> np.ndarray:
    """Undo ORB's product of position and nominal ratio, and map pixel centres of the level to those of the image."""
    ratio = _ORB_RATIO**octave
    side = np.rint(length / ratio)
    return np.asarray((np.rint(position / ratio) + 0.5) * (length / side) - 0.5)
