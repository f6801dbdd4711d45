"""
What fewer coefficients cost
============================

The cosine transform of blocks puts most of a photo into few numbers. Dropping the rest is what JPEG lives on: the curve
shows the error against the bits that are left, for rounding to JPEG's table and for plainly keeping the greatest.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import fourier

photo = skimage.data.camera()


def measure(**options):
    made, bits = fourier.compress_dct(photo, **options)
    error = np.mean((made.astype(float) - photo) ** 2)
    return float(bits) / photo.size, 10 * np.log10(255**2 / error), made


curves = {
    "rounded to the table of JPEG": [measure(quality=q) for q in (2, 5, 10, 20, 35, 50, 65, 80, 90, 95)],
    "the greatest kept": [measure(keep=k) for k in (0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3)],
}
figure, panels = plt.subplots(1, 4, figsize=(15, 4), layout="constrained", width_ratios=[1.3, 1, 1, 1])
for name, points in curves.items():
    bits, decibels, _ = zip(*points, strict=True)
    panels[0].plot(bits, decibels, "o-", label=name)
panels[0].set(xlabel="bits per pixel", ylabel="PSNR (dB)")
panels[0].legend()
for panel, quality in zip(panels[1:], (80, 20, 5), strict=True):
    bits, decibels, made = measure(quality=quality)
    panel.imshow(made[60:220, 140:300], cmap="gray", vmin=0, vmax=255)
    panel.set_title(f"quality {quality}: {bits:.2f} bits, {decibels:.1f} dB")
    panel.axis("off")
plt.show()
