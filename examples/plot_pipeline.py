"""
A sheet photographed, rectified and read in one pipeline
========================================================

The steps of a `Pipeline` are functions of one argument, classical or learned: here a median, a homography from the
corners of the printed frame, and a LeNet. It learns digits in six fonts within seconds; the sheet is set in another.
A step may say in which library it wants its image, `run` keeps what is asked for, `explain` tells what each step gave.
"""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import skimage.data
import torch
from PIL import Image, ImageDraw, ImageFont

import deep
from imgproc import color, filters, geometry, morphology
from imgproc.pipeline import Pipeline, step

FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FONTS = ("DejaVuSans", "DejaVuSansMono-Bold", "STIXGeneral", "STIXGeneralBol", "cmr10", "cmb10")
GIVEN = "53  7    6  195    98    6 8   6   34  8 3  17   2   6 6    28    419  5    8  79"
SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
rng = np.random.default_rng(0)


def print_cell(text: str, font: str, size: float) -> np.ndarray:
    """Print a digit in the middle of a white cell."""
    cell = Image.new("L", (48, 48), 255)
    face = ImageFont.truetype(FOLDER / f"{font}.ttf", size)
    ImageDraw.Draw(cell).text((24, 24), text, font=face, anchor="mm")
    return np.array(cell)


def photograph_sheet() -> np.ndarray:
    """Lay a printed sheet on the table of a photo, in falling light and with noise."""
    cells = [print_cell(text, "DejaVuSerif", 32) for text in GIVEN]
    sheet = np.pad(np.block([cells[i : i + 9] for i in range(0, 81, 9)]), 40, constant_values=255)
    for k in range(10):
        line = slice(38 + 48 * k - (k % 3 == 0), 42 + 48 * k)  # every third is thicker
        sheet[line, 37:-37] = sheet[37:-37, line] = 0
    table = geometry.rescale(skimage.data.coffee(), 1.5)
    lies_at = np.array([[230.0, 60.0], [700.0, 20.0], [830.0, 540.0], [150.0, 500.0]])
    H = geometry.estimate_transform("projective", 511 * SQUARE, lies_at)
    laid, is_paper = (geometry.warp(x, H, size=table.shape[:2], antialias=True) for x in (sheet, np.ones(sheet.shape)))
    light = np.linspace(1.0, 0.5, table.shape[1])[:, None]
    photo = laid[..., None] * light + table * (1 - is_paper[..., None]) + rng.normal(0, 12, table.shape)
    return photo.clip(0, 255).astype(np.uint8)


def train_reader(count: int = 4000) -> deep.Predictor:
    """Teach a LeNet digits that are moved, turned and spoilt at random; class 0 is a blank."""
    labels = rng.integers(0, 10, count)
    cells = np.empty((count, 32, 32), np.float32)
    for cell, label in zip(cells, labels, strict=True):
        printed = print_cell(" 123456789"[label], rng.choice(FONTS), rng.uniform(30, 42))
        move = geometry.similarity(rng.uniform(0.8, 1), rng.normal(0, 0.05), rng.uniform(-6, 0, 2))
        moved = geometry.warp(filters.gaussian(printed, rng.uniform(0, 1.5)), move, size=(32, 32), fill=255)
        cell[:] = 235 - (255.0 - moved) * rng.uniform(0.6, 0.9) + rng.normal(0, 10, cell.shape)
    images, targets = torch.from_numpy(cells)[:, None] / 127.5 - 1, torch.from_numpy(labels)
    torch.manual_seed(0)
    model = deep.create_model("lenet5", in_channels=1)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(6):
        for part in torch.randperm(count).split(50):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[part]), targets[part]).backward()
            optimizer.step()
    prepare = deep.Preprocess(32, mean=(0.5,), std=(0.5,), channel_order="gray")
    return deep.Predictor(model, preprocess=prepare, classes=" 123456789")


def find_frame(page: np.ndarray) -> np.ndarray:
    """Return the corners of the largest thing in ink, clockwise from the top left."""
    labels = morphology.label(morphology.black_tophat(page, morphology.disk(7)) > 30)
    y, x = np.nonzero(labels == 1 + np.bincount(labels.ravel())[1:].argmax())
    at = [(x + y).argmin(), (x - y).argmax(), (x + y).argmax(), (x - y).argmin()]
    return np.stack((x[at], y[at]), axis=-1).astype(float)


def rectify(page: np.ndarray) -> np.ndarray:
    """See the frame from the front, 40 pixels a cell."""
    H = geometry.estimate_transform("projective", find_frame(page), 359 * SQUARE)
    return geometry.warp(page, H, size=(360, 360), antialias=True)


def even_light(flat: np.ndarray) -> np.ndarray:
    """Divide by the paper, which is what a closing wider than any stroke leaves."""
    return (240.0 * flat / morphology.closing(flat, morphology.disk(9))).clip(0, 255).astype(np.uint8)


def cut_cells(flat: np.ndarray) -> np.ndarray:
    """Take the middle of each cell: a batch, (81, 32, 32, 1)."""
    return flat.reshape(9, 40, 9, 40)[:, 4:36, :, 4:36].swapaxes(1, 2).reshape(81, 32, 32, 1)


reader = train_reader()
pipe = Pipeline([
    ("denoise", step(filters.median, size=3)),
    ("gray", color.rgb_to_gray),
    ("rectify", rectify),
    ("light", even_light),
    ("cells", cut_cells),
    ("read", step(reader, on="torch")),
    ("text", lambda found: "".join(cell.label for cell in found)),
])  # fmt: skip
photo = photograph_sheet()
seen = pipe.run(photo, keep=["gray", "light"])
print(pipe.explain(photo))

frame = find_frame(seen["gray"])
is_right = [read == text for read, text in zip(seen["text"], GIVEN, strict=True)]
pictures = {
    "photo, and the frame found in it": photo,
    "seen from the front, in even light": seen["light"],
    f"read by LeNet: {sum(is_right)} of 81 cells are right": 192 + seen["light"] // 4,
}
figure, panels = plt.subplots(1, 3, figsize=(13, 4.2), width_ratios=(1.5, 1, 1), layout="constrained")
for panel, (title, picture) in zip(panels, pictures.items(), strict=True):
    panel.imshow(picture, cmap="gray", vmin=0, vmax=255)
    panel.set_title(title)
    panel.axis("off")
panels[0].plot(*np.vstack((frame, frame[:1])).T, "o-", color="tab:orange")
for k, (read, right) in enumerate(zip(seen["text"], is_right, strict=True)):
    style = {"ha": "center", "va": "center_baseline", "fontsize": 15, "color": "tab:green" if right else "tab:red"}
    panels[2].text(20 + 40 * (k % 9), 20 + 40 * (k // 9), read, **style)
plt.show()
