"""What a network is made of, what it costs, and what it sees."""

from deep.inspect.activations import activations
from deep.inspect.costs import convolution_multiply_adds, search_reward, separable_multiply_adds
from deep.inspect.grad_cam import grad_cam
from deep.inspect.measure_receptive_field import measure_receptive_field
from deep.inspect.plot_confusion import plot_confusion
from deep.inspect.plot_curves import plot_curves
from deep.inspect.receptive_field import ReceptiveField, receptive_field
from deep.inspect.summary import LayerRow, Summary, summary
from deep.inspect.top_patches import Patch, top_patches

__all__ = [
    "LayerRow",
    "Patch",
    "ReceptiveField",
    "Summary",
    "activations",
    "convolution_multiply_adds",
    "grad_cam",
    "measure_receptive_field",
    "plot_confusion",
    "plot_curves",
    "receptive_field",
    "search_reward",
    "separable_multiply_adds",
    "summary",
    "top_patches",
]
