"""What each operation of torch does to places of the image."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from deep.inspect.reach import PIXELS, Reach, adaptive, convolved, resampled, transposed

__all__ = ["Call", "Places", "Rule", "everywhere", "rule_of", "tensors_in"]


@dataclass(frozen=True)
class Places:
    """Where the values of a tensor look.

    Parameters
    ----------
    axes : axis of the image (0 is rows) to the axis of the tensor that runs along it, and what is seen along it
    lost : the operation that looked everywhere along the axes that are missing
    """

    axes: Mapping[int, tuple[int, Reach]] = field(default_factory=dict)
    lost: str = ""

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """What is seen along each axis of the image."""
        return tuple(self.axes[axis][1] for axis in sorted(self.axes))


class Call:
    """One operation: its arguments by name, its results, and where its tensors look."""

    def __init__(self, func: Any, args: Any, kwargs: Any, result: Any, places: dict[int, Places]) -> None:
        self.name = str(func.overloadpacket.__name__)
        schema = func._schema.arguments
        self.arguments = {a.name: a.default_value for a in schema if a.has_default_value()}
        self.arguments |= dict(zip((a.name for a in schema), args, strict=False)) | kwargs
        self.tensors = tensors_in((args, kwargs))
        self.result = tensors_in(result)[0]
        self.places = places

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def first(self) -> tuple[Tensor, Places]:
        """The first tensor that looks at the image."""
        return next((value, self.places[id(value)]) for value in self.tensors if id(value) in self.places)

    def moved(self, axis_of: Callable[[int], int | None]) -> Places:
        """Places of the first tensor, each axis where it lies now; those that are nowhere are lost."""
        _, places = self.first
        axes = {image: (axis_of(axis), reach) for image, (axis, reach) in places.axes.items()}
        kept = {image: (axis, reach) for image, (axis, reach) in axes.items() if axis is not None}
        return Places(kept, places.lost if len(kept) == len(axes) else self.name)

    def through(self, windows: Callable[[int], Reach | None]) -> Places:
        """Places of the first tensor, seen through the windows along each of its axes."""
        _, places = self.first
        found = {image: (axis, reach, windows(axis)) for image, (axis, reach) in places.axes.items()}
        kept = {image: (a, reach.through(window)) for image, (a, reach, window) in found.items() if window is not None}
        return Places(kept, places.lost if len(kept) == len(found) else self.name)


Rule = Callable[[Call], Places | None]


def tensors_in(values: Any) -> list[Tensor]:
    """List the tensors among the arguments or results of an operation."""
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, tuple | list):
        return []
    return [tensor for value in values for tensor in tensors_in(value)]


def everywhere(call: Call) -> Places:
    """Look everywhere, as whatever has no rule does."""
    places = call.first[1]
    return Places(lost=call.name if places.axes else places.lost)


def _nowhere(call: Call) -> None:
    """Take no more than the shape."""


def _together(call: Call) -> Places:
    """Values of one place meet; axes are counted from the last."""
    return _meet(call, call.result.ndim)


def _meet(call: Call, rank: int) -> Places:
    """Join what is seen. What is one for the whole axis, as a channel's gate, does not count along it."""
    seen = [(value, call.places[id(value)]) for value in call.tensors if id(value) in call.places]
    axes = {}
    for image in sorted({image for _, places in seen for image in places.axes}):
        along = [
            (places.axes[image][0] + rank - value.ndim, places.axes[image][1])
            for value, places in seen
            if image in places.axes
        ]
        axis, reach = along[0]
        others = [value for value, places in seen if image not in places.axes]
        if any(_length(value, axis - rank) != 1 for value in others):
            continue
        if any(at != axis or other.stride != reach.stride for at, other in along):
            continue
        for _, other in along[1:]:
            reach = reach | other
        axes[image] = (axis, reach)
    wanted = max(len(places.axes) for _, places in seen)
    lost = next((places.lost for _, places in seen if places.lost), "")
    return Places(axes, lost if len(axes) == wanted else lost or call.name)


def _length(value: Tensor, axis: int) -> int:
    """How many values lie along an axis counted from the last; one that is repeated is one."""
    return value.shape[axis] if -axis <= value.ndim and value.stride(axis) else 1


def _pair(value: Any, count: int) -> list[Any]:
    values = list(value) if isinstance(value, Sequence) else [value]
    return values * count if len(values) == 1 else values


def _convolution(call: Call) -> Places:
    weight = call["weight"]
    rank = weight.ndim - 2
    padding = call["padding"]
    make = transposed if "transpose" in call.name or call.arguments.get("transposed") else convolved
    strides, dilations = _pair(call["stride"], rank), _pair(call["dilation"], rank)
    images = call.result.ndim - rank

    def windows(axis: int) -> Reach | None:
        if axis < images:
            return None if axis == images - 1 else PIXELS
        k = axis - images
        size = weight.shape[2 + k]
        same = (size - 1) * dilations[k] // 2
        before = {"same": same, "valid": 0}[padding] if isinstance(padding, str) else _pair(padding, rank)[k]
        return make(size, strides[k], before, dilations[k])

    return call.through(windows)


def _pooling(rank: int) -> Rule:
    def rule(call: Call) -> Places:
        sizes, padding = _pair(call["kernel_size"], rank), _pair(call["padding"], rank)
        strides = _pair(call["stride"], rank) if call["stride"] not in (None, []) else sizes
        dilations = _pair(call.arguments.get("dilation", 1), rank)
        start = call.result.ndim - rank

        def windows(axis: int) -> Reach:
            k = axis - start
            return convolved(sizes[k], strides[k], padding[k], dilations[k]) if k >= 0 else PIXELS

        return call.through(windows)

    return rule


def _to_size(make: Callable[[int, int], Reach]) -> Rule:
    """Pool adaptively or resize: the ratio of the lengths tells the windows. One value of many sees everywhere."""

    def rule(call: Call) -> Places:
        (before, _), after = call.first, call.result

        def windows(axis: int) -> Reach | None:
            old, new = before.shape[axis], after.shape[axis]
            return PIXELS if old == new else make(old, new) if new > 1 else None

        return everywhere(call) if call.arguments.get("align_corners") else call.through(windows)

    return rule


def _resize(taps: int) -> Rule:
    return _to_size(lambda inputs, outputs: resampled(inputs, outputs, taps))


def _regroup(call: Call) -> Places:
    """View: an axis stays where as many values lie before it and along it as did."""
    before, after = call.first[0].shape, call.result.shape
    places = {(after[:k].numel(), after[k]): k for k in reversed(range(len(after)))}
    return call.moved(lambda axis: places.get((before[:axis].numel(), before[axis])))


def _permute(call: Call) -> Places:
    rank = call.result.ndim
    order = list(range(rank))
    if call.name == "permute":
        order = [axis % rank for axis in call["dims"]]
    elif rank > 1:
        a, b = call.arguments.get("dim0", 0) % rank, call.arguments.get("dim1", 1) % rank
        order[a], order[b] = order[b], order[a]
    return call.moved(order.index)


def _reduce(call: Call) -> Places:
    """Mean, maximum, softmax, norm …: along the axes of `dim` everything is seen."""
    if "other" in call.arguments:
        return _together(call)  # the greater of two tensors
    rank = call.first[0].ndim
    dims = call.arguments.get("dim", call.arguments.get("dims"))
    if "normalized_shape" in call.arguments:
        dims = list(range(-len(call["normalized_shape"]), 0))
    gone = set(range(rank)) if dims in (None, []) else {axis % rank for axis in _pair(dims, 1)}
    removes = call.result.ndim < rank
    return call.moved(lambda a: None if a in gone else a - removes * sum(axis < a for axis in gone))


def _take(call: Call) -> Places:
    """Take one of an axis away (select, unbind)."""
    dim = call["dim"] % call.first[0].ndim
    return call.moved(lambda axis: None if axis == dim else axis - (axis > dim))


def _pick(call: Call) -> Places:
    """Pick from one axis by a list of indices (index_select, index)."""
    indices = call.arguments.get("indices")
    if indices is None:
        dim = call["dim"] % call.result.ndim
    else:
        chosen = [k for k, index in enumerate(indices) if index is not None]
        if len(chosen) != 1 or indices[chosen[0]].ndim != 1:
            return everywhere(call)
        dim = chosen[0]
    return call.moved(lambda axis: None if axis == dim else axis)


def _cut(call: Call) -> Places:
    """Take a range of an axis (slice, narrow) or its parts (chunk, split)."""
    before = call.first[0]
    dim = call["dim"] % before.ndim
    start, step = call.arguments.get("start") or 0, call.arguments.get("step", 1)
    first = max(start + before.shape[dim], 0) if start < 0 else start
    in_parts = call.name not in ("slice", "narrow")
    return call.through(lambda a: PIXELS if a != dim else None if in_parts else Reach(((first, first),), step))


def _pad(call: Call) -> Places:
    before = call.arguments.get("pad") or call["padding"]
    rank = call.result.ndim

    def windows(axis: int) -> Reach:
        k = 2 * (rank - 1 - axis)
        return Reach(((-before[k], -before[k]),), 1) if k < len(before) else PIXELS

    return call.through(windows)


def _join(call: Call) -> Places:
    """Lay maps one behind the other (cat) or make an axis of them (stack)."""
    rank = call.result.ndim
    dim = call.arguments.get("dim", 0) % rank
    places = _meet(call, rank - (call.name == "stack"))
    if call.name == "stack":
        return Places({i: (axis + (axis >= dim), reach) for i, (axis, reach) in places.axes.items()}, places.lost)
    kept = {image: (axis, reach) for image, (axis, reach) in places.axes.items() if axis != dim}
    return Places(kept, places.lost if len(kept) == len(places.axes) else call.name)


def _last_axis(call: Call) -> Places:
    """Mix along the last axis by constant weights (linear, a matrix at the right)."""
    if id(call.tensors[0]) not in call.places or any(id(value) in call.places for value in call.tensors[1:]):
        return everywhere(call)
    last = call.result.ndim - 1
    return call.moved(lambda axis: None if axis == last else axis)


def _shuffle(call: Call) -> Places:
    """Make channels of places or places of channels (pixel_shuffle, pixel_unshuffle)."""
    (before, _), rank = call.first, call.result.ndim

    def windows(axis: int) -> Reach | None:
        if axis < rank - 2:
            return PIXELS
        old, new = before.shape[axis], call.result.shape[axis]
        return resampled(old, new, 1) if new >= old else adaptive(old, new)

    return call.through(windows)


def _table() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (_convolution, "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution"),
        (_to_size(adaptive), "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"),
        (_to_size(adaptive), "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d"),
        (_resize(1), "upsample_nearest1d upsample_nearest2d upsample_nearest3d"),
        (_resize(2), "upsample_linear1d upsample_bilinear2d upsample_trilinear3d"),
        (_resize(4), "upsample_bicubic2d"),
        (_regroup, "view reshape _unsafe_view flatten unflatten unsqueeze squeeze"),
        (_permute, "permute transpose t"),
        (_reduce, "mean sum amax amin max min var std norm logsumexp softmax _softmax log_softmax layer_norm"),
        (_reduce, "native_layer_norm linalg_vector_norm prod any all argmax cumsum flip roll"),
        (_together, "batch_norm group_norm instance_norm dropout feature_dropout hardswish prelu where contiguous"),
        (_together, "clone detach alias to _to_copy expand native_batch_norm copy"),
        (_nowhere, "zeros_like ones_like full_like empty_like rand_like new_zeros new_ones new_full new_empty"),
        (_take, "select unbind"),
        (_pick, "index index_select"),
        (_cut, "slice narrow chunk split split_with_sizes tensor_split"),
        (_pad, "pad constant_pad_nd reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d"),
        (_join, "cat concat concatenate stack"),
        (_last_axis, "linear matmul mm"),
        (_shuffle, "pixel_shuffle pixel_unshuffle"),
    ]
    rules = {name: rule for rule, names in groups for name in names.split()}
    for rank in (1, 2, 3):
        words = f"max_pool{rank}d max_pool{rank}d_with_indices avg_pool{rank}d".split()
        rules |= dict.fromkeys(words, _pooling(rank))
    return rules


_RULES = _table()


def rule_of(func: Any) -> Rule | None:
    """Return what an operation does to places: the rule of its name, or that of all that work value by value."""
    if torch.Tag.pointwise in func.tags:
        return _together
    return _RULES.get(func.overloadpacket.__name__.rstrip("_"))
