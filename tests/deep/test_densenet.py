"""DenseNet."""

import torch

from deep.models.densenet import DenseBlock, densenet121
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, probe


def test_keys_counts_and_answers_are_torchvisions():
    model = densenet121()
    assert_same_layout("densenet121", model)
    assert_same_answers("densenet121", model)


def test_a_dense_block_keeps_its_input_and_adds_maps():
    block = fill(DenseBlock(3, 8, 4))
    x = probe(5, channels=8)
    with torch.no_grad():
        y = block(x)
    assert y.shape == (1, 8 + 3 * 4, 5, 5)
    assert torch.equal(y[:, :8], x)


def test_old_checkpoints_with_dots_load_strict():
    model = fill(densenet121())
    old = {
        key.replace("norm1.", "norm.1.").replace("norm2.", "norm.2.").replace("conv1.", "conv.1.")
        .replace("conv2.", "conv.2.") if "denselayer" in key else key: values
        for key, values in model.state_dict().items()
    }  # fmt: skip
    assert set(old) != set(model.state_dict())
    densenet121().load_state_dict(old, strict=True)
