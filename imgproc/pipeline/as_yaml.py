"""Pipelines as text: names of public functions and plain data, never code."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from imgproc._array.kinds import describe_type
from imgproc.pipeline.pipeline import Pipeline
from imgproc.pipeline.step import Step, name_of
from imgproc.pipeline.yaml_core import read_yaml, write_yaml

_KEYS = ("name", "function", "steps", "args", "options", "on", "device")


def from_yaml(text: str, *, packages: Sequence[str] = ("imgproc", "deep")) -> Pipeline:
    """Read a pipeline that `to_yaml`, or a person, has written.

    Parameters
    ----------
    text : str
        A list of mappings, one a step: `name`; `function` as `package.module:function`, or `steps` for a pipeline
        within; and, where needed, `args`, `options`, `on` and `device` as `step` takes them.
    packages : sequence of str
        Only functions that these packages make public are taken: named by a module's `__all__` (without one, not
        beginning with an underscore) and defined in one of these packages.

    Returns
    -------
    Pipeline

    Raises
    ------
    TypeError
        `text` is no str, `packages` is one, or a function does not take such arguments.
    ValueError
        `text` is no YAML, has an alias or a key twice, a step has other keys, or its function is not public in
        `packages`.
    ImportError
        PyYAML is not installed.

    Notes
    -----
    Nothing in the text is evaluated: values are numbers, strings, lists and mappings, functions are looked up. Modules
    of `packages` are imported on the way.

    Examples
    --------
    >>> from_yaml("[{name: smooth, function: 'imgproc.filters:gaussian', options: {sigma: 2}, on: torch}]")
    Pipeline([
        ('smooth', step(gaussian, sigma=2, on='torch')),
    ])
    >>> from_yaml("[{name: harm, function: 'os:system', args: [exit]}]")
    Traceback (most recent call last):
    ValueError: function must be public in a package of imgproc, deep, got 'os:system'
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {describe_type(text)}")
    if isinstance(packages, str):
        raise TypeError(f"packages must be a sequence of names, got {packages!r}")
    return _read_steps(read_yaml(text), packages)


def to_yaml(pipeline: Pipeline) -> str:
    """Write a pipeline as text that `from_yaml` reads.

    Parameters
    ----------
    pipeline : Pipeline
        Of public functions that can be imported by name, their arguments numbers, strings, lists, mappings or small
        arrays, which become lists. A network or a Predictor is no function: write one that makes and calls it.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        `pipeline` is none.
    ValueError
        A step is no such function (a lambda, an object, one of `__main__`), or an argument is not plain data.
    ImportError
        PyYAML is not installed.

    Examples
    --------
    >>> from imgproc import edges, filters
    >>> from imgproc.pipeline import step
    >>> print(to_yaml(Pipeline([("smooth", step(filters.gaussian, sigma=2, on="torch")), ("edges", edges.canny)])))
    - name: smooth
      function: imgproc.filters:gaussian
      options:
        sigma: 2
      on: torch
    - name: edges
      function: imgproc.edges:canny
    <BLANKLINE>
    """
    if not isinstance(pipeline, Pipeline):
        raise TypeError(f"pipeline must be a Pipeline, got {describe_type(pipeline)}")
    return write_yaml(_write_steps(pipeline))


def _read_steps(entries: Any, packages: Sequence[str]) -> Pipeline:
    if not isinstance(entries, list):
        raise ValueError(f"steps must be a list of mappings, got {entries!r}")
    return Pipeline([_read_step(entry, packages) for entry in entries])


def _read_step(entry: Any, packages: Sequence[str]) -> tuple[str, Callable[..., Any]]:
    if not isinstance(entry, dict) or not entry.keys() <= set(_KEYS) or not isinstance(entry.get("name"), str):
        raise ValueError(f"steps must be mappings with a name and keys of {', '.join(_KEYS)}, got {entry!r}")
    if ("function" in entry) == ("steps" in entry):
        raise ValueError(f"step {entry['name']!r} must have either a function or steps, got {sorted(entry)}")
    args, options = entry.get("args", []), entry.get("options", {})
    if not isinstance(args, list) or not isinstance(options, dict) or not all(isinstance(key, str) for key in options):
        raise ValueError(f"args must be a list and options a mapping of names, got {args!r} and {options!r}")
    made = _read_steps(entry["steps"], packages) if "steps" in entry else _find_public(entry["function"], packages)
    if not {"args", "options", "on", "device"} & entry.keys():
        return entry["name"], made
    return entry["name"], Step(made, tuple(args), options, entry.get("on"), entry.get("device"))


def _find_public(reference: Any, packages: Sequence[str]) -> Callable[..., Any]:
    """Look a function up; refuse what is not public in one of `packages`, modules reached through others too."""
    refused = ValueError(f"function must be public in a package of {', '.join(packages)}, got {reference!r}")
    module_name, _, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    words = [*module_name.split("."), name]
    if not all(word.isidentifier() and word[0] != "_" for word in words) or not _is_within(module_name, packages):
        raise refused
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise refused from error
    found = getattr(module, name, None)
    if not _is_public(module, name) or not inspect.isfunction(found) or not _is_within(found.__module__, packages):
        raise refused
    return found


def _is_within(module_name: str, packages: Sequence[str]) -> bool:
    return any(module_name == package or module_name.startswith(f"{package}.") for package in packages)


def _is_public(module: Any, name: str) -> bool:
    return name in getattr(module, "__all__", (name,))


def _write_steps(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [_write_step(name, function) for name, function in pipeline.steps]


def _write_step(name: str, made: Callable[..., Any]) -> dict[str, Any]:
    whole = made if isinstance(made, Step) else Step(made)
    entry: dict[str, Any] = {"name": name}
    if isinstance(whole.function, Pipeline):
        entry["steps"] = _write_steps(whole.function)
    else:
        entry["function"] = _reference(whole.function, name)
    for key in ("args", "options"):
        if given := getattr(whole, key):
            entry[key] = _as_plain(given, name)
    if whole.on is not None:
        entry["on"] = whole.on
    if whole.device is not None:
        entry["device"] = str(whole.device)
    return entry


def _reference(function: Callable[..., Any], name: str) -> str:
    """Write where a function is public: in the outermost package that says so, as users import it."""
    home, own = getattr(function, "__module__", None) or "", name_of(function)
    parts = home.split(".")
    for count in range(1, len(parts) + 1):
        module = sys.modules.get(".".join(parts[:count]))
        is_it = module is not None and _is_public(module, own) and getattr(module, own, None) is function
        if is_it and inspect.isfunction(function) and home != "__main__" and own[0] != "_":
            return f"{'.'.join(parts[:count])}:{own}"
    raise ValueError(f"step {name!r} must be a public function of an importable module, got {function!r}")


def _as_plain(value: Any, name: str) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple | list):
        return [_as_plain(element, name) for element in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _as_plain(element, name) for key, element in value.items()}
    raise ValueError(f"arguments of step {name!r} must be numbers, strings, lists or mappings, got {value!r}")
