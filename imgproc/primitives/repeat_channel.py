"""One channel three times."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements


@dispatched
def repeat_channel(image: Any, axis: int) -> Any:
    """Return `image`, whose `axis` has length 1, three times along it."""
    return namespace(image).concat((image,) * 3, axis=axis)


@implements(repeat_channel, "numpy")
def _repeat_opencv(image: Any, axis: int) -> Any:
    if axis != image.ndim - 1 or dtype_name(image) not in ("uint8", "uint16", "float32"):
        return np.repeat(image, 3, axis=axis).astype(image.dtype.newbyteorder("="), copy=False)
    import cv2

    rows = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("=")).reshape(-1, image.shape[-2])
    return cv2.cvtColor(rows, cv2.COLOR_GRAY2RGB).reshape(*image.shape[:-1], 3)
