"""Segmenting an image by clustering its pixels."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, restore
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch, size_of, spatial_axes
from imgproc._checks import check_data_range, check_finite, check_image, check_integer, check_number, check_rng
from imgproc.filters.gaussian import gaussian_weights
from imgproc.primitives._stack import stack_images, unstack_images, unstack_labels
from imgproc.primitives.correlate import correlate_separable
from imgproc.primitives.distinct_rows import can_pack, distinct_rows
from imgproc.primitives.nearest_center import as_columns
from imgproc.segmentation.kmeans import KMeans, check_kmeans_options, cluster
from imgproc.typing import ArrayT

_TEXTURE_SIGMA = 2.0
"""Pixels, of the window in which texture is measured."""

_GREATEST_K = 65536


def segment_kmeans(
    image: ArrayT,
    k: int,
    *,
    spatial_weight: float = 0.0,
    texture_weight: float = 0.0,
    rng: int | np.random.Generator = 0,
    n_init: int = 1,
    max_iterations: int = 100,
    tolerance: float = 1e-4,
    data_range: float | tuple[float, float] | None = None,
) -> ArrayT:
    """Divide an image into k groups of pixels alike in colour and, as weighted, in place and texture.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype, finite
        Each image of a batch is divided by itself.
    k : int, 1 to the number of pixels
    spatial_weight : >= 0
        Of (x, y), which run to 1 along the longer side; channels run from 0 to 1. The larger, the more compact.
    texture_weight : >= 0
        Of the standard deviation of each channel, within a Gaussian of sigma 2 about the pixel.
    rng, n_init, max_iterations, tolerance
        As in `kmeans`.
    data_range : number or (low, high), optional
        What is taken for 0 to 1; a number stands for (0, number). Floats, masks, uint8 and uint16 have a range of their
        own, other integers need it.

    Returns
    -------
    int32, (H, W) or (N, H, W, 1); torch (H, W) or (N, 1, H, W)
        Labels from 0 to k - 1, in the order of the clusters' means.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is of another type.
    ValueError
        `image` is empty, of another rank or not finite; a parameter is out of range.

    Notes
    -----
    Not differentiable. Pixels of one cluster need not be connected: `morphology.label` parts them. Waits for a device
    in every iteration.

    References
    ----------
    .. [1] As for `kmeans`; D. A. Forsyth and J. Ponce, "Computer Vision", 2nd ed., 2011, section 9.3.3.

    Examples
    --------
    >>> segment_kmeans(np.array([[10, 12, 200, 198]], np.uint8), 2).tolist()
    [[0, 0, 1, 1]]
    """
    options = _check(image, k, rng, n_init, max_iterations, tolerance)
    place = check_number(spatial_weight, "spatial_weight", at_least=0.0)
    texture = check_number(texture_weight, "texture_weight", at_least=0.0)
    if data_range is not None and not isinstance(data_range, tuple | list):
        data_range = (0.0, check_number(data_range, "data_range", above=0.0))
    low, high = check_data_range(data_range, image)
    xp: Any = namespace(image)
    labels = []
    for i, rows in enumerate(_rows(image)):
        one: Any = image[i, ...] if is_batch(image) else image  # type: ignore[index]
        if place == texture == 0:
            found, index = _cluster_colors(rows, k, rng, options)
        else:
            scaled = (lift(rows) - low) / (high - low)
            parts = [scaled]
            if place:
                parts.append(place * _positions(one, scaled))
            if texture:
                parts.append(texture * _texture(one) / (high - low))
            columns = as_columns(xp.concat(parts, axis=1))
            weights = xp.ones(columns.shape[1], dtype=xp.float64, device=columns.device)
            found = cluster(columns, weights, k, rng, options)
            index = found.labels
        labels.append(xp.take(_ranks(found), cast_to(index, "int64")))
    stack = xp.reshape(xp.stack(labels), (len(labels), *size_of(image)))
    return unstack_labels(stack, image)  # type: ignore[no-any-return]


def quantize_colors(
    image: ArrayT,
    k: int,
    *,
    rng: int | np.random.Generator = 0,
    n_init: int = 1,
    max_iterations: int = 100,
    tolerance: float = 1e-4,
) -> ArrayT:
    """Paint an image with the k colours that serve it best.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype, finite
        Each image of a batch has a palette of its own.
    k : int, 1 to the number of pixels
    rng, n_init, max_iterations, tolerance
        As in `kmeans`.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        At most k different colours, rounded once for integers.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is of another type.
    ValueError
        `image` is empty, of another rank or not finite; a parameter is out of range.

    Notes
    -----
    Not differentiable. The palette is that of `kmeans` on the colours, each counted as often as it occurs. Waits for a
    device in every iteration.

    References
    ----------
    .. [1] M. E. Celebi, "Improving the performance of k-means for color quantization", Image and Vision Computing
       29(4), 2011, section 3.

    Examples
    --------
    >>> quantize_colors(np.array([[10, 12, 200, 198]], np.uint8), 2).tolist()
    [[11, 11, 199, 199]]
    """
    options = _check(image, k, rng, n_init, max_iterations, tolerance)
    xp: Any = namespace(image)
    painted = []
    for rows in _rows(image):
        found, index = _cluster_colors(rows, k, rng, options)
        painted.append(xp.take(found.centers, cast_to(index, "int64"), axis=0))
    return restore(_as_image(painted, image), image)  # type: ignore[no-any-return]


def _check(image: Any, k: Any, rng: Any, n_init: Any, max_iterations: Any, tolerance: Any) -> tuple[int, int, float]:
    check_image(image)
    height, width = (image.shape[axis] for axis in spatial_axes(image))
    check_integer(k, "k", at_least=1, at_most=min(height * width, _GREATEST_K))
    check_rng(rng)
    options = check_kmeans_options(n_init, max_iterations, tolerance)
    check_finite(wait=True, image=image)
    return options


def _rows(image: Any) -> list[Any]:
    """Return the pixels of each image as rows (H W, C)."""
    xp, stack = namespace(image), stack_images(image)
    rows = xp.reshape(xp.moveaxis(stack, 1, -1), (stack.shape[0], -1, stack.shape[1]))
    return [rows[i, ...] for i in range(stack.shape[0])]


def _cluster_colors(rows: Any, k: int, rng: Any, options: tuple[int, int, float]) -> tuple[KMeans, Any]:
    """Cluster the colours of rows, each once where they repeat; return the clusters and the label of each row."""
    xp = namespace(rows)
    if not can_pack(rows.shape[1], dtype_name(rows)):
        weights = xp.ones(rows.shape[0], dtype=xp.float64, device=rows.device)
        found = cluster(as_columns(lift(rows)), weights, k, rng, options)
        return found, found.labels
    colors, counts, places = distinct_rows(rows)
    found = cluster(as_columns(lift(colors)), cast_to(counts, "float64"), k, rng, options)
    return found, xp.take(found.labels, places)


def _positions(one: Any, rows: Any) -> Any:
    """Return (x, y) of each pixel over the longer side."""
    xp = namespace(one)
    height, width = (one.shape[axis] for axis in spatial_axes(one))
    y = xp.arange(height, dtype=rows.dtype, device=rows.device)[:, None] + xp.zeros(
        (1, width), dtype=rows.dtype, device=rows.device
    )
    x = xp.arange(width, dtype=rows.dtype, device=rows.device)[None, :] + xp.zeros(
        (height, 1), dtype=rows.dtype, device=rows.device
    )
    return xp.stack([xp.reshape(x, (-1,)), xp.reshape(y, (-1,))], axis=1) / max(height, width)


def _texture(one: Any) -> Any:
    """Return the standard deviation of each channel around each pixel, as rows."""
    exact, axes = lift(one), spatial_axes(one)
    weights = gaussian_weights(_TEXTURE_SIGMA, 4.0, 0)
    xp = namespace(exact)
    centred = exact - xp.mean(exact, axis=axes, keepdims=True)
    mean, square = (
        correlate_separable(x, weights, weights, axes, "reflect", 0.0, dtype_name(exact))
        for x in (centred, centred * centred)
    )
    variance = square - mean * mean
    spread = xp.sqrt(xp.where(variance > 0, variance, xp.zeros_like(variance)))
    return _rows(spread)[0]


def _ranks(found: KMeans) -> Any:
    """Return the new number of each cluster: sorted by the sum of the centre's coordinates."""
    xp: Any = namespace(found.centers)
    order = xp.argsort(xp.sum(found.centers, axis=1))
    return cast_to(xp.argsort(order), "int32")


def _as_image(rows: list[Any], image: Any) -> Any:
    xp = namespace(image)
    height, width = size_of(image)
    last = xp.reshape(xp.stack(rows), (len(rows), height, width, rows[0].shape[1]))
    return unstack_images(xp.moveaxis(last, -1, 1), image)
