"""Looking at images: the only theme that imports matplotlib, and only inside a call."""

from imgproc.viz.grid import grid
from imgproc.viz.overlay_labels import overlay_labels
from imgproc.viz.show import show

__all__ = ["grid", "overlay_labels", "show"]
