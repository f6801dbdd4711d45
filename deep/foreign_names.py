"""Checkpoints of networks that others spell otherwise: the same values under timm's and other authors' names."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from deep.checkpoint import Checkpoint

__all__ = ["with_our_names"]

LOG = logging.getLogger("deep")
Tensors = Mapping[str, torch.Tensor]

_VGG = (
    (r"^pre_logits\.fc1\.", "classifier.0."),
    (r"^pre_logits\.fc2\.", "classifier.3."),
    (r"^head\.fc\.", "classifier.6."),
)
_VIT = (
    (r"^cls_token$", "class_token"),
    (r"^pos_embed$", "encoder.pos_embedding"),
    (r"^patch_embed\.proj\.", "conv_proj."),
    (r"^norm\.", "encoder.ln."),
    (r"^head\.", "heads.head."),
    (r"^blocks\.(\d+)\.", r"encoder.layers.encoder_layer_\1."),
    (r"\.norm([12])\.", r".ln_\1."),
    (r"\.attn\.qkv\.", ".self_attention.in_proj_"),
    (r"\.attn\.proj\.", ".self_attention.out_proj."),
    (r"\.mlp\.fc1\.", ".mlp.0."),
    (r"\.mlp\.fc2\.", ".mlp.3."),
)
_CONVNEXT = (
    (r"^stem\.", "features.0."),
    (r"^head\.norm\.", "classifier.0."),
    (r"^head\.fc\.", "classifier.2."),
    (r"\.gamma$", ".layer_scale"),
    (r"\.conv_dw\.", ".block.0."),
    (r"\.norm\.", ".block.2."),
    (r"\.mlp\.fc1\.", ".block.3."),
    (r"\.mlp\.fc2\.", ".block.5."),
)
_SWIN = (
    (r"^patch_embed\.proj\.", "features.0.0."),
    (r"^patch_embed\.norm\.", "features.0.2."),
    (r"^head\.fc\.", "head."),
    (r"\.mlp\.fc1\.", ".mlp.0."),
    (r"\.mlp\.fc2\.", ".mlp.3."),
)
_LITE = (
    (r"^_conv_stem\.", "conv_stem."),
    (r"^_conv_head\.", "conv_head."),
    (r"^_bn0\.", "bn1."),
    (r"^_bn1\.", "bn2."),
    (r"^_fc\.", "classifier."),
)
_LITE_DEPTHS = {16: (1, 2, 2, 3, 3, 4, 1), 21: (1, 3, 3, 4, 4, 5, 1)}
"""Blocks of each stage of EfficientNet-Lite, by their sum: of Lite0, and of Lite1 and Lite2."""


def with_our_names(checkpoint: Checkpoint, name: str) -> Checkpoint:
    """Give a foreign checkpoint the keys of our network, where its spelling is known.

    Parameters
    ----------
    checkpoint : of any spelling
    name : registered name of the network

    Returns
    -------
    Checkpoint
        The same where no other spelling is recognised. Networks whose norms have another epsilon at timm than at
        torchvision bring it as `config["norm_epsilon"]`.

    Notes
    -----
    timm's `tf_` networks pad as TensorFlow does (SAME), and nothing in their files says so. They belong under
    `efficientnet_lite0` to 2, which pad so; under the other names they load, and give other outputs than at timm.
    """
    known = next((spelling for prefix, spelling in _SPELLINGS.items() if name.startswith(prefix)), None)
    if known is None or checkpoint.name is not None or known.sign not in checkpoint.tensors:
        return checkpoint
    LOG.info("read by other names than those of %s: a checkpoint that has %s", name, known.sign)
    config = {} if known.epsilon is None else {"norm_epsilon": known.epsilon}
    return replace(checkpoint, tensors=known.respell(checkpoint.tensors), config=config)


def _renamed(tensors: Tensors, rules: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
    found = {}
    for key, value in tensors.items():
        for pattern, replacement in rules:
            key = re.sub(pattern, replacement, key)
        found[key] = value
    return found


def _vgg(tensors: Tensors) -> dict[str, torch.Tensor]:
    """timm's dense layers are convolutions over 7 × 7 and 1 × 1 maps."""
    found = _renamed(tensors, _VGG)
    return {key: value.flatten(1) if key.startswith("classifier") and value.ndim == 4 else value
            for key, value in found.items()}  # fmt: skip


def _vit(tensors: Tensors) -> dict[str, torch.Tensor]:
    return _renamed(tensors, _VIT)


def _convnext(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Stage s is followed by the layer that shrinks its maps: ours are counted through."""
    placed = {}
    for key, value in tensors.items():
        if at := re.match(r"stages\.(\d+)\.(blocks|downsample)\.", key):
            index = 2 * int(at[1]) + (at[2] == "blocks")
            key = f"features.{index}.{key[at.end() :]}"
        placed[key] = value
    found = _renamed(placed, _CONVNEXT)
    return {key: value.reshape(-1, 1, 1) if key.endswith("layer_scale") else value for key, value in found.items()}


def _swin(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Patches are merged at the end of a stage by the authors and older timm, at the next one's start by newer timm."""
    merged_at_end = "layers.0.downsample.reduction.weight" in tensors
    placed = {}
    for key, value in tensors.items():
        if key.endswith(("relative_position_index", "attn_mask")):  # follow from the sizes
            continue
        if at := re.match(r"layers\.(\d+)\.(blocks|downsample)\.", key):
            index = 2 * int(at[1]) + (1 if at[2] == "blocks" else 2 * merged_at_end)
            key = f"features.{index}.{key[at.end() :]}"
        placed[key] = value
    return _renamed(placed, _SWIN)


def _mobilenet_v2(tensors: Tensors) -> dict[str, torch.Tensor]:
    names = _names_of_blocks(tensors, lambda number, *_: f"features.{number}.conv.", last_is_flat=True)
    last = f"features.{1 + len(_blocks(tensors))}"
    return _respelled(tensors, names | _STEM | {"conv_head": f"{last}.0", "bn2": f"{last}.1", **_CLASSIFIER})


def _mobilenet_v3(tensors: Tensors) -> dict[str, torch.Tensor]:
    """The last stage of timm's is a lone convolution; the dense layer after the pooling is a 1 × 1 convolution."""
    last = len(_blocks(tensors))
    names = _names_of_blocks(tensors, lambda number, *_: f"features.{number}." + "block." * (number < last))
    names = {theirs: own.replace(f"features.{last}.0.", f"features.{last}.") for theirs, own in names.items()}
    found = _respelled(tensors, names | _STEM | {"conv_head": "classifier.0", "classifier": "classifier.3"})
    return {key: value.flatten(1) if key == "classifier.0.weight" else value for key, value in found.items()}


def _efficientnet(tensors: Tensors) -> dict[str, torch.Tensor]:
    names = _names_of_blocks(tensors, lambda _, stage, index: f"features.{stage + 1}.{index}.block.")
    last = f"features.{2 + max((stage for stage, _ in _blocks(tensors)), default=0)}"
    return _respelled(tensors, names | _STEM | {"conv_head": f"{last}.0", "bn2": f"{last}.1", **_CLASSIFIER})


_STEM = {"conv_stem": "features.0.0", "bn1": "features.0.1"}
_CLASSIFIER = {"classifier": "classifier.1"}


def _respelled(tensors: Tensors, names: Mapping[str, str]) -> dict[str, torch.Tensor]:
    """Exchange the names of layers, which stand before a key's last point."""
    parted = ((key.rpartition("."), value) for key, value in tensors.items())
    return {f"{names.get(layer, layer)}{point}{leaf}": value for (layer, point, leaf), value in parted}


def _blocks(tensors: Tensors) -> dict[tuple[int, int], set[str]]:
    """List the layers of each block of timm's, by stage and place."""
    blocks: dict[tuple[int, int], set[str]] = {}
    for key in tensors:
        if at := re.match(r"blocks\.(\d+)\.(\d+)\.(\w+)", key):
            blocks.setdefault((int(at[1]), int(at[2])), set()).add(at[3])
    return dict(sorted(blocks.items()))


def _names_of_blocks(
    tensors: Tensors, prefix: Callable[[int, int, int], str], *, last_is_flat: bool = False
) -> dict[str, str]:
    """Map timm's layers to ours, whose place is `prefix(number from 1, stage, index)`."""
    return {
        f"blocks.{stage}.{index}.{theirs}": prefix(number, stage, index) + own
        for number, ((stage, index), layers) in enumerate(_blocks(tensors).items(), 1)
        for theirs, own in _layers_of_block(layers, last_is_flat=last_is_flat).items()
    }


def _layers_of_block(layers: set[str], *, last_is_flat: bool) -> dict[str, str]:
    """Map the layers of one block of timm's, whose norms are counted as they run, to places in our sequence.

    >>> _layers_of_block({"conv_dw", "bn1", "conv_pw", "bn2"}, last_is_flat=False)
    {'conv_dw': '0.0', 'bn1': '0.1', 'conv_pw': '1.0', 'bn2': '1.1'}
    """
    widens = "conv_pwl" in layers
    order = (
        "conv",
        "conv_exp",
        *(("conv_pw",) if widens else ()),
        "conv_dw",
        "se",
        "conv_pwl" if widens else "conv_pw",
    )
    steps = [layer for layer in order if layer in layers]
    found: dict[str, str] = {}
    norms = 0
    for place, layer in enumerate(steps):
        if layer == "se":
            found |= {"se.conv_reduce": f"{place}.fc1", "se.conv_expand": f"{place}.fc2"}
            continue
        norms += 1
        is_flat = last_is_flat and place == len(steps) - 1
        found[layer] = f"{place}" if is_flat else f"{place}.0"
        found[f"bn{norms}"] = f"{place + 1}" if is_flat else f"{place}.1"
    return found


def _lite(tensors: Tensors) -> dict[str, torch.Tensor]:
    """EfficientNet-PyTorch's names, under which Lite's weights were published, too; blocks are counted through."""
    numbers = [int(at[1]) for key in tensors if (at := re.match(r"_blocks\.(\d+)\.", key))]
    count = 1 + max(numbers, default=-1)
    depths = _LITE_DEPTHS.get(count, ())
    places = [(stage, index) for stage, depth in enumerate(depths) for index in range(depth)]
    found = {}
    for key, value in tensors.items():
        if (at := re.match(r"_blocks\.(\d+)\._(\w+)\.(\w+)$", key)) and places:
            stage, index = places[int(at[1])]
            key = f"blocks.{stage}.{index}.{_lite_layer(at[2], widens=stage > 0)}.{at[3]}"
        found[key] = value
    return _renamed(found, _LITE)


def _lite_layer(layer: str, *, widens: bool) -> str:
    """Translate one layer; the first norm is missing where a block does not widen."""
    if layer.startswith("bn"):
        return f"bn{int(layer[2:]) + widens}"
    return {"expand_conv": "conv_pw", "depthwise_conv": "conv_dw"}.get(layer, "conv_pwl" if widens else "conv_pw")


@dataclass(frozen=True)
class _Spelling:
    """A key that only the other spelling has, what gives our keys, and the epsilon that its norms mean."""

    sign: str
    respell: Callable[[Tensors], dict[str, torch.Tensor]]
    epsilon: float | None = None


_SPELLINGS = {
    "vgg": _Spelling("pre_logits.fc1.weight", _vgg),
    "vit": _Spelling("blocks.0.attn.qkv.weight", _vit),
    "convnext": _Spelling("stages.0.blocks.0.conv_dw.weight", _convnext),
    "swin_": _Spelling("layers.0.blocks.0.attn.qkv.weight", _swin),
    "mobilenet_v2": _Spelling("conv_stem.weight", _mobilenet_v2),
    "mobilenet_v3": _Spelling("conv_stem.weight", _mobilenet_v3, 1e-5),  # torchvision: 1e-3
    "efficientnet_b": _Spelling("conv_stem.weight", _efficientnet, 1e-5),  # torchvision: 1e-3 for B5 to B7
    "efficientnet_v2": _Spelling("conv_stem.weight", _efficientnet, 1e-5),  # torchvision: 1e-3
    "efficientnet_lite": _Spelling("_conv_stem.weight", _lite),
}
"""By the beginning of our name."""
