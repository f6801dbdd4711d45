"""
The colour spaces of one photo
==============================

The same pixels in four coordinates. Red, green and blue all repeat the picture; the other spaces put lightness into one
plane and leave colour to the other two. Lab does so by how different things look, and there a difference can be
measured: CIEDE2000 from the orange of the suit picks out the suit.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import color

photo = skimage.data.astronaut()
lab = color.rgb_to_lab(photo)
suit = np.broadcast_to(lab[400:420, 60:80].mean((0, 1)), lab.shape)

spaces = {
    "RGB": (photo / 255, ("red", "green", "blue"), ((0, 1), (0, 1), (0, 1))),
    "HSV": (color.rgb_to_hsv(photo), ("hue", "saturation", "value"), ((0, 1), (0, 1), (0, 1))),
    "Y'CbCr": (
        color.rgb_to_ycbcr(photo),
        ("luma", "blue less luma", "red less luma"),
        ((0, 1), (0.2, 0.8), (0.2, 0.8)),
    ),
    "Lab": (lab, ("lightness", "green to red", "blue to yellow"), ((0, 100), (-60, 60), (-60, 60))),
}

figure, rows = plt.subplots(4, 4, figsize=(10, 10.6), layout="constrained")
for row, (space, (planes, names, ranges)) in zip(rows, spaces.items(), strict=True):
    for c, panel in enumerate(row[1:]):
        low, high = ranges[c]
        panel.imshow(planes[..., c], cmap="hsv" if names[c] == "hue" else "gray", vmin=low, vmax=high)
        panel.set_title(f"{space}: {names[c]}", fontsize=9)

rows[0, 0].imshow(photo)
rows[0, 0].set_title("photo", fontsize=9)
rows[3, 0].imshow(color.delta_e(lab, suit), cmap="viridis_r", vmax=60)
rows[3, 0].set_title("CIEDE2000 from the suit", fontsize=9)
for panel in rows.flat:
    panel.axis("off")
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1])
plt.show()
