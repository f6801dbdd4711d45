"""Networks in the form that only predicts, beside torchvision's in plain evaluation."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn

import deep
from benchmarks.case import Case, Peer

_NETWORKS = ("resnet50", "mobilenet_v3_large", "vit_b_16")
_PREPARE = deep.Preprocess(size=224, resize=256)
_ALL_THREADS = torch.get_num_threads()


@functools.cache
def _eager(name: str) -> nn.Module:
    """Build a network with random weights and statistics; nobody's published ones need be there."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = deep.create_model(name).eval().requires_grad_(False)
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None and layer.running_var is not None:
                layer.running_mean.normal_(0, 0.1)
                layer.running_var.uniform_(0.5, 1.5)
            if isinstance(layer, nn.Linear) and not layer.weight.any():
                nn.init.normal_(layer.weight, std=0.02)  # ViT's head starts at zero
    return model


@functools.cache
def _fast(name: str, dtype: torch.dtype, batch: int) -> nn.Module:
    return deep.optimize(_eager(name), torch.rand(batch, 3, 224, 224), dtype=dtype)[0]


@functools.cache
def _double(name: str) -> nn.Module:
    return copy.deepcopy(_eager(name)).double()


@functools.cache
def _theirs(name: str) -> nn.Module:
    model: nn.Module = getattr(torchvision.models, name)().eval().requires_grad_(False)
    model.load_state_dict(_eager(name).state_dict())
    return model


def _operands(photo: np.ndarray, batch: int) -> tuple[Any, ...]:
    """Prepare one photo, mirrored and shifted into a batch; an array, so that nobody takes the batch apart."""
    many = [np.roll(photo, 16 * i, 1)[:, :: 1 - 2 * (i % 2)] for i in range(batch)]
    return (deep.inference.prepare(many, _PREPARE).numpy(),)


def _outputs(model: Callable[[], nn.Module], threads: int) -> Callable[[np.ndarray], np.ndarray]:
    def predict(images: np.ndarray) -> np.ndarray:
        torch.set_num_threads(threads)
        try:
            with torch.inference_mode():
                outputs: np.ndarray = model()(torch.from_numpy(images)).numpy()
        finally:
            torch.set_num_threads(_ALL_THREADS)
        return outputs

    return predict


def _part_of_range(outputs: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(outputs - exact).max() / np.ptp(exact))


def _in_double(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: _double(name)(torch.from_numpy(images).double()).numpy()


def _case(name: str, dtype: torch.dtype, batch: int, threads: int) -> Case:
    peers = (
        Peer("torchvision", _outputs(functools.partial(_theirs, name), threads), note="without gradients"),
        Peer("eager", _outputs(functools.partial(_eager, name), threads), note="our own network as it is built"),
    )
    with_threads = "one thread" if threads == 1 else "all threads"
    return Case(
        f"optimize, {name}, {str(dtype).removeprefix('torch.')}, batch {batch}, {with_threads}",
        "the network in float64; the error is a part of the outputs' range, and peers compute in float32",
        _outputs(functools.partial(_fast, name, dtype, batch), threads),
        _in_double(name),
        peers,
        operands=functools.partial(_operands, batch=batch),
        dtypes=("uint8",),
        layouts=("rgb",),
        error=_part_of_range,
        sizes=(512,),
    )


def _dtypes() -> tuple[torch.dtype, ...]:
    has_products = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return (torch.float32, torch.bfloat16) if has_products else (torch.float32,)


CASES = tuple(
    _case(name, dtype, batch, threads)
    for name in _NETWORKS
    for dtype in _dtypes()
    for batch in (1, 8)
    for threads in sorted({1, _ALL_THREADS})
)
