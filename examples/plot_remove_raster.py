"""
Taking the raster out of a print
================================

A printed photo has a raster: one wave, which the spectrum shows as a pair of peaks (and more pairs for what is not a
pure wave). A notch takes them out, with their neighbourhood, and leaves everything else alone.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import fourier

photo = skimage.data.camera()[:400, 60:460].astype(np.float32) / 255
y, x = np.mgrid[:400, :400]
waves = [(0.15, 0.0975), (-0.0975, 0.15)]  # frequencies (x, y): a raster turned by 33°
raster = sum(np.cos(2 * np.pi * (fx * x + fy * y)) for fx, fy in waves)
printed = np.clip(photo + 0.12 * raster, 0, 1).astype(np.float32)

# the strongest peaks away from the middle, where the picture itself is
magnitude, _ = fourier.spectrum(printed)
rows, columns = np.mgrid[:400, :400] - 200
magnitude[np.hypot(rows, columns) < 40] = 0
peaks = []
for _ in range(2):
    row, column = np.unravel_index(np.argmax(magnitude), magnitude.shape)
    peaks.append(((column - 200) / 400, (row - 200) / 400))
    for sign in (1, -1):
        near = np.hypot(rows - sign * (row - 200), columns - sign * (column - 200)) < 8
        magnitude[near] = 0

cleaned = fourier.notch(printed, peaks, 0.012, kind="butterworth", border="reflect")

figure, panels = plt.subplots(1, 4, figsize=(14, 4), layout="constrained")
spectra = [np.log10(fourier.spectrum(p)[0] + 1) for p in (printed, cleaned)]
for panel, picture, title in zip(
    panels,
    (printed, spectra[0], spectra[1], cleaned),
    ("printed", "its spectrum", "with notches", "cleaned"),
    strict=True,
):
    panel.imshow(picture, cmap="gray" if title in ("printed", "cleaned") else "magma")
    panel.set_title(title)
    panel.axis("off")
plt.show()
