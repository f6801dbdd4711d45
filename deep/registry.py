"""The table of networks by name; a name is "module:function", imported when asked for."""

import difflib
import fnmatch
import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from deep.checkpoint import Checkpoint, fit_tensors, read_checkpoint
from deep.foreign_names import with_our_names
from deep.recipe import Recipe, remember
from deep.surgery import adapt_input, count_parameters
from deep.weights import OPTIONAL, RENAMES, Weights, class_names, find_weights

__all__ = ["Entry", "ModelInfo", "create_model", "list_models", "load", "model_info"]

Keys = Literal["torchvision", "timm", "own"]


@dataclass(frozen=True)
class Entry:
    """One line of the table.

    Parameters
    ----------
    target : "module:function" of the builder
    input_size : pixels of a square side, or (H, W), or (T, H, W) for video
    paper : authors, year and title
    keys : whose `state_dict` keys the network has
    head : dotted name of the last layer, or of each last layer, which `replace_head` exchanges
    stem : dotted name of the first convolution, or of each, which `adapt_input` exchanges
    in_channels : channels of the network's own input
    task : what it does
    """

    target: str
    input_size: int | tuple[int, ...]
    paper: str
    keys: Keys
    head: str | tuple[str, ...]
    stem: str | tuple[str, ...]
    in_channels: int = 3
    task: str = "classification"


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a network by its name.

    `parameters` is the published number: learned values. `trainable` are those with gradients. `total` adds the running
    statistics of the normalisations, as Keras counts. `keys` tells whose checkpoints fit.
    """

    name: str
    parameters: int
    trainable: int
    total: int
    input_size: int | tuple[int, ...]
    task: str
    source: str
    keys: str


# One line a network, families in the order of deep/models. Each helper edits its own family only.
# fmt: off
MODELS: dict[str, Entry] = {
    # lenet
    "small_convnet": Entry("deep.models.lenet:small_convnet", 28, "Chollet 2017, Deep learning with Python", "own", "classifier.2", "features.0", in_channels=1),
    "lenet5": Entry("deep.models.lenet:lenet5", 32, "LeCun et al. 1998, Gradient-based learning applied to document recognition", "own", "fc.f7", "convnet.c1"),
    "lenet5_1998": Entry("deep.models.lenet:lenet5_1998", 32, "LeCun et al. 1998, Gradient-based learning applied to document recognition", "own", "fc.f7", "convnet.c1", in_channels=1),
    # alexnet
    "alexnet": Entry("deep.models.alexnet:alexnet", 224, "Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks", "torchvision", "classifier.6", "features.0"),
    "alexnet_paper": Entry("deep.models.alexnet:alexnet_paper", 224, "Krizhevsky et al. 2012, ImageNet classification with deep convolutional neural networks", "own", "classifier.6", "features.0"),
    # vgg
    "vgg11": Entry("deep.models.vgg:vgg11", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg11_bn": Entry("deep.models.vgg:vgg11_bn", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg13": Entry("deep.models.vgg:vgg13", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg13_bn": Entry("deep.models.vgg:vgg13_bn", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg16": Entry("deep.models.vgg:vgg16", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg16_bn": Entry("deep.models.vgg:vgg16_bn", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg19": Entry("deep.models.vgg:vgg19", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    "vgg19_bn": Entry("deep.models.vgg:vgg19_bn", 224, "Simonyan and Zisserman 2015, Very deep convolutional networks", "torchvision", "classifier.6", "features.0"),
    # resnet, resnext
    "resnet18": Entry("deep.models.resnet:resnet18", 224, "He et al. 2016, Deep residual learning for image recognition", "torchvision", "fc", "conv1"),
    "resnet34": Entry("deep.models.resnet:resnet34", 224, "He et al. 2016, Deep residual learning for image recognition", "torchvision", "fc", "conv1"),
    "resnet50": Entry("deep.models.resnet:resnet50", 224, "He et al. 2016, Deep residual learning for image recognition", "torchvision", "fc", "conv1"),
    "resnet101": Entry("deep.models.resnet:resnet101", 224, "He et al. 2016, Deep residual learning for image recognition", "torchvision", "fc", "conv1"),
    "resnet152": Entry("deep.models.resnet:resnet152", 224, "He et al. 2016, Deep residual learning for image recognition", "torchvision", "fc", "conv1"),
    "resnet50_v1": Entry("deep.models.resnet:resnet50_v1", 224, "He et al. 2016, Deep residual learning for image recognition", "own", "fc", "conv1"),
    "resnext50_32x4d": Entry("deep.models.resnet:resnext50_32x4d", 224, "Xie et al. 2017, Aggregated residual transformations", "torchvision", "fc", "conv1"),
    "resnext101_32x8d": Entry("deep.models.resnet:resnext101_32x8d", 224, "Xie et al. 2017, Aggregated residual transformations", "torchvision", "fc", "conv1"),
    "resnext101_64x4d": Entry("deep.models.resnet:resnext101_64x4d", 224, "Xie et al. 2017, Aggregated residual transformations", "torchvision", "fc", "conv1"),
    "wide_resnet50_2": Entry("deep.models.resnet:wide_resnet50_2", 224, "Zagoruyko and Komodakis 2016, Wide residual networks", "torchvision", "fc", "conv1"),
    "resnet20_cifar": Entry("deep.models.resnet:resnet20_cifar", 32, "He et al. 2016, Deep residual learning for image recognition", "own", "linear", "conv1"),
    "resnet32_cifar": Entry("deep.models.resnet:resnet32_cifar", 32, "He et al. 2016, Deep residual learning for image recognition", "own", "linear", "conv1"),
    # nin
    "nin": Entry("deep.models.nin:nin", 32, "Lin et al. 2014, Network in network", "own", "classifier", "features.0"),
    # inception
    "googlenet": Entry("deep.models.googlenet:googlenet", 224, "Szegedy et al. 2015, Going deeper with convolutions", "torchvision", ("fc", "aux1.fc2", "aux2.fc2"), "conv1.conv"),
    "googlenet_paper": Entry("deep.models.googlenet:googlenet_paper", 224, "Szegedy et al. 2015, Going deeper with convolutions", "own", ("fc", "aux1.fc2", "aux2.fc2"), "conv1.0"),
    "inception_v3": Entry("deep.models.inception:inception_v3", 299, "Szegedy et al. 2016, Rethinking the inception architecture for computer vision", "torchvision", ("fc", "AuxLogits.fc"), "Conv2d_1a_3x3.conv"),
    "inception_v4": Entry("deep.models.inception_v4:inception_v4", 299, "Szegedy et al. 2017, Inception-v4, Inception-ResNet and the impact of residual connections on learning", "timm", "last_linear", "features.0.conv"),
    "inception_resnet_v2": Entry("deep.models.inception_resnet_v2:inception_resnet_v2", 299, "Szegedy et al. 2017, Inception-v4, Inception-ResNet and the impact of residual connections on learning", "timm", "classif", "conv2d_1a.conv"),
    # squeezenet
    "squeezenet1_0": Entry("deep.models.squeezenet:squeezenet1_0", 224, "Iandola et al. 2016, SqueezeNet", "torchvision", "classifier.1", "features.0"),
    "squeezenet1_1": Entry("deep.models.squeezenet:squeezenet1_1", 224, "Iandola et al. 2016, SqueezeNet", "torchvision", "classifier.1", "features.0"),
    "squeezenet1_0_simple_bypass": Entry("deep.models.squeezenet:squeezenet1_0_simple_bypass", 224, "Iandola et al. 2016, SqueezeNet", "own", "classifier.1", "features.0"),
    "squeezenet1_0_complex_bypass": Entry("deep.models.squeezenet:squeezenet1_0_complex_bypass", 224, "Iandola et al. 2016, SqueezeNet", "own", "classifier.1", "features.0"),
    # densenet
    "densenet121": Entry("deep.models.densenet:densenet121", 224, "Huang et al. 2017, Densely connected convolutional networks", "torchvision", "classifier", "features.conv0"),
    # mobilenet
    "mobilenet_v1": Entry("deep.models.mobilenet:mobilenet_v1", 224, "Howard et al. 2017, MobileNets: efficient convolutional neural networks for mobile vision applications", "timm", "classifier", "conv_stem"),
    "mobilenet_v2": Entry("deep.models.mobilenet:mobilenet_v2", 224, "Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks", "torchvision", "classifier.1", "features.0.0"),
    "mobilenet_v3_large": Entry("deep.models.mobilenet:mobilenet_v3_large", 224, "Howard et al. 2019, Searching for MobileNetV3", "torchvision", "classifier.3", "features.0.0"),
    "mobilenet_v3_small": Entry("deep.models.mobilenet:mobilenet_v3_small", 224, "Howard et al. 2019, Searching for MobileNetV3", "torchvision", "classifier.3", "features.0.0"),
    # senet
    "seresnet50": Entry("deep.models.senet:seresnet50", 224, "Hu et al. 2018, Squeeze-and-excitation networks", "timm", "fc", "conv1"),
    "senet154": Entry("deep.models.senet:senet154", 224, "Hu et al. 2018, Squeeze-and-excitation networks", "timm", "fc", "conv1.0"),
    # efficientnet
    "efficientnet_b0": Entry("deep.models.efficientnet:efficientnet_b0", 224, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b1": Entry("deep.models.efficientnet:efficientnet_b1", 240, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b2": Entry("deep.models.efficientnet:efficientnet_b2", 260, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b3": Entry("deep.models.efficientnet:efficientnet_b3", 300, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b4": Entry("deep.models.efficientnet:efficientnet_b4", 380, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b5": Entry("deep.models.efficientnet:efficientnet_b5", 456, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b6": Entry("deep.models.efficientnet:efficientnet_b6", 528, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_b7": Entry("deep.models.efficientnet:efficientnet_b7", 600, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_v2_s": Entry("deep.models.efficientnet:efficientnet_v2_s", 384, "Tan and Le 2021, EfficientNetV2: smaller models and faster training", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_v2_m": Entry("deep.models.efficientnet:efficientnet_v2_m", 480, "Tan and Le 2021, EfficientNetV2: smaller models and faster training", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_v2_l": Entry("deep.models.efficientnet:efficientnet_v2_l", 480, "Tan and Le 2021, EfficientNetV2: smaller models and faster training", "torchvision", "classifier.1", "features.0.0"),
    "efficientnet_lite0": Entry("deep.models.efficientnet_lite:efficientnet_lite0", 224, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks (lite: tensorflow/tpu, 2020)", "timm", "classifier", "conv_stem"),
    "efficientnet_lite1": Entry("deep.models.efficientnet_lite:efficientnet_lite1", 240, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks (lite: tensorflow/tpu, 2020)", "timm", "classifier", "conv_stem"),
    "efficientnet_lite2": Entry("deep.models.efficientnet_lite:efficientnet_lite2", 260, "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks (lite: tensorflow/tpu, 2020)", "timm", "classifier", "conv_stem"),
    # convnext
    "convnext_tiny": Entry("deep.models.convnext:convnext_tiny", 224, "Liu et al. 2022, A ConvNet for the 2020s", "torchvision", "classifier.2", "features.0.0"),
    "convnext_small": Entry("deep.models.convnext:convnext_small", 224, "Liu et al. 2022, A ConvNet for the 2020s", "torchvision", "classifier.2", "features.0.0"),
    "convnext_base": Entry("deep.models.convnext:convnext_base", 224, "Liu et al. 2022, A ConvNet for the 2020s", "torchvision", "classifier.2", "features.0.0"),
    "convnext_large": Entry("deep.models.convnext:convnext_large", 224, "Liu et al. 2022, A ConvNet for the 2020s", "torchvision", "classifier.2", "features.0.0"),
    # vit, deit
    "vit_b_16": Entry("deep.models.vit:vit_b_16", 224, "Dosovitskiy et al. 2021, An image is worth 16x16 words", "torchvision", "heads.head", "conv_proj"),
    "vit_b_32": Entry("deep.models.vit:vit_b_32", 224, "Dosovitskiy et al. 2021, An image is worth 16x16 words", "torchvision", "heads.head", "conv_proj"),
    "vit_l_16": Entry("deep.models.vit:vit_l_16", 224, "Dosovitskiy et al. 2021, An image is worth 16x16 words", "torchvision", "heads.head", "conv_proj"),
    "vit_l_32": Entry("deep.models.vit:vit_l_32", 224, "Dosovitskiy et al. 2021, An image is worth 16x16 words", "torchvision", "heads.head", "conv_proj"),
    "vit_h_14": Entry("deep.models.vit:vit_h_14", 224, "Dosovitskiy et al. 2021, An image is worth 16x16 words", "torchvision", "heads.head", "conv_proj"),
    "deit_tiny": Entry("deep.models.deit:deit_tiny", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_tiny_384": Entry("deep.models.deit:deit_tiny_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_small": Entry("deep.models.deit:deit_small", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_small_384": Entry("deep.models.deit:deit_small_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_base": Entry("deep.models.deit:deit_base", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_base_384": Entry("deep.models.deit:deit_base_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", "head", "patch_embed.proj"),
    "deit_tiny_distilled": Entry("deep.models.deit:deit_tiny_distilled", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    "deit_tiny_distilled_384": Entry("deep.models.deit:deit_tiny_distilled_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    "deit_small_distilled": Entry("deep.models.deit:deit_small_distilled", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    "deit_small_distilled_384": Entry("deep.models.deit:deit_small_distilled_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    "deit_base_distilled": Entry("deep.models.deit:deit_base_distilled", 224, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    "deit_base_distilled_384": Entry("deep.models.deit:deit_base_distilled_384", 384, "Touvron et al. 2021, Training data-efficient image transformers", "timm", ("head", "head_dist"), "patch_embed.proj"),
    # swin
    "swin_t": Entry("deep.models.swin:swin_t", 224, "Liu et al. 2021, Swin transformer: hierarchical vision transformer using shifted windows", "torchvision", "head", "features.0.0"),
    "swin_s": Entry("deep.models.swin:swin_s", 224, "Liu et al. 2021, Swin transformer: hierarchical vision transformer using shifted windows", "torchvision", "head", "features.0.0"),
    "swin_b": Entry("deep.models.swin:swin_b", 224, "Liu et al. 2021, Swin transformer: hierarchical vision transformer using shifted windows", "torchvision", "head", "features.0.0"),
    "swin3d_t": Entry("deep.models.swin:swin3d_t", (32, 224, 224), "Liu et al. 2022, Video Swin transformer", "torchvision", "head", "patch_embed.proj", task="video_classification"),
    "swin3d_s": Entry("deep.models.swin:swin3d_s", (32, 224, 224), "Liu et al. 2022, Video Swin transformer", "torchvision", "head", "patch_embed.proj", task="video_classification"),
    "swin3d_b": Entry("deep.models.swin:swin3d_b", (32, 224, 224), "Liu et al. 2022, Video Swin transformer", "torchvision", "head", "patch_embed.proj", task="video_classification"),
}
# fmt: on


def create_model(
    name: str,
    *,
    num_classes: int | None = None,
    in_channels: int | None = None,
    weights: str | os.PathLike[str] | Weights | None = None,
    **config: Any,
) -> nn.Module:
    """Build a network by its name, with fresh or with trained values.

    Parameters
    ----------
    name : one of `list_models()`
    num_classes : outputs; as published where None
    in_channels : channels of the input; as published (3 for nearly all) where None
    weights : path, "imagenet" (or another tag of `deep.weights.published_weights`), or a `Weights`
        Values to load, fresh ones where None. With another `num_classes` than the file's the head keeps fresh values, and
        `model.load_report` tells which tensors were left out; with another `in_channels` the first convolution is
        adapted (`adapt_input`).
    config : the builder's own words, such as `width`, `image_size`, `dropout`, `aux`
        Any network also takes `norm_epsilon`, what its batch normalisations add to the variance. timm's checkpoints
        of MobileNetV3, EfficientNet and EfficientNetV2 set it to 1e-5, where torchvision's mean 1e-3.

    Returns
    -------
    nn.Module
        In training mode, as torch builds them. `model.recipe` remembers the name and the configuration; `model.classes`
        and `model.preprocess` are what came with the weights.

    Raises
    ------
    ValueError
        No network has this name (the nearest names are told), or the checkpoint does not fit (what differs is told).
    TypeError
        The builder does not know a word of `config`.
    ConnectionError
        Published weights cannot be fetched; what to do is told.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = create_model("resnet18", num_classes=10)
    >>> model(torch.zeros(1, 3, 64, 64, device="meta")).shape
    torch.Size([1, 10])
    """
    chosen = dict(config)
    if num_classes is not None:
        chosen["num_classes"] = num_classes
    if weights is None:
        return _build(name, chosen if in_channels is None else chosen | {"in_channels": in_channels})
    _entry(name)
    checkpoint, known = find_weights(name, weights)
    checkpoint = with_our_names(checkpoint, name)
    stems = [checkpoint.tensors.get(f"{stem}.weight") for stem in _names(_entry(name).stem)]
    if in_channels is not None and all(stem is not None and stem.shape[1] == in_channels for stem in stems):
        chosen["in_channels"] = in_channels  # the file's own; otherwise what it learned is adapted below
    # the number of classes is the caller's word: a file with another one is refused and not followed
    model = _build(name, {key: value for key, value in checkpoint.config.items() if key != "num_classes"} | chosen)
    _fill(model, name, checkpoint, new_head=num_classes is not None)
    if known is not None:
        classes = class_names(known) if num_classes is None else None
        remember(model, classes=classes, preprocess=known.preprocess)
    return model if in_channels in (None, _channels(model, name)) else adapt_input(model, in_channels)


def load(path: str | os.PathLike[str], *, num_classes: int | None = None) -> nn.Module:
    """Build the model that `save` wrote, with its values, classes and preprocessing.

    Parameters
    ----------
    path : file of `save`
    num_classes : outputs; as saved where None
        With another number the head is fresh, and `model.load_report` tells which tensors were left out.

    Returns
    -------
    nn.Module

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged, or a foreign one that does not say which network it is (`create_model(name, weights=path)`
        takes those).
    """
    checkpoint = read_checkpoint(path)
    if checkpoint.name is None:
        raise ValueError(
            f"path must be a file of deep.save, got {os.fspath(path)}, which does not name its network; "
            "create_model(name, weights=path) loads foreign checkpoints"
        )
    config = checkpoint.config if num_classes is None else checkpoint.config | {"num_classes": num_classes}
    model = _build(checkpoint.name, config)
    _fill(model, checkpoint.name, checkpoint, new_head=num_classes is not None)
    return model


def list_models(pattern: str = "*", *, task: str | None = None) -> list[str]:
    """Name the networks that match a pattern of the shell, sorted.

    Parameters
    ----------
    pattern : such as "resnet*"
    task : such as "classification"; every task where None

    Returns
    -------
    list of str

    Examples
    --------
    >>> list_models("vgg1[13]")
    ['vgg11', 'vgg13']
    """
    return sorted(
        name for name, entry in MODELS.items() if fnmatch.fnmatchcase(name, pattern) and task in (None, entry.task)
    )


def model_info(name: str) -> ModelInfo:
    """Tell the size, task and source of a network, without building it in memory.

    Parameters
    ----------
    name : one of `list_models()`

    Returns
    -------
    ModelInfo

    Raises
    ------
    ValueError
        No network has this name.

    Examples
    --------
    >>> model_info("resnet50").parameters
    25557032
    """
    entry = _entry(name)
    with torch.device("meta"):
        model = _builder(entry)()
    total, trainable = count_parameters(model)
    parameters = sum(values.numel() for values in model.parameters())
    return ModelInfo(name, parameters, trainable, total, entry.input_size, entry.task, entry.paper, entry.keys)


def _entry(name: str) -> Entry:
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=3, cutoff=0.5)
        hint = f"; near: {', '.join(near)}" if near else "; list_models() names them all"
        raise ValueError(f"name must be a registered network, got {name!r}{hint}")
    return MODELS[name]


def _builder(entry: Entry) -> Callable[..., nn.Module]:
    module, function = entry.target.split(":")
    return cast("Callable[..., nn.Module]", getattr(importlib.import_module(module), function))


def _build(name: str, config: dict[str, Any]) -> nn.Module:
    entry = _entry(name)
    model = _builder(entry)(**{key: value for key, value in config.items() if key != "norm_epsilon"})
    if "norm_epsilon" in config:
        _set_norm_epsilon(model, config["norm_epsilon"])
    layers = dict(model.named_modules())
    head = tuple(layer for layer in _names(entry.head) if layer in layers)  # without side heads where `aux` is False
    recipe = Recipe(name, dict(config), head, _names(entry.stem), entry.input_size, entry.in_channels)
    remember(model, recipe=recipe)
    return model


def _set_norm_epsilon(model: nn.Module, epsilon: float) -> None:
    """Set what batch normalisations add to the variance; published weights of one network mean different numbers."""
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.eps = epsilon


def _fill(model: nn.Module, name: str, checkpoint: Checkpoint, *, new_head: bool) -> None:
    """Load the values of a file and remember what came with them."""
    if checkpoint.name not in (None, name):
        raise ValueError(f"checkpoint must be of {name}, got one of {checkpoint.name}")
    entry = _entry(name)
    family = entry.target.partition(":")[0].rpartition(".")[2]
    replace = _names(entry.head) if new_head else ()
    fit_tensors(
        model, checkpoint.tensors, renames=RENAMES.get(family, ()), optional=OPTIONAL.get(family, ()), replace=replace
    )
    has_its_head = not vars(model)["load_report"].fresh
    remember(model, classes=checkpoint.classes if has_its_head else None, preprocess=checkpoint.preprocess)


def _channels(model: nn.Module, name: str) -> int:
    recipe = vars(model)["recipe"]
    return int(recipe.config.get("in_channels", _entry(name).in_channels))


def _names(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names
