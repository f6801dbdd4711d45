"""Formats: every kind of file gives its exact values, as other libraries and hand-made files tell."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps, UnidentifiedImageError

from imgproc.io import imread, imwrite

ROOT = Path(__file__).resolve().parents[1]
DATA = next((folder for folder in (ROOT / "shared/data", ROOT.parent / "shared/data") if folder.is_dir()), None)


def photo(height=48, width=61, channels=3, dtype=np.uint8):
    """A smooth ramp with noise: compressible, yet with something in every block."""
    rng = np.random.default_rng(height * width)
    rows, columns = np.mgrid[:height, :width]
    shape = (height, width, channels) if channels > 1 else (height, width)
    ramp = (rows + 2 * columns).reshape(height, width, *[1] * (len(shape) - 2)) % 200
    return (ramp + rng.integers(0, 40, shape)).astype(dtype)


def tiff(image, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, image, **options)
    return buffer.getvalue()


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, depth, color, rows, extra=b"", interlaced=0):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def plain_rows(samples, step=(1, 1), start=(0, 0)):
    """Unfiltered PNG rows of big-endian bytes."""
    part = samples[start[0] :: step[0], start[1] :: step[1]]
    return b"".join(b"\0" + row.tobytes() for row in part) if part.shape[1] else b""


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_gray_png_of_every_depth_spans_the_full_range(depth):
    top = 2**depth - 1
    row = np.array([0, top], ">u2").tobytes() if depth == 16 else bytes([0, top]) if depth == 8 else None
    packed = row or bytes([top << (8 - 2 * depth)])
    result = imread(png(2, 1, depth, 0, b"\0" + packed), color="gray")
    assert result.tolist() == [[0, 65535 if depth == 16 else 255]]


@pytest.mark.parametrize("depth", [1, 4, 8])
def test_palettes_expand_to_their_colours_and_transparency(depth):
    palette = chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60]))
    packed = bytes([0, 1]) if depth == 8 else bytes([1 << (8 - 2 * depth)])
    opaque = imread(png(2, 1, depth, 3, b"\0" + packed, palette), color="unchanged")
    assert opaque.tolist() == [[[10, 20, 30], [40, 50, 60]]]
    faint = imread(png(2, 1, depth, 3, b"\0" + packed, palette + chunk(b"tRNS", bytes([7]))), color="unchanged")
    assert faint.tolist() == [[[10, 20, 30, 7], [40, 50, 60, 255]]]


def test_a_transparent_colour_becomes_an_alpha_channel():
    samples = np.array([[[1, 2, 3], [1, 2, 4]]], np.uint8)
    key = chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))
    result = imread(png(2, 1, 8, 2, plain_rows(samples), key), color="unchanged")
    assert result.tolist() == [[[1, 2, 3, 0], [1, 2, 4, 255]]]


@pytest.mark.parametrize(("color", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("dtype", [">u1", ">u2"])
def test_interlaced_png_equals_its_plain_form(color, channels, dtype):
    samples = np.random.default_rng(0).integers(0, 256 ** np.dtype(dtype).itemsize, (9, 11, channels)).astype(dtype)
    passes = [((8, 8), (0, 0)), ((8, 8), (0, 4)), ((8, 4), (4, 0)), ((4, 4), (0, 2)), ((4, 2), (2, 0)),
              ((2, 2), (0, 1)), ((2, 1), (1, 0))]  # fmt: skip
    rows = b"".join(plain_rows(samples, step, start) for step, start in passes)
    result = imread(png(11, 9, 8 * samples.itemsize, color, rows, interlaced=1), color="unchanged")
    np.testing.assert_array_equal(result, samples.squeeze())


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_white_as_zero_is_turned_black_as_zero(photometric):
    image = photo(channels=1)
    result = imread(tiff(image, photometric=photometric), color="unchanged")
    np.testing.assert_array_equal(result, image if photometric == "minisblack" else 255 - image)


def test_a_tiff_of_many_pages_gives_the_first():
    pages = np.stack([photo(channels=1), photo(channels=1) + np.uint8(1)])
    np.testing.assert_array_equal(imread(tiff(pages), color="gray"), pages[0])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_pillows_modes_read_as_pillow_reads_them(kind, mode):
    buffer = io.BytesIO()
    image = Image.fromarray(photo(channels=4 if mode == "RGBA" else 3)).convert(mode)
    if (kind, mode) == ("BMP", "LA"):
        pytest.skip("no such BMP")
    image.save(buffer, kind)
    expected = Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")
    np.testing.assert_array_equal(imread(buffer.getvalue()), expected)
    if mode == "RGBA" and kind != "BMP":
        np.testing.assert_array_equal(imread(buffer.getvalue(), color="unchanged"), image)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"keep_rgb": True}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_reads_as_pillow_reads_it(mode, options):
    buffer = io.BytesIO()
    Image.fromarray(photo()).convert(mode).save(buffer, "JPEG", **options)
    np.testing.assert_array_equal(imread(buffer.getvalue()), Image.open(buffer).convert("RGB"))


FAX, JPEG = [("group3", "1"), ("group4", "1")], [("jpeg", "L"), ("jpeg", "RGB")]
BYTES = [("packbits", "RGB"), ("tiff_lzw", "CMYK"), ("zstd", "RGBA")]


@pytest.mark.parametrize(("compression", "mode"), FAX + JPEG + BYTES)
def test_compressed_tiff_reads_as_pillow_reads_it(compression, mode):
    buffer = io.BytesIO()
    Image.fromarray(photo(300, 61)).convert(mode).save(buffer, "TIFF", compression=compression)
    np.testing.assert_array_equal(imread(buffer.getvalue()), Image.open(buffer).convert("RGB"))


TIFF_LAYOUTS = [
    {},
    {"tile": (16, 32)},
    {"rowsperstrip": 5},
    {"planarconfig": "separate"},
    {"planarconfig": "separate", "tile": (16, 16)},
    {"planarconfig": "separate", "rowsperstrip": 7},
    {"bigtiff": True, "byteorder": ">"},
]


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("predictor", [False, True])
def test_tiff_is_exact_in_every_layout_compression_and_dtype(compression, dtype, predictor):
    pytest.importorskip("imagecodecs")
    if predictor and compression in (None, "packbits"):
        pytest.skip("no predictor goes with it")
    for layout in TIFF_LAYOUTS:
        image = photo(37, 45).astype(dtype) * np.array(1.1).astype(dtype)
        stored = np.moveaxis(image, 2, 0) if "planarconfig" in layout else image
        data = tiff(stored, photometric="rgb", compression=compression, predictor=predictor, **layout)
        np.testing.assert_array_equal(imread(data, color="unchanged"), image, strict=True)


@pytest.mark.parametrize("name", ["PNG", "TIFF", "BMP", "JPEG", "WEBP"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pillow_reads_what_imwrite_writes(tmp_path, name, channels):
    if (name, channels) in (("JPEG", 2), ("JPEG", 4)):
        pytest.skip("no alpha")
    image, path = photo(channels=channels), tmp_path / f"a.{name.lower()}"
    imwrite(path, image, quality=100)
    theirs = Image.open(path)
    theirs.load()
    assert theirs.format == name
    ours = Image.fromarray(imread(path, color="unchanged")).convert(theirs.mode)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", ["uint16", "float32", "int32", "float64"])
def test_tifffile_reads_what_imwrite_writes(tmp_path, dtype):
    image = photo(300, 200).astype(dtype)
    imwrite(tmp_path / "a.tif", image)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), image, strict=True)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("words", range(1, 9))
def test_samples_anywhere_in_a_tiff_become_an_aligned_array_of_its_own(tmp_path, words, byteorder):
    image = np.arange(60, dtype=np.float64).reshape(5, 4, 3)
    path = tmp_path / "a.tif"
    where = {"align": 1, "description": "x" * words, "byteorder": byteorder, "rowsperstrip": 2}
    tifffile.imwrite(path, image, photometric="rgb", **where)
    read, again = imread(path), imread(path)
    np.testing.assert_array_equal(read, image, strict=True)
    assert read.flags.aligned
    assert read.flags.writeable
    assert read.dtype.isnative
    read[:] = 0
    np.testing.assert_array_equal(again, image)


def test_real_photos_read_as_pillow_reads_them():
    skimage = pytest.importorskip("skimage")
    folders = [Path(skimage.__file__).parent / "data"]
    folders += [] if DATA is None else [DATA / "photos_skimage", DATA / "photos_opencv", DATA / "photos_sklearn"]
    files = [f for folder in folders for f in sorted(folder.glob("*")) if f.suffix in (".png", ".jpg", ".tif", ".gif")]
    compared = 0
    for path in files:
        image = imread(path)
        try:
            with Image.open(path) as opened:
                expected = ImageOps.exif_transpose(opened)
        except UnidentifiedImageError:
            continue  # planar TIFF of float64, which Pillow lacks
        if opened.mode.startswith("I") or (opened.format == "GIF" and "transparency" in opened.info):
            continue  # Pillow clips 16-bit gray; a hidden colour has no one value
        high = image if image.dtype == np.uint8 else image >> 8  # all that Pillow keeps of 16-bit RGB
        np.testing.assert_array_equal(high, expected.convert("RGB"), err_msg=str(path))
        compared += 1
    assert compared > 10
