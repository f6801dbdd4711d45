"""Classical image processing on NumPy, CuPy and torch arrays, with one meaning on all three.

Functions live in themes: ``from imgproc import edges; edges.canny(image)``.
"""

from imgproc import arrays, color, edges, filters, io

__version__ = "0.1.0"

__all__ = ["__version__", "arrays", "color", "edges", "filters", "io"]
