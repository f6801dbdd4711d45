"""Transfer by cached features: the body looks at each image once, and only the head is trained."""

import hashlib
import os
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from deep.inference.predictor import usual_preprocess
from deep.inference.prepare import normalize
from deep.preprocess import Preprocess
from deep.recipe import preprocess_of, recipe_of
from deep.train.loaders import Collate

__all__ = ["cache_features", "head_of"]

_ELSE = "deep.freeze(model) trains the head of any network alone"


def head_of(model: nn.Module) -> nn.Module:
    """Give the last layer of a network, the one that `replace_head` exchanges.

    Parameters
    ----------
    model : built by `create_model`

    Returns
    -------
    nn.Module
        The model's own: what it learns, the model has learned.

    Raises
    ------
    ValueError
        The model was not built by `create_model`, or has several heads.

    Examples
    --------
    >>> from deep import create_model
    >>> head_of(create_model("lenet5", num_classes=3))
    Linear(in_features=84, out_features=3, bias=True)
    """
    recipe = recipe_of(model)
    if recipe is None:
        raise ValueError(f"model must be built by create_model, got {type(model).__name__}")
    if len(recipe.head) != 1:
        raise ValueError(f"model must have one head, got {len(recipe.head)}: {', '.join(recipe.head)}")
    return model.get_submodule(recipe.head[0])


@torch.no_grad()
def cache_features(
    model: nn.Module,
    data: Any,
    *,
    path: str | os.PathLike[str] | None = None,
    preprocess: Preprocess | None = None,
    batch_size: int = 32,
    workers: int = 0,
) -> TensorDataset:
    """Compute what the head of a network sees of each image, for training the head alone.

    Parameters
    ----------
    model : built by `create_model`, with a linear layer as its end
        Put into evaluation mode; runs where its parameters lie.
    data : data set with a length, of (image, label), as `fit` takes it
        An augmented one is seen as it is in its present epoch.
    path : safetensors file, optional
        Written if it is not there; read, instead of computing, if it was made by the same body from as many images. The
        images themselves are not compared.
    preprocess : Preprocess, optional
        As `ClassificationTask` takes it.
    batch_size, workers : int

    Returns
    -------
    TensorDataset
        Of (features, label), for `fit(ClassificationTask(head_of(model)), features, …)`.

    Raises
    ------
    ValueError
        `model` was not built by `create_model`, or does more than its head after the body (SqueezeNet, NiN: there
        `deep.freeze` is the way); `data` is empty; the file is of another body or number of images.

    Examples
    --------
    >>> from deep import create_model
    >>> photos = [(torch.zeros(3, 40, 60, dtype=torch.uint8), 0), (torch.zeros(3, 50, 40, dtype=torch.uint8), 1)]
    >>> features = cache_features(create_model("lenet5", num_classes=2), photos)
    >>> features.tensors[0].shape, features.tensors[1].tolist()
    (torch.Size([2, 84]), [0, 1])
    """
    head = head_of(model)
    if not isinstance(head, nn.Linear):
        raise ValueError(f"model must end in a linear layer, got {type(head).__name__}; {_ELSE}")
    if len(data) == 0:
        raise ValueError("data must hold at least one image, got none")
    chosen = preprocess or preprocess_of(model) or usual_preprocess(model)
    print_of_body = _fingerprint(model, head, chosen)
    if path is not None and Path(path).exists():
        return _read(Path(path), print_of_body, len(data))
    device = next(model.parameters()).device
    parts = []
    for images, labels in DataLoader(data, batch_size, num_workers=workers, collate_fn=Collate(chosen)):
        batch = images.to(device)
        batch = normalize(batch / 255, chosen) if batch.dtype == torch.uint8 else batch
        parts.append((_seen_by(head, model.eval(), batch).cpu(), labels))
    features, labels = (torch.cat(part) for part in zip(*parts, strict=True))
    if path is not None:
        _write(Path(path), features, labels, print_of_body)
    return TensorDataset(features, labels)


def _seen_by(head: nn.Module, model: nn.Module, batch: Tensor) -> Tensor:
    """Run the model, and give what went into its head."""
    seen: list[Tensor] = []
    handle = head.register_forward_hook(lambda _, inputs, output: seen.extend((inputs[0], output)))
    try:
        outputs = model(batch)
    finally:
        handle.remove()
    if len(seen) != 2 or seen[0].ndim != 2 or outputs is not seen[1]:
        name = type(model).__name__
        raise ValueError(f"model must end in its head, got {name} with more behind it; {_ELSE}")
    return seen[0]


def _fingerprint(model: nn.Module, head: nn.Module, preprocess: Preprocess) -> str:
    own = {id(value) for value in head.state_dict(keep_vars=True).values()}
    digest = hashlib.sha256(repr(preprocess).encode())
    for key, value in model.state_dict(keep_vars=True).items():
        if id(value) not in own:
            digest.update(key.encode() + value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _read(path: Path, print_of_body: str, count: int) -> TensorDataset:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as opened:
        facts = opened.metadata() or {}
        features, labels = (cast("Tensor", opened.get_tensor(name)) for name in ("features", "labels"))
    if facts.get("body") != print_of_body:
        raise ValueError(f"path must be features of this model, got {path} of another body or preparation; delete it")
    if len(labels) != count:
        raise ValueError(f"path must hold features of {count} images, got {path} with {len(labels)}; delete it")
    return TensorDataset(features, labels)


def _write(path: Path, features: Tensor, labels: Tensor, print_of_body: str) -> None:
    from safetensors.torch import save

    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(save({"features": features.contiguous(), "labels": labels}, metadata={"body": print_of_body}))
    part.replace(path)
