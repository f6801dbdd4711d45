"""
How to see one photo in many ways
=================================

Each picture is one draw: the photo is read once, and the box, the points and the mask of the face go by
the same matrix or the same field. In the last picture five steps are one matrix. The box is the least upright one
around the moved box, so it grows where the picture turns.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from deep.data.augment import (
    Compose,
    Crop,
    LocalWarp,
    Mirror,
    PcaColor,
    ResizedCrop,
    Rotate,
    Shear,
    ShiftColor,
)

photo = data.astronaut()[:320, 60:380]
rows, columns = np.mgrid[:320, :320]
sample = {
    "image": photo,
    "boxes": np.array([[118.0, 72.0, 208.0, 180.0]]),
    "points": np.array([[141.0, 101.0], [187.0, 103.0], [163.0, 126.0], [163.0, 143.0]]),  # eyes, nose, mouth
    "masks": (((columns - 163) / 45) ** 2 + ((rows - 126) / 54) ** 2 < 1)[..., None],
}
several = (Mirror(probability=1), Rotate(25), Shear(0.2), ResizedCrop(320, area=(0.5, 0.6)), ShiftColor(0.1))
ways = {
    "the photo": (),
    "Mirror": (Mirror(probability=1),),
    "Crop": (Crop(256),),
    "ResizedCrop": (ResizedCrop(320, area=(0.4, 0.6)),),
    "Rotate": (Rotate(30),),
    "Shear": (Shear(0.3, 0.1),),
    "LocalWarp": (LocalWarp(12, 96),),
    "ShiftColor": (ShiftColor(0.2),),
    "PcaColor": (PcaColor(4.0),),
    "five at once": several,
}

figure, axes = plt.subplots(2, 5, figsize=(13, 5.6))
for axis, (name, steps) in zip(axes.flat, ways.items(), strict=True):
    moved = Compose(*steps, border="reflect")(sample, rng=31)
    height, width = moved["image"].shape[:2]
    axis.imshow(moved["image"])
    axis.contour(moved["masks"][..., 0], levels=[0.5], colors="gold", linewidths=1.2)
    for x1, y1, x2, y2 in moved["boxes"] - 0.5:  # edges; the pixels of a picture are drawn about their centres
        axis.plot([x1, x2, x2, x1, x1], [y1, y1, y2, y2, y1], color="deepskyblue")
    axis.scatter(*moved["points"].T, s=14, color="red")
    axis.set(title=name, xticks=[], yticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
figure.tight_layout()
plt.show()
