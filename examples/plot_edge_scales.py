"""
Edges at three scales
=====================

The width of Canny's Gaussian decides what counts as an edge: fine texture at one pixel, the outlines of things at four.
Thresholds are in intensity per pixel, so that one pair means the same at every scale; here each scale takes its own
tenth of the steepest pixels.
"""

import matplotlib.pyplot as plt
import skimage.data

from imgproc import color, edges

photo = color.rgb_to_gray(skimage.data.coffee())
scales = (1, 2, 4)

figure, panels = plt.subplots(1, 4, figsize=(13, 2.8), layout="constrained")
panels[0].imshow(photo, cmap="gray")
panels[0].set_title("photo")
for panel, sigma in zip(panels[1:], scales, strict=True):
    found = edges.canny(photo, sigma)
    panel.imshow(found, cmap="gray_r", interpolation="none")
    panel.set_title(f"sigma = {sigma}: {found.mean():.1%} edges")
for panel in panels:
    panel.axis("off")
plt.show()
