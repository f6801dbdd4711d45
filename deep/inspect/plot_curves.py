"""Curves of training and of thresholds as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from imgproc._checks import check_choice
from imgproc.arrays import to_numpy
from imgproc.filters import savgol

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["plot_curves"]

Meaning = Literal["training", "roc", "precision_recall"]


@dataclass(frozen=True)
class _Frame:
    """What the axes mean, and where a guess by chance lies."""

    xlabel: str
    ylabel: str
    chance: tuple[tuple[float, float], tuple[float, float]] | None = None
    is_unit: bool = True


_FRAMES = {
    "training": _Frame("step", "loss", is_unit=False),
    "roc": _Frame("false positive rate", "true positive rate", ((0, 1), (0, 1))),
    "precision_recall": _Frame("recall", "precision"),
}


def plot_curves(
    curves: Mapping[str, Any],
    *,
    meaning: Meaning = "training",
    smooth: int | None = None,
    title: str | None = None,
    ax: matplotlib.axes.Axes | None = None,
) -> matplotlib.axes.Axes:
    """Draw curves by name with matplotlib: losses over steps, ROC, or precision over recall.

    Parameters
    ----------
    curves : name to values, or name to (x, y)
        Lists or arrays of any kind; values alone are numbered from 0.
    meaning : "training", "roc" or "precision_recall"
        What the axes are called. Rates run from 0 to 1; ROC has the diagonal of chance; precision is drawn in steps, as
        average precision sums it.
    smooth : samples, optional
        Window of the Savitzky-Golay filter (order 2) that is drawn over the pale raw curve; shorter curves stay raw.
    title : str, optional
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        There is no curve, one is no pair of equally many numbers, `meaning` is none of the words, or `smooth` is less
        than 3.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = plot_curves({"fit": [1.0, 0.5, 0.25], "check": ([0, 2], [1.1, 0.6])})
    >>> [line.get_label() for line in ax.lines]
    ['fit', 'check']
    """
    import matplotlib.pyplot as plt

    frame = _FRAMES[check_choice(meaning, list(_FRAMES), "meaning")]
    if smooth is not None and smooth < 3:
        raise ValueError(f"smooth must be at least 3 samples, got {smooth}")
    points = {name: _points(name, curve) for name, curve in curves.items()}
    if not points:
        raise ValueError("curves must hold at least one, got none")
    if ax is None:
        _, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    style = "steps-post" if meaning == "precision_recall" else "default"
    for name, (x, y) in points.items():
        if smooth is not None and len(y) >= smooth:
            (raw,) = ax.plot(x, y, alpha=0.3, drawstyle=style)
            ax.plot(x, savgol(y, smooth, 2), label=name, color=raw.get_color())
        else:
            ax.plot(x, y, label=name, drawstyle=style)
    if frame.chance is not None:
        ax.plot(*frame.chance, color="gray", linestyle=":", label="chance")
    if frame.is_unit:
        ax.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
    ax.set(xlabel=frame.xlabel, ylabel=frame.ylabel, title=title)
    ax.legend()
    return ax


def _points(name: str, curve: Any) -> tuple[np.ndarray, np.ndarray]:
    given = curve if isinstance(curve, tuple) else (None, curve)
    if len(given) != 2:
        raise ValueError(f"curves must be values or pairs (x, y), got {len(given)} parts for {name!r}")
    y = _numbers(given[1])
    x = np.arange(len(y)) if given[0] is None else _numbers(given[0])
    if x.ndim != 1 or x.shape != y.shape or not len(y):
        raise ValueError(f"curves must have as many x as y, and one at least, got {x.shape} and {y.shape} for {name!r}")
    return x, y


def _numbers(values: Any) -> np.ndarray:
    return np.asarray(values if isinstance(values, list | range) else to_numpy(values), dtype=np.float64)
