"""
How much of the image a layer sees
==================================

Each pooling of VGG-16 doubles the step and more than doubles what one value sees: 6, 16, 44, 100, and in the end 212 of
224 pixels. In later networks the field is wider than the image, and padding fills the rest. Sizes and steps come from
arithmetic alone; the networks here take no memory.
"""

import matplotlib.pyplot as plt
import torch
from skimage import data

import deep
from deep.inspect import receptive_field
from imgproc.geometry import resize

STAGES = {
    "alexnet": ["features.2", "features.5", "features.12"],
    "vgg16": [f"features.{k}" for k in (4, 9, 16, 23, 30)],
    "resnet50": ["maxpool", "layer1", "layer2", "layer3", "layer4"],
    "mobilenet_v2": [f"features.{k}" for k in (1, 3, 6, 13, 18)],
    "inception_v3": ["maxpool1", "maxpool2", "Mixed_5d", "Mixed_6e", "Mixed_7c"],
}

with torch.device("meta"):
    networks = {name: deep.create_model(name) for name in STAGES}
fields = {name: [receptive_field(networks[name], layer) for layer in layers] for name, layers in STAGES.items()}

photo = resize(data.chelsea()[:, 75:375], (224, 224))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
left.imshow(photo, extent=(0, 224, 224, 0))
for number, field in enumerate(fields["vgg16"], 1):
    middle = round((112 - field.offset) / field.stride)
    (top, bottom), (start, end) = field.spans(middle, middle)
    left.plot(
        [start, end, end, start, start], [top, top, bottom, bottom, top], label=f"pool{number}: {field.size}", lw=2
    )
left.set_title("VGG-16: what one value behind each pooling sees")
left.set_axis_off()
left.legend(loc="lower right")
for name, seen in fields.items():
    right.plot([field.stride for field in seen], [field.size for field in seen], marker="o", label=name)
    print(f"{name}: {', '.join(f'{field.size} by steps of {field.stride}' for field in seen)}")
right.axhline(224, color="gray", linestyle=":", label="the image")
right.set_xscale("log", base=2)
right.set_yscale("log", base=2)
right.set_xticks([2, 4, 8, 16, 32], ["2", "4", "8", "16", "32"])
right.set_yticks([4, 16, 64, 256, 1024], ["4", "16", "64", "256", "1024"])
right.set(title="field and step of the stages", xlabel="step, pixels", ylabel="side of the field, pixels")
right.legend()
plt.show()
