"""Corners, keypoints, matching, templates and optical flow."""

from imgproc.features.corners import corners
from imgproc.features.detect import detect
from imgproc.features.harris import harris, shi_tomasi
from imgproc.features.keypoints import Keypoints
from imgproc.features.match import match
from imgproc.features.match_template import match_template
from imgproc.features.optical_flow import optical_flow

__all__ = ["Keypoints", "corners", "detect", "harris", "match", "match_template", "optical_flow", "shi_tomasi"]
