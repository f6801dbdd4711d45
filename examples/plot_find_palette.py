"""
The palette of a photo
======================

Which colours would a painter mix for this cup of coffee? k-means is told how many, and shares the pixels out so that
each is near to its colour: large brown areas get several browns. Mean shift is told how different colours must be, and
finds as many as the photo has: each is a place in colour space with more pixels around it than anywhere nearby, so that
small areas of a colour of their own get one too. Below each picture its palette, as wide as the colours are common.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import color, filters, geometry, segmentation

photo = geometry.resize(skimage.data.coffee(), (200, 300))
smooth = filters.median(photo, 5)  # specks are no paint
lab = color.rgb_to_lab(smooth).reshape(-1, 3)

# distances in Lab are differences as the eye sees them; whole numbers repeat, and points that repeat climb once
modes, labels = segmentation.mean_shift(np.round(lab / 2) * 2, bandwidth=14)
common = np.bincount(labels, minlength=len(modes)) > 0.002 * len(labels)
modes = modes[common]
nearest, _ = segmentation.vector_quantize(lab, modes)
found = segmentation.kmeans(lab, len(modes), rng=0)


def show(panel, strip, colors, numbers, title):
    order = np.argsort(np.bincount(numbers, minlength=len(colors)))[::-1]
    paints = np.clip(color.lab_to_rgb(colors[None].astype(np.float32))[0], 0, 1)
    panel.imshow(paints[numbers].reshape(photo.shape))
    panel.set_title(title)
    widths = np.bincount(numbers, minlength=len(colors))[order]
    strip.imshow(np.repeat(paints[order], np.maximum(widths * 300 // len(numbers), 6), axis=0)[None], aspect="auto")


figure, panels = plt.subplots(2, 3, figsize=(13, 4.2), height_ratios=(8, 1), layout="constrained")
panels[0, 0].imshow(photo)
panels[0, 0].set_title("photo")
show(panels[0, 1], panels[1, 1], found.centers, found.labels, f"k-means, k = {len(modes)}")
show(panels[0, 2], panels[1, 2], modes, nearest, f"mean shift, bandwidth 14: {len(modes)} colours")
for panel in panels.ravel():
    panel.axis("off")
plt.show()
