"""Shapes: gray morphology on the photo, the rest on the mask of its darker half."""

from typing import Any

import cv2
import kornia
import numpy as np
import skimage.morphology
import torch
from scipy import ndimage

from benchmarks.case import Case, Peer
from imgproc import morphology

_REFLECT = cv2.BORDER_REFLECT_101
_SQUARE = np.ones((5, 5), np.uint8)
_DISK = morphology.disk(10).astype(np.uint8)


def _mask(image: np.ndarray) -> tuple[Any, ...]:
    gray = cv2.GaussianBlur(image, (0, 0), 2)
    return (gray < np.median(gray),)


def _windows(x: np.ndarray, footprint: np.ndarray, extreme: Any) -> np.ndarray:
    widths = [(side // 2, side // 2) for side in footprint.shape] + [(0, 0)] * (x.ndim - 2)
    padded = np.pad(x, widths, "reflect")
    height, width = x.shape[:2]
    shifts = (padded[i : i + height, j : j + width] for i, j in zip(*np.nonzero(footprint), strict=True))
    return extreme.reduce(np.stack(tuple(shifts)), axis=0)


def _gray(name: str, ours: Any, footprint: np.ndarray, operation: int, scipy_name: str, kornia_name: str) -> Case:
    kernel = torch.from_numpy(footprint).float()
    size = footprint.shape
    by_scipy, by_kornia = getattr(ndimage, scipy_name), getattr(kornia.morphology, kornia_name)
    first, second = (np.minimum, np.maximum) if operation == cv2.MORPH_OPEN else (np.minimum, None)

    def exact(x: np.ndarray) -> np.ndarray:
        eroded = _windows(x, footprint, first)
        return eroded if second is None else _windows(eroded, footprint, second)

    return Case(
        name,
        "exact; mirrored at the border",
        lambda x: ours(x, footprint),
        exact,
        (
            Peer("OpenCV", lambda x: cv2.morphologyEx(x, operation, footprint, borderType=_REFLECT), note="hides NaN"),
            Peer(
                "SciPy",
                lambda x: by_scipy(x, footprint=footprint, mode="mirror"),
                layouts=("gray",),
            ),
            Peer(
                "kornia",
                lambda x: by_kornia(
                    x, kernel, border_type="reflect", engine="unfold" if size < (9, 9) else "convolution"
                ),
                dtypes=("float32",),
                layouts=("gray",),
                on="torch",
            ),
        ),
        with_memory=True,
    )


def _both(x: np.ndarray, first: Any, second: Any) -> np.ndarray:
    return _windows(_windows(x, _SQUARE, first), _SQUARE, second)


def _residue(ours: Any, definition: str, exact: Any, operation: int) -> Case:
    by_scipy = getattr(ndimage, ours.__name__)
    return Case(
        f"{ours.__name__} 5x5",
        definition,
        lambda x: ours(x, _SQUARE),
        exact,
        (
            Peer("OpenCV", lambda x: cv2.morphologyEx(x, operation, _SQUARE, borderType=_REFLECT), note="hides NaN"),
            Peer("SciPy", lambda x: by_scipy(x, footprint=_SQUARE, mode="mirror"), layouts=("gray",)),
        ),
        with_memory=True,
    )


def _distance_by_scipy(mask: np.ndarray) -> np.ndarray:
    return ndimage.distance_transform_edt(mask)  # type: ignore[no-any-return]


def _label_by_scipy(mask: np.ndarray) -> np.ndarray:
    return ndimage.label(mask, np.ones((3, 3)))[0]  # type: ignore[no-any-return]


def _as_bytes(call: Any) -> Any:
    return lambda mask: call(mask.view(np.uint8))


def _differing_partitions(result: np.ndarray, exact: np.ndarray) -> float:
    """Return the share of pixels that leave the one-to-one mapping between two labellings."""
    pairs = np.unique(np.stack((result.ravel(), exact.ravel())), axis=1)
    return float(pairs.shape[1] - max(len(np.unique(pairs[0])), len(np.unique(pairs[1])))) / result.size


_MASKS: dict[str, Any] = {"dtypes": ("uint8",), "layouts": ("gray",), "operands": _mask}

CASES = (
    _gray("erode 5x5", morphology.erode, _SQUARE, cv2.MORPH_ERODE, "grey_erosion", "erosion"),
    _gray("erode disk 10", morphology.erode, _DISK, cv2.MORPH_ERODE, "grey_erosion", "erosion"),
    _gray("opening 5x5", morphology.opening, _SQUARE, cv2.MORPH_OPEN, "grey_opening", "opening"),
    _residue(
        morphology.white_tophat,
        "image less its opening, mirrored at the border",
        lambda x: x - _both(x, np.minimum, np.maximum),
        cv2.MORPH_TOPHAT,
    ),
    _residue(
        morphology.black_tophat,
        "closing less the image, mirrored at the border",
        lambda x: _both(x, np.maximum, np.minimum) - x,
        cv2.MORPH_BLACKHAT,
    ),
    _residue(
        morphology.morphological_gradient,
        "greatest less least value, mirrored at the border",
        lambda x: _windows(x, _SQUARE, np.maximum) - _windows(x, _SQUARE, np.minimum),
        cv2.MORPH_GRADIENT,
    ),
    Case(
        "distance_transform",
        "Euclidean distance to the nearest False pixel",
        morphology.distance_transform,
        _distance_by_scipy,
        (
            Peer(
                "OpenCV",
                _as_bytes(lambda x: cv2.distanceTransform(x, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)),
                note="float32 sums inside",
            ),
            Peer(
                "OpenCV 5x5",
                _as_bytes(lambda x: cv2.distanceTransform(x, cv2.DIST_L2, 5)),
                differs="approximate",
            ),
            Peer("SciPy", _distance_by_scipy),
        ),
        **_MASKS,
    ),
    Case(
        "skeletonize",
        "one pixel wide, connected as before",
        morphology.skeletonize,
        None,
        (
            Peer("scikit-image", skimage.morphology.skeletonize, note="keeps corners of stairs"),
            Peer("scikit-image lee", lambda x: skimage.morphology.skeletonize(x, method="lee"), differs="Lee 1994"),
        ),
        **_MASKS,
    ),
    Case(
        "label",
        "components of eight neighbours",
        morphology.label,
        _label_by_scipy,
        (
            Peer("OpenCV", _as_bytes(lambda x: cv2.connectedComponents(x)[1]), note="numbered in another order"),
            Peer("SciPy", _label_by_scipy),
            Peer("scikit-image", lambda x: skimage.morphology.label(x, connectivity=2)),
        ),
        error=_differing_partitions,
        **_MASKS,
    ),
    Case(
        "fill_holes",
        "background that does not reach the edge",
        morphology.fill_holes,
        ndimage.binary_fill_holes,
        (Peer("SciPy", ndimage.binary_fill_holes),),
        **_MASKS,
    ),
    Case(
        "remove_small",
        "components of at least 64 pixels",
        morphology.remove_small,
        lambda x: skimage.morphology.remove_small_objects(x > 0, max_size=63, connectivity=2),
        (
            Peer(
                "scikit-image",
                lambda x: skimage.morphology.remove_small_objects(x, max_size=63, connectivity=2),
            ),
        ),
        **_MASKS,
    ),
)
