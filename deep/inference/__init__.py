"""Trained networks at work: predictions on any image, and the form in which they are fast."""

from deep.inference.optimize import Optimized, OptimizeReport, optimize
from deep.inference.predictor import Predictor
from deep.inference.prepare import prepare

__all__ = ["OptimizeReport", "Optimized", "Predictor", "optimize", "prepare"]
