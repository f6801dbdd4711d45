"""Follow places of the image through any network, operation by operation, without computing it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode

from deep.inspect.layers import evaluated, output_of, watched
from deep.inspect.places import Call, Places, everywhere, rule_of, tensors_in
from deep.inspect.reach import PIXELS

__all__ = ["follow", "follow_last"]


def follow(model: nn.Module, shape: Sequence[int], layer: str) -> Places:
    """Follow a batch of this shape to the output of a layer."""
    follower = _Follower()
    output = output_of(model, layer, lambda: _run(model, shape, follower))
    return follower.of(output)


def follow_last(model: nn.Module, shape: Sequence[int]) -> tuple[str, Places]:
    """Follow a batch to the last module whose output keeps all places, and name it.

    Adaptive pooling before dense layers is passed over: what it sees depends on the size of the image.
    """
    follower, found = _Follower(), [("", Places())]

    def look(name: str, output: Any) -> None:
        places = follower.of(output)
        if len(places.axes) == len(shape) - 2 and "AdaptiveAvgPool" not in type(modules[name]).__name__:
            found.append((name, places))

    modules = dict(model.named_modules())
    with watched(modules, look):
        _run(model, shape, follower)
    if len(found) == 1:
        raise ValueError(f"model must have a layer that keeps places, got {type(model).__name__}, which has none")
    return found[-1]


def _run(model: nn.Module, shape: Sequence[int], follower: "_Follower") -> None:
    images = torch.empty(tuple(shape), device="meta")
    state = {name: _plain(value) for name, value in (*model.named_parameters(), *model.named_buffers())}
    follower.start(images)
    # in inference mode the follower sees convolutions and linear layers as they are called, not what they are made of
    with evaluated(model), torch.inference_mode(), torch.device("meta"), follower:
        functional_call(model, state, (images,))


def _plain(value: Tensor) -> Tensor:
    """Keep the shape; floats become float32, as the images are."""
    return value.to("meta", torch.float32) if value.is_floating_point() else value.to("meta")


class _Follower(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes for each tensor where it looks; tensors of which nothing is noted do not look at the image."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._notes: dict[int, tuple[Tensor, Places]] = {}  # keeps the tensors, so that no identity returns
        self._written: dict[int, Any] = {}  # memory into a part of which something of the image was written

    def start(self, images: Tensor) -> None:
        self._note(images, Places({axis: (axis + 2, PIXELS) for axis in range(images.ndim - 2)}))

    def of(self, output: Any) -> Places:
        """Tell where the output of a module looks."""
        first = output[0] if isinstance(output, tuple | list) else output
        known = self._known(first) if isinstance(first, Tensor) else None
        return known or Places(lost="another input than the image")

    def _known(self, tensor: Tensor) -> Places | None:
        if self._written and _memory(tensor) in self._written:
            return Places(lost="assignment to a part")
        return self._notes[id(tensor)][1] if id(tensor) in self._notes else None

    def _note(self, tensor: Tensor, places: Places) -> None:
        self._notes[id(tensor)] = (tensor, places)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        known = {id(value): self._known(value) for value in tensors_in((args, kwargs))}
        seen = {identity: places for identity, places in known.items() if places is not None}
        rule = rule_of(func)
        if seen and rule is None:
            with self:
                made_of_others = func.decompose(*args, **kwargs)
            if made_of_others is not NotImplemented:
                return made_of_others
        result = func(*args, **kwargs)
        if not seen or not tensors_in(result):
            return result
        followed = (rule or everywhere)(Call(func, args, kwargs, result, seen))
        if func._schema.is_mutable and _is_part(result) and set(seen) != {id(args[0])}:
            self._written[_memory(result)] = result
        if followed is not None:
            for tensor in tensors_in(result):
                self._note(tensor, followed)
        return result


def _memory(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _is_part(tensor: Any) -> bool:
    """Tell whether a tensor is a view of a part of another."""
    return isinstance(tensor, Tensor) and tensor.numel() * tensor.itemsize < tensor.untyped_storage().nbytes()
