"""
What antialiasing is for
========================

A smaller image has room for fewer waves: stripes finer than two of its pixels cannot be shown. Taking a few old pixels
for each new one (below, without antialiasing) does not leave such stripes out. It folds them into coarse patterns that
were never there, here rings in a picture whose rings get finer and finer outward. With antialiasing the kernel is
widened by the factor, so that what is too fine is averaged to gray. In the lower row the same is done to a page: thin
strokes either fall between the pixels that are taken, or stay as what they are worth.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import geometry

y, x = np.mgrid[-200:200, -200:200].astype(np.float32)
rings = 0.5 + 0.5 * np.cos(0.0075 * (x**2 + y**2))  # at distance r, r * 0.0024 waves a pixel
page = skimage.data.page()[60:180, 40:240]

ways = {
    "no antialiasing": {"antialias": False},
    "linear": {},
    "cubic": {"interpolation": "cubic"},
    "lanczos": {"interpolation": "lanczos"},
    "area": {"interpolation": "area"},
}
figure, panels = plt.subplots(2, 1 + len(ways), figsize=(16, 6), layout="constrained")
for row, (image, factor) in zip(panels, ((rings, 0.25), (page, 0.4)), strict=True):
    row[0].imshow(image, cmap="gray", vmin=0, vmax=image.max())
    row[0].set_title("as it is")
    for panel, (name, options) in zip(row[1:], ways.items(), strict=True):
        panel.imshow(geometry.rescale(image, factor, **options), cmap="gray", vmin=0, vmax=image.max())
        panel.set_title(f"{factor} of the size, {name}")
for panel in panels.flat:
    panel.axis("off")
plt.show()
