"""A pipeline of classical and learned steps, beside the script that one would write for it."""

import functools
from typing import Any

import cv2
import numpy as np
import torch
import torchvision

import deep
from benchmarks.case import Case, Peer
from imgproc import color, edges, filters, geometry
from imgproc.pipeline import Pipeline, step

_PHOTOS = 50
_SIDE = 256
_WHITE = 64.0
"""Grey levels per pixel: the slope that is drawn white."""


def _photos(photo: np.ndarray) -> tuple[Any, ...]:
    """Return 50 photos of 512², and as many of other sizes as have their pixels, at least two."""
    count = max(2, round(_PHOTOS * 512**2 / photo.shape[0] ** 2))
    return ([np.ascontiguousarray(np.roll(photo, 41 * i, (0, 1))) for i in range(count)],)


def _homography(photo: np.ndarray) -> np.ndarray:
    """Map the corners of a page within the photo to those of a square."""
    corners = np.array([[0.15, 0.1], [0.9, 0.2], [0.8, 0.85], [0.1, 0.75]]) * photo.shape[0]
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]) * (_SIDE - 1)
    return np.asarray(geometry.estimate_transform("projective", corners, square))


@functools.cache
def _network() -> torch.nn.Module:
    """Return torchvision's network with random weights whose answers depend on the image."""
    torch.manual_seed(0)
    model = torchvision.models.mobilenet_v3_small()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.randn(8, 3, 224, 224))  # without statistics of its own, each layer would fade
        torch.nn.init.normal_(model.classifier[-1].weight, std=0.03)
    return model.eval()


@functools.cache
def _predictor() -> deep.Predictor:
    """The network with torchvision's weights, in inference form of the same precision."""
    model = deep.create_model("mobilenet_v3_small")
    model.load_state_dict(_network().state_dict())
    prepare = deep.Preprocess(224, resize=_SIDE)
    torch.manual_seed(0)
    fast, _ = deep.optimize(model.eval(), torch.randn(1, 3, 224, 224), dtype=torch.float32)
    return deep.Predictor(fast, preprocess=prepare)


def _scale(strength: np.ndarray) -> np.ndarray:
    return np.minimum(strength / _WHITE, 1)


@functools.cache
def _pipeline(side: int) -> Pipeline:
    H = _homography(np.empty((side, side)))
    return Pipeline([
        ("denoise", step(filters.median, size=3)),
        ("gray", color.rgb_to_gray),
        ("edges", step(edges.gradient_magnitude, kernel="scharr")),
        ("scale", _scale),
        ("rectify", step(geometry.warp, H, size=(_SIDE, _SIDE))),
        ("classify", _predictor()),
    ])  # fmt: skip


def _by_pipeline(photos: list[np.ndarray]) -> np.ndarray:
    return np.stack([found.probabilities for found in _pipeline(len(photos[0]))(photos)])


def _by_pipeline_in_one_batch(photos: list[np.ndarray]) -> np.ndarray:
    return np.stack([found.probabilities for found in _pipeline(len(photos[0]))(np.stack(photos))])


def _by_hand(photos: list[np.ndarray]) -> np.ndarray:
    """Write out the calls."""
    rows = []
    for photo in photos:
        strength = edges.gradient_magnitude(color.rgb_to_gray(filters.median(photo, 3)), kernel="scharr")
        flat = geometry.warp(_scale(strength), _homography(photo), size=(_SIDE, _SIDE))
        rows.append(_predictor()(flat).probabilities)
    return np.stack(rows)


_NORMALIZE = torchvision.transforms.Compose([
    torchvision.transforms.Resize(_SIDE),
    torchvision.transforms.CenterCrop(224),
    torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])  # fmt: skip


def _prepared_by_opencv(photos: list[np.ndarray]) -> list[torch.Tensor]:
    H = _homography(photos[0])
    tensors = []
    for photo in photos:
        gray = cv2.cvtColor(cv2.medianBlur(photo, 3), cv2.COLOR_RGB2GRAY)
        gx, gy = (cv2.Scharr(gray, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
        flat = cv2.warpPerspective(_scale(cv2.magnitude(gx, gy)), H, (_SIDE, _SIDE))
        tensors.append(_NORMALIZE(torch.from_numpy(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB)).permute(2, 0, 1)))
    return tensors


@torch.inference_mode()
def _script(photos: list[np.ndarray]) -> np.ndarray:
    rows = [_network()(tensor[None]).softmax(1)[0] for tensor in _prepared_by_opencv(photos)]
    return torch.stack(rows).numpy()


@torch.inference_mode()
def _script_in_one_batch(photos: list[np.ndarray]) -> np.ndarray:
    return np.asarray(_network()(torch.stack(_prepared_by_opencv(photos))).softmax(1))


def _count(photos: list[np.ndarray]) -> str:
    return f"{len(photos)} photos"


_DEFINITION = "the calls written out one by one with the same functions; errors are of the probabilities"

CASES = (
    Case(
        "pipeline: median, edges, warp, mobilenet_v3_small",
        _DEFINITION,
        _by_pipeline,
        _by_hand,
        (Peer("OpenCV + torchvision", _script, note="a loop over the photos, as ours"),),
        operands=_photos,
        dtypes=("uint8",),
        layouts=("rgb",),
        remark=_count,
    ),
    Case(
        "the same pipeline on a batch",
        _DEFINITION,
        _by_pipeline_in_one_batch,
        _by_hand,
        (Peer("OpenCV + torchvision", _script_in_one_batch, note="one batch for the network"),),
        operands=_photos,
        dtypes=("uint8",),
        layouts=("rgb",),
        remark=_count,
    ),
)
