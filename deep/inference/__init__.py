"""Trained networks at work: predictions on any image, and the form in which they are fast."""

from deep.inference.ensemble import Ensemble, TenCropped
from deep.inference.optimize import Optimized, OptimizeReport, optimize
from deep.inference.predictor import Predictor
from deep.inference.prepare import prepare

__all__ = ["Ensemble", "OptimizeReport", "Optimized", "Predictor", "TenCropped", "optimize", "prepare"]
