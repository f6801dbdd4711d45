"""
Cleaning a scan
===============

A scanned page is lit unevenly and dotted with dust. The closing of the page by a disk wider than any stroke is the
paper alone; what it takes away is ink, whatever the light. Specks are small components, pinholes small holes; the
skeleton and the distance to the background then say how wide the strokes are.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import morphology

page = skimage.data.page()
rng = np.random.default_rng(0)
page[rng.random(page.shape) < 0.002] = 20  # dust

ink = morphology.black_tophat(page, morphology.disk(8))
dirty = ink > 32
clean = morphology.fill_holes(morphology.remove_small(dirty, 9), max_size=2)
skeleton = morphology.skeletonize(clean)
widths = 2 * morphology.distance_transform(clean)[skeleton]

figure, panels = plt.subplots(2, 2, figsize=(11, 6), layout="constrained")
pictures = {
    "page with dust": page,
    "ink: black top-hat by a disk of 8": 255 - ink,
    f"{morphology.label(dirty).max()} components, of which {morphology.label(clean).max()} stay": ~clean,
    f"skeleton: strokes are about {widths.mean():.1f} pixels wide": ~skeleton,
}
for panel, (title, picture) in zip(panels.flat, pictures.items(), strict=True):
    panel.imshow(picture, cmap="gray", interpolation="none")
    panel.set_title(title)
    panel.axis("off")
plt.show()
