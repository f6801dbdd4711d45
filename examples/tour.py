"""A tour of the library on real photos: writes out/tour/index.html and prints where it is.

Each stop is a function of one photo. It runs on a NumPy array and on a torch tensor; the page shows its source, the
pictures, the times, which bodies ran, and whether both libraries gave the same numbers. The examples of the gallery
follow, each with its last figure.
"""

import argparse
import ast
import html
import inspect
import multiprocessing
import os
import runpy
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import numpy as np
import skimage
from numba.core.event import Event, Listener, install_listener
from stops import first_steps

from imgproc import __version__, arrays, explain, io
from imgproc.primitives._bands import thread_count

T = TypeVar("T")
HERE = Path(__file__).parent
STOPS = (*first_steps.STOPS,)
PHOTOS = Path(skimage.__file__).parent / "data"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0 } .lead { color: #555 } h2 { margin-top: 3rem; border-top: 1px solid #ddd; padding-top: 1.5rem }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 1rem }
figure { margin: 0 } img { width: 100%; border-radius: 4px } figcaption { color: #555; font-size: .9rem }
pre { background: #f6f6f4; padding: .8rem 1rem; border-radius: 4px; overflow-x: auto; font-size: .85rem }
table { border-collapse: collapse; font-size: .9rem } td, th { padding: .2rem .9rem .2rem 0; text-align: left }
"""


class Compiling(Listener):
    """When numba compiled, and for how much processor time. A kernel's time holds that of the functions it calls."""

    def __init__(self) -> None:
        self.seconds, self.depth, self.started = 0.0, 0, (0.0, 0.0)
        self.spans: list[tuple[float, float]] = []

    def on_start(self, event: Event) -> None:
        self.started = self.started if self.depth else (time.time(), time.thread_time())
        self.depth += 1  # one thread compiles at a time: numba holds a lock

    def on_end(self, event: Event) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.spans.append((self.started[0], time.time()))
            self.seconds += time.thread_time() - self.started[1]

    def add(self, other: "Compiling") -> None:
        """Take in what another process compiled."""
        self.seconds += other.seconds
        self.spans += other.spans

    def __str__(self) -> str:
        total, end = 0.0, 0.0
        for start, stop in sorted(self.spans):
            total += max(0.0, stop - max(start, end))
            end = max(end, stop)
        return f"{total:.1f} s on the clock, {self.seconds:.1f} s of processor time"


@dataclass(frozen=True)
class Visit:
    """What one stop showed: pictures by caption, and the bodies that ran on each library."""

    stop: Callable[[Any], dict[str, Any]]
    photo: np.ndarray
    pictures: dict[str, np.ndarray]
    bodies: list[tuple[str, str]]
    is_same: bool


def main() -> None:
    """Visit every stop and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("out/tour"), help="folder of the page")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    started, compiling = time.perf_counter(), Compiling()
    examples = sorted(HERE.glob("plot_*.py"))
    with start_processes() as pool:
        waiting = {
            pool.submit(write_example, folder, number, path): f"{number}. {path.name}"
            for number, path in enumerate(examples, len(STOPS) + 1)
        }
        with install_listener("numba:compile", compiling):
            visits = [visit(stop, add_salt_and_pepper(io.imread(PHOTOS / name), noise)) for stop, name, noise in STOPS]
        for done in as_completed(waiting):
            print(f"{waiting[done]}: {done.result()[2]:.1f} s, with everything it compiles")
    sections: list[str] = []
    for number, seen in enumerate(visits, 1):
        seconds = measure(seen)
        sections.append(write_section(folder, number, seen, seconds))
        print(f"{number}. {title_of(seen.stop)[0]}: {seconds['NumPy'] * 1e3:.1f} ms")
    for done in waiting:
        section, compiled, _ = done.result()
        sections.append(section)
        compiling.add(compiled)
    page = folder / "index.html"
    page.write_text(write_page(sections, str(compiling)), encoding="utf-8")
    print(f"Compiling the kernels of all stops and examples: {compiling}; all: {time.perf_counter() - started:.1f} s")
    print(f"Look at {page.resolve()}")


def start_processes() -> ProcessPoolExecutor:
    """Return processes for all cores, each with its share of them for threads: training would wait for all of its."""
    cores = thread_count()
    processes = min(4, cores)
    os.environ["OMP_NUM_THREADS"] = str(cores // processes)
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))  # threads survive no fork


def visit(stop: Callable[[Any], dict[str, Any]], photo: np.ndarray) -> Visit:
    """Run a stop on both libraries."""
    with explain() as bodies:
        pictures = stop(photo)
    on_torch = stop(arrays.to_torch(photo).contiguous())
    is_same = all(np.array_equal(arrays.to_numpy(on_torch[key]), pictures[key]) for key in pictures)
    return Visit(stop, photo, pictures, list(dict.fromkeys(bodies)), is_same)


def measure(seen: Visit) -> dict[str, float]:
    """Return the least seconds of five runs of a stop on each library."""
    photos = {"NumPy": seen.photo, "torch": arrays.to_torch(seen.photo).contiguous()}
    return {
        library: min(clock(lambda: seen.stop(photo))[0] for _ in range(5))  # noqa: B023
        for library, photo in photos.items()
    }


def write_example(folder: Path, number: int, example: Path) -> tuple[str, Compiling, float]:
    """Run an example of the gallery, write its last figure or its animation, and return its part of the page."""
    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation

    compiling = Compiling()
    sys.argv = [str(example)]
    with warnings.catch_warnings(), install_listener("numba:compile", compiling):
        warnings.filterwarnings("ignore", message=".*non-interactive.*")  # plt.show without a screen
        seconds, made = clock(lambda: runpy.run_path(str(example)))
    source = example.read_text(encoding="utf-8")
    title, _, text = (ast.get_docstring(ast.parse(source)) or example.stem).partition("\n")
    text, code = text.strip("=\n "), source.split('"""', 2)[2].strip()
    animations = [x for x in made.values() if isinstance(x, FuncAnimation)]
    if animations:
        picture = animations[-1].to_jshtml(default_mode="once")  # a slider over its frames
    else:
        name = f"{number}_{example.stem}.png"
        plt.gcf().savefig(folder / name, dpi=110)
        picture = f'<figure><img src="{name}" alt="{html.escape(title)}"></figure>'
    plt.close("all")
    section = f"""<h2>{number}. {html.escape(title)}</h2><p>{html.escape(text)}</p>
{picture}
<details><summary>{example.name}</summary><pre>{html.escape(code)}</pre></details>"""
    return section, compiling, seconds


def clock(work: Callable[[], T]) -> tuple[float, T]:
    """Return seconds and result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def add_salt_and_pepper(photo: np.ndarray, share: float) -> np.ndarray:
    """Replace a share of the pixels by black or white."""
    rng = np.random.default_rng(0)
    drawn = rng.random(photo.shape[:2])
    return np.where((drawn < share)[..., None], np.where(drawn < share / 2, 0, 255)[..., None], photo).astype(np.uint8)


def write_section(folder: Path, number: int, seen: Visit, seconds: dict[str, float]) -> str:
    """Write the pictures of a stop, and return its part of the page."""
    stop = seen.stop
    title, text = title_of(stop)
    figures = []
    for k, (caption, picture) in enumerate(({"before": seen.photo} | seen.pictures).items()):
        name = f"{number}_{stop.__name__}_{k}.png"
        io.imwrite(folder / name, arrays.to_uint8(picture))
        figures.append(
            f'<figure><img src="{name}" alt="{caption}"><figcaption>{html.escape(caption)}</figcaption></figure>'
        )
    lines = inspect.getsource(stop).splitlines()
    documentation = (stop.__doc__ or "").splitlines()
    code = "\n".join([lines[0], *lines[1 + len(documentation) :]])
    ran = "".join(f"<tr><td>{operation}</td><td><code>{body}</code></td></tr>" for operation, body in seen.bodies)
    height, width = seen.photo.shape[:2]
    times = ", ".join(f"{library} {best * 1e3:.1f} ms" for library, best in seconds.items())
    agree = "the same numbers on both" if seen.is_same else "numbers differ by rounding"
    return f"""<h2>{number}. {html.escape(title)}</h2><p>{html.escape(text)}</p>
<div class="pictures">{"".join(figures)}</div><pre>{html.escape(code)}</pre>
<p>{width} × {height}: {times}; {agree}.</p><details><summary>What ran</summary><table>{ran}</table></details>"""


def title_of(stop: Callable[..., Any]) -> tuple[str, str]:
    """Split the docstring of a stop into its title and its text."""
    title, _, text = inspect.cleandoc(stop.__doc__ or stop.__name__).partition("\n\n")
    return title.rstrip("."), " ".join(text.split())


def write_page(sections: list[str], compiling: str) -> str:
    """Return the whole page."""
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>imgproc on real photos</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style>
<h1>imgproc on real photos</h1><p class="lead">Version {__version__}. Every picture was made by the code beneath it.
Stops ran on a NumPy array and on a torch tensor; times are the best of five calls. Compiling the kernels of
all took {compiling}.</p>{"".join(sections)}</html>"""


if __name__ == "__main__":
    main()
