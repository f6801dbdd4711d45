"""IDX files: whole ones round trip, others are refused by what is wrong with them."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from deep.data import IdxImages, read_idx

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
MNIST = Path(os.environ.get("IMGPROC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "mnist"


def as_idx(array) -> bytes:
    code = CODES[array.dtype.str[1:]]
    head = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@given(
    array=st.sampled_from([*CODES]).flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(max_dims=4))),
    is_packed=st.booleans(),
)
def test_arrays_round_trip(tmp_path_factory, array, is_packed):
    path = tmp_path_factory.mktemp("idx") / "file"
    data = as_idx(array)
    path.write_bytes(gzip.compress(data) if is_packed else data)
    found = read_idx(path)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@given(cut=st.integers(0, 200), is_packed=st.booleans())
def test_whatever_is_cut_off_is_noticed(tmp_path_factory, cut, is_packed):
    data = as_idx(np.random.default_rng(0).integers(0, 255, (3, 8, 8)).astype(np.uint8))
    whole = gzip.compress(data) if is_packed else data
    path = tmp_path_factory.mktemp("idx") / "short"
    path.write_bytes(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(ValueError, match=r"path must .*short"):
        read_idx(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "must begin as an IDX file"),
        (b"\x89PNG\r\n\x1a\n", "must begin as an IDX file"),
        (bytes([0, 0, 7, 1]), "must begin as an IDX file"),
        (bytes([0, 0, 8, 3, 0, 0]), "must hold the 3 sides"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 2, 5]), r"must hold 2 bytes for shape \(2,\), got only 1"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6, 7]), r"must hold 2 bytes for shape \(2,\), got more"),
        (bytes([0, 0, 14, 4]) + b"\xff" * 16, "got only 0"),  # claims more than there is memory
    ],
)
def test_what_is_no_whole_idx_file_is_refused(tmp_path, data, message):
    (tmp_path / "bad").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_idx(tmp_path / "bad")


def test_pipes_and_folders_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ValueError, match="must be a regular file"):
            read_idx(path)
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")


def write(folder, images, labels):
    (folder / "images").write_bytes(as_idx(np.asarray(images)))
    (folder / "labels").write_bytes(as_idx(np.asarray(labels)))
    return folder / "images", folder / "labels"


def test_samples_are_tensors_with_labels(tmp_path):
    data = IdxImages(*write(tmp_path, np.arange(12, dtype="u1").reshape(2, 2, 3), np.array([4, 1], "u1")))
    image, label = data[1]
    assert image.tolist() == [[[6, 7, 8], [9, 10, 11]]]
    assert image.dtype == torch.uint8
    assert (label, data.labels, data.classes) == (1, [4, 1], ["0", "1", "2", "3", "4"])


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 4, 4), "f4"), np.zeros(2, "u1"), "images must be uint8"),
        (np.zeros((2, 4), "u1"), np.zeros(2, "u1"), "images must be uint8"),
        (np.zeros((2, 4, 4), "u1"), np.zeros((2, 1), "u1"), "labels must be integers"),
        (np.zeros((2, 4, 4), "u1"), np.full(2, -1, "i1"), "labels must be integers"),
        (np.zeros((2, 4, 4), "u1"), np.zeros(3, "u1"), "labels must be as many as images"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path, images, labels, message):
    with pytest.raises(ValueError, match=message):
        IdxImages(*write(tmp_path, images, labels))


def test_a_label_without_a_name_is_refused(tmp_path):
    files = write(tmp_path, np.zeros((1, 2, 2), "u1"), np.array([2], "u1"))
    with pytest.raises(ValueError, match="classes must name labels up to 2, got 2 names"):
        IdxImages(*files, classes=["a", "b"])


@pytest.mark.skipif(not MNIST.is_dir(), reason="no MNIST beside the repository")
def test_mnist_is_read_as_published():
    data = IdxImages(MNIST / "t10k-images-idx3-ubyte.gz", MNIST / "t10k-labels-idx1-ubyte.gz")
    assert data.images.shape == (10_000, 1, 28, 28)
    assert data.labels[:5] == [7, 2, 1, 0, 4]
    assert np.bincount(data.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
