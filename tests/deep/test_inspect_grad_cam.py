"""Heat that can be computed by hand, and that of any kind of image at its place."""

import numpy as np
import pytest
import torch
from torch import nn

from deep import Predictor, Preprocess
from deep.inspect import grad_cam
from deep.registry import create_model
from imgproc import arrays


def two_maps(*, inplace: bool = True) -> nn.Sequential:
    """Red, and blue less green; class 0 is the sum of their means, class 1 four times the second less the first."""
    model = nn.Sequential(
        nn.Conv2d(3, 2, 1, bias=False), nn.ReLU(inplace), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)
    )
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0, 0], [0, -1, 1]])[:, :, None, None])
        model[4].weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, 4.0]]))
        model[4].bias.zero_()
    return model


def test_heat_is_the_maps_weighed_by_their_mean_slopes():
    red, green, blue = torch.rand(3, 4, 5)
    second = (blue - green).relu()
    heat = grad_cam(two_maps(), torch.stack([red, green, blue]), layer="1", index=1)
    # the slope of the logit is -1/20 and 4/20 at each of the 20 pixels, and so in the mean
    torch.testing.assert_close(heat, (-red / 20 + 4 * second / 20).relu())


def test_before_the_activation_only_what_passes_it_has_a_slope():
    image = torch.rand(3, 4, 5)
    second = image[2] - image[1]
    share = (second > 0).float().mean()
    heat = grad_cam(two_maps(), image, layer="0", index=0)
    torch.testing.assert_close(heat, (image[0] / 20 + second * share / 20).relu())


def test_nothing_needs_gradients_and_nothing_keeps_any():
    model = two_maps().requires_grad_(False)
    image = torch.rand(3, 4, 5)
    expected = grad_cam(two_maps(), image)
    with torch.no_grad():
        torch.testing.assert_close(grad_cam(model, image), expected)
    with torch.inference_mode():
        made_there = image.clone()
    torch.testing.assert_close(grad_cam(model, made_there), expected)
    assert not expected.requires_grad


def test_without_an_index_each_image_speaks_for_its_own_class():
    model, images = two_maps(), torch.zeros(2, 3, 4, 4)
    images[0, 0], images[1, 2] = 1, 1
    assert model(images).argmax(1).tolist() == [0, 1]
    heat = grad_cam(model, images)
    assert heat.shape == (2, 1, 4, 4)
    for k in range(2):
        torch.testing.assert_close(heat[k, 0], grad_cam(model, images[k], index=k))


def test_the_default_layer_is_the_last_that_keeps_places():
    image = torch.rand(3, 6, 6)
    assert torch.equal(grad_cam(two_maps(), image), grad_cam(two_maps(), image, layer="1"))


@pytest.mark.parametrize(
    "name", ["squeezenet1_1", "mobilenet_v3_small", "resnet18", "mobilenet_v1", "densenet121", "nin"]
)
def test_heat_is_as_large_as_the_image(name):
    torch.manual_seed(0)
    model = create_model(name).train()
    heat = grad_cam(model, torch.rand(3, 64, 96) if name != "nin" else torch.rand(3, 32, 32), index=3)
    assert heat.shape == ((64, 96) if name != "nin" else (32, 32))
    assert heat.min() >= 0
    assert all(module.training and not module._forward_hooks for module in model.modules())


photo = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.mark.parametrize(
    "convert", [np.asarray, arrays.to_torch, arrays.to_pil, arrays.to_float], ids=lambda f: f.__name__
)
def test_a_predictor_takes_any_kind_and_answers_in_it(convert):
    predict = Predictor(two_maps(), preprocess=Preprocess(24, resize=24))
    image = convert(photo)
    heat = grad_cam(predict, image, index=0)
    assert isinstance(heat, torch.Tensor if isinstance(image, torch.Tensor) else np.ndarray)
    assert heat.shape == (40, 60)
    np.testing.assert_allclose(heat, grad_cam(predict, photo, index=0), atol=1e-6)


def test_a_path_and_a_list_are_images_too(tmp_path):
    arrays.to_pil(photo).save(tmp_path / "photo.png")
    predict = Predictor(two_maps(), preprocess=Preprocess(24))
    heats = grad_cam(predict, [tmp_path / "photo.png", photo[:20], photo[None]])
    assert [heat.shape for heat in heats] == [(40, 60), (20, 60), (1, 40, 60, 1)]
    np.testing.assert_array_equal(heats[0], heats[2][0, :, :, 0])


def test_heat_lies_where_the_network_looked():
    # a network that sees the middle third, and one bright spot there
    spot = np.zeros((40, 120, 3), np.uint8)
    spot[10:14, 70:74, 0] = 255
    heat = grad_cam(
        Predictor(two_maps(), preprocess=Preprocess(40, resize=40, mean=(0, 0, 0), std=(1, 1, 1))), spot, index=0
    )
    assert heat[10:14, 70:74].min() == heat.max() > 0
    assert heat[:, :40].max() == heat[:, 80:].max() == 0
    smaller = Predictor(two_maps(), preprocess=Preprocess(20, resize=20, mean=(0, 0, 0), std=(1, 1, 1)))
    row, column = np.unravel_index(np.argmax(grad_cam(smaller, spot, index=0)), (40, 120))
    assert (row, column) in [(y, x) for y in range(10, 14) for x in range(70, 74)]


def test_wrong_calls_say_what_is_wrong():
    model, image = two_maps(), torch.rand(3, 8, 8)
    with pytest.raises(TypeError, match=r"image must be a prepared float tensor .* got ndarray; give a Predictor"):
        grad_cam(model, photo)
    with pytest.raises(TypeError, match=r"model must be an nn\.Module or a Predictor, got str"):
        grad_cam("resnet18", image)
    with pytest.raises(ValueError, match="layer must name a module of the model, got 'layer4'; it has 0, 1"):
        grad_cam(model, image, layer="layer4")
    with pytest.raises(ValueError, match=r"layer must give maps \(N, C, H, W\), got '3', which gives \(1, 2\)"):
        grad_cam(model, image, layer="3")
    with pytest.raises(ValueError, match="index must be a class, at least 0 and below 2, got 2"):
        grad_cam(model, image, index=2)
    with pytest.raises(ValueError, match=r"model must give logits \(N, classes\), got \(1, 2, 8, 8\)"):
        grad_cam(model[:1], image, layer="0")
    assert not any(module._forward_hooks for module in model.modules())


def test_heat_is_that_of_captum():
    attr = pytest.importorskip("captum.attr")
    torch.manual_seed(1)
    model, images = create_model("resnet18").eval(), torch.rand(2, 3, 96, 128)
    expected = attr.LayerGradCam(model, model.layer4).attribute(images, 7, relu_attributions=True).detach()
    expected = attr.LayerAttribution.interpolate(expected, (96, 128), "bilinear")
    torch.testing.assert_close(grad_cam(model, images, index=7), expected, atol=1e-6 * expected.max().item(), rtol=1e-5)
