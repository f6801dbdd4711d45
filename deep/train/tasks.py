"""What networks are trained for: modules of Lightning that hold a network, its loss and its optimiser."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from deep.inference.predictor import usual_preprocess
from deep.inference.prepare import normalize
from deep.preprocess import Preprocess
from deep.recipe import preprocess_of, recipe_of, remember

__all__ = ["ClassificationTask", "Schedule"]

Batch = tuple[Tensor, Tensor]
Schedule = Literal["cosine", "one_cycle", "constant"]


class ClassificationTask(LightningModule):
    """Tell classes apart: cross-entropy, and the share of right answers.

    Parameters
    ----------
    model : nn.Module
        Gives logits, (N, classes); in training perhaps a tuple whose others are the side heads' (GoogLeNet, Inception).
    lr : learning rate, > 0
        At its highest.
    body_lr : learning rate of all but the head, optional
        For fine-tuning, where the head is fresh and the body is not; `lr` everywhere where None.
    optimizer : callable of (parameters, lr=), such as a class of `torch.optim` or a `functools.partial` of one
    schedule : "cosine" (falls to zero), "one_cycle" (rises, then falls), "constant", or a callable
        A callable takes the optimizer and the number of steps, and gives a scheduler of torch, stepped at each batch.
    label_smoothing : 0 <= share < 1
        Share of the target that is spread over all classes.
    side_weight : >= 0
        Weight of each side head's loss.
    preprocess : Preprocess, optional
        How uint8 images become the network's input, on its device. As came with the model's weights by default, and
        for a network of the registry without weights as `Predictor` takes it. Images of floats go in as they are.
    classes : names of the outputs, optional
        They and `preprocess` become the model's, for `deep.save` and `deep.Predictor`.

    Raises
    ------
    ValueError
        A number is out of range, `schedule` is none of the words, or every parameter of the model is frozen.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the inception architecture for computer vision", CVPR 2016, section 7 (label
       smoothing).
    .. [2] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 5 (side heads, weight 0.3).
    .. [3] I. Loshchilov and F. Hutter, "SGDR", ICLR 2017, equation 5 (cosine); L. Smith and N. Topin,
       "Super-convergence", 2018 (one cycle).

    Examples
    --------
    >>> task = ClassificationTask(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), lr=0.1)
    >>> round(float(task.loss((torch.zeros(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))).detach()), 1)
    0.7
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        lr: float = 1e-3,
        body_lr: float | None = None,
        optimizer: Callable[..., Optimizer] = torch.optim.AdamW,
        schedule: Schedule | Callable[[Optimizer, int], LRScheduler] = "cosine",
        label_smoothing: float = 0.0,
        side_weight: float = 0.3,
        preprocess: Preprocess | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        for name, rate in (("lr", lr), ("body_lr", lr if body_lr is None else body_lr)):
            if not 0 < rate < float("inf"):
                raise ValueError(f"{name} must be positive and finite, got {rate!r}")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing must be at least 0 and below 1, got {label_smoothing!r}")
        if not 0 <= side_weight < float("inf"):
            raise ValueError(f"side_weight must be at least 0 and finite, got {side_weight!r}")
        if not callable(schedule) and schedule not in get_args(Schedule):
            raise ValueError(f"schedule must be one of {get_args(Schedule)} or a callable, got {schedule!r}")
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise ValueError(f"model must have a parameter to train, got {type(model).__name__} with all frozen")
        self.model = model
        self.lr, self.body_lr = lr, body_lr
        self.optimizer_class, self.schedule = optimizer, schedule
        self.label_smoothing, self.side_weight = label_smoothing, side_weight
        self.preprocess = preprocess or preprocess_of(model)
        if self.preprocess is None and recipe_of(model) is not None:
            self.preprocess = usual_preprocess(model)
        self.total_steps: int | None = None
        if recipe_of(model) is not None:
            remember(model, preprocess=self.preprocess)
        if classes is not None:
            remember(model, classes=tuple(classes))

    def forward(self, images: Tensor) -> Any:
        """Give the network's outputs on a batch of images."""
        return self.model(self.prepare(images))

    def prepare(self, images: Tensor) -> Tensor:
        """Make uint8 images, (N, C, H, W), the network's input, where they lie; floats stay as they are."""
        if images.is_floating_point():
            return images
        if images.dtype != torch.uint8:
            raise TypeError(f"images must be uint8 or float, got {images.dtype}")
        if self.preprocess is None:
            name = type(self.model).__name__
            raise ValueError(f"preprocess must be given to train {name} on uint8 images, got None")
        return normalize(images.to(torch.float32) / 255, self.preprocess)

    def loss(self, batch: Batch) -> Tensor:
        """Give the mean loss of a batch, (images, labels), which training lowers."""
        images, labels = batch
        outputs = self(images)
        main, *sides = outputs if isinstance(outputs, tuple) else (outputs,)
        cross_entropy = functional.cross_entropy(main, labels, label_smoothing=self.label_smoothing)
        for side in sides:
            side_loss = functional.cross_entropy(side, labels, label_smoothing=self.label_smoothing)
            cross_entropy = cross_entropy + self.side_weight * side_loss
        return cross_entropy

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Give the loss of a batch, and show it."""
        loss = self.loss(batch)
        self.log("loss", loss.detach(), prog_bar=True, batch_size=len(batch[1]))
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Record cross-entropy and the share of right answers."""
        images, labels = batch
        logits = self(images)
        values = {
            "validation_loss": functional.cross_entropy(logits, labels),
            "validation_accuracy": (logits.argmax(1) == labels).float().mean(),
        }
        self.log_dict(values, on_epoch=True, prog_bar=True, batch_size=len(labels), sync_dist=True)

    def make_optimizer(self) -> Optimizer:
        """Build the optimizer of the parameters that are not frozen; the body's have their own rate if one is given."""
        heads = _head_parameters(self.model) if self.body_lr is not None else set()
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        groups: list[dict[str, Any]] = [{"params": [p for p in trained if self.body_lr is None or id(p) in heads]}]
        if self.body_lr is not None:
            groups.append({"params": [p for p in trained if id(p) not in heads], "lr": self.body_lr})
        return self.optimizer_class([group for group in groups if group["params"]], lr=self.lr)

    def configure_optimizers(self) -> Any:
        """Give Lightning the optimizer and its schedule."""
        optimizer = self.make_optimizer()
        if self.schedule == "constant":
            return optimizer
        # `fit` knows the steps; to ask the trainer would set up the data before a checkpoint's place in it is known
        steps = int(self.trainer.estimated_stepping_batches) if self.total_steps is None else self.total_steps
        if callable(self.schedule):
            scheduler = self.schedule(optimizer, steps)
        elif self.schedule == "one_cycle":
            scheduler = OneCycleLR(optimizer, [group["lr"] for group in optimizer.param_groups], total_steps=steps)
        else:
            scheduler = CosineAnnealingLR(optimizer, steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def _head_parameters(model: nn.Module) -> set[int]:
    recipe = recipe_of(model)
    if recipe is None:
        raise ValueError(f"body_lr must be None for a model not of create_model, got one with {type(model).__name__}")
    return {id(parameter) for name in recipe.head for parameter in model.get_submodule(name).parameters()}
