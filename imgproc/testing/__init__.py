"""Hypothesis strategies and assertions for code that works on images: yours and ours alike.

Needs Hypothesis (``pip install imgproc-deep[testing]``), which `import imgproc` alone never loads.
"""

from imgproc.testing.assert_same import assert_same
from imgproc.testing.backends import on_every_backend
from imgproc.testing.cameras import cameras, homographies
from imgproc.testing.images import images, masks
from imgproc.testing.kernels import kernels
from imgproc.testing.points import boxes, points

__all__ = [
    "assert_same",
    "boxes",
    "cameras",
    "homographies",
    "images",
    "kernels",
    "masks",
    "on_every_backend",
    "points",
]
