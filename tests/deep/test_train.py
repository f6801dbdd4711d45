"""Training: the same losses from the same seed, however it is interrupted, and what its options do."""

import math
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_lightning import Callback
from torch import nn
from torch.nn import functional

import deep
from deep.train import History, fit, overfit_one_batch, plot_history
from deep.train.loaders import Collate, EpochSampler
from deep.train.tasks import ClassificationTask
from imgproc.io import imread

quick = partial(fit, device="cpu", progress=False, epochs=3, batch_size=4)
Run = tuple[History, dict[str, torch.Tensor]]


class Moving:
    """Two classes of points, which an epoch moves as an augmentation would."""

    def __init__(self, count: int = 26) -> None:
        self.points = torch.rand(count, 6, generator=torch.Generator().manual_seed(0))
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.points[index] + 0.1 * self.epoch + index % 2, index % 2


class Watch(Callback):
    """Call a function after each step."""

    def __init__(self, function: Callable[[Any, Any], None]) -> None:
        self.function = function

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: object) -> None:
        self.function(trainer, pl_module)


class Interrupted(Exception):  # noqa: N818  it is none
    """The end of a run that was not to end yet."""


class Interrupt(Callback):
    """Raise at the n-th time that a moment of training comes."""

    def __init__(self, moment: str, count: int) -> None:
        self.left = count
        setattr(self, moment, self.count_down)

    def count_down(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise Interrupted


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))


def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(6, 2)


def trained(**options: Any) -> Run:
    task = ClassificationTask(network(), lr=0.03)
    return quick(task, Moving(), validation=Moving(7), **options), task.model.state_dict()


def assert_same_run(one: Run, other: Run) -> None:
    assert one[0].losses == other[0].losses
    assert one[0].validation_losses == other[0].validation_losses
    assert one[0].validation_accuracies == other[0].validation_accuracies
    assert all(torch.equal(one[1][key], other[1][key]) for key in one[1])


def test_a_seed_gives_the_same_losses_twice_and_another_seed_others():
    one, other = trained(), trained(seed=1)
    assert_same_run(one, trained())
    assert one[0].losses != other[0].losses
    assert len(one[0].losses) == 3 * 7
    assert len(one[0].validation_losses) == len(one[0].validation_accuracies) == 3


def test_workers_do_not_change_the_losses():
    assert_same_run(trained(), trained(workers=1))


def test_the_global_generator_is_left_as_it_was():
    task = ClassificationTask(network())
    before = torch.get_rng_state()
    quick(task, Moving())
    assert torch.equal(torch.get_rng_state(), before)


MOMENTS = [
    *((f"on_train_batch_{side}", count) for side in ("start", "end") for count in range(1, 22)),
    *((f"on_train_epoch_{side}", count) for side in ("start", "end") for count in range(1, 4)),
    *((f"on_validation_{side}", count) for side in ("start", "end") for count in range(1, 4)),
]
OPTIONS = ({}, {"save_every": 1}, {"save_every": 3, "ema_decay": 0.9}, {"save_every": 2, "keep": "best", "patience": 1})


@settings(max_examples=6)
@given(options=st.sampled_from(OPTIONS), moments=st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=2))
def test_a_run_interrupted_anywhere_ends_as_one_that_was_not(options, moments, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    for moment in moments:
        with suppress(Interrupted):  # the second may come too late to meet its moment
            trained(folder=folder, resume=True, callbacks=[Interrupt(*moment)], **options)
    assert_same_run(
        trained(folder=tmp_path_factory.mktemp("whole"), **options), trained(folder=folder, resume=True, **options)
    )


def test_a_finished_run_is_only_read_again(tmp_path):
    whole = trained(folder=tmp_path, ema_decay=0.9)
    assert_same_run(whole, trained(folder=tmp_path, ema_decay=0.9, resume=True))


def test_a_run_is_neither_overwritten_nor_mixed_with_another(tmp_path):
    trained(folder=tmp_path)
    with pytest.raises(ValueError, match="folder must hold no run yet"):
        trained(folder=tmp_path)
    with pytest.raises(ValueError, match="seed must be 0 as in the run of"):
        trained(folder=tmp_path, resume=True, seed=1)


@given(count=st.integers(8, 40), processes=st.integers(1, 4), epoch=st.integers(0, 3))
def test_processes_share_the_batches_of_one(count, processes, epoch):
    size = 4 * processes
    alone = EpochSampler(range(count), rank=0, processes=1, seed=3)
    parts = [EpochSampler(range(count), rank=rank, processes=processes, seed=3) for rank in range(processes)]
    for sampler in (alone, *parts):
        sampler.set_epoch(epoch)
    whole, shares = list(alone), [list(part) for part in parts]
    for start in range(0, len(shares[0]) - 3, 4):
        shared = {index for share in shares for index in share[start : start + 4]}
        assert shared == set(whole[start * processes : start * processes + size])
    assert sorted(whole) == list(range(count))


def test_one_step_is_the_formula():
    layer, points = linear(), torch.eye(6)[:2]
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    optimizer = partial(torch.optim.SGD)
    task = ClassificationTask(layer, lr=0.5, optimizer=optimizer, schedule="constant")
    history = quick(task, [(points[0], 0), (points[1], 1)], epochs=1)
    # the gradient of the logits is (probability - target) / images
    logits = points @ weight.T + bias
    slope = (logits.softmax(1) - torch.eye(2)) / 2
    torch.testing.assert_close(layer.weight.detach(), weight - 0.5 * slope.T @ points)
    torch.testing.assert_close(layer.bias.detach(), bias - 0.5 * slope.sum(0))
    assert history.losses[0] == pytest.approx(float(-logits.log_softmax(1).diagonal().mean()))


def test_smoothed_labels_spread_their_share():
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    model = nn.Linear(3, 3)
    with torch.no_grad():
        model.weight.copy_(torch.eye(3))
        model.bias.zero_()
    found = ClassificationTask(model, label_smoothing=0.3).loss((logits, torch.tensor([0])))
    assert float(found.detach()) == pytest.approx(float(-logits.log_softmax(1)[0] @ torch.tensor([0.8, 0.1, 0.1])))


def test_side_heads_count_by_their_weight():
    class Sides(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main, self.side = linear(), nn.Linear(6, 2)

        def forward(self, x: torch.Tensor) -> Any:
            return (self.main(x), self.side(x)) if self.training else self.main(x)

    model, batch = Sides(), (torch.rand(4, 6), torch.tensor([0, 1, 1, 0]))
    main, side = (functional.cross_entropy(layer(batch[0]), batch[1]) for layer in (model.main, model.side))
    torch.testing.assert_close(ClassificationTask(model).loss(batch), main + 0.3 * side)
    torch.testing.assert_close(ClassificationTask(model.eval()).eval().loss(batch), main)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "constant", "own"])
def test_the_rate_follows_its_schedule(schedule):
    rates: list[float] = []
    watch = Watch(lambda trainer, _: rates.append(trainer.optimizers[0].param_groups[0]["lr"]))
    own = partial(torch.optim.lr_scheduler.StepLR, gamma=0.5)
    task = ClassificationTask(linear(), lr=0.2, schedule=own if schedule == "own" else schedule)
    quick(task, Moving(), callbacks=[watch])
    done = np.arange(1, 22)
    expected = {
        "cosine": 0.1 * (1 + np.cos(math.pi * done / 21)), "constant": np.full(21, 0.2),
        "own": np.where(done < 21, 0.2, 0.1),
    }  # fmt: skip
    if schedule == "one_cycle":
        assert max(rates) == pytest.approx(0.2, rel=0.01)
        assert rates[0] < 0.05
        assert rates[-1] < 0.003
    else:
        np.testing.assert_allclose(rates, expected[schedule], atol=1e-12)


def test_the_body_can_have_a_rate_of_its_own():
    model = deep.create_model("lenet5", num_classes=3)
    head, body = ClassificationTask(model, lr=0.1, body_lr=0.01).make_optimizer().param_groups
    assert (head["lr"], body["lr"]) == (0.1, 0.01)
    assert [parameter.shape for parameter in head["params"]] == [(3, 84), (3,)]
    assert len(body["params"]) == 8


def test_the_average_is_kept_where_asked():
    seen: list[torch.Tensor] = []
    layer = linear()
    watch = Watch(lambda _, task: seen.append(task.model.weight.detach().clone()))
    quick(ClassificationTask(layer, lr=0.1), Moving(), ema_decay=0.8, callbacks=[watch])
    average = seen[0]
    for weight in seen[1:]:
        average = 0.8 * average + 0.2 * weight
    torch.testing.assert_close(layer.weight.detach(), average)


def test_gradients_are_clipped():
    layer = linear()
    before = layer.weight.detach().clone()
    task = ClassificationTask(layer, lr=1.0, optimizer=torch.optim.SGD, schedule="constant")
    quick(task, Moving(4), epochs=1, clip_gradients=1e-3)
    assert 0 < float((layer.weight.detach() - before).norm()) <= 1e-3 * (1 + 1e-5)


def test_training_stops_when_validation_gets_worse_and_keeps_the_best(tmp_path):
    wrong = [(point, 1 - label) for point, label in (Moving(8)[index] for index in range(8))]
    layer = linear()
    history = quick(
        ClassificationTask(layer, lr=0.3),
        Moving(),
        validation=wrong,
        epochs=30,
        patience=2,
        keep="best",
        folder=tmp_path,
    )
    losses = history.validation_losses
    assert len(losses) == 3 + int(np.argmin(losses)) < 30
    points, labels = Collate(None)(wrong)
    assert float(functional.cross_entropy(layer(points), labels).detach()) == pytest.approx(min(losses))


def test_mixed_precision_is_near_and_keeps_float32_weights():
    exact, values = trained()
    near, values_near = trained(precision="bf16-mixed")
    # bfloat16 rounds to 2^-9; the logits are sums of 8 products of a few such numbers
    assert near.losses[0] == pytest.approx(exact.losses[0], abs=8 * 4 * 2**-9)
    assert near.losses != exact.losses
    assert all(values_near[key].dtype == values[key].dtype for key in values)


def test_photos_of_any_size_are_laid_out_as_the_predictor_does():
    rng = torch.Generator().manual_seed(0)
    photos = [
        (torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=rng), k)
        for k, size in enumerate([(40, 60), (70, 33)])
    ]
    model = deep.create_model("lenet5", num_classes=2)
    task = ClassificationTask(model, classes=["left", "right"])
    quick(task, photos, epochs=1)
    predict = deep.Predictor(model)
    assert predict.classes == ("left", "right")
    images, labels = Collate(task.preprocess)(photos)
    assert (images.dtype, labels.tolist()) == (torch.uint8, [0, 1])
    with torch.no_grad():
        ours = task.eval()(images).softmax(1)
    theirs = torch.stack([predict(photo).probabilities for photo, _ in photos])
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=0)  # ours rounds pixels to uint8: 1/510 of their range


def test_the_course_is_drawn(tmp_path):
    history, _ = trained(folder=tmp_path)
    assert imread(tmp_path / "curves.png").ndim == 3
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in plot_history(history).get_lines()}
    assert lines["each batch"].tolist() == list(history.losses)
    assert np.abs(np.diff(lines["smoothed"])).sum() < np.abs(np.diff(history.losses)).sum()
    assert list(history.validation_losses) in [line.tolist() for line in lines.values()]


def test_overfitting_leaves_the_network_as_it_is():
    model = network()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    points, labels = Collate(None)([Moving()[index] for index in range(6)])
    losses = overfit_one_batch(ClassificationTask(model, lr=0.1), (points, labels), steps=60)
    assert len(losses) == 60
    assert losses[-1] < 0.01 * losses[0]
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert overfit_one_batch(ClassificationTask(model, lr=0.1), (points, labels), steps=60) == losses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"patience": 2}, "validation must be given for patience, got None"),
        ({"resume": True}, "folder must be given for resume, got None"),
        ({"keep": "best", "validation": Moving()}, "folder must be given for keep='best', got None"),
        ({"keep": "first"}, "keep must be 'last' or 'best', got 'first'"),
        ({"ema_decay": 1.0}, "ema_decay must lie between 0 and 1, got 1.0"),
        ({"validation": []}, "validation must hold at least one image, got none"),
    ],
)
def test_options_that_cannot_be_meant_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        quick(ClassificationTask(linear()), Moving(), **options)


def test_lightning_and_matplotlib_are_loaded_by_need_alone():
    code = "import sys, deep.train; sys.exit(len({'pytorch_lightning', 'matplotlib', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_data_without_a_length_are_refused():
    with pytest.raises(TypeError, match="data must be a data set with a length, got generator"):
        quick(ClassificationTask(linear()), (sample for sample in [Moving()[0]]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"label_smoothing": 1.0}, "label_smoothing must be at least 0 and below 1, got 1.0"),
        ({"side_weight": -1.0}, "side_weight must be at least 0 and finite, got -1.0"),
        ({"schedule": "step"}, "schedule must be one of"),
    ],
)
def test_words_of_a_task_that_cannot_be_meant_are_named(words, message):
    with pytest.raises(ValueError, match=message):
        ClassificationTask(linear(), **words)


def test_a_frozen_network_and_bytes_without_a_meaning_are_refused():
    with pytest.raises(ValueError, match="model must have a parameter to train, got Linear with all frozen"):
        ClassificationTask(linear().requires_grad_(requires_grad=False))
    bytes_of_two = (torch.zeros(2, 6, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(ValueError, match="preprocess must be given to train Linear on uint8 images, got None"):
        ClassificationTask(linear()).loss(bytes_of_two)
    with pytest.raises(TypeError, match=r"images must be uint8 or float, got torch\.int64"):
        ClassificationTask(linear()).loss((bytes_of_two[1], bytes_of_two[1]))
