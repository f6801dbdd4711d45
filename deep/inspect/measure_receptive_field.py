"""Which part of the image a layer sees, by its gradients."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from deep.inspect.follow import follow, follow_last
from deep.inspect.layers import evaluated, find_layer, output_of
from deep.inspect.reach import Reach
from deep.inspect.receptive_field import ReceptiveField, field_of
from deep.inspect.shapes import input_shape

__all__ = ["measure_receptive_field"]

_FAINT = 1e-30
"""Gray of the image: so near 0, activations that bend are straight, and those that saturate let pass."""
_DOUBLINGS = 6
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm")
_MEANS = {"max_pool1d": functional.avg_pool1d, "max_pool2d": functional.avg_pool2d, "max_pool3d": functional.avg_pool3d}
_GLOBAL = ("mean", "sum", "amax", "adaptive_avg_pool2d", "adaptive_max_pool2d")


def measure_receptive_field(
    model: nn.Module, layer: str | None = None, *, size: int | tuple[int, ...] | None = None
) -> ReceptiveField:
    """Measure what `receptive_field` computes: how far the gradient of one value reaches in the image.

    The network gets positive weights for the time, so that nothing cancels, and double precision. Maxima become means,
    norms let pass, and what scales channels as a whole (gates by global means) is held fixed.

    Parameters
    ----------
    model : nn.Module
        Left as it is.
    layer : dotted name
        As in `receptive_field`.
    size : side of a square, (H, W) or (C, H, W) of the image
        Where None, the network's own, doubled along one axis at a time until the field lies inside.

    Returns
    -------
    ReceptiveField

    Raises
    ------
    ValueError
        There is no such layer, it gives no maps, it sees the whole image, or the field does not fit into `size`.

    Notes
    -----
    One pass forward and two back for each axis, on a strip of the image, on the model's device: seconds for large
    networks. Two values in the middle are measured; networks that upsample, where values see by turns more and less,
    only `receptive_field` follows. TensorFlow's SAME padding depends on the size, which must then be given to both.

    References
    ----------
    .. [1] W. Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", NIPS
       2016, section 2.

    Examples
    --------
    >>> measure_receptive_field(nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(8, 8, 3)), size=32)
    ReceptiveField(size=7, stride=2, offset=3)
    """
    shape = input_shape(model, size)
    layer = follow_last(model, shape)[0] if layer is None else layer
    find_layer(model, layer)
    doublings = _DOUBLINGS if size is None else 0
    strips = [_narrowed(model, layer, shape, axis) for axis in range(2, len(shape))]
    return field_of([_measure_axis(model, layer, strip, k + 2, doublings) for k, strip in enumerate(strips)])


def _measure_axis(model: nn.Module, layer: str, shape: tuple[int, ...], axis: int, doublings: int) -> Reach:
    for k in range(doublings + 1):
        length = shape[axis] * 2**k
        spans, middle = _middle_spans(model, layer, (*shape[:axis], length, *shape[axis + 1 :]), axis)
        if len(spans) == 2 and _is_inside(spans, length):
            (first, last), (after, _) = spans
            stride = after - first
            back = middle * stride  # to the first value
            return Reach(((first - back, last - back),), stride)
    raise ValueError(f"size must hold the field of {layer!r} with a margin, got {length} pixels along axis {axis}")


def _is_inside(spans: list[tuple[int, int]], length: int) -> bool:
    """Tell whether neighbours see equally much and nothing of the ends, so that no field is cut off."""
    (first, last), (after, last_after) = spans
    return first > 0 and last_after < length - 1 and last_after - after == last - first and after > first


def _narrowed(model: nn.Module, layer: str, shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """Give the narrowest strip along an axis that the network takes; its field along the axis is the same."""
    for parts in (8, 4, 2):
        narrow = tuple(side if k < 2 or k == axis else max(side // parts, 1) for k, side in enumerate(shape))
        try:
            follow(model, narrow, layer)
        except (RuntimeError, ValueError):  # torch refuses maps that are smaller than a kernel
            continue
        return narrow
    return shape


def _middle_spans(model: nn.Module, layer: str, shape: tuple[int, ...], axis: int) -> tuple[list[tuple[int, int]], int]:
    """Give (first, last) pixel that two neighbours in the middle of the maps see, and the index of the first."""
    place = next((values.device for values in model.parameters() if not values.is_meta), torch.device("cpu"))
    image = torch.full(shape, _FAINT, dtype=torch.float64, device=place, requires_grad=True)
    others = [k for k in range(len(shape)) if k != axis]
    with torch.enable_grad(), evaluated(model), _Straight():
        maps = output_of(model, layer, lambda: functional_call(model, _positive(model, place), (image,)))
    if not isinstance(maps, Tensor) or maps.ndim != len(shape):
        raise ValueError(f"layer must give maps, got {layer!r}, which gives {getattr(maps, 'shape', type(maps))}")
    if not maps.requires_grad:
        raise ValueError(f"layer must see a part of the image, got {layer!r}, which sees all of it")
    values, spans = maps.sum(others), []
    middle = (len(values) - 1) // 2
    for value in values[middle : middle + 2]:
        (gradient,) = torch.autograd.grad(value, image, retain_graph=True)
        reached = gradient.sum(others).nonzero()
        if not len(reached):
            raise ValueError(f"layer must see the image, got {layer!r}, which sees nothing of it")
        spans.append((int(reached[0]), int(reached[-1])))
    return spans, middle


def _positive(model: nn.Module, place: torch.device) -> dict[str, Tensor]:
    """Give weights that average, and biases of 0, in one number's memory each."""
    state = {}
    for name, values in (*model.named_parameters(), *model.named_buffers()):
        if values.is_floating_point():
            mean = values.shape[0] / values.numel() if values.ndim > 1 else 1.0
            filled = 0.0 if name.endswith(("bias", "running_mean")) else mean
            state[name] = torch.tensor(filled, dtype=torch.float64, device=place).expand(values.shape)
        else:
            state[name] = values
    return state


class _Straight(TorchFunctionMode):
    """Make a network linear on the way: means instead of maxima, no norms, fixed gates."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in _NORMS:
            return args[0]
        if name in _MEANS:
            return _mean_instead(name, *args, **(kwargs or {}))
        result = func(*args, **(kwargs or {}))
        return result.detach() if name in _GLOBAL and _sees_all(args[0], result) else result


def _mean_instead(
    name: str, maps: Tensor, size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Tensor:  # fmt: skip
    if dilation not in (1, (1, 1)) or return_indices:
        raise ValueError(f"model must have maxima without dilation and indices to be measured, got {name}")
    mean: Tensor = _MEANS[name](maps, size, stride, padding, ceil_mode=ceil_mode)
    return mean


def _sees_all(maps: Tensor, result: Tensor) -> bool:
    """Tell whether one number is left for each map, with channels first or last."""
    count = result.numel()
    return maps.ndim > 2 and count < maps.numel() and count in (maps.shape[:2].numel(), maps.shape[0] * maps.shape[-1])
