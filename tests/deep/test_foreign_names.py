"""Checkpoints of timm and others under our keys."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import deep
from deep.checkpoint import Checkpoint
from deep.foreign_names import with_our_names
from deep.registry import MODELS
from tests.deep.make_oracle_facts import TIMM_SPELLS
from tests.deep.oracle import TIMM_FILE, fill, probe

STORED: dict[str, dict[str, list[str]]] = json.loads(TIMM_FILE.read_text())


def keys_of_timm(name: str) -> list[str]:
    """The keys that timm gives this network; make_oracle_facts wrote them down."""
    return [f"{layer}.{leaf}" if layer else leaf
            for leaves, layers in STORED[name].items() for layer in layers for leaf in leaves.split()]  # fmt: skip


def build_on_meta(name: str, **config: Any) -> torch.nn.Module:
    with torch.device("meta"):
        return deep.create_model(name, **config)


def our_names(name: str) -> dict[str, str]:
    """Our key for each of timm's."""
    keys = keys_of_timm(name)
    found = with_our_names(Checkpoint({key: torch.empty(1, 1, 1, 1) for key in keys}), name)
    return dict(zip(keys, found.tensors, strict=True))  # one for one, in order


def write_as_timm(model: torch.nn.Module, name: str, path: Path) -> None:
    state = model.state_dict()
    spelled = {theirs: state[ours] for theirs, ours in our_names(name).items()}
    spelled["conv_head.weight"] = spelled["conv_head.weight"][..., None, None]  # a 1 × 1 convolution there
    torch.save(spelled, path)


@pytest.mark.parametrize("name", STORED)
def test_every_key_of_timm_has_one_of_ours(name):
    wanted = {key for key in build_on_meta(name).state_dict() if not key.endswith("relative_position_index")}
    assert set(our_names(name).values()) == wanted


def test_a_file_of_timm_loads_and_brings_its_epsilon(tmp_path):
    model = fill(deep.create_model("mobilenet_v3_small"))
    write_as_timm(model, "mobilenet_v3_small", tmp_path / "timm.pth")
    loaded = deep.create_model("mobilenet_v3_small", weights=tmp_path / "timm.pth").eval()
    deep.save(loaded, tmp_path / "ours.safetensors")
    again = deep.load(tmp_path / "ours.safetensors").eval()
    for found in (loaded, again):
        assert all(torch.equal(found.state_dict()[key], value) for key, value in model.state_dict().items())
        assert {layer.eps for layer in found.modules() if isinstance(layer, torch.nn.BatchNorm2d)} == {1e-5}
    images = probe(32)
    assert not torch.equal(loaded(images), model(images))  # torchvision's epsilon is 1e-3
    torch.testing.assert_close(loaded(images), again(images))


def test_another_head_is_left_out_of_a_file_of_timm(tmp_path):
    write_as_timm(fill(deep.create_model("mobilenet_v3_small")), "mobilenet_v3_small", tmp_path / "timm.pth")
    loaded = deep.create_model("mobilenet_v3_small", num_classes=3, weights=tmp_path / "timm.pth")
    assert loaded.load_report.left_out == ("classifier.3.bias", "classifier.3.weight")


def test_a_file_of_timm_for_another_network_is_refused(tmp_path):
    write_as_timm(fill(deep.create_model("mobilenet_v3_small")), "mobilenet_v3_small", tmp_path / "timm.pth")
    with pytest.raises(ValueError, match="must fit the model"):
        deep.create_model("efficientnet_b0", weights=tmp_path / "timm.pth")
    with pytest.raises(ValueError, match="must fit the model"):
        deep.create_model("mobilenet_v1", weights=tmp_path / "timm.pth")


@pytest.mark.parametrize("name", MODELS)
def test_files_with_our_own_keys_stay_as_they_are(name):
    checkpoint = Checkpoint(build_on_meta(name).state_dict())
    assert with_our_names(checkpoint, name) is checkpoint


def test_patches_may_be_merged_at_the_end_of_a_stage():
    newer = Checkpoint({key: torch.empty(1) for key in keys_of_timm("swin_t")})
    older = Checkpoint({
        key.replace("layers.1.down", "layers.0.down").replace("layers.2.down", "layers.1.down")
        .replace("layers.3.down", "layers.2.down").replace("head.fc", "head"): value
        for key, value in newer.tensors.items()
    })  # fmt: skip
    assert set(with_our_names(older, "swin_t").tensors) == set(with_our_names(newer, "swin_t").tensors)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORED)
def test_outputs_are_those_of_timm(name, tmp_path):
    timm = pytest.importorskip("timm")
    theirs = fill(timm.create_model(TIMM_SPELLS[name])).double()
    torch.save(theirs.state_dict(), tmp_path / "timm.pth")
    ours = deep.create_model(name, weights=tmp_path / "timm.pth").eval().double()
    images = probe(224 if name.startswith(("vgg", "vit", "swin")) else 64).double()
    with torch.inference_mode():
        expected = theirs(images)
        torch.testing.assert_close(ours(images), expected, rtol=0, atol=1e-5 * float(expected.abs().max()))
