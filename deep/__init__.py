"""PyTorch models on top of `imgproc`, from LeNet to diffusion."""

from deep.checkpoint import save
from deep.export import export_onnx
from deep.inference.optimize import optimize
from deep.inference.predictor import Predictor
from deep.preprocess import Preprocess
from deep.registry import ModelInfo, create_model, list_models, load, model_info
from deep.results import Classification, Detections, LabelMap
from deep.surgery import adapt_input, count_parameters, freeze, replace_head
from deep.weights import Weights

__all__ = [
    "Classification",
    "Detections",
    "LabelMap",
    "ModelInfo",
    "Predictor",
    "Preprocess",
    "Weights",
    "adapt_input",
    "count_parameters",
    "create_model",
    "export_onnx",
    "freeze",
    "list_models",
    "load",
    "model_info",
    "optimize",
    "replace_head",
    "save",
]
