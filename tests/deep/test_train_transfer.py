"""Transfer learning in its three ways: a head on cached features, a part that is frozen, the whole."""

from functools import partial

import pytest
import torch
from torch import nn

import deep
from deep.train import cache_features, fit, head_of
from deep.train.loaders import Collate
from deep.train.tasks import ClassificationTask

quick = partial(fit, device="cpu", progress=False, epochs=2, batch_size=4)


def photos(count: int = 8) -> list[tuple[torch.Tensor, int]]:
    """Draw dark and bright photos of several sizes."""
    rng = torch.Generator().manual_seed(0)
    return [
        (
            torch.randint(100 * (k % 2), 100 * (k % 2) + 150, (3, 32 + k, 40 - k), generator=rng, dtype=torch.uint8),
            k % 2,
        )
        for k in range(count)
    ]


def resnet() -> nn.Module:
    torch.manual_seed(0)
    return deep.create_model("resnet20_cifar", num_classes=2)


def changed(model: nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    return {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}


def values(model: nn.Module) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in model.state_dict().items()}


def test_the_head_gives_on_cached_features_what_the_network_gives_on_images():
    model = resnet()
    features = cache_features(model, photos(), batch_size=3)
    images, labels = zip(*photos(), strict=True)
    with torch.no_grad():
        expected = torch.cat([model(ClassificationTask(model).prepare(image)) for image in _laid_out(model, images)])
    torch.testing.assert_close(head_of(model)(features.tensors[0]).detach(), expected)
    assert features.tensors[1].tolist() == list(labels)


def _laid_out(model: nn.Module, images: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    return [Collate(ClassificationTask(model).preprocess)([(image, 0)])[0] for image in images]


def test_a_head_trained_on_features_is_the_networks_own():
    model = resnet()
    before = values(model)
    history = quick(ClassificationTask(head_of(model), lr=0.1), cache_features(model, photos()), epochs=20)
    assert changed(model, before) == {"linear.weight", "linear.bias"}
    assert history.losses[-1] < 0.5 * history.losses[0]


def test_features_are_read_again_unless_the_body_is_another(tmp_path):
    model, path = resnet(), tmp_path / "features.safetensors"
    features = cache_features(model, photos(), path=path)
    stamp = path.stat().st_mtime_ns
    deep.replace_head(model, 5)  # another head sees the same
    again = cache_features(model, photos(), path=path)
    assert all(torch.equal(one, other) for one, other in zip(features.tensors, again.tensors, strict=True))
    assert path.stat().st_mtime_ns == stamp
    with pytest.raises(ValueError, match="path must hold features of 6 images, got"):
        cache_features(model, photos(6), path=path)
    next(model.parameters()).data.mul_(2)
    with pytest.raises(ValueError, match="path must be features of this model, got"):
        cache_features(model, photos(), path=path)


def test_what_is_frozen_stays_and_the_rest_learns():
    model = resnet()
    before = values(model)
    quick(ClassificationTask(deep.freeze(model, until="layer2"), lr=0.1), photos())
    names = changed(model, before)
    assert names
    assert all(name.startswith(("layer3", "linear")) for name in names)


def test_fine_tuning_changes_all_and_the_body_less():
    model = resnet()
    before = values(model)
    optimizer = partial(torch.optim.SGD, momentum=0.9)
    quick(ClassificationTask(model, lr=0.1, body_lr=1e-4, optimizer=optimizer), photos())
    assert changed(model, before) == set(before)
    after = model.state_dict()
    head, body = (
        float((after[key] - before[key]).norm() / before[key].norm())
        for key in ("linear.weight", "layer3.2.conv2.weight")
    )
    assert head > 10 * body


def test_networks_that_do_more_behind_their_head_are_refused():
    with pytest.raises(ValueError, match="model must end in a linear layer, got Conv2d; deep"):
        cache_features(deep.create_model("squeezenet1_1", num_classes=2), photos())
    with pytest.raises(ValueError, match="model must have one head, got 2"):
        head_of(deep.create_model("deit_tiny_distilled", num_classes=2, image_size=32))
    with pytest.raises(ValueError, match="model must be built by create_model, got Linear"):
        head_of(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="data must hold at least one image, got none"):
        cache_features(resnet(), [])
