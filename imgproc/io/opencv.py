"""OpenCV as a strict codec between bytes and RGB arrays: a damaged stream is refused, never filled with gray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgproc.io.picture import UnreadableFileError


def decode_rgb(data: bytes, kind: str) -> NDArray[Any]:
    """Decode to (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16, without applying any orientation."""
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadableFileError(f"be a decodable {kind} file", f"error {error.err!r}") from error
    if image is None:
        raise UnreadableFileError(f"be a decodable {kind} file", "damaged or unsupported data")
    if image.ndim == 3:
        image = cv2.cvtColor(image, _swap_code(image), dst=image)
    decoded: NDArray[Any] = image
    return decoded


def encode_rgb(suffix: str, image: NDArray[Any], parameters: Sequence[int] = ()) -> bytes:
    """Encode (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16, in the format that `suffix` names."""
    import cv2

    try:
        swapped = image if image.ndim == 2 else cv2.cvtColor(image, _swap_code(image))
        done, encoded = cv2.imencode(suffix, swapped, parameters)
    except cv2.error as error:
        raise ValueError(f"image must fit the limits of {suffix}, got shape {image.shape}: {error.err}") from error
    if not done:
        raise ValueError(f"image must fit the limits of {suffix}, got shape {image.shape}")
    return bytes(encoded)


def _swap_code(image: NDArray[Any]) -> int:
    import cv2

    return cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB
