"""YAML as version 1.2 has it: PyYAML keeps to 1.1, where `on` is True, `1e-5` a word and a key may come twice."""

import re
from typing import Any

_CORE = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
}
"""Patterns and first letters of what is no text; the earlier wins."""


def read_yaml(text: str) -> Any:
    """Return numbers, strings, lists and mappings; a ValueError says what is wrong."""
    yaml = _import_yaml()

    class Loader(_with_core_schema(yaml.SafeLoader)):  # type: ignore[misc]
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias")  # it might refer to what it is in
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.YAMLError(f"the key {key!r} {keys.count(key)} times in one mapping")
            return super().construct_mapping(node, deep)

    Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
    try:
        return yaml.load(text, Loader=Loader)  # a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError, AttributeError) as error:  # the last, of a wrong !!timestamp
        raise ValueError(f"text must be plain YAML, got {error}") from None


def write_yaml(data: Any) -> str:
    """Write numbers, strings, lists and mappings."""
    yaml = _import_yaml()
    dumper = _with_core_schema(yaml.SafeDumper)
    text: str = yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _import_yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise ImportError("pipelines as YAML need PyYAML: pip install 'imgproc-deep[yaml]'") from None
    return yaml


def _with_core_schema(base: Any) -> Any:
    made: Any = type(base.__name__, (base,), {"yaml_implicit_resolvers": {}})
    for name, (pattern, first) in _CORE.items():
        made.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(f"^(?:{pattern})$"), first)
    return made
