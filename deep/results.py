"""What predictions look like: plain frozen records in the caller's array kind."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Classification", "Detections", "LabelMap"]


@dataclass(frozen=True, eq=False)
class Classification:
    """What one image shows.

    Parameters
    ----------
    probabilities : (K,) float32, sums to 1
    index : class of the largest probability
    label : its name, or its index as text where the names are not known
    score : its probability
    classes : names of all classes, optional

    Examples
    --------
    >>> Classification(np.array([0.1, 0.7, 0.2]), 1, "cat", 0.7, ("ant", "cat", "dog")).top(2)
    [('cat', 0.7), ('dog', 0.2)]
    """

    probabilities: Any
    index: int
    label: str
    score: float
    classes: tuple[str, ...] | None = field(default=None, repr=False)

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """Give the `k` likeliest classes as (label, score), the likeliest first."""
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        scores = [float(value) for value in self.probabilities.tolist()]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[:k]
        return [(str(index) if self.classes is None else self.classes[index], scores[index]) for index in order]


@dataclass(frozen=True, eq=False)
class Detections:
    """The objects of one image, best first.

    Parameters
    ----------
    boxes : (N, 4), x1, y1, x2, y2 in edge coordinates of the original image
    labels : (N,) int, starting at 0
    scores : (N,) in [0, 1]
    masks : (N, H, W) bool, optional
    """

    boxes: Any
    labels: Any
    scores: Any
    masks: Any = None

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, eq=False)
class LabelMap:
    """A class for each pixel of one image.

    Parameters
    ----------
    labels : (H, W) int32
    scores : (H, W) float32, probability of that class, optional
    """

    labels: Any
    scores: Any = None
