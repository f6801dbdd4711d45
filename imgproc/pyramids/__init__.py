"""Subsampling without aliasing, pyramids, and blending through them."""

from imgproc.pyramids.blend import blend
from imgproc.pyramids.gaussian_pyramid import gaussian_pyramid
from imgproc.pyramids.laplacian_pyramid import collapse, laplacian_pyramid
from imgproc.pyramids.reduce_expand import expand, reduce
from imgproc.pyramids.subsample import subsample

__all__ = [
    "blend",
    "collapse",
    "expand",
    "gaussian_pyramid",
    "laplacian_pyramid",
    "reduce",
    "subsample",
]
