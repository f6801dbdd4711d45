"""Shapes in images: what grows and shrinks with a footprint, and what becomes of masks."""

from imgproc.morphology.distance_transform import distance_transform
from imgproc.morphology.erode_dilate import dilate, erode
from imgproc.morphology.footprints import disk, rectangle
from imgproc.morphology.holes import fill_holes, remove_small
from imgproc.morphology.label import label
from imgproc.morphology.opening_closing import closing, opening
from imgproc.morphology.residues import black_tophat, morphological_gradient, white_tophat
from imgproc.morphology.skeletonize import skeletonize

__all__ = [
    "black_tophat",
    "closing",
    "dilate",
    "disk",
    "distance_transform",
    "erode",
    "fill_holes",
    "label",
    "morphological_gradient",
    "opening",
    "rectangle",
    "remove_small",
    "skeletonize",
    "white_tophat",
]
