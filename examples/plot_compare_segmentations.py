"""
Regions and superpixels of one photo
====================================

Felzenszwalb's regions grow as far as the colour inside allows: large where the picture is calm, small where it is busy,
and one parameter says how calm. Superpixels are about equal in size, and one parameter says how much they may bend to
follow edges.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import segmentation

photo = skimage.data.coffee()


def paint_means(labels):
    """Give each region its mean colour, and its boundary white."""
    counts = np.bincount(labels.ravel())
    means = np.stack([np.bincount(labels.ravel(), photo[..., c].ravel()) / counts for c in range(3)], axis=1)
    picture = means[labels].astype(np.uint8)
    picture[segmentation.boundaries(labels, thick=False)] = 255
    return picture


figure, panels = plt.subplots(2, 4, figsize=(15, 6), layout="constrained")
panels[0, 0].imshow(photo)
panels[0, 0].set_title("photo")
for panel, scale in zip(panels[0, 1:], (50, 200, 800), strict=True):
    labels = segmentation.felzenszwalb(photo, scale, min_size=50)
    panel.imshow(paint_means(labels))
    panel.set_title(f"felzenszwalb, scale {scale}: {labels.max() + 1} regions")

settings = [(100, 10.0), (400, 10.0), (400, 3.0), (400, 40.0)]
for panel, (count, compactness) in zip(panels[1], settings, strict=True):
    labels = segmentation.slic(photo, count, compactness=compactness)
    panel.imshow(paint_means(labels))
    panel.set_title(f"slic {count}, compactness {compactness:g}: {labels.max() + 1}")
for panel in panels.flat:
    panel.axis("off")
plt.show()
