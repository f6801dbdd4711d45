"""Classical image processing on NumPy, CuPy and torch arrays, with one meaning on all three.

Functions live in themes: ``from imgproc import edges; edges.canny(image)``. `explain` tells which body of an operation
ran, `reference_only` forces the reference bodies. `imgproc.testing` needs Hypothesis and is imported on its own.
"""

from imgproc import (
    arrays,
    color,
    edges,
    features,
    filters,
    fourier,
    geometry,
    hough,
    io,
    metrics,
    morphology,
    pipeline,
    pyramids,
    segmentation,
    viz,
)
from imgproc._dispatch import explain, reference_only

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "arrays",
    "color",
    "edges",
    "explain",
    "features",
    "filters",
    "fourier",
    "geometry",
    "hough",
    "io",
    "metrics",
    "morphology",
    "pipeline",
    "pyramids",
    "reference_only",
    "segmentation",
    "viz",
]
