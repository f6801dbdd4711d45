"""Folders of photos: what can be read is read, what cannot is named, nothing hangs."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from deep.data import ImageFolder
from imgproc.io import imread, imwrite


@pytest.fixture
def pets(tmp_path) -> Path:
    """Two classes of three good pictures."""
    rng = np.random.default_rng(0)
    for name in ("dog", "cat"):
        (tmp_path / name).mkdir()
        for i, ending in enumerate(("png", "jpg", "bmp")):
            imwrite(tmp_path / name / f"{i}.{ending}", rng.integers(0, 255, (20 + i, 30, 3), np.uint8))
    return tmp_path


def add_bad_files(folder: Path) -> dict[str, str]:
    """Add files that are no whole images; return why by name."""
    good = (folder / "cat" / "0.png").read_bytes()
    jpeg = (folder / "cat" / "1.jpg").read_bytes()
    (folder / "cat" / "empty.jpg").touch()
    (folder / "cat" / "text.jpg").write_text("this is no picture, whatever its name says")
    (folder / "cat" / "cut.png").write_bytes(good[: len(good) // 2])
    (folder / "dog" / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "dog" / "damaged.png").write_bytes(good[:80] + bytes(40) + good[120:])
    (folder / "dog" / "notes.txt").write_text("remember the milk")
    (folder / "dog" / "page.png").write_bytes(b"<!doctype html><html>not found</html>")
    (folder / "dog" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "lost.png").write_bytes(good)
    os.mkfifo(folder / "dog" / "pipe.png")
    (folder / "dog" / "zero.png").symlink_to("/dev/zero")
    return {
        "empty.jpg": "is empty",
        "text.jpg": "is no image",
        "cut.png": "cut.png",
        "cut.jpg": "cut.jpg",
        "damaged.png": "damaged.png",
        "notes.txt": "is no image",
        "page.png": "is no image",
        "gone.png": "cannot be opened",
        "lost.png": "lies in no class folder",
        "pipe.png": "is no regular file",
        "zero.png": "is no regular file",
    }


def remove(folder: Path, names: set[str]) -> None:
    for path in [path for path in folder.rglob("*") if path.name in names]:
        path.unlink()


def test_a_folder_is_a_class(pets):
    data = ImageFolder(pets)
    assert data.classes == ["cat", "dog"]
    assert data.labels == [0, 0, 0, 1, 1, 1]
    assert [str(path.relative_to(pets)) for path in data.paths][:3] == ["cat/0.png", "cat/1.jpg", "cat/2.bmp"]
    image, label = data[5]
    assert image.dtype == torch.uint8
    assert label == 1
    np.testing.assert_array_equal(image.permute(1, 2, 0), imread(pets / "dog" / "2.bmp"))


def test_bad_files_are_left_out_and_named(pets):
    reasons = add_bad_files(pets)
    data = ImageFolder(pets, on_error="skip")
    assert {skipped.path.name for skipped in data.skipped} == set(reasons)
    for path, reason in data.skipped:
        assert reasons[path.name] in reason
    assert len(data) == 6
    assert all(image.shape[0] == 3 for image, _ in data)


@pytest.mark.parametrize("name", ["empty.jpg", "text.jpg", "notes.txt", "gone.png", "lost.png", "pipe.png", "zero.png"])
def test_files_that_are_no_images_are_named_at_once(pets, name):
    reasons = add_bad_files(pets)
    remove(pets, set(reasons) - {name})
    with pytest.raises(ValueError, match=rf"must hold images alone.*{re.escape(name)}', which {reasons[name]}"):
        ImageFolder(pets)


@pytest.mark.parametrize("name", ["cut.png", "cut.jpg", "damaged.png"])
def test_damaged_files_are_named_when_they_are_read(pets, name):
    remove(pets, set(add_bad_files(pets)) - {name})
    data = ImageFolder(pets)
    index = next(i for i, path in enumerate(data.paths) if path.name == name)
    with pytest.raises(ValueError, match=re.escape(name)):
        data[index]


def test_a_file_that_became_a_pipe_does_not_hang(pets):
    data = ImageFolder(pets)
    data.paths[0].unlink()
    os.mkfifo(data.paths[0])
    with pytest.raises(ValueError, match="must be a regular file"):
        data[0]


def test_a_wrong_ending_is_no_error(pets):
    (pets / "cat" / "0.png").rename(pets / "cat" / "picture.jpg")
    data = ImageFolder(pets)
    assert data[2][0].shape == (3, 20, 30)


def test_every_picture_becomes_rgb_of_eight_bits(tmp_path):
    (tmp_path / "all").mkdir()
    imwrite(tmp_path / "all" / "deep.png", np.full((4, 5, 3), 257 * 100, np.uint16))
    imwrite(tmp_path / "all" / "gray.png", np.full((4, 5), 100, np.uint8))
    for image, _ in ImageFolder(tmp_path):
        assert image.dtype == torch.uint8
        assert (image == 100).all()
        assert image.shape == (3, 4, 5)


def test_deeper_folders_belong_to_their_class_and_loops_end(pets):
    (pets / "cat" / "more").mkdir()
    (pets / "cat" / "0.png").rename(pets / "cat" / "more" / "0.png")
    (pets / "cat" / "more" / "loop").symlink_to(pets / "cat")
    (pets / ".cache").mkdir()
    (pets / "cat" / ".DS_Store").write_bytes(b"x")
    assert ImageFolder(pets).labels == [0, 0, 0, 1, 1, 1]


def test_what_is_no_folder_of_classes_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="path must be a folder"):
        ImageFolder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="must hold a folder for each class"):
        ImageFolder(tmp_path)
    (tmp_path / "bare").mkdir()
    with pytest.raises(ValueError, match="must hold images of every class, got none in 'bare'"):
        ImageFolder(tmp_path)
    assert ImageFolder(tmp_path, on_error="skip").classes == ["bare"]
    with pytest.raises(ValueError, match="on_error must be one of"):
        ImageFolder(tmp_path, on_error="ignore")


def test_an_error_does_not_list_thousands(pets):
    for i in range(30):
        (pets / "cat" / f"empty{i}.png").touch()
    with pytest.raises(ValueError, match="and 20 more"):
        ImageFolder(pets)
