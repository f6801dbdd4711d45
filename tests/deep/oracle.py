"""Compare our networks with torchvision's and timm's, without either at hand.

Both sides are filled with the same numbers (a function of each tensor's name and shape, no random generator) and see
the same probe. What the other library answered is stored in oracle_facts.json by make_oracle_facts.py.
"""

import hashlib
import json
import math
import zlib
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

ModelT = TypeVar("ModelT", bound=nn.Module)
FACTS_FILE = Path(__file__).with_name("oracle_facts.json")
TIMM_FILE = Path(__file__).with_name("timm_layers.json")
PERIOD = 65521  # prime, so that no row of a weight repeats another


def _noise() -> np.ndarray:
    """White numbers in [-1, 1): an integer hash ("lowbias32") of 0, 1, 2, …"""
    x = np.arange(1, PERIOD + 1, dtype=np.uint32)
    for shift, factor in ((16, 0x21F0AAAD), (15, 0xD35A2D97), (15, 1)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return x.astype(np.float64) / 2**31 - 1


NOISE = _noise()


def noise(name: str, shape: tuple[int, ...]) -> Tensor:
    """Numbers in [-1, 1) that depend on the name and the index only."""
    start = zlib.crc32(name.encode()) % PERIOD
    return torch.from_numpy(np.resize(np.roll(NOISE, -start), shape).astype(np.float32))


def fill(model: ModelT) -> ModelT:
    """Set every floating parameter and buffer from its name and index; activations keep their scale; eval mode."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                continue
            values = noise(name, tuple(tensor.shape))
            if name.endswith("running_var"):
                values = 1 + 0.5 * values
            elif tensor.ndim >= 2:
                values = values * math.sqrt(6 / (tensor.numel() // tensor.shape[0]))  # He: variance 2 / fan-in
            elif name.endswith("weight"):
                values = 1 + 0.3 * values
            else:
                values = 0.1 * values
            tensor.copy_(values)
    return model.eval()


def probe(size: int | tuple[int, ...] = 224, *, channels: int = 3, batch: int = 1) -> Tensor:
    """A batch of steady noise, (batch, channels, *size); one number means a square."""
    spatial = (size, size) if isinstance(size, int) else size
    return noise("probe", (batch, channels, *spatial))


def layout(model: nn.Module) -> dict[str, Any]:
    """The digest of all keys with their shapes, and the number of parameters; works on `meta`."""
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in model.state_dict().items())
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return {"keys_sha256": digest, "parameters": sum(p.numel() for p in model.parameters())}


def answers(model: nn.Module, size: int | tuple[int, ...], *, train: bool = True) -> dict[str, Any]:
    """What a filled model says of the probe; then its gradients and running statistics in training (no dropout).

    In double precision: filled at random, deep networks magnify rounding (EfficientNetV2-S 10⁷ times), and behind many
    norms of few values the gradients of single precision are good to 2e-3 only.
    """
    fill(model.double())
    with torch.inference_mode():
        logits = model(probe(size).double())
    found: dict[str, Any] = {"probe": size, "logits": logits[0, :5].tolist(), "scale": logits.abs().max().item()}
    return found | (_training(model, size) if train else {})


def _training(model: nn.Module, size: int | tuple[int, ...]) -> dict[str, Any]:
    for module in model.modules():
        for word in ("p", "drop_prob"):
            if "Drop" in type(module).__name__ or "Stochastic" in type(module).__name__:
                setattr(module, word, 0.0)
    outputs = model.train()(probe(size, batch=2).double())
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)  # main and side heads
    sum((y * noise("loss", tuple(y.shape)).double()).sum() for y in outputs).backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    moved = [b.double().norm() for n, b in model.named_buffers() if "running" in n]
    return {
        "gradient": torch.stack([g.double().norm() for g in gradients]).norm().item(),
        "stem_gradient": gradients[0].double().norm().item(),
        "running": torch.stack(moved).norm().item() if moved else 0.0,
    }


def facts(name: str) -> dict[str, Any]:
    """What the oracle said of this network."""
    stored: dict[str, dict[str, Any]] = json.loads(FACTS_FILE.read_text())
    return stored[name]


def assert_same_layout(name: str, model: nn.Module) -> None:
    """Keys, shapes and number of parameters are the oracle's, so that its checkpoints load strict."""
    expected = facts(name)
    assert layout(model) == {key: expected[key] for key in ("keys_sha256", "parameters")}


def assert_same_answers(name: str, model: nn.Module, *, relative: float = 1e-6) -> None:
    """Outputs agree to 1e-6 of the largest logit, gradients and running statistics to 1e-6."""
    expected = facts(name)
    found = answers(model, _size(expected["probe"]), train="gradient" in expected)
    limit = relative * expected["scale"]
    np.testing.assert_allclose(found["logits"], expected["logits"], rtol=0, atol=limit)
    assert found["scale"] == pytest.approx(expected["scale"], abs=limit)
    for key in ("gradient", "stem_gradient", "running"):
        if key in expected:
            assert found[key] == pytest.approx(expected[key], rel=1e-6), key


def _size(stored: int | list[int]) -> int | tuple[int, ...]:
    return stored if isinstance(stored, int) else tuple(stored)
