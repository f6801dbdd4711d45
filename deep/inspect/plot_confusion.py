"""A confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from imgproc.arrays import to_numpy

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["plot_confusion"]

_MOST_NUMBERS = 20
"""Classes up to which each cell is written out."""


def plot_confusion(
    matrix: Any,
    classes: Sequence[str] | None = None,
    *,
    shares: bool = False,
    title: str | None = None,
    ax: matplotlib.axes.Axes | None = None,
) -> matplotlib.axes.Axes:
    """Draw a confusion matrix with matplotlib, with the number in each cell up to 20 classes.

    Parameters
    ----------
    matrix : (K, K) counts, rows the truth
        As `deep.metrics.confusion_matrix` gives them, of any kind.
    classes : K names, optional
    shares : bool
        Write the share of the row, in percent, instead of the count. The colour is that share in either case, so that
        rare classes are seen as well as frequent ones.
    title : str, optional
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        `matrix` is not square or has negative counts, or `classes` has not one name for each row.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = plot_confusion(np.array([[2, 1], [0, 1]]), ["cat", "dog"], shares=True)
    >>> [cell.get_text() for cell in ax.texts]
    ['67', '33', '0', '100']
    """
    import matplotlib.pyplot as plt

    counts = np.asarray(matrix) if isinstance(matrix, list) else to_numpy(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.min() < 0:
        raise ValueError(f"matrix must be square and count from 0 on, got shape {counts.shape}")
    count = len(counts)
    names = [str(k) for k in range(count)] if classes is None else list(classes)
    if len(names) != count:
        raise ValueError(f"classes must have {count} names, as matrix has rows, got {len(names)}")
    part = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if ax is None:
        _, ax = plt.subplots(figsize=(min(2.5 + 0.5 * count, 12),) * 2, layout="constrained")
    ax.imshow(part, cmap="Blues", vmin=0, vmax=1)
    ax.set(xlabel="predicted", ylabel="truth", title=title)
    turn = 90 if max(map(len, names)) > 3 else 0
    ax.set_xticks(range(count), names, rotation=turn)
    ax.set_yticks(range(count), names)
    if count <= _MOST_NUMBERS:
        for (row, column), share in np.ndenumerate(part):
            text = f"{100 * share:.0f}" if shares else f"{counts[row, column]}"
            color = "white" if share > 0.5 else "black"
            ax.text(column, row, text, ha="center", va="center", color=color)
    return ax
