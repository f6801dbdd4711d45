"""Layers by name, and what they give on the way through a network."""

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn

__all__ = ["evaluated", "find_layer", "match_layers", "output_of", "watched"]


@contextmanager
def evaluated(model: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode, and each of its modules back into its own mode."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


@contextmanager
def watched(modules: dict[str, nn.Module], see: Callable[[str, Any], Any]) -> Iterator[None]:
    """Show the outputs of modules to `see`; what it returns, if anything, goes on in their place."""
    handles = []
    try:
        for name, module in modules.items():
            handles.append(module.register_forward_hook(lambda _m, _i, output, name=name: see(name, output)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def output_of(model: nn.Module, layer: str, run: Callable[[], Any]) -> Any:
    """Run a network until a layer has given its output, and return that."""

    def stop(_: str, output: Any) -> None:
        raise _Reached(output)

    with watched({layer: find_layer(model, layer)}, stop):
        try:
            run()
        except _Reached as reached:
            return reached.output
    raise ValueError(f"layer must take part in the forward pass, got {layer!r}, which is not called")


class _Reached(Exception):  # noqa: N818  # no error: the way out of a forward pass
    def __init__(self, output: Any) -> None:
        self.output = output


def find_layer(model: nn.Module, layer: str) -> nn.Module:
    """Return the module of this dotted name; the network itself is ""."""
    if not isinstance(layer, str):
        raise TypeError(f"layer must be a dotted name, got {type(layer).__name__}")
    named: dict[str, nn.Module] = dict(model.named_modules(remove_duplicate=False))
    if layer not in named:
        first = ", ".join(list(named)[1:12])
        raise ValueError(f"layer must name a module of the model, got {layer!r}; it has {first} …")
    return named[layer]


def match_layers(model: nn.Module, patterns: str | Sequence[str]) -> dict[str, nn.Module]:
    """Return the modules whose dotted names match patterns of the shell, in the order of building."""
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    if not wanted or not all(isinstance(pattern, str) for pattern in wanted):
        raise TypeError(f"layers must be dotted names or patterns, got {patterns!r}")
    named = dict(model.named_modules(remove_duplicate=False))
    for pattern in wanted:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in named):
            first = ", ".join(list(named)[1:12])
            raise ValueError(f"layers must match a module of the model, got {pattern!r}; it has {first} …")
    return {n: m for n, m in named.items() if any(fnmatch.fnmatchcase(n, pattern) for pattern in wanted)}
