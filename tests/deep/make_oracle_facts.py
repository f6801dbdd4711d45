"""Write oracle_facts.json: what torchvision and timm say of the networks both have.

Run where they are installed: `python -m tests.deep.make_oracle_facts [name ...]`; without names, all of ORACLES.
What is not named stays as it is. `probe` asks for the answers too, not only for keys and counts. The name "timm" writes
timm_layers.json: how timm spells the layers of networks whose keys are torchvision's here.
"""

import importlib
import json
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from tests.deep.oracle import FACTS_FILE, TIMM_FILE, answers, layout

TORCHVISION, TORCHVISION_VIDEO, TIMM = "torchvision.models", "torchvision.models.video", "timm.models"


@dataclass(frozen=True)
class Oracle:
    """Where a network comes from, and at which size it is probed (None: keys and counts only).

    Without `train` the gradients and running statistics are left out, where they would take gigabytes.
    """

    module: str
    name: str
    probe: int | tuple[int, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    train: bool = True

    def build(self) -> nn.Module:
        model: nn.Module = getattr(importlib.import_module(self.module), self.name)(**self.options)
        return model


def _plain(module: str, *names: str) -> dict[str, Oracle]:
    return {name: Oracle(module, name) for name in names}


ORACLES = {
    # resnet, senet
    **_plain(TORCHVISION, "resnet34", "resnet101", "resnet152"),
    **_plain(TORCHVISION, "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2"),
    "resnet18": Oracle(TORCHVISION, "resnet18", 64),
    "resnet50": Oracle(TORCHVISION, "resnet50", 64),
    "resnext50_32x4d": Oracle(TORCHVISION, "resnext50_32x4d", 64),
    "seresnet50": Oracle(TIMM, "seresnet50", 64),
    "senet154": Oracle(TIMM, "senet154"),
    # vgg, alexnet, squeezenet, densenet
    **_plain(TORCHVISION, "vgg13", "vgg16", "vgg19", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
    "vgg11": Oracle(TORCHVISION, "vgg11", 32, train=False),
    "vgg11_bn": Oracle(TORCHVISION, "vgg11_bn", 64),
    "alexnet": Oracle(TORCHVISION, "alexnet", 96),
    "squeezenet1_0": Oracle(TORCHVISION, "squeezenet1_0", 64),
    "squeezenet1_1": Oracle(TORCHVISION, "squeezenet1_1", 64),
    "densenet121": Oracle(TORCHVISION, "densenet121", 64),
    # inception
    "googlenet": Oracle(TORCHVISION, "googlenet", 64, {"init_weights": False}),
    "inception_v3": Oracle(TORCHVISION, "inception_v3", 299, {"init_weights": False}),
    "inception_v4": Oracle(TIMM, "inception_v4", 107),
    "inception_resnet_v2": Oracle(TIMM, "inception_resnet_v2", 107),
    # mobilenet, efficientnet
    "mobilenet_v1": Oracle(TIMM, "mobilenetv1_100", 64),
    "mobilenet_v2": Oracle(TORCHVISION, "mobilenet_v2", 64),
    "mobilenet_v3_small": Oracle(TORCHVISION, "mobilenet_v3_small", 64),
    "mobilenet_v3_large": Oracle(TORCHVISION, "mobilenet_v3_large", 64),
    **_plain(TORCHVISION, *(f"efficientnet_b{i}" for i in range(1, 8)), "efficientnet_v2_m", "efficientnet_v2_l"),
    "efficientnet_b0": Oracle(TORCHVISION, "efficientnet_b0", 64),
    "efficientnet_v2_s": Oracle(TORCHVISION, "efficientnet_v2_s", 64),
    **{f"efficientnet_lite{i}": Oracle(TIMM, f"tf_efficientnet_lite{i}", 64 if i == 0 else None) for i in range(3)},
    # convnext, vit, deit, swin
    **_plain(TORCHVISION, "convnext_small", "convnext_base", "convnext_large"),
    "convnext_tiny": Oracle(TORCHVISION, "convnext_tiny", 64),
    **_plain(TORCHVISION, "vit_b_16", "vit_l_16", "vit_l_32", "vit_h_14"),
    "vit_b_32": Oracle(TORCHVISION, "vit_b_32", 224),
    **{
        f"deit_{size}": Oracle(TIMM, f"deit_{size}_patch16_224", 224 if size == "tiny" else None)
        for size in ("tiny", "small", "base")
    },
    **{
        f"deit_{size}_distilled": Oracle(TIMM, f"deit_{size}_distilled_patch16_224", 224 if size == "tiny" else None)
        for size in ("tiny", "small", "base")
    },
    **{
        f"deit_{size}{kind}_384": Oracle(TIMM, f"deit_{size}{kind}_patch16_224", options={"img_size": 384})
        for size in ("tiny", "small")
        for kind in ("", "_distilled")
    },
    "deit_base_384": Oracle(TIMM, "deit_base_patch16_384"),
    "deit_base_distilled_384": Oracle(TIMM, "deit_base_distilled_patch16_384"),
    **_plain(TORCHVISION, "swin_s", "swin_b"),
    "swin_t": Oracle(TORCHVISION, "swin_t", 64),
    **_plain(TORCHVISION_VIDEO, "swin3d_s", "swin3d_b"),
    "swin3d_t": Oracle(TORCHVISION_VIDEO, "swin3d_t", (4, 64, 64)),
}


TIMM_SPELLS = {
    "mobilenet_v2": "mobilenetv2_100",
    "mobilenet_v3_small": "mobilenetv3_small_100",
    "mobilenet_v3_large": "mobilenetv3_large_100",
    "efficientnet_b0": "efficientnet_b0",
    "efficientnet_v2_s": "efficientnetv2_s",
    "vgg11_bn": "vgg11_bn",
    "convnext_tiny": "convnext_tiny",
    "vit_b_32": "vit_base_patch32_224",
    "swin_t": "swin_tiny_patch4_window7_224",
}


def write_timm_layers() -> None:
    """Write timm's layers by network and by the ends of their keys."""
    found: dict[str, dict[str, list[str]]] = {}
    for ours, theirs in TIMM_SPELLS.items():
        with torch.device("meta"):
            keys = Oracle("timm.models", theirs).build().state_dict()
        leaves: dict[str, list[str]] = {}
        for key in keys:
            layer, _, leaf = key.rpartition(".")
            leaves.setdefault(layer, []).append(leaf)
        for layer, ends in leaves.items():
            found.setdefault(ours, {}).setdefault(" ".join(ends), []).append(layer)
    TIMM_FILE.write_text(json.dumps(found, indent=1) + "\n")


def describe(oracle: Oracle) -> dict[str, Any]:
    """Keys and counts, and the answers where a probe is asked for."""
    source = {"source": f"{oracle.module}.{oracle.name}"}
    if oracle.probe is not None:
        model = oracle.build()
        return source | layout(model) | answers(model, oracle.probe, train=oracle.train)
    with torch.device("meta"):
        return source | layout(oracle.build())


def main(names: list[str]) -> None:
    """Describe the named networks and merge the result into the file."""
    torch.set_num_threads(2)
    if "timm" in names:
        write_timm_layers()
        names = [name for name in names if name != "timm"]
        if not names:
            return
    for name in names or list(ORACLES):
        found = describe(ORACLES[name])
        stored = json.loads(FACTS_FILE.read_text()) if FACTS_FILE.exists() else {}
        draft = FACTS_FILE.with_suffix(".draft")
        draft.write_text(json.dumps(stored | {name: found}, indent=1, sort_keys=True) + "\n")
        draft.replace(FACTS_FILE)  # at once, for who reads meanwhile
        print(name, found["parameters"], found.get("logits", "")[:2], flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
