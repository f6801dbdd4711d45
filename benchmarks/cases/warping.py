"""Warps, maps and turns."""

from typing import Any

import cv2
import kornia
import numpy as np
import scipy.ndimage
import skimage.transform
import torch
from numpy.typing import NDArray

from benchmarks.case import Case, Peer
from imgproc import geometry
from imgproc._dispatch import reference_only
from imgproc.arrays import to_numpy, to_torch

_ANGLE = 0.2
_A_QUARTER = "weights of a = -3/4"
_GRID = "positions on a grid of 1/32 pixel"


def _affine(image: np.ndarray) -> NDArray[np.float64]:
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    return np.asarray(geometry.rotation(_ANGLE, middle))


def _projective(image: np.ndarray) -> NDArray[np.float64]:
    side = image.shape[0]
    return np.array([[1.05, 0.1, -0.05 * side], [-0.08, 0.95, 0.02 * side], [0.1 / side, -0.05 / side, 1.0]])


def _with_affine(image: np.ndarray) -> tuple[Any, ...]:
    return image, _affine(image)


def _with_projective(image: np.ndarray) -> tuple[Any, ...]:
    return image, _projective(image)


def _with_map(image: np.ndarray) -> tuple[Any, ...]:
    v, u = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    swirl = np.stack((u + 9 * np.sin(v / 40), v + 9 * np.cos(u / 30)), axis=-1)
    return image, swirl.astype(np.float32)


def _exact(interpolation: str) -> Any:
    def call(image: np.ndarray, matrix: np.ndarray) -> Any:
        with reference_only():
            exact = geometry.warp(image.astype(np.float64), matrix, interpolation=interpolation)  # type: ignore[arg-type]
        return np.clip(exact, 0, 255) if image.dtype == np.uint8 else exact

    return call


def _exact_map(image: np.ndarray, xy: np.ndarray) -> Any:
    with reference_only():
        return geometry.remap(image.astype(np.float64), xy)


def _by_opencv(flags: int) -> Any:
    def call(image: np.ndarray, matrix: np.ndarray) -> Any:
        size = (image.shape[1], image.shape[0])
        if matrix[2, 0] == 0:
            return cv2.warpAffine(image, matrix[:2], size, flags=flags)
        return cv2.warpPerspective(image, matrix, size, flags=flags)

    return call


def _by_skimage(order: int) -> Any:
    def call(image: np.ndarray, matrix: np.ndarray) -> Any:
        back = np.linalg.inv(matrix)
        return skimage.transform.warp(image, back, order=order, preserve_range=True, clip=False)

    return call


def _scipy_affine(image: np.ndarray, matrix: np.ndarray) -> Any:
    back = np.linalg.inv(matrix)[:2]
    turned, offset = back[::-1, 1::-1], back[::-1, 2]
    return scipy.ndimage.affine_transform(image, turned, offset, order=1, mode="grid-constant")


def _peers(order: int, flags: int, differs: str = "", dtypes: tuple[str, ...] = ("uint8", "float32")) -> Any:
    return (
        Peer("OpenCV", _by_opencv(flags), differs=differs, margin=2),
        Peer("scikit-image", _by_skimage(order), margin=2, note="borders blend otherwise, left out of its error"),
    )


def _images(count: int) -> Any:
    """Give (count, 3, H, W) of a photo; in a dict, so that nobody takes the tensor apart."""
    return lambda image: ({"images": to_torch(image).contiguous().repeat(count, 1, 1, 1)},)


def _there_and_back(warp: Any) -> Any:
    """Warp images, each by its own matrix, and take the gradients of a sum of squares to both."""

    def call(sample: dict[str, torch.Tensor]) -> Any:
        images = sample["images"].detach().requires_grad_()
        move = torch.from_numpy(_projective(np.empty(images.shape[-2:])))
        matrices = move.to(images.dtype).repeat(len(images), 1, 1).requires_grad_()
        with torch.enable_grad():
            warp(images, matrices).square().sum().backward()
        return images.grad

    return call


def _exact_there_and_back(sample: dict[str, torch.Tensor]) -> Any:
    with reference_only():
        return np.asarray(to_numpy(_there_and_back(geometry.warp)({"images": sample["images"][:1].double()})[0]))


def _by_kornia(images: torch.Tensor, matrices: torch.Tensor) -> Any:
    return kornia.geometry.warp_perspective(images, matrices, (images.shape[-2], images.shape[-1]))


def _with_gradients(name: str, count: int, side: int) -> Case:
    return Case(
        f"warp, gradients, {name}",
        "warp of torch tensors by projective matrices, and back: the gradients to images and matrices; the error is "
        "that of the images', by the reference body in float64",
        _there_and_back(geometry.warp),
        _exact_there_and_back,
        (Peer("kornia", _there_and_back(_by_kornia), note="torch's grid_sample, positions in float32"),),
        operands=_images(count),
        dtypes=("float32",),
        layouts=("rgb",),
        sizes=(side,),
    )


CASES = (
    Case(
        "warp, affine, linear",
        "bilinear in float64 by the reference body",
        lambda image, matrix: geometry.warp(image, matrix),
        _exact("linear"),
        (
            *_peers(1, cv2.INTER_LINEAR),
            Peer("SciPy", _scipy_affine, layouts=("gray",), note="affine_transform, order 1"),
        ),
        operands=_with_affine,
        with_memory=True,
    ),
    Case(
        "warp, projective, linear",
        "bilinear in float64 by the reference body",
        lambda image, matrix: geometry.warp(image, matrix),
        _exact("linear"),
        _peers(1, cv2.INTER_LINEAR),
        operands=_with_projective,
        with_memory=True,
    ),
    Case(
        "warp, affine, nearest",
        "the nearest pixel by the reference body; the error is the share of pixels that differ",
        lambda image, matrix: geometry.warp(image, matrix, interpolation="nearest"),
        _exact("nearest"),
        _peers(0, cv2.INTER_NEAREST),
        operands=_with_affine,
        error=lambda result, exact: float((result != exact).mean()),
    ),
    Case(
        "warp, projective, cubic",
        "Keys' kernel, a = -1/2, in float64 by the reference body",
        lambda image, matrix: geometry.warp(image, matrix, interpolation="cubic"),
        _exact("cubic"),
        _peers(3, cv2.INTER_CUBIC, differs=_A_QUARTER),
        operands=_with_projective,
        with_memory=True,
    ),
    Case(
        "warp, affine, lanczos",
        "three lobes, in float64 by the reference body",
        lambda image, matrix: geometry.warp(image, matrix, interpolation="lanczos"),
        _exact("lanczos"),
        (Peer("OpenCV", _by_opencv(cv2.INTER_LANCZOS4), differs=f"four lobes, {_GRID}"),),
        operands=_with_affine,
        layouts=("gray",),
    ),
    Case(
        "remap, linear",
        "bilinear in float64 by the reference body, at positions in float32",
        lambda image, xy: geometry.remap(image, xy),
        _exact_map,
        (Peer("OpenCV", lambda image, xy: cv2.remap(image, xy, None, cv2.INTER_LINEAR), margin=2),),
        operands=_with_map,
    ),
    _with_gradients("one image", 1, 512),
    _with_gradients("batch of 16", 16, 128),
)
