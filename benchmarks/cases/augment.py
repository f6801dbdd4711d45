"""Augmentation: single uint8 photos beside torchvision's v2, batches of float tensors beside kornia's.

Every call draws anew, on both sides.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from kornia import augmentation
from torchvision.transforms import v2

from benchmarks.case import Case, Peer
from deep.data.augment import Compose, Crop, LocalWarp, Mirror, PcaColor, ResizedCrop, Rotate, Shear, ShiftColor
from imgproc.arrays import to_torch

_SIDE = 224
_BATCH = 16
_SHEAR = 0.2
_DEGREES = float(np.degrees(np.arctan(_SHEAR)))
_COVARIANCE = 0.05 * np.ones((3, 3)) + 0.01 * np.eye(3)
Call = Callable[[Any], Any]


def _photo(image: np.ndarray) -> tuple[Any, ...]:
    """Give (3, H, W), channels side by side as decoders leave them; a dict, so that nobody takes the tensor apart."""
    return ({"image": to_torch(image)},)


def _batch(image: np.ndarray) -> tuple[Any, ...]:
    """Give (16, 3, H, W) in planes."""
    return ({"image": to_torch(image).contiguous().repeat(_BATCH, 1, 1, 1)},)


def _ours(*steps: Any) -> Call:
    compose, rng = Compose(*steps), np.random.default_rng(0)
    return lambda sample: compose(sample["image"], rng)


def _peer(library: str, make: Callable[[], Call], differs: str) -> tuple[Peer, ...]:
    """Make a peer that builds its transform at the first call."""
    transform = functools.cache(make)
    return (Peer(library, lambda sample: transform()(sample["image"]), differs=differs),)


def _torchvision(make: Callable[[], Call], differs: str = "") -> tuple[Peer, ...]:
    return _peer("torchvision", make, differs)


def _kornia(make: Callable[[], Call], differs: str = "") -> tuple[Peer, ...]:
    return _peer("kornia", make, differs)


def _case(name: str, definition: str, steps: tuple[Any, ...], peers: tuple[Peer, ...], *, batch: bool = False) -> Case:
    return Case(
        f"augment, {'batch of 16, ' if batch else ''}{name}",
        definition,
        _ours(*steps),
        None,
        peers,
        operands=_batch if batch else _photo,
        dtypes=("float32",) if batch else ("uint8",),
        layouts=("rgb",),
        sizes=(256,) if batch else (512,),
    )


_LINEAR = v2.InterpolationMode.BILINEAR
_CHAIN = (Mirror(), Rotate(15), Shear(_SHEAR), ResizedCrop(_SIDE), ShiftColor(0.1))


def _chain_of_torchvision() -> Any:
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(15, shear=_DEGREES, interpolation=_LINEAR),
            v2.RandomResizedCrop(_SIDE, antialias=True),
            v2.ColorJitter(0.1),
        ]
    )


def _chain_of_kornia() -> Any:
    return augmentation.AugmentationSequential(
        augmentation.RandomHorizontalFlip(),
        augmentation.RandomAffine(15.0, shear=_DEGREES, p=1.0),
        augmentation.RandomResizedCrop((_SIDE, _SIDE), p=1.0),
        augmentation.RandomRGBShift(0.1, 0.1, 0.1, p=1.0),
    )


_PHOTOS = (
    _case("mirror", "with probability 1/2", (Mirror(),), _torchvision(lambda: v2.RandomHorizontalFlip())),
    _case("crop", "224²", (Crop(_SIDE),), _torchvision(lambda: v2.RandomCrop(_SIDE))),
    _case(
        "resized crop",
        "0.08 to 1 of the area, laid out on 224², antialiased",
        (ResizedCrop(_SIDE),),
        _torchvision(lambda: v2.RandomResizedCrop(_SIDE, antialias=True), "weights of 8 bits"),
    ),
    _case(
        "rotate",
        "up to 30°, linear",
        (Rotate(30),),
        _torchvision(lambda: v2.RandomRotation(30, interpolation=_LINEAR)),
    ),
    _case(
        "shear",
        "up to 0.2, linear",
        (Shear(_SHEAR),),
        _torchvision(lambda: v2.RandomAffine(0, shear=_DEGREES, interpolation=_LINEAR)),
    ),
    _case(
        "local warp",
        "a smooth field, linear",
        (LocalWarp(),),
        _torchvision(lambda: v2.ElasticTransform(), "noise smoothed by a Gaussian"),
    ),
    _case(
        "colour shift",
        "up to 0.1 a channel",
        (ShiftColor(0.1),),
        _torchvision(lambda: v2.ColorJitter(0.1), "one factor of brightness"),
    ),
    _case(
        "PCA colour",
        "sigma 0.1, axes of the data set",
        (PcaColor(0.1, _COVARIANCE),),
        _torchvision(lambda: v2.ColorJitter(0.1), "one factor of brightness"),
    ),
    _case(
        "chain",
        "mirror, turn, shear, resized crop to 224², colour",
        _CHAIN,
        _torchvision(_chain_of_torchvision, "interpolates twice; brightness"),
    ),
)
_BATCHES = (
    _case("mirror", "probability 1/2", (Mirror(),), _kornia(lambda: augmentation.RandomHorizontalFlip()), batch=True),
    _case("crop", "224²", (Crop(_SIDE),), _kornia(lambda: augmentation.RandomCrop((_SIDE, _SIDE), p=1.0)), batch=True),
    _case(
        "resized crop",
        "0.08 to 1 of the area, laid out on 224², antialiased",
        (ResizedCrop(_SIDE),),
        _kornia(lambda: augmentation.RandomResizedCrop((_SIDE, _SIDE), p=1.0), "not antialiased"),
        batch=True,
    ),
    _case(
        "rotate",
        "up to 30°, linear",
        (Rotate(30),),
        _kornia(lambda: augmentation.RandomRotation(30.0, p=1.0)),
        batch=True,
    ),
    _case(
        "shear",
        "up to 0.2, linear",
        (Shear(_SHEAR),),
        _kornia(lambda: augmentation.RandomAffine(0.0, shear=_DEGREES, p=1.0)),
        batch=True,
    ),
    _case(
        "local warp",
        "a smooth field, linear",
        (LocalWarp(),),
        _kornia(lambda: augmentation.RandomElasticTransform(p=1.0), "noise smoothed by a Gaussian"),
        batch=True,
    ),
    _case(
        "colour shift",
        "up to 0.1 a channel",
        (ShiftColor(0.1),),
        _kornia(lambda: augmentation.RandomRGBShift(0.1, 0.1, 0.1, p=1.0)),
        batch=True,
    ),
    _case(
        "chain",
        "mirror, turn, shear, resized crop to 224², colour",
        _CHAIN,
        _kornia(_chain_of_kornia, "not antialiased; interpolates twice"),
        batch=True,
    ),
)
CASES = (*_PHOTOS, *_BATCHES)
