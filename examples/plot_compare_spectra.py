"""
Why a Gaussian beats a box
==========================

Both smooth. What they do to each frequency tells them apart: the gain of a box falls to zero, comes back with the
wrong sign, and so leaves fine stripes in the picture, some of them turned from bright to dark. The gain of a Gaussian
falls and stays down. The lower row shows it on rings whose frequency grows outwards.
"""

import matplotlib.pyplot as plt
import numpy as np

from imgproc import filters, fourier

size, sigma = 301, 2.5
side = 9  # a box of the same variance: (side² - 1) / 12 = sigma²
y, x = np.mgrid[:size, :size] - size // 2
rings = (0.5 + 0.5 * np.cos(np.pi * (x * x + y * y) / size * 0.6)).astype(np.float32)

impulse = np.zeros((size, size), np.float32)
impulse[size // 2, size // 2] = 1
pictures = {"rings": rings, "box": filters.box(rings, side), "Gaussian": filters.gaussian(rings, sigma)}
gains = {"box": filters.box(impulse, side), "Gaussian": filters.gaussian(impulse, sigma)}

figure, panels = plt.subplots(2, 3, figsize=(11, 7), layout="constrained")
frequency = np.fft.fftshift(np.fft.fftfreq(size))
for name, kernel in gains.items():
    row = fourier.fft2(np.fft.ifftshift(kernel), centered=True).real[size // 2]
    panels[0, 0].plot(frequency[size // 2 :], row[size // 2 :], label=name)
panels[0, 0].axhline(0, color="gray", linewidth=0.5)
panels[0, 0].set(title="gain", xlabel="cycles per pixel")
panels[0, 0].legend()
for panel, (name, kernel) in zip(panels[0, 1:], gains.items(), strict=True):
    magnitude, _ = fourier.spectrum(kernel)
    panel.imshow(np.log10(magnitude + 1e-4), cmap="magma", vmin=-4, vmax=0, extent=(-0.5, 0.5, 0.5, -0.5))
    panel.set_title(f"spectrum of the {name}, logarithmic")
for panel, (name, picture) in zip(panels[1], pictures.items(), strict=True):
    panel.imshow(picture, cmap="gray", vmin=0, vmax=1)
    panel.set_title(name)
    panel.axis("off")
plt.show()
