"""
What each border does
=====================

A filter near the edge needs pixels that are not there. ``border`` says what to take for them, in NumPy's words. The
upper row shows the corner of a photo as each border extends it; the lower row what a wide mean makes of that corner.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import filters

photo = skimage.data.camera()[60:124, 200:280]
borders = ("reflect", "symmetric", "edge", "wrap", "constant")
reach = 24

figure, panels = plt.subplots(2, 5, figsize=(13, 5), layout="constrained")
for (above, below), border in zip(panels.T, borders, strict=True):
    extended = np.pad(photo, reach, border)
    above.imshow(extended, cmap="gray", vmin=0, vmax=255)
    height, width = photo.shape
    above.add_patch(plt.Rectangle((reach - 0.5, reach - 0.5), width, height, fill=False, color="tab:red"))
    above.set_title(f'border="{border}"')
    below.imshow(filters.box(photo, 2 * reach + 1, border=border, fill=0), cmap="gray", vmin=0, vmax=255)
    below.set_title(f"mean of {2 * reach + 1} × {2 * reach + 1}")
for panel in panels.flat:
    panel.axis("off")
plt.show()
