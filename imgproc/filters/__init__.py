"""Linear and rank filters."""

from imgproc.filters.correlate import correlate
from imgproc.filters.gaussian import gaussian
from imgproc.filters.median import median

__all__ = ["correlate", "gaussian", "median"]
