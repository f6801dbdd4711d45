"""The public surface: what docs/api.md promises is what the code has, documented, and light to import."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import imgproc
from tests.contracts.parameters import PARAMETERS
from tests.contracts.registry import EXAMPLES

REGISTERED = EXAMPLES | PARAMETERS

ROOT = Path(__file__).parents[2]
THEMES = [m.name for m in pkgutil.iter_modules(imgproc.__path__) if not m.name.startswith("_")]
THEMES = [name for name in THEMES if name not in ("primitives", "typing")]
SECTIONS = ("Parameters", "Returns", "Raises", "Examples")


def stubs() -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """Read every stub of docs/api.md, by theme.name."""
    found: dict[str, Any] = {}
    theme = ""
    for part in re.split(r"(?m)^(## .*|```python\n[\s\S]*?^```)$", (ROOT / "docs/api.md").read_text()):
        if part.startswith("## "):
            theme = part[3:].strip()
        elif part.startswith("```python"):
            for node in ast.parse(part[len("```python\n") : -3]).body:
                assert isinstance(node, ast.FunctionDef | ast.ClassDef)
                found[f"{theme}.{node.name}"] = node
    return found


STUBS = stubs()
PUBLIC = {
    f"{theme}.{name}": getattr(importlib.import_module(f"imgproc.{theme}"), name)
    for theme in THEMES
    for name in importlib.import_module(f"imgproc.{theme}").__all__
}
FUNCTIONS = {name: f for name, f in PUBLIC.items() if inspect.isfunction(f)}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_on_the_page_of_the_api(name: str):
    assert name in STUBS


def spelled(parameter: inspect.Parameter) -> tuple[str, str, Any]:
    default = "none" if parameter.default is parameter.empty else repr(parameter.default)
    return parameter.name, parameter.kind.description, default


def spelled_in_stub(node: ast.FunctionDef) -> list[tuple[str, str, Any]]:
    scope: dict[str, Any] = {}
    arguments = ast.unparse(node.args)
    plain = ast.parse(f"def f({arguments}): ...").body[0]
    assert isinstance(plain, ast.FunctionDef)
    for argument in (*plain.args.posonlyargs, *plain.args.args, *plain.args.kwonlyargs):
        argument.annotation = None
    for star in (plain.args.vararg, plain.args.kwarg):
        if star is not None:
            star.annotation = None
    exec(ast.unparse(plain), scope)
    return [spelled(p) for p in inspect.signature(scope["f"]).parameters.values()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature_is_the_one_on_the_page(name: str):
    node = STUBS[name]
    assert isinstance(node, ast.FunctionDef)
    assert [spelled(p) for p in inspect.signature(FUNCTIONS[name]).parameters.values()] == spelled_in_stub(node)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_has_its_sections_and_names_every_parameter(name: str):
    documentation = inspect.getdoc(FUNCTIONS[name]) or ""
    takes = inspect.signature(FUNCTIONS[name]).parameters
    wanted = SECTIONS if takes else SECTIONS[1:]
    missing = [section for section in wanted if f"\n{section}\n---" not in documentation]
    if inspect.signature(FUNCTIONS[name]).return_annotation in (None, "None"):
        missing = [section for section in missing if section != "Returns"]
    assert missing == []
    assert documentation[0].isupper()
    assert documentation.splitlines()[0].endswith(".")
    undocumented = [p for p in takes if not re.search(rf"(?m)^[\w, ]*\b{p}\b[\w, ]*( :.*)?$", documentation)]
    assert undocumented == []


@pytest.mark.parametrize("name", REGISTERED)
def test_docstring_says_whether_it_is_differentiable(name: str):
    documentation = inspect.getdoc(FUNCTIONS[name]) or ""
    assert ("Not differentiable" in documentation) == (not REGISTERED[name].differentiable)
    assert ("Differentiable" in documentation) == REGISTERED[name].differentiable


def test_every_function_of_an_image_or_of_points_is_in_a_registry_of_examples():
    themes = (
        "color",
        "edges",
        "filters",
        "morphology",
        "fourier",
        "pyramids",
        "hough",
        "geometry",
        "features",
        "segmentation",
        "metrics",
    )
    missing = [
        name
        for name, function in FUNCTIONS.items()
        if name.startswith(tuple(f"{t}." for t in themes)) and name not in REGISTERED
        if "ArrayT" in str(inspect.signature(function))  # makers of footprints and coefficients take no image
    ]
    assert missing == []


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_no_heavy_library():
    heavy = ("torch", "cupy", "cv2", "scipy", "numba", "PIL", "matplotlib", "hypothesis", "yaml")
    assert run_python(f"import imgproc, sys; print([m for m in {heavy} if m in sys.modules])") == "[]\n"


def modules_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ["imgproc", "deep"])
def test_no_module_imports_through_the_root_of_its_package(package: str):
    for path in modules_of(package):
        if path == ROOT / package / "__init__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            through_root = isinstance(node, ast.ImportFrom) and (node.module == package or node.level > 0)
            assert not through_root, f"{path}:{node.lineno}"
            plain = isinstance(node, ast.Import) and any(alias.name == package for alias in node.names)
            assert not plain, f"{path}:{node.lineno}"


def test_package_files_hold_only_docstring_imports_and_all():
    for path in (p for p in modules_of("imgproc") if p.name == "__init__.py"):
        for node in ast.parse(path.read_text()).body:
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_name = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "__version__")
            assert is_docstring or is_name or isinstance(node, ast.Import | ast.ImportFrom), f"{path}:{node.lineno}"
