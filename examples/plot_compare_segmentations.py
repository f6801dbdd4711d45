"""
Four segmentations of one photo, from coarse to fine
====================================================

Each method has one parameter that says how much is one. k-means asks for the number of colours, mean shift for how far
apart the colours of one region may be, Felzenszwalb's regions grow as far as the contrast inside them allows, large
where the picture is calm and small where it is busy, and superpixels are about equal in size. Draw the slider.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from matplotlib.animation import FuncAnimation

from imgproc import geometry, segmentation

photo = geometry.resize(skimage.data.coffee(), (240, 360))
METHODS = {
    "k-means, k": (lambda k: segmentation.segment_kmeans(photo, k, spatial_weight=0.5), (2, 4, 8, 16, 32)),
    "mean shift, range radius": (lambda r: segmentation.segment_mean_shift(photo, 6, r), (48, 32, 24, 16, 12)),
    "felzenszwalb, scale": (lambda scale: segmentation.felzenszwalb(photo, scale), (1600, 800, 400, 200, 100)),
    "slic, superpixels": (lambda n: segmentation.slic(photo, n), (25, 50, 100, 200, 400)),
}


def paint_means(labels):
    """Give each region its mean colour, and its boundary white."""
    counts = np.maximum(np.bincount(labels.ravel()), 1)
    means = np.stack([np.bincount(labels.ravel(), photo[..., c].ravel()) / counts for c in range(3)], axis=1)
    picture = means[labels].astype(np.uint8)
    picture[segmentation.boundaries(labels, thick=False)] = 255
    return picture


figure, panels = plt.subplots(2, 2, figsize=(9, 6.6), layout="constrained")
for panel in panels.flat:
    panel.axis("off")
images = [panel.imshow(photo) for panel in panels.flat]


def show(position):
    """Segment by each method with its parameter at this position of the slider."""
    for panel, image, (name, (segment, values)) in zip(panels.flat, images, METHODS.items(), strict=True):
        labels = segment(values[position])
        image.set_data(paint_means(labels))
        panel.set_title(f"{name} {values[position]}: {len(np.unique(labels))} labels")


slider = FuncAnimation(figure, show, frames=5, interval=1000)
plt.show()
show(2)
