"""Boxes that may hold an object, by joining regions that look alike."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from imgproc._array.convert import to_numpy, to_uint8
from imgproc._array.dtypes import parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._array.layout import is_batch
from imgproc._checks import (
    check_choice,
    check_data_range,
    check_finite,
    check_image,
    check_integer,
    check_number,
    check_rgb,
    check_rng,
)
from imgproc.color.gray import rgb_to_gray
from imgproc.color.hsv import rgb_to_hsv
from imgproc.color.lab import rgb_to_lab
from imgproc.edges.gradients import gaussian_gradient
from imgproc.filters.gaussian import check_sigma
from imgproc.primitives.region_grouping import describe_regions, group_regions
from imgproc.segmentation.felzenszwalb import felzenszwalb
from imgproc.segmentation.region_adjacency import region_adjacency
from imgproc.typing import ArrayT

_SPACES = ("rgb", "gray", "hsv", "lab")


def selective_search(
    image: ArrayT,
    *,
    scales: Sequence[float] = (50.0, 100.0),
    spaces: Sequence[Literal["rgb", "gray", "hsv", "lab"]] = ("hsv", "lab"),
    sigma: float = 0.8,
    min_size: int = 20,
    max_boxes: int | None = None,
    rng: int | np.random.Generator = 0,
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Propose boxes that may hold an object: those of regions, and of neighbours that look alike joined together.

    Parameters
    ----------
    image : (H, W, 3); torch (3, H, W); any real dtype
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    scales : levels of 0-255, >= 0
        Of `felzenszwalb`, by which the first regions are found: one hierarchy for each, and colour space.
    spaces : "rgb", "gray", "hsv" and "lab"
        Colour spaces, each taken to 0-255.
    sigma : pixels, >= 0
        Width of the Gaussian that smooths before the first regions are found.
    min_size : pixels, >= 1
        Least of the first regions.
    max_boxes : int >= 1, optional
        The most promising so many are given.
    rng : int or numpy.random.Generator
        Draws the order, see Notes.
    data_range : (low, high), optional
        Values that mean black and white; needed for integers other than uint8 and uint16.

    Returns
    -------
    (N, 4); float32, or float64 for float64 and wide integers
        Boxes (x1, y1, x2, y2) in edge coordinates, each once, most promising first. The whole image is among them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty, a batch, has not three channels, or has NaN or infinity; a parameter is out of range.

    Notes
    -----
    Not differentiable. For each scale and space, two hierarchies are grown: by similarity of colour, texture, size and
    fill, and by the last three, as the "fast" setting of the paper. Within one, the k-th last region made is worth k
    times a random number; boxes are sorted by that, so that large ones of all hierarchies come first, but not alone.

    Texture is counted as the paper does, over 8 orientations of derivatives of a Gaussian of one pixel, in 10 bins of 5
    levels per pixel. The work is done on 8 bits, on the host: from a device the image comes down and boxes go up.

    References
    ----------
    .. [1] J. R. R. Uijlings, K. E. A. van de Sande, T. Gevers and A. W. M. Smeulders, "Selective search for object
       recognition", IJCV 104(2), 2013, sections 3 and 4.2.

    Examples
    --------
    >>> scene = np.zeros((40, 60, 3)); scene[10:30, 5:25] = 1, 0, 0
    >>> selective_search(scene, sigma=0).tolist()
    [[0.0, 0.0, 60.0, 40.0], [5.0, 10.0, 25.0, 30.0]]
    """
    check_image(image)
    if is_batch(image):
        shape = tuple(image.shape)  # type: ignore[attr-defined]
        raise ValueError(f"image must be one image, since each has its own number of boxes, got shape {shape}")
    check_rgb(image)
    numbers = [check_number(scale, "scales", at_least=0.0) for scale in _check_listed(scales, "scales")]
    words = [check_choice(space, _SPACES, "spaces") for space in _check_listed(spaces, "spaces")]
    width, _ = check_sigma(sigma, 4.0)
    least = check_integer(min_size, "min_size", at_least=1)
    limit = None if max_boxes is None else check_integer(max_boxes, "max_boxes", at_least=1)
    draws = check_rng(rng)
    low_high = check_data_range(data_range, image)
    check_finite(image=image, wait=True)
    levels = to_uint8(_bring_to_host(image), data_range=low_high)
    hierarchies = []
    for space in words:
        picture = _in_space(levels, space)
        for scale in numbers:
            hierarchies += _grow(picture, scale, width, least)
    boxes = _rank(hierarchies, draws)[:limit].astype(parameter_dtype(image))
    return namespace(image).asarray(boxes, device=image.device)  # type: ignore[no-any-return, attr-defined]


def _check_listed(values: Any, name: str) -> list[Any]:
    """Require a tuple or a list with something in it."""
    if not isinstance(values, tuple | list):
        raise TypeError(f"{name} must be a tuple or a list, got {values!r}")
    if len(values) == 0:
        raise ValueError(f"{name} must not be empty, got {values!r}")
    return list(values)


def _bring_to_host(image: Any) -> np.ndarray:
    return to_numpy(image)


def _in_space(levels: np.ndarray, space: str) -> np.ndarray:
    """Return uint8 (H, W, C), the range of each channel taken to 0-255."""
    if space == "rgb":
        return levels
    if space == "gray":
        return np.asarray(rgb_to_gray(levels))[..., None]
    if space == "hsv":
        return np.asarray(to_uint8(rgb_to_hsv(levels)))
    lab = rgb_to_lab(levels)
    return np.asarray(to_uint8((lab + np.array([0, 128, 128], np.float32)) / np.array([100, 255, 255], np.float32)))


def _grow(picture: np.ndarray, scale: float, sigma: float, min_size: int) -> list[np.ndarray]:
    """Return the boxes of two hierarchies over the same first regions, in the order of making."""
    labels = felzenszwalb(picture, scale, sigma=sigma, min_size=min_size)
    gx, gy = (np.ascontiguousarray(np.moveaxis(x, -1, 0)) for x in gaussian_gradient(picture, 1.0))
    described = describe_regions(labels, np.ascontiguousarray(np.moveaxis(picture, -1, 0)), gx, gy)
    pairs = region_adjacency(labels, connectivity=8)
    return [group_regions(pairs, *described, with_color=with_color) for with_color in (True, False)]


def _rank(hierarchies: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return each box once, most promising first."""
    values = [rng.random(len(boxes)) * np.arange(len(boxes), 0, -1) for boxes in hierarchies]
    ranked = np.concatenate(hierarchies)[np.argsort(np.concatenate(values), kind="stable")]
    _, first = np.unique(ranked, axis=0, return_index=True)
    return ranked[np.sort(first)]
