"""
Three ways to remove noise
==========================

A Gaussian averages whatever is near: it smooths noise and edges alike. A bilateral filter leaves out what differs much,
which keeps edges, but also keeps single wrong pixels. A median takes the middle value, to which single wrong pixels do
not matter. Below, Gaussian noise (upper row), and a twentieth of the pixels black or white (lower row).
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import filters

photo = skimage.data.camera()[40:240, 160:400].astype(np.float32) / 255
rng = np.random.default_rng(0)
noisy = photo + rng.normal(0, 0.1, photo.shape).astype(np.float32)
specks = np.where(rng.random(photo.shape) < 0.05, rng.integers(0, 2, photo.shape), photo).astype(np.float32)

ways = {
    "noisy": lambda image: image,
    "Gaussian": lambda image: filters.gaussian(image, 1.2),
    "bilateral": lambda image: filters.bilateral(image, 2.0, 0.25),
    "median": lambda image: filters.median(image, 5),
}
figure, panels = plt.subplots(2, len(ways), figsize=(13, 6), layout="constrained")
for row, image in zip(panels, (noisy, specks), strict=True):
    for panel, (name, clean) in zip(row, ways.items(), strict=True):
        made = clean(image)
        error = np.sqrt(np.mean((made - photo) ** 2))
        panel.imshow(made, cmap="gray", vmin=0, vmax=1)
        panel.set_title(f"{name}: error {error:.3f}")
        panel.axis("off")
plt.show()
