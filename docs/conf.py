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


def write_reference() -> None:
    """Write one page for each theme, with every public name in the order of its `__all__`."""
    folder = HERE / "reference"
    folder.mkdir(exist_ok=True)
    order = (
        "arrays", "io", "color", "filters", "morphology", "edges", "fourier", "pyramids", "hough", "geometry",
        "features", "segmentation", "metrics", "pipeline", "viz", "testing",
    )  # fmt: skip
    themes = [name for name in order if _has(name)]
    for theme in themes:
        module = import_module(f"imgproc.{theme}")
        lines = [f"# {theme}", "", (inspect.getdoc(module) or "").strip(), ""]
        for name in module.__all__:
            kind = "autoclass" if inspect.isclass(getattr(module, name)) else "autofunction"
            lines += [f"## {name}", "", "```{eval-rst}", f".. {kind}:: imgproc.{theme}.{name}", "```", ""]
        (folder / f"{theme}.md").write_text("\n".join(lines))
    listing = "\n".join([*themes, "deep"])
    (folder / "index.md").write_text(f"# Reference\n\n```{{toctree}}\n:maxdepth: 2\n\n{listing}\n```\n")


def write_models() -> None:
    """Write the table of networks, and the reference of the names that `deep` exports."""
    lines = ["| name | parameters | input | `state_dict` keys | source |", "|---|---:|---|---|---|"]
    for info in map(deep.model_info, deep.list_models()):
        size = info.input_size if isinstance(info.input_size, int) else " × ".join(map(str, info.input_size))
        lines.append(f"| `{info.name}` | {info.parameters:,} | {size} | {info.keys} | {info.source} |")
    (HERE / "reference" / "models.txt").write_text("\n".join(lines) + "\n")
    lines = ["# deep", "", (inspect.getdoc(deep) or "").strip(), ""]
    for name in deep.__all__:
        kind = "autoclass" if inspect.isclass(getattr(deep, name)) else "autofunction"
        lines += [f"## {name}", "", "```{eval-rst}", f".. {kind}:: deep.{name}", "```", ""]
    (HERE / "reference" / "deep.md").write_text("\n".join(lines))


def _has(theme: str) -> bool:
    return (HERE.parent / "imgproc" / theme).is_dir() or (HERE.parent / "imgproc" / f"{theme}.py").is_file()


write_reference()
write_models()
