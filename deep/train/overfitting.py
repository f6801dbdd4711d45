"""The first test of any training: a network that cannot learn one batch by heart will not learn a data set."""

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from deep.blocks.stochastic_depth import StochasticDepth

if TYPE_CHECKING:
    from deep.train.tasks import ClassificationTask

__all__ = ["overfit_one_batch"]


def overfit_one_batch(task: "ClassificationTask", batch: tuple[Tensor, Tensor], *, steps: int = 100) -> list[float]:
    """Train on one batch again and again, and tell the losses; they should fall below 1 % of the first.

    Parameters
    ----------
    task : ClassificationTask
        A copy is trained, at the constant rate `lr`; the task's own network stays as it is.
    batch : images (N, C, H, W), uint8 or float, and labels (N,)
        Small: 4 to 16 images.
    steps : at least 1

    Returns
    -------
    list of float
        The loss before each step.

    Raises
    ------
    ValueError
        `steps` is less than 1.

    Notes
    -----
    Nothing is dropped at random (dropout, stochastic depth): asked is whether the network can learn, not how it
    generalises. Normalisations see the batch, as in training.

    Examples
    --------
    >>> from deep.train.tasks import ClassificationTask
    >>> task = ClassificationTask(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), lr=0.1)
    >>> losses = overfit_one_batch(task, (torch.eye(12)[:4].reshape(4, 3, 2, 2), torch.tensor([0, 1, 1, 0])))
    >>> losses[-1] < 0.01 * losses[0]
    True
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    pupil = copy.deepcopy(task).train()
    for module in pupil.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd | StochasticDepth):
            module.eval()
    optimizer: Any = pupil.make_optimizer()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = pupil.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.detach())
    return [float(loss) for loss in torch.stack(losses)]
