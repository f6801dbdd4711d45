"""Correlation with a kernel given by the caller."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import is_real
from imgproc._array.kinds import find_kind
from imgproc._array.layout import spatial_axes
from imgproc._checks import LARGEST_SIZE, check_border, check_image, check_same_kind
from imgproc.primitives.correlate import correlate_full, kernel_shape
from imgproc.typing import Array, ArrayT, Border


def correlate(image: ArrayT, kernel: Array, *, border: Border = "reflect", fill: float = 0.0) -> ArrayT:
    """Correlate with a kernel: at each pixel, the sum of kernel values times the pixels under them.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    kernel : (rows, columns), finite
        A NumPy array or nested sequence for any kind of image, or an array of the image's library (gradients flow to a
        tensor). The anchor is at (rows // 2, columns // 2). Every channel is correlated with the same kernel.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    float32 or float64, shape of `image`

    Raises
    ------
    TypeError
        `image` or `kernel` is no array of a real dtype, or `kernel` is of a third library.
    ValueError
        `image` is empty or of another rank; `kernel` is not two-dimensional, empty or not finite; `border` or `fill` is
        no border.

    Notes
    -----
    Differentiable with respect to both. A NaN reaches every pixel whose window holds it, under zeros of the kernel too.

    Examples
    --------
    >>> impulse = np.zeros((3, 4)); impulse[1, 1] = 1
    >>> correlate(impulse, [[1, 2, 3]], border="edge")[1].tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
    check_image(image)
    outside = check_border(border, fill, image)
    weights = check_kernel(kernel, image)
    rows, columns = kernel_shape(weights)
    return correlate_full(image, weights, (rows // 2, columns // 2), spatial_axes(image), border, outside)  # type: ignore[no-any-return]


def check_kernel(kernel: Any, image: Any) -> Any:
    """Require a finite 2-D kernel; return host kernels as nested tuples of floats, others as they are."""
    if find_kind(kernel) not in (None, "numpy"):
        check_same_kind(image=image, kernel=kernel)
        if not is_real(kernel):
            raise TypeError(f"kernel must be real, got dtype {kernel.dtype}")
        _check_kernel_shape(tuple(kernel.shape))
        return kernel
    try:
        values = np.asarray(kernel)
    except ValueError:
        raise ValueError("kernel must be two-dimensional, got rows of different lengths") from None
    if values.dtype.kind not in "biuf":
        raise TypeError(f"kernel must be real, got dtype {values.dtype}")
    _check_kernel_shape(values.shape)
    if not np.isfinite(values).all():
        raise ValueError("kernel must be finite, got NaN or infinity")
    return tuple(map(tuple, values.astype(np.float64).tolist()))


def _check_kernel_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or 0 in shape or max(shape) > LARGEST_SIZE:
        raise ValueError(f"kernel must be (rows, columns), each from 1 to {LARGEST_SIZE}, got shape {shape}")
