"""
Rotation as three shears
========================

A shear moves every row, or every column, by a distance of its own. Three of them make a rotation:
R(a) = Shx(-tan(a/2)) Shy(sin a) Shx(-tan(a/2)) (Paeth, 1986). The upper row shows the picture after each. Each pass
works along one axis only, and none changes an area: if rows and columns move by whole pixels ("nearest"), no pixel is
lost and none is doubled. The lower row turns a checkerboard eight times by 45 degrees, which exact turns would bring
back: what is missing shows how much each kernel blurs.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import geometry

photo = skimage.data.astronaut()[::2, ::2]
angle = np.radians(30)
middle = (np.array(photo.shape[1::-1]) - 1) / 2
tangent, sine = np.tan(angle / 2), np.sin(angle)


def sheared(image, matrix):
    """Take each pixel from where a 2 x 2 matrix sends it, about the middle."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    back = np.stack((columns - middle[0], rows - middle[1]), axis=-1) @ matrix.T + middle
    x, y = np.rint(np.moveaxis(back, -1, 0)).astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside[..., None], image[y.clip(0, height - 1), x.clip(0, width - 1)], 255)


along_rows = np.array([[1, -tangent], [0, 1]])
along_columns = np.array([[1, 0], [sine, 1]])
steps = {
    "the picture": photo,
    "rows sheared": sheared(photo, along_rows),
    "then columns": sheared(photo, along_rows @ along_columns),
    "then rows: turned by 30 degrees": geometry.rotate_by_shears(photo, 30, interpolation="cubic", fill=255),
}
board = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((8, 8))).astype(np.float32)
figure, panels = plt.subplots(2, 4, figsize=(14, 7.2), layout="constrained")
for panel, (name, image) in zip(panels[0], steps.items(), strict=True):
    panel.imshow(image)
    panel.set_title(name)
for panel, word in zip(panels[1], ("nearest", "linear", "cubic", "lanczos"), strict=True):
    turned = board
    for _ in range(8):
        turned = geometry.rotate_by_shears(turned, 45, interpolation=word, border="reflect")
    panel.imshow(turned, cmap="gray", vmin=0, vmax=1)
    error = np.abs(turned - board)[24:-24, 24:-24].mean()
    panel.set_title(f"8 × 45 degrees, {word}: error {error:.2f}")
for panel in panels.flat:
    panel.axis("off")
plt.show()
