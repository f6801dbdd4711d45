"""Clusters of colours, regions, superpixels and their boundaries."""

from imgproc.segmentation.boundaries import boundaries
from imgproc.segmentation.felzenszwalb import felzenszwalb
from imgproc.segmentation.filter_mean_shift import filter_mean_shift
from imgproc.segmentation.kmeans import KMeans, kmeans
from imgproc.segmentation.mean_shift import mean_shift
from imgproc.segmentation.region_adjacency import region_adjacency
from imgproc.segmentation.segment_kmeans import quantize_colors, segment_kmeans
from imgproc.segmentation.segment_mean_shift import segment_mean_shift
from imgproc.segmentation.selective_search import selective_search
from imgproc.segmentation.slic import slic
from imgproc.segmentation.vector_quantize import vector_quantize

__all__ = [
    "KMeans",
    "boundaries",
    "felzenszwalb",
    "filter_mean_shift",
    "kmeans",
    "mean_shift",
    "quantize_colors",
    "region_adjacency",
    "segment_kmeans",
    "segment_mean_shift",
    "selective_search",
    "slic",
    "vector_quantize",
]
