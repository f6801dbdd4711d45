"""One channel three times."""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands


@dispatched
def repeat_channel(image: Any, axis: int) -> Any:
    """Return `image`, whose `axis` has length 1, three times along it."""
    return namespace(image).concat((image,) * 3, axis=axis)


@implements(repeat_channel, "numpy")
def _repeat_opencv(image: Any, axis: int) -> Any:
    if axis != image.ndim - 1:
        return _repeat_planes(image, axis)
    if dtype_name(image) not in ("uint8", "uint16", "float32"):
        return np.repeat(image, 3, axis=axis).astype(image.dtype.newbyteorder("="), copy=False)
    import cv2

    rows = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("=")).reshape(-1, image.shape[-2])
    return cv2.cvtColor(rows, cv2.COLOR_GRAY2RGB).reshape(*image.shape[:-1], 3)


def _repeat_planes(image: Any, axis: int) -> Any:
    """Copy whole planes, as tensors have them: a thread reads its band once and writes it three times."""
    shape = (*image.shape[:axis], 3, *image.shape[axis + 1 :])
    planes = image.reshape(math.prod(shape[:axis]), -1)
    made = np.empty((len(planes), 3, planes.shape[1]), image.dtype.newbyteorder("="))

    def copy(first: int, last: int) -> None:
        for channel in range(3):
            made[:, channel, first:last] = planes[:, first:last]

    run_bands(copy, planes.shape[1], made.nbytes // 2)
    return made.reshape(shape)
