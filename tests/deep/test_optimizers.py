"""The notes' constants, by their formulas, step by step."""

import importlib
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from deep.train.optimizers import AnnealMomentum, notes_adam, notes_momentum, notes_rmsprop

gradients = st.lists(st.floats(-100, 100).filter(lambda g: abs(g) > 1e-3), min_size=1, max_size=6)


def walk(make, steps, *, lr=0.1):
    """Take one step for each gradient from 0, in double precision."""
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = make([w], lr=lr)
    for gradient in steps:
        w.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
    return w.item()


@given(steps=gradients, momentum=st.floats(0, 0.95))
def test_momentum_is_a_running_mean_that_starts_at_the_first_gradient(steps, momentum):
    w, mean = 0.0, steps[0]
    for gradient in steps:
        mean = momentum * mean + (1 - momentum) * gradient
        w -= 0.1 * mean
    assert walk(partial(notes_momentum, momentum=momentum), steps) == pytest.approx(w, rel=1e-12, abs=1e-12)


@given(steps=gradients)
def test_rmsprop_divides_by_the_root_mean_square(steps):
    w, square = 0.0, 0.0
    for gradient in steps:
        square = 0.9 * square + 0.1 * gradient**2
        w -= 0.1 * gradient / (square**0.5 + 1e-10)
    assert walk(notes_rmsprop, steps) == pytest.approx(w, rel=1e-12, abs=1e-12)


@given(steps=gradients)
def test_adam_divides_the_mean_by_the_root_mean_square(steps):
    w, mean, square = 0.0, 0.0, 0.0
    for t, gradient in enumerate(steps, 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        w -= 0.1 * (mean / (1 - 0.9**t)) / ((square / (1 - 0.99**t)) ** 0.5 + 1e-10)
    assert walk(notes_adam, steps) == pytest.approx(w, rel=1e-9, abs=1e-12)


def descend(make, lr):
    """Go 200 steps down a valley that is 1000 times as steep across as along; return what is left of the height."""
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    curvature = torch.tensor([1000.0, 1.0])
    optimizer = make([w], lr=lr)
    for _ in range(200):
        optimizer.zero_grad()
        (0.5 * curvature * w**2).sum().backward()
        optimizer.step()
    return float((0.5 * curvature * w**2).sum().detach())


def test_momentum_goes_down_a_narrow_valley_faster():
    # plain descent needs lr < 2 / 1000, and goes (1 - lr)^200 along the valley; a mean of 0.9 damps the ridges, so
    # that lr may be (1 + 0.9) / (1 - 0.9) = 19 times as large
    plain = descend(torch.optim.SGD, 1.9e-3)
    damped = descend(partial(notes_momentum, momentum=0.9), 1.9e-2)
    assert damped < plain / 100


@pytest.mark.parametrize("make", [notes_adam, notes_rmsprop])
@given(steps=gradients, scale=st.floats(1e-3, 1e3))
def test_adaptive_steps_do_not_know_the_scale_of_the_gradient(make, steps, scale):
    # but for epsilon, 1e-10 beside roots of at least √0.1 · 1e-3 · 1e-3
    scaled = walk(make, [scale * gradient for gradient in steps])
    assert scaled == pytest.approx(walk(make, steps), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("dampening", [True, False])
def test_annealing_ends_at_the_end_and_keeps_the_learning_rate(dampening):
    w = torch.zeros(1, requires_grad=True)
    optimizer = notes_momentum([w], lr=0.3) if dampening else torch.optim.SGD([w], lr=0.3, momentum=0.5)
    schedule = AnnealMomentum(optimizer, 10)
    seen = []
    for _ in range(12):
        group = optimizer.param_groups[0]
        assert group["lr"] == 0.3
        assert group["dampening"] == (group["momentum"] if dampening else 0)
        seen.append(group["momentum"])
        optimizer.step()
        schedule.step()
    assert seen == pytest.approx([0.5 + 0.04 * i for i in range(10)] + [0.9, 0.9])


def test_an_interrupted_annealing_goes_on():
    first = notes_momentum([torch.zeros(1, requires_grad=True)])
    schedule = AnnealMomentum(first, 10)
    for _ in range(3):
        first.step()
        schedule.step()
    second = notes_momentum([torch.zeros(1, requires_grad=True)])
    resumed = AnnealMomentum(second, 10)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    for optimizer, annealing in ((first, schedule), (second, resumed)):
        optimizer.step()
        annealing.step()
    assert second.param_groups[0]["momentum"] == first.param_groups[0]["momentum"] == pytest.approx(0.66)


def test_a_task_takes_them():
    pytest.importorskip("pytorch_lightning")
    tasks = importlib.import_module("deep.train.tasks")
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    task = tasks.ClassificationTask(model, lr=0.1, optimizer=notes_momentum, schedule=AnnealMomentum)
    task.total_steps = 4
    found = task.configure_optimizers()
    assert isinstance(found["lr_scheduler"]["scheduler"], AnnealMomentum)


def test_what_is_out_of_range_is_told():
    w = torch.zeros(1, requires_grad=True)
    with pytest.raises(ValueError, match="momentum must be at least 0 and below 1, got 1"):
        notes_momentum([w], momentum=1)
    with pytest.raises(TypeError, match=r"optimizer must be torch\.optim\.SGD, got Adam"):
        AnnealMomentum(notes_adam([w]), 3)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        AnnealMomentum(notes_momentum([w]), 0)
    with pytest.raises(ValueError, match=r"end must be at least 0 and below 1, got 1\.5"):
        AnnealMomentum(notes_momentum([w]), 3, end=1.5)
