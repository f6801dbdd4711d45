"""How good predictions are."""

from deep.metrics.confusion import confusion_matrix

__all__ = ["confusion_matrix"]
