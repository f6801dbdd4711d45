"""SqueezeNet and its bypasses."""

import pytest
import torch

from deep.blocks.fire import Fire
from deep.models import squeezenet
from tests.deep.oracle import assert_same_answers, assert_same_layout, fill, layout, probe


@pytest.mark.parametrize("name", ["squeezenet1_0", "squeezenet1_1"])
def test_keys_counts_and_answers_are_torchvisions(name):
    model = getattr(squeezenet, name)()
    assert_same_layout(name, model)
    assert_same_answers(name, model)


def test_a_simple_bypass_adds_the_input_and_no_parameter():
    plain, bypassed = fill(Fire(32, 4, 16)), fill(Fire(32, 4, 16, bypass=torch.nn.Identity()))
    x = probe(5, channels=32)
    with torch.no_grad():
        torch.testing.assert_close(bypassed(x), plain(x) + x)


def test_the_simple_net_shares_the_plain_nets_checkpoints():
    plain, simple = squeezenet.squeezenet1_0(), squeezenet.squeezenet1_0_simple_bypass()
    assert layout(plain) == layout(simple)
    around = [i for i, m in enumerate(simple.features) if isinstance(m, Fire) and m.bypass is not None]
    assert around == [4, 7, 9, 12]  # fires 3, 5, 7 and 9


def test_the_complex_net_adds_four_1x1_convolutions():
    model = squeezenet.squeezenet1_0_complex_bypass()
    assert layout(model)["parameters"] == 1_589_672 == 1_248_424 + 341_248
    assert fill(model)(probe(64)).shape == (1, 1000)


def test_fires_have_the_diagrams_widths():
    model = squeezenet.squeezenet1_0()
    widths = [2 * m.expand1x1.out_channels for m in model.features if isinstance(m, Fire)]
    assert widths == [128, 128, 256, 256, 384, 384, 512, 512]
