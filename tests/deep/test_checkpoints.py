"""Checkpoints: one file says all; what does not fit, is damaged or would run code is refused with the reason."""

import hashlib
import os
import pickle
import re
from pathlib import Path

import pytest
import torch
from torch import nn

import deep
from deep.checkpoint import fit_tensors, read_checkpoint
from deep.preprocess import Preprocess
from deep.registry import MODELS
from deep.weights import OPTIONAL, RENAMES, Weights, class_names, fetch, published_weights

NAMES = ("ant", "bee", "cat")


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return deep.create_model("lenet5", num_classes=3)


def same(first: nn.Module, second: nn.Module) -> bool:
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_a_file_of_save_needs_nothing_else(model, tmp_path):
    prepare = Preprocess(size=32, resize=36, interpolation="cubic", mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2))
    deep.save(model, tmp_path / "a.safetensors", classes=NAMES, preprocess=prepare)
    loaded = deep.load(tmp_path / "a.safetensors")
    assert same(model, loaded)
    assert (loaded.classes, loaded.preprocess, loaded.recipe) == (NAMES, prepare, model.recipe)
    deep.save(loaded, tmp_path / "b.safetensors")  # nothing is lost on the second way
    again = deep.load(tmp_path / "b.safetensors")
    assert (again.classes, again.preprocess) == (NAMES, prepare)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


def test_another_number_of_classes_leaves_the_head_out_and_says_so(model, tmp_path):
    deep.save(model, tmp_path / "a.safetensors", classes=NAMES)
    loaded = deep.load(tmp_path / "a.safetensors", num_classes=5)
    head = MODELS["lenet5"].head
    assert loaded.load_report.left_out == (f"{head}.bias", f"{head}.weight")
    assert loaded.classes is None
    assert loaded(torch.zeros(1, 3, 32, 32)).shape == (1, 5)


def test_a_checkpoint_of_other_classes_is_refused_unless_they_are_asked_for(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "three.pth")
    with pytest.raises(ValueError, match=r"is \(3, 84\) in the file and \(10, 84\) in the model"):
        deep.create_model("lenet5", weights=tmp_path / "three.pth")
    assert same(model, deep.create_model("lenet5", num_classes=3, weights=tmp_path / "three.pth"))


def test_other_channels_adapt_the_learned_stem(model, tmp_path):
    torch.save(
        {"state_dict": {f"module.{key}": value for key, value in model.state_dict().items()}}, tmp_path / "a.pth"
    )
    gray = deep.create_model("lenet5", num_classes=3, in_channels=1, weights=tmp_path / "a.pth").eval()
    image = torch.rand(1, 1, 32, 32)
    torch.testing.assert_close(gray(image), model.eval()(image.expand(1, 3, 32, 32)))


def test_what_does_not_fit_is_told_and_nothing_is_changed(model, tmp_path):
    state = model.state_dict()
    first = next(iter(state))
    torch.save(
        {"extra": torch.zeros(2)} | {key: value for key, value in state.items() if key != first}, tmp_path / "a.pth"
    )
    with pytest.raises(ValueError, match=f"missing {first}.*unknown extra"):
        deep.create_model("lenet5", num_classes=3, weights=tmp_path / "a.pth")


def test_a_file_of_another_network_is_refused(model, tmp_path):
    deep.save(model, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="must be of resnet18, got one of lenet5"):
        deep.create_model("resnet18", weights=tmp_path / "a.safetensors")


class Harmful:
    def __reduce__(self):
        return os.system, ("touch harmed",)


@pytest.mark.parametrize("pack", [torch.save, lambda value, path: Path(path).write_bytes(pickle.dumps(value))])
def test_a_pickle_that_runs_code_is_refused(pack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pack({"weight": Harmful()}, "bad.pth")
    with pytest.raises(ValueError, match=r"may run code \(.*\); it is refused"):
        read_checkpoint("bad.pth")
    assert not Path("harmed").exists()


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.999])
def test_a_truncated_file_is_refused(model, tmp_path, name, part):
    file = tmp_path / name
    if file.suffix == ".pth":
        torch.save(model.state_dict(), file)
    else:
        deep.save(model, file)
    file.write_bytes(file.read_bytes()[: int(part * file.stat().st_size)])
    with pytest.raises(ValueError, match="must be a whole"):
        read_checkpoint(file)


def test_a_hash_in_the_name_is_checked(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "a.pth")
    digest = hashlib.sha256((tmp_path / "a.pth").read_bytes()).hexdigest()
    good = (tmp_path / "a.pth").rename(tmp_path / f"a-{digest[:8]}.pth")
    assert len(read_checkpoint(good).tensors) == len(model.state_dict())
    bad = good.rename(tmp_path / "a-01234567.pth")
    with pytest.raises(ValueError, match=f"must begin with 01234567, got {digest[:8]}"):
        read_checkpoint(bad)


def test_a_foreign_file_cannot_say_which_network_it_is(model, tmp_path):
    torch.save(model.state_dict(), tmp_path / "a.pth")
    with pytest.raises(ValueError, match="does not name its network"):
        deep.load(tmp_path / "a.pth")
    with pytest.raises(FileNotFoundError):
        deep.load(tmp_path / "none.pth")


def test_without_a_network_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    nowhere = Weights("http://localhost:9/net-0123456789.pth", "0123456789")
    with pytest.raises(ConnectionError, match=f"put the file at {tmp_path}.*or give its path"):
        fetch(nowhere)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_file_in_the_cache_is_used_and_checked(model, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub/checkpoints"
    folder.mkdir(parents=True)
    torch.save(model.state_dict(), folder / "net.pth")
    digest = hashlib.sha256((folder / "net.pth").read_bytes()).hexdigest()
    found = deep.create_model("lenet5", num_classes=3, weights=Weights("http://localhost:9/net.pth", digest))
    assert same(model, found)
    with pytest.raises(ValueError, match="is damaged or another"):
        fetch(Weights("http://localhost:9/net.pth", "f" * 64))


def test_a_local_file_of_a_published_name_must_have_the_whole_hash(model, tmp_path, monkeypatch):
    torch.save(model.state_dict(), tmp_path / "net.pth")
    digest = hashlib.sha256((tmp_path / "net.pth").read_bytes()).hexdigest()
    file = (tmp_path / "net.pth").rename(tmp_path / f"net-{digest[:8]}.pth")
    forged = digest[:8] + "0" * 56
    for expected in (digest, digest[:8], forged):
        known = {"imagenet": Weights(f"http://localhost:9/{file.name}", expected)}
        monkeypatch.setattr("deep.weights.published_weights", lambda name, known=known: known)
        if expected != forged:
            assert same(model, deep.create_model("lenet5", num_classes=3, weights=file))
    with pytest.raises(ValueError, match=f"must begin with {forged}, got {digest}"):
        deep.create_model("lenet5", num_classes=3, weights=file)


@pytest.mark.parametrize("digits", ["0123456", "0" * 65, "0123456g"])
def test_what_is_no_hash_is_refused(digits):
    with pytest.raises(ValueError, match="sha256 must be 8 to 64 hexadecimal digits"):
        Weights("http://localhost:9/net.pth", digits)


def test_an_unknown_tag_names_those_there_are():
    with pytest.raises(ValueError, match="imagenet, imagenet1k_v1, imagenet1k_v2"):
        deep.create_model("resnet50", weights="imagnet")


def test_a_published_hash_is_whole_or_all_that_the_name_of_the_file_says():
    for weights in [found for name in MODELS for found in published_weights(name).values()]:
        promised = Path(weights.url).stem.rpartition("-")[2]
        assert len(promised) == 8
        assert weights.sha256.startswith(promised)
        assert len(weights.sha256) == 64 or weights.sha256 == promised, weights.url


@pytest.mark.parametrize("name", [name for name in MODELS if published_weights(name)])
def test_published_weights_bring_a_preparation_that_fits_the_network(name):
    for weights in published_weights(name).values():
        size = MODELS[name].input_size
        assert weights.preprocess is not None
        if isinstance(size, int) and name.startswith(("vit", "deit", "swin")):
            assert weights.preprocess.size == (size, size)
        if weights.classes == "imagenet1k":
            assert len(class_names(weights) or ()) == 1000


def test_head_of_another_name_is_recognised(model, tmp_path):
    head = MODELS["lenet5"].head
    other = {key.replace(f"{head}.", "linear."): value for key, value in model.state_dict().items()}
    torch.save(other, tmp_path / "a.pth")
    found = deep.create_model("lenet5", num_classes=3, weights=tmp_path / "a.pth")
    assert same(model, found)
    assert found.load_report.renamed == 2


@pytest.mark.parametrize(
    ("name", "pattern", "old"),
    [
        ("densenet121", r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2."),
        ("vit_b_16", r"\.mlp\.0\.", ".mlp.linear_1."),
    ],
)
def test_keys_that_old_files_of_torchvision_spell_otherwise_are_known(name, pattern, old):
    with torch.device("meta"):
        model = deep.create_model(name)
        keys = list(model.state_dict())
        tensors = {re.sub(pattern, old, key): value for key, value in model.state_dict().items()}
    family = MODELS[name].target.partition(":")[0].rpartition(".")[2]
    report = fit_tensors(model, tensors, renames=RENAMES[family])
    assert report.loaded == len(keys)
    assert report.renamed > 10


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_side_heads_of_a_file_are_left_out_of_a_network_without_them(name):
    with torch.device("meta"):
        with_heads, without = deep.create_model(name, aux=True), deep.create_model(name, aux=False)
    family = MODELS[name].target.partition(":")[0].rpartition(".")[2]
    report = fit_tensors(without, with_heads.state_dict(), optional=OPTIONAL[family])
    assert report.loaded == len(without.state_dict())
    assert report.left_out
