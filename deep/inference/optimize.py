"""The form of a network that only predicts: fewer layers, a better memory layout, shorter numbers."""

import copy
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only

from deep.inference.packed import ACTIVATIONS, can_pack, packed
from deep.recipe import classes_of, preprocess_of, recipe_of, remember

__all__ = ["OptimizeReport", "Optimized", "optimize"]

_TOLERATED = 0.015
"""A shorter dtype is taken unasked only if no output moves by more than this part of their range."""


@dataclass(frozen=True)
class OptimizeReport:
    """What changed.

    Parameters
    ----------
    max_change : largest absolute difference of an output on the example
    relative_change : the same as a part of the outputs' range
    folded : normalisations that went into the layer before them
    dtype : of the weights
    """

    max_change: float
    relative_change: float
    folded: int
    dtype: torch.dtype


class Optimized(nn.Module):
    """A network in inference form: takes and gives float32, whatever it computes in."""

    def __init__(self, model: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.model = model
        self.dtype = dtype
        self.input_dtype = torch.float32

    @torch.inference_mode()
    def forward(self, images: torch.Tensor) -> Any:
        layout = torch.channels_last if images.ndim == 4 else torch.contiguous_format
        return _as_float(self.model(images.to(self.dtype, memory_format=layout)))


def optimize(
    model: nn.Module,
    example: torch.Tensor,
    *,
    dtype: torch.dtype | None = None,
    compile: bool = False,  # noqa: A002
) -> tuple[nn.Module, OptimizeReport]:
    """Make a copy of a network that only predicts, and faster.

    Parameters
    ----------
    model : nn.Module
        Stays as it is.
    example : (N, C, H, W), what the network takes
        Prepared images, as real as can be had: the outputs before and after are compared on it.
    dtype : of the weights
        By default bfloat16 where the processor multiplies in it and no output changes by more than 1.5 % of the
        outputs' range; otherwise as the model's.
    compile : also run `torch.compile`, which needs a C++ compiler and minutes

    Returns
    -------
    model : nn.Module
        In evaluation mode, without gradients; batch normalisations are folded into the convolutions before them, the
        memory layout is channels last, and on a CPU the weights of convolutions, linear layers and attentions are laid
        out for the example's shape and the number of threads of now, with the activations in the same pass. (Other
        shapes and numbers of threads get layouts of their own when they come for the second time, up to four in all;
        the plain weights are kept too.) Takes and gives float32. To be used, not to be saved or copied: save `model`.
    report : OptimizeReport
        The largest change of an output on `example`.

    Raises
    ------
    ValueError
        `dtype` is no float type.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    >>> fast, report = optimize(net, torch.rand(1, 3, 8, 8), dtype=torch.float32)
    >>> report.folded, report.relative_change < 1e-5
    (1, True)
    """
    if dtype is not None and not dtype.is_floating_point:
        raise ValueError(f"dtype must be a float type, got {dtype}")
    folded = copy.deepcopy(model).eval().requires_grad_(False)
    with torch.inference_mode():
        expected = _as_float(folded(example))
    own = next((value.dtype for value in model.parameters() if value.is_floating_point()), torch.float32)
    count = _fold(folded, example[:1])
    if example.ndim == 4:
        folded = folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    candidates = [dtype] if dtype is not None else [torch.bfloat16, own] if _multiplies_bfloat16(example) else [own]
    for chosen in candidates:
        fast = Optimized(copy.deepcopy(folded).to(chosen), chosen)
        if compile:
            fast.model = torch.compile(fast.model)  # type: ignore[assignment]
        else:
            _pack(fast.model, example.to(chosen))
        change, part = _difference(expected, fast(example))
        if part <= _TOLERATED:
            break
    remember(fast, recipe=recipe_of(model), classes=classes_of(model), preprocess=preprocess_of(model))
    return fast.eval(), OptimizeReport(change, part, count, chosen)


def _fold(model: nn.Module, example: torch.Tensor) -> int:
    """Put each normalisation that directly follows a convolution or linear layer into it; count them."""
    uses = _watch(model, example)
    pairs = uses.pairs(_BatchNorm)
    names = {module: name for name, module in model.named_modules()}
    for layer, norm in pairs:
        fuse: Any = fuse_linear_bn_eval if isinstance(layer, nn.Linear) else fuse_conv_bn_eval
        _exchange(model, names[layer], fuse(layer, norm))
        _take_out(model, names[norm], uses.calls)
    return len(pairs)


def _pack(model: nn.Module, example: torch.Tensor) -> None:
    """Exchange plain convolutions, linear layers and attentions, with the activations that directly follow them."""
    uses = _watch(model, example)
    activations = dict(uses.pairs(ACTIVATIONS))
    names = {module: name for name, module in model.named_modules()}
    for layer, shape in uses.shapes.items():
        if can_pack(layer, shape):
            activation = activations.get(layer)
            _exchange(model, names[layer], packed(layer, shape, activation))
            if activation is not None:
                _take_out(model, names[activation], uses.calls)


def _exchange(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, layer)


def _take_out(model: nn.Module, name: str, calls: Counter[nn.Module]) -> None:
    """Let a layer do nothing; in a sequence that alone calls its layers, so that no index is used, let it be gone."""
    parent, _, own = name.rpartition(".")
    sequence = model.get_submodule(parent)
    is_plain = isinstance(sequence, nn.Sequential) and type(sequence).forward is nn.Sequential.forward
    if is_plain and calls[sequence] == 1 and all(calls[part] <= 1 for part in sequence.children()):  # 0: exchanged
        del sequence._modules[own]
    else:
        _exchange(model, name, nn.Identity())


def _watch(model: nn.Module, example: torch.Tensor) -> "_Uses":
    uses = _Uses()
    with torch.no_grad(), uses:
        handles = [module.register_forward_hook(uses.note, with_kwargs=True) for module in model.modules()]
        model(example)
    for handle in handles:
        handle.remove()
    return uses


class _Uses(TorchFunctionMode):
    """Watch one run: which tensor each layer gives, and how many operations take it."""

    def __init__(self) -> None:
        super().__init__()
        self.makers: dict[int, nn.Module] = {}
        self.shapes: dict[nn.Module, list[int]] = {}
        self.takers: list[tuple[int, nn.Module, nn.Module]] = []
        self.uses: Counter[int] = Counter()
        self.calls: Counter[nn.Module] = Counter()
        self.alive: list[torch.Tensor] = []  # so that no identity is given twice

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor | tuple | list):
            taken = {id(value) for value in _tensors_in((args, kwargs)) if id(value) in self.makers}
            self.uses.update(taken)
        return result

    def note(self, module: nn.Module, inputs: Any, options: dict[str, Any], output: Any) -> None:
        """Take note of one call of a layer, as a forward hook."""
        self.calls[module] += 1
        if isinstance(module, nn.MultiheadAttention):
            looks_at_itself = len(inputs) == 3 and inputs[0] is inputs[1] is inputs[2]
            if looks_at_itself and options == {"need_weights": False}:
                self.shapes[module] = [*inputs[0].shape]
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear):
            self.makers[id(output)] = module
            self.shapes[module] = [*inputs[0].shape]
            self.alive.append(output)
        elif isinstance(module, (_BatchNorm, *ACTIVATIONS)) and inputs:
            self._take(id(inputs[0]), module, in_place=output is inputs[0])

    def _take(self, key: int, module: nn.Module, *, in_place: bool) -> None:
        layer = self.makers.get(key)
        if layer is None:
            return
        self.takers.append((key, layer, module))
        if in_place:  # who takes this tensor from now on takes another value
            del self.makers[key]

    def pairs(self, kinds: type[nn.Module] | tuple[type[nn.Module], ...]) -> list[tuple[nn.Module, nn.Module]]:
        """List (layer, what follows it) where the layer's output goes nowhere else, and each is called once."""
        found = [
            (layer, taker) for key, layer, taker in self.takers if isinstance(taker, kinds) and self.uses[key] == 1
        ]
        return [(layer, taker) for layer, taker in found if self.calls[layer] == self.calls[taker] == 1]


def _tensors_in(values: Any) -> list[torch.Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, torch.Tensor)]


def _as_float(outputs: Any) -> Any:
    return tree_map_only(torch.Tensor, lambda value: value.float() if value.is_floating_point() else value, outputs)


def _difference(expected: Any, found: Any) -> tuple[float, float]:
    """Give the largest change of an output, and the largest part of its tensor's range."""
    change = part = 0.0
    for old, new in zip(_tensors_in(expected), _tensors_in(found), strict=True):
        moved = float((old - new).abs().max())
        change, part = max(change, moved), max(part, moved / max(float(old.max() - old.min()), 1e-30))
    return change, part


def _multiplies_bfloat16(example: torch.Tensor) -> bool:
    """Tell whether the processor that holds the example has instructions for products in bfloat16."""
    tests = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return example.device.type == "cpu" and any(getattr(torch.cpu, test, bool)() for test in tests)
