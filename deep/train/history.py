"""The course of a training, and its picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imgproc.filters import savgol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["History", "plot_history", "save_picture"]


@dataclass(frozen=True)
class History:
    """What a training measured.

    Parameters
    ----------
    losses : loss of each step
    steps_per_epoch : steps of one epoch
    validation_losses, validation_accuracies : cross-entropy and share of right answers after each epoch, if validated
    folder : where its checkpoints lie, if anywhere
    """

    losses: tuple[float, ...]
    steps_per_epoch: int
    validation_losses: tuple[float, ...] = ()
    validation_accuracies: tuple[float, ...] = ()
    folder: Path | None = None


def plot_history(history: History, *, axes: "Axes | None" = None) -> "Axes":
    """Draw the losses of all steps, smoothed by local cubics, and those of the validations.

    Parameters
    ----------
    history : History
    axes : matplotlib's Axes, optional
        To draw on; of a new figure where None.

    Returns
    -------
    Axes
        `axes.figure.savefig(path)` writes it.

    Raises
    ------
    ValueError
        No step was taken.

    Notes
    -----
    `imgproc.filters.savgol` fits cubics to a tenth of the steps, which keep bends that a moving mean would lag behind;
    to logarithms, which is what the picture shows, unless a loss is zero or negative.

    Examples
    --------
    >>> axes = plot_history(History(tuple(1 / (1 + np.arange(50))), 25, (0.1, 0.05), (0.8, 0.9)))
    >>> [line.get_label() for line in axes.get_lines()]
    ['each batch', 'smoothed', 'validation (right: 90.0 %)']
    """
    if not history.losses:
        raise ValueError("history must have at least one step, got none")
    if axes is None:
        from matplotlib.figure import Figure

        axes = Figure(figsize=(8, 4.5), layout="constrained").subplots()
    losses = np.asarray(history.losses)
    steps = np.arange(1, len(losses) + 1)
    axes.plot(steps, losses, color="0.8", linewidth=0.6, label="each batch")
    window = max(5, len(losses) // 10 | 1)
    is_logarithmic = losses.min() > 0
    if window <= len(losses):
        smooth = np.exp(savgol(np.log(losses), window, 3)) if is_logarithmic else savgol(losses, window, 3)
        axes.plot(steps, smooth, color="tab:blue", label="smoothed")
    if history.validation_losses:
        ends = history.steps_per_epoch * np.arange(1, len(history.validation_losses) + 1)
        right = f" (right: {100 * history.validation_accuracies[-1]:.1f} %)" if history.validation_accuracies else ""
        axes.plot(ends, history.validation_losses, color="tab:orange", marker="o", label=f"validation{right}")
    axes.set(xlabel="step", ylabel="loss", yscale="log" if is_logarithmic else "linear")
    axes.legend()
    return axes


def save_picture(history: History, path: Path) -> None:
    """Write the picture of a training to a file."""
    figure: Any = plot_history(history).figure
    figure.savefig(path, dpi=110)
