"""Looking at images: the only theme that imports matplotlib, and only inside a call."""

from imgproc.viz.colorize import colorize
from imgproc.viz.draw_boxes import draw_boxes
from imgproc.viz.draw_epipolar_lines import draw_epipolar_lines
from imgproc.viz.draw_lines import draw_lines
from imgproc.viz.draw_matches import draw_matches
from imgproc.viz.draw_points import draw_points
from imgproc.viz.grid import grid
from imgproc.viz.overlay_labels import overlay_labels
from imgproc.viz.show import show

__all__ = [
    "colorize",
    "draw_boxes",
    "draw_epipolar_lines",
    "draw_lines",
    "draw_matches",
    "draw_points",
    "grid",
    "overlay_labels",
    "show",
]
