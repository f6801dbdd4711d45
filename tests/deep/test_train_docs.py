"""The ten lines of the guide fine-tune on a folder of photos."""

import re
from pathlib import Path

import numpy as np

import deep
from imgproc.io import imwrite

PAGE = Path(__file__).parents[2] / "docs/training.md"


def test_ten_lines_fine_tune_on_a_folder_of_photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        for label, name in enumerate(("day", "night")):
            (tmp_path / "photos" / part / name).mkdir(parents=True)
            for k in range(2):
                photo = rng.integers(0, 128, (60, 80, 3)) + 127 * (1 - label)
                imwrite(tmp_path / "photos" / part / name / f"{k}.png", photo.astype(np.uint8))
    code = re.search(r"```python\n([\s\S]*?)```", PAGE.read_text()).group(1)
    assert len(code.strip().splitlines()) == 10
    # without a net: fresh values; the rest is as it stands, but for the time it takes
    exec(code.replace('weights="imagenet", ', "").replace("epochs=10", "epochs=1"), {})
    predict = deep.Predictor(deep.load("photos.safetensors"))
    assert predict(photo.astype(np.uint8)).label in ("day", "night")
    assert {path.name for path in (tmp_path / "runs/photos").iterdir()} == {"last.ckpt", "best.ckpt", "curves.png"}
