"""Training as a process: killed at a random moment and resumed, and shared by two processes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.deep.training_script import train

SCRIPT = Path(__file__).with_name("training_script.py")
ROOT = SCRIPT.parents[2]
SURROUNDINGS = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
PATIENCE = 240.0
"""Seconds after which a process is taken to hang."""


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-W", "error", *arguments], env=SURROUNDINGS, start_new_session=True)


def outcome(history: Any, model: Any) -> list[Any]:
    weights = [value.tolist() for value in model.state_dict().values()]
    return [list(history.losses), list(history.validation_losses), weights]


def flat(values: Any) -> list[float]:
    return [number for value in values for number in flat(value)] if isinstance(values, list) else [values]


def wait_for_progress(checkpoint: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until another checkpoint is written: then the process is in the middle of its steps."""
    before, end = stamp(checkpoint), time.monotonic() + PATIENCE
    while stamp(checkpoint) == before and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)


def stamp(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(tmp_path):
    result, draw, kills = tmp_path / "result.json", random.Random(), 0
    for _ in range(3):
        process = start(str(SCRIPT), str(result), "kept", "slow")
        wait_for_progress(tmp_path / "run/last.ckpt", process)
        time.sleep(draw.uniform(0, 0.8))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait(PATIENCE)
    assert kills > 0
    process = start(str(SCRIPT), str(result), "kept")
    assert process.wait(PATIENCE) == 0
    assert json.loads(result.read_text()) == outcome(*train(None, is_exact=False))


@pytest.mark.slow
def test_two_processes_give_what_one_gives(tmp_path):
    result = tmp_path / "result.json"
    process = start(
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(SCRIPT), str(result), "exact"
    )
    assert process.wait(PATIENCE) == 0
    found, expected = flat(json.loads(result.read_text())), flat(outcome(*train(None, is_exact=True)))
    assert found == pytest.approx(expected, abs=1e-5)
