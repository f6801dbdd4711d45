"""Published checkpoints of our names, and their way onto this machine."""

import functools
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from deep.checkpoint import Checkpoint, read_checkpoint, verify_hash
from deep.preprocess import Preprocess

__all__ = ["Weights", "class_names", "fetch", "find_weights", "published_weights"]

_HERE = Path(__file__).parent

# Keys that old files of torchvision spell otherwise, by family; torchvision renames them while loading, too.
RENAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "densenet": ((r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2."),),
    "vit": ((r"\.mlp\.linear_1\.", ".mlp.0."), (r"\.mlp\.linear_2\.", ".mlp.3.")),
}
# Parts of a file that a model without side heads does without.
OPTIONAL: dict[str, tuple[str, ...]] = {"googlenet": ("aux1", "aux2"), "inception": ("AuxLogits",)}


@dataclass(frozen=True)
class Weights:
    """A published checkpoint.

    Parameters
    ----------
    url : where it is fetched from
    sha256 : hexadecimal digits its SHA-256 begins with; as many as are known: all 64, or the 8 in the file's name
    classes : "imagenet1k", a tuple of names, or None
    preprocess : how its images are prepared
    license : under which it may be used
    """

    url: str
    sha256: str
    classes: str | tuple[str, ...] | None = None
    preprocess: Preprocess | None = None
    license: str = "unknown"

    def __post_init__(self) -> None:
        if not 8 <= len(self.sha256) <= 64 or set(self.sha256.lower()) - set("0123456789abcdef"):
            raise ValueError(f"sha256 must be 8 to 64 hexadecimal digits, got {self.sha256!r}")


def published_weights(name: str) -> dict[str, Weights]:
    """List the published checkpoints of a network by their tags; "imagenet" is the best of them.

    Parameters
    ----------
    name : registered name

    Returns
    -------
    dict
        Empty where none is published.

    Examples
    --------
    >>> sorted(published_weights("resnet50"))
    ['imagenet', 'imagenet1k_v1', 'imagenet1k_v2']
    >>> published_weights("resnet50")["imagenet"].preprocess.resize
    232
    """
    table = dict(_table().get(name, {}))
    default = table.pop("default", None)
    found = {tag: _weights(values) for tag, values in table.items()}
    if default is not None and found[default].classes == "imagenet1k":
        found["imagenet"] = found[default]
    return found


def find_weights(name: str, weights: str | os.PathLike[str] | Weights) -> tuple[Checkpoint, Weights | None]:
    """Read the checkpoint that a user names: a path, a tag such as "imagenet", or a `Weights`.

    Parameters
    ----------
    name : registered name of the network
    weights : path, tag or Weights

    Returns
    -------
    Checkpoint
    Weights or None
        What is known of it; a local file is known by its name, which has a hash in it.

    Raises
    ------
    ValueError
        Neither a file nor a tag of this network, or a file with another hash than its name says.
    ConnectionError
        The file could not be fetched.
    """
    if isinstance(weights, Weights):
        return read_checkpoint(fetch(weights)), weights
    known = published_weights(name)
    text = os.fspath(weights)
    if text in known:
        return read_checkpoint(fetch(known[text])), known[text]
    if not Path(text).exists() and not Path(text).suffix:
        tags = ", ".join(sorted(known)) or "none is published"
        raise ValueError(f"weights must be a file or a tag of {name} ({tags}), got {text!r}")
    same = next((found for found in known.values() if Path(found.url).name == Path(text).name), None)
    if same is not None and Path(text).is_file():
        verify_hash(Path(text), same.sha256)
    return read_checkpoint(text), same


def fetch(weights: Weights) -> Path:
    """Download a checkpoint into the cache of `torch.hub`, unless it lies there, and check its hash.

    Parameters
    ----------
    weights : Weights

    Returns
    -------
    Path

    Raises
    ------
    ConnectionError
        It cannot be reached; the message says where a file fetched elsewhere must lie.
    ValueError
        The file has another hash.
    """
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    path = folder / Path(weights.url).name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            torch.hub.download_url_to_file(weights.url, str(part), progress=True)
            verify_hash(part, weights.sha256)
            part.replace(path)
        except OSError as error:
            raise ConnectionError(
                f"weights could not be fetched from {weights.url} ({error}); without a network, put the file "
                f"at {path}, or give its path: create_model(name, weights=path)"
            ) from error
        finally:
            part.unlink(missing_ok=True)
    verify_hash(path, weights.sha256)
    return path


def class_names(weights: Weights) -> tuple[str, ...] | None:
    """Give the names of the classes in the order of the outputs, None where they are not known.

    Parameters
    ----------
    weights : Weights

    Returns
    -------
    tuple of str, or None

    Examples
    --------
    >>> class_names(published_weights("resnet50")["imagenet"])[285]
    'Egyptian cat'
    """
    if isinstance(weights.classes, tuple):
        return weights.classes
    file = _HERE / f"{weights.classes}.txt"
    return tuple(file.read_text().splitlines()) if weights.classes and file.is_file() else None


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads((_HERE / "weights.toml").read_text())


def _weights(values: dict[str, Any]) -> Weights:
    plain = {key: value for key, value in values.items() if key != "preprocess"}
    return Weights(**plain, preprocess=Preprocess.from_dict(values["preprocess"]))
