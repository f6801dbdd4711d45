"""Fields by arithmetic, and the same measured by gradients."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from deep.blocks.conv_same import Conv2dSame
from deep.blocks.squeeze_excite import SqueezeExcite
from deep.inspect import ReceptiveField, measure_receptive_field, receptive_field
from deep.inspect.follow import follow
from deep.inspect.reach import PIXELS, Reach
from deep.registry import MODELS, create_model, list_models


class Sum(nn.Module):
    """Branches that are added."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([branch(x) for branch in self.branches]).sum(0)


class Joined(Sum):
    """Branches that lie one behind the other, brought back to two channels."""

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.cat([branch(x) for branch in self.branches], dim=1)
        return maps[:, ::2] + maps.flip(1)[:, 1::2]


def on_meta(name: str) -> nn.Module:
    with torch.device("meta"):
        return create_model(name)


pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def layers(draw: st.DrawFn) -> nn.Module:
    """One convolution, pooling, shortcut or pair of branches on two channels; kernels need not be square."""
    kernel, stride = draw(pairs), draw(st.sampled_from([1, 1, 2, (1, 2), 3]))
    kind = draw(st.sampled_from(["conv", "dilated", "maximum", "mean", "same", "sum", "joined"]))
    if kind in ("conv", "dilated"):
        return nn.Conv2d(2, 2, kernel, stride, padding=draw(pairs), dilation=draw(pairs) if kind == "dilated" else 1)
    if kind in ("maximum", "mean"):
        half = (kernel[0] // 2, kernel[1] // 2)
        return (nn.MaxPool2d if kind == "maximum" else nn.AvgPool2d)(
            kernel, stride, half, ceil_mode=draw(st.booleans())
        )
    if kind == "same":
        return Conv2dSame(2, 2, draw(st.integers(1, 5)), stride=draw(st.integers(1, 2)))
    reach = draw(st.integers(0, 2))
    wide = nn.Conv2d(2, 2, 2 * reach + 1, stride, reach)
    return (Sum if kind == "sum" else Joined)(wide, nn.Conv2d(2, 2, (1, 3), stride, (0, 1)))


@settings(max_examples=25, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=3))
def test_arithmetic_is_what_gradients_reach_in_any_network(parts):
    # 512 pixels hold every field of three such layers: kernels of 4, dilation 4 and stride 3 make 1 + 12 (1 + 3 + 9)
    model = nn.Sequential(nn.Conv2d(2, 2, 1), *parts)
    last = str(len(parts))
    assert receptive_field(model, last, size=512) == measure_receptive_field(model, last, size=512)


# the smallest of each family, to a layer whose field is measured in a second or two
FAMILIES = {
    "small_convnet": None, "lenet5": None, "lenet5_1998": None, "alexnet": None, "alexnet_paper": None, "vgg11": None,
    "resnet18": "layer3", "resnet50_v1": "layer2", "resnext50_32x4d": "layer2", "resnet20_cifar": None, "nin": None,
    "googlenet": "inception4a", "googlenet_paper": "inception4a", "inception_v3": "Mixed_6b",
    "inception_v4": "features.7", "inception_resnet_v2": "mixed_5b", "squeezenet1_1": None,
    "squeezenet1_0_complex_bypass": None, "densenet121": "features.transition1", "mobilenet_v1": None,
    "mobilenet_v2": "features.13", "mobilenet_v3_small": "features.6", "seresnet50": "layer2", "senet154": "layer1",
    "efficientnet_b0": "features.4", "efficientnet_lite0": "blocks.3", "efficientnet_v2_s": "features.2",
    "convnext_tiny": "features.1",
}  # fmt: skip
LARGE = [
    "vgg16", "resnet18", "resnet50", "googlenet_paper", "densenet121", "efficientnet_b0", "efficientnet_lite0",
    "seresnet50", "mobilenet_v2", "mobilenet_v3_large", "convnext_tiny", "inception_v3", "inception_v4",
]  # fmt: skip


@pytest.mark.parametrize(("name", "layer"), FAMILIES.items())
def test_arithmetic_is_what_gradients_reach_in_every_family(name, layer):
    model = on_meta(name)
    assert receptive_field(model, layer) == measure_receptive_field(model, layer)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_arithmetic_is_what_gradients_reach_in_whole_networks(name):
    model = on_meta(name)
    assert receptive_field(model) == measure_receptive_field(model)


class Thin(nn.Conv2d):
    """A convolution from however many channels to one: it sees what the wide one sees, at a hundredth of the work."""

    def __init__(self, wide: nn.Conv2d) -> None:
        super().__init__(1, 1, wide.kernel_size, wide.stride, wide.padding, wide.dilation, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.expand(1, x.shape[1], *self.kernel_size)
        return nn.functional.conv2d(x, weight, None, self.stride, self.padding, self.dilation)


def thinned(model: nn.Module) -> nn.Module:
    for name, module in list(model.named_modules()):
        if type(module) is nn.Conv2d:
            model.set_submodule(name, Thin(module))
        elif isinstance(module, nn.BatchNorm2d | nn.Linear):
            model.set_submodule(name, nn.Identity())
    return model


@pytest.mark.parametrize("name", ["senet154", "inception_resnet_v2"])
def test_arithmetic_is_what_gradients_reach_in_the_largest_networks_made_thin(name):
    # as they are, the same comes out in minutes; branches, strides and shortcuts are the network's own
    wide = receptive_field(on_meta(name))
    thin = thinned(on_meta(name))
    assert wide == measure_receptive_field(thin)
    middle = [module for module in thin.modules() if isinstance(module, Thin) and max(module.kernel_size) > 1][-3]
    middle.dilation = (2, 2)
    middle.padding = tuple(2 * side for side in middle.padding)
    assert wide != receptive_field(thin)  # one convolution of hundreds counts


def test_no_convolutional_family_is_left_out():
    files = {MODELS[name].target.partition(":")[0] for name in FAMILIES}
    attention = {f"deep.models.{family}" for family in ("vit", "deit", "swin")}
    for name in list_models(task="classification"):
        assert MODELS[name].target.partition(":")[0] in files | attention, name


@pytest.mark.parametrize(
    ("name", "layer", "size", "stride"),
    [
        ("vgg16", "features.30", 212, 32),
        ("alexnet", "features.12", 195, 32),
        ("alexnet_paper", None, 195, 32),
        ("resnet50_v1", None, 483, 32),
        ("mobilenet_v1", None, 315, 32),
        ("inception_v3", None, 1311, 32),
        ("inception_v4", None, 2071, 32),
        ("inception_resnet_v2", None, 3039, 32),
    ],
)
def test_fields_are_the_published_ones(name, layer, size, stride):
    # Araujo et al., "Computing receptive fields of convolutional neural networks", Distill 2019, table 1
    found = receptive_field(on_meta(name), layer)
    assert (found.size, found.stride) == (size, stride)


def convolution(size, **options):
    return nn.Conv2d(2, 2, size, **options)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (nn.Sequential(convolution(3), convolution(3)), ReceptiveField(5, 1, 2)),
        (nn.Sequential(convolution(3), convolution(3), convolution(3)), ReceptiveField(7, 1, 3)),
        (nn.Sequential(convolution(7, stride=2, padding=3), nn.MaxPool2d(3, 2, 1)), ReceptiveField(11, 4, 0)),
        (nn.Sequential(convolution(3, dilation=2), convolution(3, dilation=4)), ReceptiveField(13, 1, 6)),
        (convolution((1, 7)), ReceptiveField((1, 7), 1, (0, 3))),
        (nn.MaxPool2d((2, 3), dilation=2), ReceptiveField((3, 5), (2, 3), (1, 2))),
        (Conv2dSame(2, 2, 3, stride=2), ReceptiveField(3, 2, 1)),  # 224 pixels: one zero, behind
        (nn.Sequential(Sum(convolution(1), convolution(5, padding=2))), ReceptiveField(5, 1, 0)),
        (nn.Sequential(nn.ZeroPad2d((3, 0, 1, 0)), convolution(2)), ReceptiveField(2, 1, (-0.5, -2.5))),
        (nn.ConvTranspose2d(2, 2, 4, 2, 1), ReceptiveField(2, 0.5, -0.5)),
        (nn.Sequential(nn.AvgPool2d(2), nn.Upsample(scale_factor=2)), ReceptiveField(2, 1, 0.5)),
        (nn.Sequential(convolution(3), nn.PixelUnshuffle(2)), ReceptiveField(4, 2, 1.5)),
    ],
)
def test_fields_that_can_be_counted_by_hand(model, expected):
    assert receptive_field(nn.Sequential(nn.Conv2d(2, 2, 1), model)) == expected


def test_same_padding_depends_on_the_size():
    # 225 rows: one zero before, one behind
    layer = Conv2dSame(3, 2, 3, stride=2)
    assert receptive_field(layer, size=225) == ReceptiveField(3, 2, 0) == measure_receptive_field(layer, size=225)


def test_a_causal_signal_sees_what_came_before():
    steps = [2**k for k in range(10)]
    parts = [(nn.ConstantPad1d((step, 0), 0.0), nn.Conv1d(1, 1, 2, dilation=step)) for step in steps]
    stack = nn.Sequential(*(layer for pair in parts for layer in pair))
    assert receptive_field(stack) == ReceptiveField(1024, 1, -511.5)


UPSAMPLING = {
    "adaptive": lambda m: nn.AdaptiveAvgPool1d(m),
    "nearest": lambda m: nn.Upsample(m),
    "linear": lambda m: nn.Upsample(m, mode="linear"),
    "transposed": lambda m: nn.ConvTranspose1d(1, 1, m + 2, m, padding=1),
    "transposed dilated": lambda m: nn.ConvTranspose1d(1, 1, 4, 3, padding=m % 9, dilation=2),
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(UPSAMPLING)), st.integers(6, 20), st.integers(2, 30), st.integers(1, 4), st.integers(1, 3)
)
def test_what_pools_and_upsamples_sees_what_the_jacobian_says(kind, inputs, outputs, size, stride):
    model = nn.Sequential(nn.Conv1d(1, 1, size, stride), UPSAMPLING[kind](outputs), nn.Conv1d(1, 1, 2)).double()
    for values in model.parameters():
        nn.init.ones_(values)
    signal = torch.zeros(1, 1, (inputs - 1) * stride + size, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(model, signal)[0, 0, :, 0, 0]  # (outputs, inputs)
    (reach,) = follow(model, signal.shape, "2").reaches
    for index, row in enumerate(jacobian):
        seen = row.nonzero().flatten().tolist()
        first, last = reach[index]
        assert (max(first, 0), min(last, signal.shape[-1] - 1)) == (seen[0], seen[-1])


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 9))
def test_windows_through_windows_are_windows(size, stride, index):
    reach = Reach(((-1, size),), stride)
    assert PIXELS.through(reach) == reach == reach.through(PIXELS)
    assert reach.through(reach).stride == reach.stride**2
    first, last = reach.through(reach)[index]
    assert (first, last) == (reach[reach[index][0]][0], reach[reach[index][1]][1])


def test_a_gate_leaves_the_field_of_what_it_weighs():
    gated = nn.Sequential(nn.Conv2d(3, 8, 3), SqueezeExcite(8, 2), nn.Conv2d(8, 8, 3))
    assert receptive_field(gated) == receptive_field(nn.Sequential(gated[0], gated[2])) == ReceptiveField(5, 1, 2)
    assert measure_receptive_field(gated) == ReceptiveField(5, 1, 2)


@pytest.mark.parametrize(
    ("layer", "why"),
    [("1.fc1", "mean"), ("4", "adaptive_avg_pool2d"), ("6", "adaptive_avg_pool2d"), ("3", "softmax")],
)
def test_what_sees_the_whole_image_is_refused_with_the_reason(layer, why):
    rest = (nn.Softmax(-1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    model = nn.Sequential(nn.Conv2d(3, 8, 3), SqueezeExcite(8, 2), nn.ReLU(), *rest)
    with pytest.raises(ValueError, match=f"layer must see a part of the image, got '{layer}', .* are lost in {why}"):
        receptive_field(model, layer)


class Shuffled(nn.Module):
    """Ways to write down what leaves places as they are, or moves them."""

    def __init__(self, way: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.way = nn.Conv2d(4, 4, 3, padding=1), way

    def forward(self, x: Tensor) -> Tensor:
        return self.way(self.conv(x))


@pytest.mark.parametrize(
    "way",
    [
        lambda x: x.permute(0, 2, 3, 1).flip(-1).movedim(-1, 1),
        lambda x: torch.maximum(x, torch.max(x, -x)) + torch.zeros_like(x),
        lambda x: x.unflatten(1, (2, 2)).transpose(1, 2).flatten(1, 2).roll(1, dims=1),  # as ShuffleNet does
        lambda x: torch.cat([half.relu_() for half in x.chunk(2, 1)], 1),
        lambda x: x * x.mean((2, 3))[:, :, None, None].expand_as(x),
        lambda x: torch.stack(x.unbind(1), 1)[:, [3, 2, 1, 0]].softmax(1),
        lambda x: nn.functional.linear(x.transpose(1, -1), torch.ones(4, 4)).transpose(1, -1),
        lambda x: nn.functional.group_norm(x, 2).type(torch.float64).amax(1, keepdim=True),
    ],
)
def test_what_works_on_channels_alone_leaves_the_field(way):
    assert receptive_field(Shuffled(way), "") == ReceptiveField(3, 1, 0)


def written(x: Tensor) -> Tensor:
    canvas = torch.zeros_like(x)
    canvas[:, :2] = x[:, 2:]
    return canvas + x


@pytest.mark.parametrize(
    ("way", "why"),
    [
        (written, "assignment to a part"),
        (lambda x: x.flip(-1), "flip"),
        (lambda x: x.mT + x, "add"),
        (lambda x: x[..., ::2] + x[..., :112], "add"),  # two strides
        (lambda x: x @ x, "matmul"),
        (lambda x: torch.fft.fft2(x).real, "_fft"),
        (lambda x: x.mean(-1), "mean"),
    ],
)
def test_where_places_are_lost_the_operation_is_told(way, why):
    with pytest.raises(ValueError, match=f"places are lost in {why}"):
        receptive_field(Shuffled(way), "")


def test_dense_layers_and_attention_see_everything():
    assert receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(16, 2)), size=4).size == 3
    with pytest.raises(ValueError, match="whose places are lost in flatten"):
        receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(16, 2)), "2", size=4)
    assert receptive_field(on_meta("vit_b_16")) == ReceptiveField(16, 16, 7.5)
    with pytest.raises(ValueError, match="model must have a layer that keeps places, got Linear"):
        receptive_field(nn.Linear(224, 2))


@pytest.mark.parametrize("function", [receptive_field, measure_receptive_field])
def test_wrong_layers_and_sizes_are_named(function):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))
    with pytest.raises(ValueError, match="layer must name a module of the model, got 'conv9'; it has 0, 1"):
        function(model, "conv9")
    with pytest.raises(TypeError, match="layer must be a dotted name, got int"):
        function(model, 1)
    with pytest.raises(ValueError, match="size must be"):
        function(model, size=(0, 5))


def test_a_field_that_does_not_fit_is_told():
    with pytest.raises(ValueError, match="size must hold the field of '' with a margin, got 9 pixels along axis 2"):
        measure_receptive_field(nn.Conv2d(1, 1, 7, padding=3), size=9)


@pytest.mark.parametrize("function", [receptive_field, measure_receptive_field])
def test_the_model_is_left_as_it_was(function):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Conv2d(4, 4, 3))
    model[2].eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert function(model).size == 5
    with pytest.raises(RuntimeError):
        function(nn.Sequential(model, nn.Linear(7, 7)), "1")
    assert [module.training for module in model] == [True, True, False, True]
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
    assert all(values.requires_grad and values.grad is None for values in model.parameters())


def test_spans_are_edges():
    field = ReceptiveField(3, 2, 1)
    assert field.spans(0, 1) == ((0, 3), (2, 5))
    assert ReceptiveField((1, 3), (1, 2), (0, 1)).spans(4, 0) == ((4, 5), (0, 3))
