"""Checkpoint files: read without running code, compared with the model before a value is written."""

import hashlib
import json
import logging
import os
import pickle
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from deep.preprocess import Preprocess
from deep.recipe import classes_of, preprocess_of, recipe_of, remember

__all__ = ["Checkpoint", "LoadReport", "fit_tensors", "read_checkpoint", "save", "verify_hash"]

LOG = logging.getLogger("deep")
_SHOWN = 8
"""Differences told in full; the rest are counted."""
_DERIVED = ("num_batches_tracked", "relative_position_index")
"""What a file may lack: counters of batches came late to torch, and the offsets in a window follow from its size."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds; the facts are None where it is a foreign one."""

    tensors: dict[str, torch.Tensor]
    name: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] | None = None
    preprocess: Preprocess | None = None


@dataclass(frozen=True)
class LoadReport:
    """Which tensors of a checkpoint went into a model, and which did not.

    `left_out` are the file's, `fresh` the model's that kept their own values; `renamed` counts keys spelled otherwise.
    """

    loaded: int
    left_out: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    renamed: int = 0


def save(
    model: nn.Module,
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    preprocess: Preprocess | None = None,
) -> None:
    """Write a model to one safetensors file that needs nothing else to be loaded.

    Parameters
    ----------
    model : built by `create_model`
    path : file name, by custom ending in .safetensors
        Replaced whole: a killed process leaves the old file or none.
    classes : names of the outputs; those that came with the model's weights where None
    preprocess : how images are prepared; as came with the model's weights where None

    Raises
    ------
    ValueError
        The model was not built by `create_model`, or its configuration cannot be written as JSON.

    Examples
    --------
    >>> save(create_model("lenet5", num_classes=2), "cats.safetensors", classes=["cat", "no cat"])  # doctest: +SKIP
    """
    from safetensors.torch import save as to_bytes

    recipe = recipe_of(model)
    if recipe is None:
        raise ValueError(f"model must be built by create_model, got {type(model).__name__}")
    names = classes_of(model) if classes is None else tuple(classes)
    prepare = preprocess_of(model) if preprocess is None else preprocess
    try:
        config = json.dumps(recipe.config)
    except TypeError as error:
        raise ValueError(f"configuration of the model must be plain values, got {recipe.config!r}") from error
    facts = {"format": "pt", "name": recipe.name, "config": config}
    if names is not None:
        facts["classes"] = json.dumps(names)
    if prepare is not None:
        facts["preprocess"] = json.dumps(prepare.as_dict())
    # a tensor under two names is written twice: the format has no aliases
    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in model.state_dict().items()}
    temporary = Path(f"{os.fspath(path)}.{os.getpid()}.part")
    try:
        temporary.write_bytes(to_bytes(tensors, metadata=facts))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint: safetensors, or a file of `torch.save` that holds only tensors.

    Parameters
    ----------
    path : file; a name that ends in -<hex>.pth promises its SHA-256, which is checked

    Returns
    -------
    Checkpoint
        On the host.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is cut off, has another hash than its name says, or is a pickle that would run code.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"path must be a checkpoint file, got {file}")
    if promised := re.search(r"-([0-9a-f]{8,64})\.(?:pth|pt|th|bin)$", file.name):
        verify_hash(file, promised[1])
    with file.open("rb") as stream:
        head = stream.read(9)
    if file.suffix == ".safetensors" or head[8:] == b"{":
        return _read_safetensors(file)
    return Checkpoint(_plain_tensors(_read_pickle(file), file))


def verify_hash(path: Path, expected: str) -> None:
    """Raise ValueError unless the SHA-256 of a file begins with the given hexadecimal digits."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if not found.startswith(expected.lower()):
        raise ValueError(
            f"SHA-256 of {path} must begin with {expected}, got {found[: max(len(expected), 8)]}: "
            "the file is damaged or another; delete it and fetch it again"
        )


def _read_safetensors(file: Path) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            facts = opened.metadata() or {}
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except SafetensorError as error:
        reason = f"got a damaged or truncated one ({error})"
        raise ValueError(f"{file} must be a whole safetensors file, {reason}") from error
    return Checkpoint(
        tensors,
        facts.get("name"),
        json.loads(facts.get("config", "{}")),
        tuple(json.loads(facts["classes"])) if "classes" in facts else None,
        Preprocess.from_dict(json.loads(facts["preprocess"])) if "preprocess" in facts else None,
    )


def _read_pickle(file: Path) -> Any:
    try:
        with warnings.catch_warnings():  # torch warns of pickles that it did not write; they are refused below, or good
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # not the whole of torch's message: it recommends to load without the check
        found = re.search(r"(?:unsupported|Unsupported) (?:GLOBAL|global|operand)[: ]*[\w.]+", str(error))
        reason = found[0] if found else "unknown to the safe reader"
        raise ValueError(
            f"{file} must hold nothing but tensors, got a pickle that may run code ({reason}); it is refused"
        ) from None
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{file} must be a whole checkpoint, got a damaged or truncated one ({reason})") from error


def _plain_tensors(loaded: Any, file: Path) -> dict[str, torch.Tensor]:
    """Find the mapping of tensors inside what training scripts wrap around it."""
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            break
    is_plain = isinstance(loaded, Mapping) and all(isinstance(value, torch.Tensor) for value in loaded.values())
    if not is_plain or not loaded:
        raise ValueError(f"{file} must hold a state_dict of tensors, got {type(loaded).__name__}")
    prefix = "module." if all(key.startswith("module.") for key in loaded) else ""
    return {key.removeprefix(prefix): value for key, value in loaded.items()}


def fit_tensors(
    model: nn.Module,
    tensors: Mapping[str, torch.Tensor],
    *,
    renames: Sequence[tuple[str, str]] = (),
    optional: Sequence[str] = (),
    replace: Sequence[str] = (),
) -> LoadReport:
    """Load a state_dict strictly, or change nothing and tell what differs.

    Parameters
    ----------
    model : nn.Module
    tensors : by key
    renames : (regular expression, replacement) for keys spelled otherwise
    optional : prefixes the file may have and the model not, such as side heads
    replace : dotted names of layers that may keep their fresh values where the sizes differ

    Returns
    -------
    LoadReport
        Also kept as `model.load_report`.

    Raises
    ------
    ValueError
        Keys are missing or unknown, or shapes differ.
    """
    wanted = model.state_dict()
    given = {_renamed(key, renames): value for key, value in tensors.items()}
    given = _with_head_of_model(given, wanted)
    renamed = len(set(given) - set(tensors))
    missing = [key for key in wanted if key not in given and not key.endswith(_DERIVED)]
    unknown = [key for key in given if key not in wanted]
    side = [key for key in unknown if key.startswith(tuple(f"{name}." for name in optional))]
    shapes = [key for key in wanted if key in given and given[key].shape != wanted[key].shape]
    fresh = [key for key in shapes if key.startswith(tuple(f"{name}." for name in replace))]
    differences = [
        *(f"missing {key} {tuple(wanted[key].shape)}" for key in missing),
        *(f"unknown {key} {tuple(given[key].shape)}" for key in unknown if key not in side),
        *(
            f"{key} is {tuple(given[key].shape)} in the file and {tuple(wanted[key].shape)} in the model"
            for key in shapes if key not in fresh
        ),
    ]  # fmt: skip
    if differences:
        rest = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise ValueError(
            f"checkpoint must fit the model, got {len(differences)} differences of {len(wanted)} tensors: "
            f"{'; '.join(differences[:_SHOWN])}{rest}"
        )
    left = set(side) | set(fresh)
    model.load_state_dict({key: value for key, value in given.items() if key not in left}, strict=False)
    report = LoadReport(len(given) - len(left), tuple(sorted(left)), tuple(fresh), renamed)
    if left:
        LOG.warning("left out of %s: %s", type(model).__name__, ", ".join(report.left_out))
    remember(model, load_report=report)
    return report


def _renamed(key: str, renames: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in renames:
        key = re.sub(pattern, replacement, key)
    return key


def _with_head_of_model(given: dict[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give a last layer the model's name for it where all that differs is that name."""
    theirs, ours = sorted(set(given) - set(wanted)), sorted(set(wanted) - set(given))
    ends = [key.rpartition(".")[2] for key in theirs]
    is_one_layer = len({key.rpartition(".")[0] for key in theirs}) == len({key.rpartition(".")[0] for key in ours}) == 1
    if not is_one_layer or ends != ["bias", "weight"] or ends != [key.rpartition(".")[2] for key in ours]:
        return given
    names = dict(zip(theirs, ours, strict=True))
    return {names.get(key, key): value for key, value in given.items()}
