"""
A galaxy in a cup of coffee
===========================

Two photos and a mask. Cut along the mask, and the seam shows; fade across it, and either the seam still shows or
details of both appear as ghosts of each other. ``blend`` does neither: it parts both photos into bands from coarse to
fine, and lets each band fade over a zone as wide as its own details.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import arrays, filters, geometry
from imgproc.pyramids import blend, laplacian_pyramid

cup = skimage.data.coffee()[40:360, 130:450]
galaxy = geometry.resize(skimage.data.hubble_deep_field()[20:620, 200:800], cup.shape[:2])

y, x = np.mgrid[:320, :320]
surface = ((x - 162) / 88) ** 2 + ((y - 104) / 54) ** 2 < 1

narrow = surface.astype(np.float32)
wide = filters.gaussian(narrow, 20.0)
ways = {
    "cut": blend(galaxy, cup, narrow, levels=1),
    "faded": blend(galaxy, cup, wide, levels=1),
    "blended in five bands": blend(galaxy, cup, narrow, levels=5),
}

figure, panels = plt.subplots(2, 4, figsize=(13, 6.8), layout="constrained")
for panel, (title, picture) in zip(panels[0], {"the cup": cup, **ways}.items(), strict=True):
    panel.imshow(picture)
    panel.set_title(title)
bands = laplacian_pyramid(arrays.to_float(ways["blended in five bands"]), 4)
for n, (panel, band) in enumerate(zip(panels[1], bands, strict=True)):
    panel.imshow(np.clip(band if n == 3 else 0.5 + 3 * band, 0, 1))
    panel.set_title("what is left" if n == 3 else f"band {n + 1} of the result")
for panel in panels.flat:
    panel.axis("off")
plt.show()
