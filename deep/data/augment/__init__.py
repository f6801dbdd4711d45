"""Random changes of samples: images, boxes, masks and points move together, by one interpolation.

A step holds ranges and draws one move or one colour; `Compose` draws from all of its steps and does them at once.
"""

from deep.data.augment.color import PcaColor, ShiftColor, color_covariance
from deep.data.augment.compose import Change, Compose
from deep.data.augment.motion import Affine, Field, Motion
from deep.data.augment.steps import Crop, LocalWarp, Mirror, OverlapCrop, ResizedCrop, Rotate, Shear, View
from deep.data.augment.ten_crop import ten_crop

__all__ = [
    "Affine",
    "Change",
    "Compose",
    "Crop",
    "Field",
    "LocalWarp",
    "Mirror",
    "Motion",
    "OverlapCrop",
    "PcaColor",
    "ResizedCrop",
    "Rotate",
    "Shear",
    "ShiftColor",
    "View",
    "color_covariance",
    "ten_crop",
]
