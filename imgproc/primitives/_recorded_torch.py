"""What bodies that take the gradients of CPU tensors by kernels have in common."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def is_many(upstream: Tensor) -> bool:
    """Say whether `is_grads_batched` of torch.autograd.grad hands over many gradients as one."""
    return not torch._C._has_storage(upstream)


def by_reference(
    ctx: Any, upstream: Tensor | tuple[Tensor, ...], inputs: list[Tensor], is_wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Differentiate the reference body, in a graph that can be differentiated again where one is recorded."""
    with_graph = torch.is_grad_enabled()
    with torch.enable_grad():
        inputs = [x if with_graph else x.detach().requires_grad_(w) for x, w in zip(inputs, is_wanted, strict=True)]
        made = ctx.primitive.reference(*inputs, *ctx.options)
    wanted = [x for x, is_one in zip(inputs, is_wanted, strict=True) if is_one]
    found = iter(torch.autograd.grad(made, wanted, upstream, create_graph=with_graph))
    return [next(found) if is_one else None for is_one in is_wanted]


def tensor_planes(x: Tensor) -> np.ndarray:
    """View a tensor as contiguous (planes, height, width)."""
    return x.detach().resolve_neg().contiguous().numpy().reshape(-1, *x.shape[-2:])
