"""Sphinx: the guide in Markdown, the reference from docstrings, the gallery from examples/."""

import inspect
import os
import sys
from importlib import import_module
from pathlib import Path

from sphinx_gallery.sorting import FileNameSortKey

import deep
import imgproc

os.environ.setdefault("MPLBACKEND", "agg")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

project = "imgproc-deep"
author = "the imgproc-deep authors"
project_copyright = "2026, the imgproc-deep authors"
version = release = imgproc.__version__
html_title = f"imgproc-deep {version}"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "none"
numpydoc_show_class_members = False
suppress_warnings = ["config.cache", "misc.highlighting_failure"]

sphinx_gallery_conf = {
    "examples_dirs": str(HERE.parent / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_",
    "ignore_pattern": r"tour",
    "within_subsection_order": FileNameSortKey,
    "download_all_examples": False,
    "show_memory": False,
    "plot_gallery": "True",
    "matplotlib_animations": True,
    "abort_on_example_error": True,
}


THEMES = (
    "arrays", "io", "color", "filters", "morphology", "edges", "fourier", "pyramids", "hough", "geometry", "features",
    "segmentation", "metrics", "pipeline", "viz", "testing",
)  # fmt: skip
DEEP = (
    "blocks", "blocks.initialize", "data", "data.augment", "inference", "inspect", "metrics", "train", "train.tasks",
    "train.optimizers",
)  # fmt: skip


def write_reference() -> None:
    """Write one page for each theme of imgproc and each package of deep, with its public names."""
    folder = HERE / "reference"
    folder.mkdir(exist_ok=True)
    modules = [f"imgproc.{name}" for name in THEMES] + ["deep"] + [f"deep.{name}" for name in DEEP]
    for name in modules:
        (folder / f"{name}.md").write_text(page_of(name))
    listing = "\n".join(modules)
    (folder / "index.md").write_text(f"# Reference\n\n```{{toctree}}\n:maxdepth: 2\n\n{listing}\n```\n")


def page_of(name: str) -> str:
    """Return the page of a module, with every public name in the order of its `__all__`."""
    module = import_module(name)
    lines = [f"# {name}", "", (inspect.getdoc(module) or "").strip(), ""]
    for member in module.__all__:
        value = getattr(module, member)
        is_above = module is not deep and getattr(deep, member, None) is value
        if is_above:
            lines += [f"## {member}", "", f"{{py:obj}}`deep.{member}`", ""]
        elif not inspect.ismodule(value):
            kind = "autoclass" if inspect.isclass(value) else "autofunction"
            lines += [f"## {member}", "", "```{eval-rst}", f".. {kind}:: {name}.{member}", "```", ""]
    return "\n".join(lines)


def write_models() -> None:
    """Write the table of networks."""
    lines = ["| name | parameters | input | `state_dict` keys | source |", "|---|---:|---|---|---|"]
    for info in map(deep.model_info, deep.list_models()):
        size = info.input_size if isinstance(info.input_size, int) else " × ".join(map(str, info.input_size))
        lines.append(f"| `{info.name}` | {info.parameters:,} | {size} | {info.keys} | {info.source} |")
    (HERE / "reference" / "models.txt").write_text("\n".join(lines) + "\n")


write_reference()
write_models()
