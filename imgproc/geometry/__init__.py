"""Moving pixels and points: matrices, warps, their estimation, two views, cameras and stereo."""

from imgproc.geometry.calibrate import Calibration, calibrate_camera
from imgproc.geometry.cameras import camera_matrix, project_points
from imgproc.geometry.decompose import AffineParts, decompose_affine
from imgproc.geometry.degenerate import DegenerateError
from imgproc.geometry.depth import disparity_to_depth, reproject
from imgproc.geometry.disparity import disparity
from imgproc.geometry.distortion import distort_points, undistort_points
from imgproc.geometry.epipolar import epipolar_lines, epipoles, sampson_distance
from imgproc.geometry.essential import decompose_essential, essential_5point, essential_from_fundamental
from imgproc.geometry.estimate_transform import estimate_transform
from imgproc.geometry.fundamental import (
    fundamental_7point,
    fundamental_8point,
    fundamental_from_cameras,
    fundamental_from_essential,
)
from imgproc.geometry.points import transform_boxes, transform_points
from imgproc.geometry.pose import recover_pose
from imgproc.geometry.ransac_essential import ransac_essential
from imgproc.geometry.ransac_fundamental import ransac_fundamental
from imgproc.geometry.ransac_transform import ransac_transform
from imgproc.geometry.rectify import Rectification, rectify
from imgproc.geometry.rectify_uncalibrated import rectify_uncalibrated
from imgproc.geometry.remap import remap
from imgproc.geometry.resize import rescale, resize
from imgproc.geometry.rotate import rotate
from imgproc.geometry.rotate_by_shears import rotate_by_shears
from imgproc.geometry.transforms import (
    affine,
    compose,
    euclidean,
    rotation,
    rotation_as_shears,
    scaling,
    shear,
    similarity,
    translation,
)
from imgproc.geometry.triangulate import triangulate
from imgproc.geometry.undistort import undistort
from imgproc.geometry.warp import warp
from imgproc.geometry.warp_polar import warp_polar

__all__ = [
    "AffineParts",
    "Calibration",
    "DegenerateError",
    "Rectification",
    "affine",
    "calibrate_camera",
    "camera_matrix",
    "compose",
    "decompose_affine",
    "decompose_essential",
    "disparity",
    "disparity_to_depth",
    "distort_points",
    "epipolar_lines",
    "epipoles",
    "essential_5point",
    "essential_from_fundamental",
    "estimate_transform",
    "euclidean",
    "fundamental_7point",
    "fundamental_8point",
    "fundamental_from_cameras",
    "fundamental_from_essential",
    "project_points",
    "ransac_essential",
    "ransac_fundamental",
    "ransac_transform",
    "recover_pose",
    "rectify",
    "rectify_uncalibrated",
    "remap",
    "reproject",
    "rescale",
    "resize",
    "rotate",
    "rotate_by_shears",
    "rotation",
    "rotation_as_shears",
    "sampson_distance",
    "scaling",
    "shear",
    "similarity",
    "transform_boxes",
    "transform_points",
    "translation",
    "triangulate",
    "undistort",
    "undistort_points",
    "warp",
    "warp_polar",
]
