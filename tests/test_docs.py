"""Every example in the docstrings and on the pages of the guide runs and gives what it says."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import deep
import imgproc

ROOT = Path(__file__).parents[1]
MODULES = [
    module.name
    for package in (imgproc, deep)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("_numba")
]
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if ">>> " in page.read_text()]


def names() -> dict:
    return {"np": np, "torch": pytest.importorskip("torch")}


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_give_what_they_say(name: str):
    module = importlib.import_module(name)
    globs = names() | vars(deep) | vars(module)
    failed, _ = doctest.testmod(module, globs=globs, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_on_the_page_give_what_they_say(page: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"(?m)^```(?:python|pycon)\n([\s\S]*?)^```$", page.read_text())
    code = "\n\n".join(block for block in blocks if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(code, names(), page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert len(test.examples) == len(re.findall(r"(?m)^>>> ", page.read_text()))


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch):
    torch = names()["torch"]
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("photo.jpg", "other.png"):
        imgproc.io.imwrite(name, rng.integers(0, 255, (60, 80, 3), np.uint8))
    code = re.search(r"```python\n([\s\S]*?)```", (ROOT / "README.md").read_text()).group(1)
    lines = [line for line in code.splitlines() if "to_cupy" not in line]
    assert len(lines) == len(code.splitlines()) - 1  # the last needs a device
    scope: dict = {}
    exec("\n".join(lines), scope)
    assert scope["smooth"].dtype == np.uint8
    assert torch.isfinite(scope["gray"].grad).all()
    assert scope["contour"].dtype is torch.bool
    assert scope["batch"].shape == (2, 3, 224, 224)
