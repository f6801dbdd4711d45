"""Colour moved along the principal axes of its own distribution."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, work_dtype
from imgproc._array.kinds import find_kind, kind, namespace
from imgproc._array.layout import channel_axis, is_batch
from imgproc._checks import check_array, check_data_range, check_rgb, check_same_kind
from imgproc.primitives.color_spaces import split
from imgproc.primitives.symmetric_eigen import eigen3
from imgproc.primitives.transfer import to_unit
from imgproc.typing import Array, ArrayT


def pca_color(
    image: ArrayT, alphas: Array, *, covariance: Array | None = None, data_range: tuple[float, float] | None = None
) -> ArrayT:
    """Add to every pixel the principal axes of colour, each times its variance and a weight.

    Parameters
    ----------
    image : (H, W, 3) or (N, H, W, 3); torch (3, H, W) or (N, 3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    alphas : (3,) or (N, 3)
        Weight of each axis, that of greatest variance first; the paper draws them from a normal distribution
        of standard deviation 0.1 for each image.
    covariance : (3, 3), optional
        Of RGB in [0, 1] over a data set; by default that of each image over its own pixels.
    data_range : (low, high), optional
        Values that mean black and white; needed for other integers.

    Returns
    -------
    shape of `image`; float32, or float64 for float64 and wide integers
        RGB in [0, 1] plus the sum of alpha times variance times axis; not clipped.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter holds no real numbers.
    ValueError
        `image` has not three channels, `alphas` or `covariance` has another shape, or `data_range` is missing or not
        increasing.

    Notes
    -----
    Differentiable once, by first-order perturbation of the axes; axes of equal variance are held. An axis has length 1,
    and its largest component is positive; of components that equal it within a thousandth the first counts. A NaN in an
    image makes all of it NaN.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks",
       NIPS 2012, section 4.1.

    Examples
    --------
    >>> image = np.array([[[0.0, 0.5, 0.5], [1.0, 0.5, 0.5]]])  # varies in red alone, by 0.25
    >>> pca_color(image, (1.0, 0.0, 0.0)).tolist()
    [[[0.25, 0.5, 0.5], [1.25, 0.5, 0.5]]]
    """
    check_rgb(image)
    low, high = check_data_range(data_range, image)
    axis = channel_axis(image)
    assert axis is not None  # check_rgb has seen to it
    images = image.shape[0] if is_batch(image) else 1  # type: ignore[attr-defined]
    weights = _parameter(alphas, "alphas", ((3,), (images, 3)), image)
    unit = to_unit(image, low, high)
    if covariance is None:
        matrix = _covariance(unit, axis)
    else:
        matrix = _parameter(covariance, "covariance", ((3, 3),), image)
    variances, axes = eigen3(matrix)
    xp = namespace(unit)
    rank = unit.ndim
    shift = xp.sum(xp.expand_dims(weights * variances, axis=-2) * axes, axis=-1)  # ([N,] 3)
    shape = [1] * rank
    shape[axis] = 3
    if is_batch(image) and shift.ndim == 2:
        shape[0] = images
    return unit + xp.reshape(cast_to(shift, work_dtype(image)), tuple(shape))  # type: ignore[no-any-return]


def _covariance(unit: Any, axis: int) -> Any:
    """Return ([N,] 3, 3), summed in float64, on NumPy in one order whatever the strides."""
    unit = np.ascontiguousarray(unit) if kind(unit) == "numpy" else unit
    xp = namespace(unit)
    channels = split(unit, axis)
    pixels = (-2, -1)
    count = channels[0].shape[-2] * channels[0].shape[-1]

    def mean(values: Any, *, keepdims: bool = False) -> Any:
        return xp.sum(values, axis=pixels, dtype=xp.float64, keepdims=keepdims) / count

    centred = [c - cast_to(mean(c, keepdims=True), dtype_name(c)) for c in channels]
    moments = {(i, j): mean(centred[i] * centred[j]) for i in range(3) for j in range(i, 3)}
    return xp.stack([xp.stack([moments[min(i, j), max(i, j)] for j in range(3)], axis=-1) for i in range(3)], axis=-2)


def _parameter(values: Any, name: str, shapes: tuple[tuple[int, ...], ...], image: Any) -> Any:
    """Require finite numbers of one of `shapes`; return them as float64 where `image` lies."""
    wanted = " or ".join(str(shape) for shape in dict.fromkeys(shapes))
    if find_kind(values) not in (None, "numpy"):
        check_same_kind(image=image, **{name: values})
        check_array(values, name)
        if tuple(values.shape) not in shapes:
            raise ValueError(f"{name} must have shape {wanted}, got {tuple(values.shape)}")
        return cast_to(values, "float64")
    try:
        array = np.array(values)
    except ValueError:
        raise ValueError(f"{name} must have shape {wanted}, got {values!r}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {values!r}")
    if array.shape not in shapes:
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {values!r}")
    return namespace(image).asarray(array.astype(np.float64), device=image.device)
