"""The table of a network's layers: shapes, parameters, multiply-adds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from deep.inspect.shapes import input_shape
from deep.surgery import count_parameters

__all__ = ["LayerRow", "Summary", "summary"]


@dataclass(frozen=True)
class LayerRow:
    """One call of a layer: its dotted name, kind, shape of the result, learned values and multiply-adds."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Summary:
    """What `summary` found; its text is the table.

    `parameters` are the learned values, `total` adds running statistics, `multiply_adds` counts products for one image
    in convolutions, linear layers and attention, also where no layer holds them.
    """

    rows: tuple[LayerRow, ...]
    parameters: int
    trainable: int
    total: int
    multiply_adds: int

    def __str__(self) -> str:
        head = ("layer", "kind", "shape", "parameters", "multiply-adds")
        body = [
            (row.name, row.kind, "×".join(map(str, row.shape)), f"{row.parameters:,}", f"{row.multiply_adds:,}")
            for row in self.rows
        ]
        widths = [max(len(row[i]) for row in (head, *body)) for i in range(len(head))]
        aligned = [
            [
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            for row in (head, *body)
        ]
        lines = ["  ".join(row) for row in aligned]
        last = f"{self.parameters:,} parameters ({self.trainable:,} trainable, {self.total:,} with running statistics)"
        return "\n".join([*lines, f"{last}, {self.multiply_adds:,} multiply-adds"])


def summary(model: nn.Module, size: int | tuple[int, ...]) -> Summary:
    """List the layers of a network with what each gives and costs for one image, without computing it.

    Parameters
    ----------
    model : nn.Module
        Looked at in evaluation mode; left as it is.
    size : side of a square, (H, W), (C, H, W), or (C, T, H, W) of the input
        The channels of the first layer where none are given.

    Returns
    -------
    Summary
        `print(summary(...))` shows the table.

    Examples
    --------
    >>> print(summary(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 10)), 5))
    layer  kind     shape    parameters  multiply-adds
    0      Conv2d   1×8×3×3         224          1,944
    1      ReLU     1×8×3×3           0              0
    2      Flatten  1×72              0              0
    3      Linear   1×10            730            720
    954 parameters (954 trainable, 954 with running statistics), 2,664 multiply-adds
    """
    images = torch.empty(input_shape(model, size), device="meta")
    state = {name: value.to("meta") for name, value in (*model.named_parameters(), *model.named_buffers())}
    rows: list[LayerRow] = []
    modes = {module: module.training for module in model.modules()}
    counter = FlopCounterMode(display=False)
    handles = [h for name, module in model.named_modules() if name for h in _watch(name, module, counter, rows)]
    try:
        model.eval()
        with counter:
            functional_call(model, state, (images,))
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    parameters = sum(value.numel() for value in model.parameters())
    total, trainable = count_parameters(model)
    return Summary(tuple(rows), parameters, trainable, total, counter.get_total_flops() // 2)


def _watch(name: str, module: nn.Module, counter: FlopCounterMode, rows: list[LayerRow]) -> list[Any]:
    """Record each call of a layer that holds no other layers, or holds parameters of its own as attention does."""
    if any(True for _ in module.children()) and not isinstance(module, nn.MultiheadAttention):
        return []
    starts: list[int] = []

    def before(_module: nn.Module, _inputs: Any) -> None:
        starts.append(counter.get_total_flops())

    def after(_module: nn.Module, _inputs: Any, output: Any) -> None:
        cost = (counter.get_total_flops() - starts.pop()) // 2
        first = output[0] if isinstance(output, tuple) else output
        own = sum(value.numel() for value in module.parameters())
        rows.append(LayerRow(name, type(module).__name__, tuple(first.shape), own, cost))

    hooks: list[Callable[[], Any]] = [
        lambda: module.register_forward_pre_hook(before),
        lambda: module.register_forward_hook(after),
    ]
    return [hook() for hook in hooks]
