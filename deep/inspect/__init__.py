"""What a network is made of, and what it costs."""

from deep.inspect.costs import convolution_multiply_adds, search_reward, separable_multiply_adds
from deep.inspect.summary import LayerRow, Summary, summary

__all__ = [
    "LayerRow",
    "Summary",
    "convolution_multiply_adds",
    "search_reward",
    "separable_multiply_adds",
    "summary",
]
