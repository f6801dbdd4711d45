"""Gradient descent with the constants of the notes; torch's optimisers have others, and keep them.

| | the notes | torch |
|---|---|---|
| momentum | 0.5, later 0.9, of a running mean | none, of a running sum |
| RMSProp | 0.9, epsilon 1e-10 | 0.99, epsilon 1e-8 |
| Adam | 0.9 and 0.99, epsilon 1e-10 | 0.9 and 0.999, epsilon 1e-8 |
"""

from collections.abc import Iterable
from typing import Any

from torch import Tensor
from torch.optim import SGD, Adam, Optimizer, RMSprop
from torch.optim.lr_scheduler import LRScheduler

__all__ = ["AnnealMomentum", "notes_adam", "notes_momentum", "notes_rmsprop"]

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]]


def notes_momentum(parameters: Parameters, lr: float = 0.01, *, momentum: float = 0.5) -> SGD:
    """Descend along a running mean of the gradients: v' = momentum v + (1 - momentum) g, w' = w - lr v'.

    Parameters
    ----------
    parameters : of a model, or groups as torch has them
    lr : learning rate, > 0
    momentum : 0 <= momentum < 1
        The notes start at 0.5 and go up to 0.9: `AnnealMomentum`.

    Returns
    -------
    torch.optim.SGD
        Its first step takes v to be the gradient, not a mean with 0.

    Raises
    ------
    ValueError
        A number is out of range.

    Notes
    -----
    torch's and the papers' momentum sums gradients instead: where they agree, its steps are 1 / (1 - momentum) longer.

    References
    ----------
    .. [1] I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013,
       section 2.

    Examples
    --------
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = notes_momentum([w], lr=1.0)
    >>> for gradient in (4.0, 0.0, 0.0):
    ...     w.grad = torch.tensor([gradient])
    ...     optimizer.step()
    ...     print(w.item())
    -3.0
    -5.0
    -6.0
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be at least 0 and below 1, got {momentum}")
    return SGD(parameters, lr=lr, momentum=momentum, dampening=momentum)


def notes_rmsprop(parameters: Parameters, lr: float = 0.01) -> RMSprop:
    """Divide each gradient by the root of its running mean square (0.9 of the old mean, epsilon 1e-10).

    Parameters
    ----------
    parameters : of a model, or groups as torch has them
    lr : learning rate, > 0

    Returns
    -------
    torch.optim.RMSprop

    References
    ----------
    .. [1] T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.

    Examples
    --------
    The first step has the same length for steep and flat directions, lr / √0.1:

    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([1000.0, 0.001])
    >>> notes_rmsprop([w], lr=0.1).step()
    >>> w.detach()
    tensor([-0.3162, -0.3162])
    """
    return RMSprop(parameters, lr=lr, alpha=0.9, eps=1e-10)


def notes_adam(parameters: Parameters, lr: float = 0.001) -> Adam:
    """Divide the running mean of the gradients (0.9) by the root of that of their squares (0.99, epsilon 1e-10).

    Parameters
    ----------
    parameters : of a model, or groups as torch has them
    lr : learning rate, > 0

    Returns
    -------
    torch.optim.Adam
        Both means are corrected for their start from 0, as in the paper.

    References
    ----------
    .. [1] D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([1000.0, 0.001])
    >>> notes_adam([w], lr=0.1).step()
    >>> w.detach()
    tensor([-0.1000, -0.1000])
    """
    return Adam(parameters, lr=lr, betas=(0.9, 0.99), eps=1e-10)


class AnnealMomentum(LRScheduler):
    """Raise the momentum of `notes_momentum` from 0.5 to 0.9 in equal steps; the learning rate stays as it is.

    Parameters
    ----------
    optimizer : torch.optim.SGD
        With dampening, as of `notes_momentum`, that follows; without, as torch has it by default, it stays 0.
    steps : calls of `step` until the end, >= 1
        Epochs or batches; `ClassificationTask(schedule=AnnealMomentum)` steps after each batch.
    start, end : momentum, 0 <= start, end < 1

    Raises
    ------
    TypeError
        `optimizer` is another.
    ValueError
        A number is out of range.

    Examples
    --------
    >>> optimizer = notes_momentum([torch.zeros(1, requires_grad=True)])
    >>> schedule = AnnealMomentum(optimizer, 4)
    >>> for _ in range(6):
    ...     print(round(optimizer.param_groups[0]["momentum"], 2), end=" ")
    ...     optimizer.step()
    ...     schedule.step()
    0.5 0.6 0.7 0.8 0.9 0.9
    """

    def __init__(self, optimizer: Optimizer, steps: int, *, start: float = 0.5, end: float = 0.9) -> None:
        if not isinstance(optimizer, SGD):
            raise TypeError(f"optimizer must be torch.optim.SGD, got {type(optimizer).__name__}")
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        for name, value in (("start", start), ("end", end)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, got {value}")
        self.steps, self.start, self.end = steps, start, end
        super().__init__(optimizer)

    def get_lr(self) -> list[float | Tensor]:
        """Set the momentum of this step; torch's base calls this and sets the learning rates that it returns."""
        momentum = self.start + (self.end - self.start) * min(self.last_epoch / self.steps, 1)
        for group in self.optimizer.param_groups:
            group["momentum"] = momentum
            group["dampening"] = momentum if group["dampening"] else 0
        return [group["lr"] for group in self.optimizer.param_groups]
