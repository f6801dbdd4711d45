"""Every registered network: built without memory, run, trained a step, documented, exchanged at both ends."""

import importlib
import inspect
import re
import subprocess
import sys
import time
import timeit
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from deep.inspect import summary
from deep.registry import MODELS, create_model, list_models, model_info
from deep.surgery import adapt_input, replace_head

CLASSIFIERS = [name for name, entry in MODELS.items() if entry.task == "classification"]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tests run side by side; several threads each wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build_on_meta(name: str, **config: Any) -> nn.Module:
    with torch.device("meta"):
        return create_model(name, **config)


def shape_of_input(name: str) -> tuple[int, ...]:
    entry = MODELS[name]
    size = entry.input_size
    return (2, entry.in_channels, *((size, size) if isinstance(size, int) else size))


def smallest_of_families() -> list[str]:
    """The network of each file with the fewest learned values."""
    best: dict[str, tuple[int, str]] = {}
    for name in CLASSIFIERS:
        size = sum(value.numel() for value in build_on_meta(name).parameters())
        family = MODELS[name].target.partition(":")[0]
        best[family] = min(best.get(family, (size, name)), (size, name))
    return [name for _, name in best.values()]


SMALLEST = smallest_of_families()


@pytest.mark.parametrize("name", MODELS)
def test_a_network_is_built_on_meta_in_less_than_a_second(name: str):
    # timeit puts garbage collection off: to look through what thousands of tests have left takes longer than a network
    seconds = timeit.repeat(lambda: build_on_meta(name), timer=time.thread_time, number=1, repeat=2)
    assert min(seconds) < 1
    model = build_on_meta(name)
    assert all(value.is_meta for value in (*model.parameters(), *model.buffers()))
    assert model.training


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_gives_a_number_for_each_class(name: str):
    model = build_on_meta(name, num_classes=7).eval()
    assert model(torch.empty(shape_of_input(name), device="meta")).shape == (2, 7)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_head_and_stem_can_be_exchanged(name: str):
    model = adapt_input(replace_head(build_on_meta(name), 5), 2).eval()
    shape = shape_of_input(name)
    assert model(torch.empty(shape[0], 2, *shape[2:], device="meta")).shape == (2, 5)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_known_of_a_network_is_complete(name: str):
    info = model_info(name)
    assert info.parameters == info.trainable == sum(value.numel() for value in build_on_meta(name).parameters())
    assert info.total >= info.parameters
    assert info.keys in ("torchvision", "timm", "own")
    assert any(year in info.source for year in map(str, range(1989, 2026)))


@pytest.mark.parametrize("name", MODELS)
def test_builder_is_documented(name: str):
    module, function = MODELS[name].target.split(":")
    family = importlib.import_module(module)
    builder = getattr(family, function)
    documentation = inspect.getdoc(builder) or ""
    assert documentation.splitlines()[0].endswith(".")
    if like := re.search(r"\b[Aa]rguments as `(\w+)`|\b[Aa]s `(\w+)`", documentation):
        documentation = inspect.getdoc(getattr(family, like[1] or like[2])) or ""
    assert "\nParameters\n---" in documentation
    assert issubclass(inspect.signature(builder).return_annotation, nn.Module)
    for parameter in inspect.signature(builder).parameters.values():
        assert parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
        assert parameter.name in documentation


@pytest.mark.parametrize("name", SMALLEST)
def test_one_step_of_training_reaches_every_parameter(name: str):
    torch.manual_seed(0)
    model = create_model(name, num_classes=4)
    outputs = model(torch.rand(shape_of_input(name)))
    heads = [outputs] if isinstance(outputs, torch.Tensor) else [part for part in outputs if part is not None]
    sum(nn.functional.cross_entropy(head, torch.tensor([1, 3])) for head in heads).backward()
    missing = [key for key, value in model.named_parameters() if value.grad is None]
    assert missing == []
    assert all(value.grad.isfinite().all() for value in model.parameters())


@pytest.mark.parametrize("name", SMALLEST)
def test_summary_counts_what_the_network_holds(name: str):
    model = build_on_meta(name)
    table = summary(model, shape_of_input(name)[1:])
    assert table.parameters == model_info(name).parameters
    assert sum(row.multiply_adds for row in table.rows) <= table.multiply_adds


def test_models_are_listed_by_pattern_and_task():
    assert list_models() == sorted(MODELS)
    assert list_models("vgg1[13]") == ["vgg11", "vgg13"]
    assert list_models("vgg*", task="poetry") == []


def test_unknown_name_tells_the_nearest():
    with pytest.raises(ValueError, match=r"got 'resnet5'; near: .*resnet50"):
        create_model("resnet5")


def test_unknown_word_of_configuration_is_refused():
    with pytest.raises(TypeError, match="colour"):
        create_model("resnet18", colour="red")


def test_import_loads_torch_and_nothing_heavier():
    heavy = ["torchvision", "timm", "cupy", "cv2", "scipy", "numba", "PIL", "matplotlib", "safetensors", "onnx"]
    code = f"import sys, deep; print([m for m in sys.modules if m in {heavy} or m.startswith('deep.models.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
