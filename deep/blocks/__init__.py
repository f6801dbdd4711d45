"""Layers and blocks that networks share, one idea per file."""

from deep.blocks.batch_norm import MeanOnlyBatchNorm, PositionBatchNorm
from deep.blocks.causal_conv import CausalConv1d
from deep.blocks.conv_norm import ConvNormAct
from deep.blocks.conv_same import Conv2dSame
from deep.blocks.convolution_matrix import convolution_matrix
from deep.blocks.convolution_size import convolution_size, transposed_convolution_size
from deep.blocks.depthwise_separable import DepthwiseSeparable
from deep.blocks.fire import Fire
from deep.blocks.gru_cell import GRUCell
from deep.blocks.inception import Inception
from deep.blocks.inverted_residual import InvertedResidual
from deep.blocks.local_response_norm import LocalResponseNorm
from deep.blocks.lstm_cell import CoupledLSTMCell, LSTMCell
from deep.blocks.min_pool import MinPool2d
from deep.blocks.patch_embedding import PatchEmbedding
from deep.blocks.residual import BasicBlock, Bottleneck
from deep.blocks.spatial_transformer import SpatialTransformer
from deep.blocks.squeeze_excite import SqueezeExcite
from deep.blocks.vector_quantizer import VectorQuantizer
from deep.blocks.weight_norm import WeightNorm

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "CausalConv1d",
    "Conv2dSame",
    "ConvNormAct",
    "CoupledLSTMCell",
    "DepthwiseSeparable",
    "Fire",
    "GRUCell",
    "Inception",
    "InvertedResidual",
    "LSTMCell",
    "LocalResponseNorm",
    "MeanOnlyBatchNorm",
    "MinPool2d",
    "PatchEmbedding",
    "PositionBatchNorm",
    "SpatialTransformer",
    "SqueezeExcite",
    "VectorQuantizer",
    "WeightNorm",
    "convolution_matrix",
    "convolution_size",
    "transposed_convolution_size",
]
