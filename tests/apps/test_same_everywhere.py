"""One picture, one answer: the app, ``cifar-teach predict``, the page of the book and a data set agree."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from cifar_teach.apps.recogniser import Recogniser
from cifar_teach.apps.session import answer_uploads
from cifar_teach.authoring.live_weights import FOLDER
from cifar_teach.cli import main
from cifar_teach.config import CLASS_NAMES
from cifar_teach.data import load_cifar10
from cifar_teach.data.pixels import to_rgb
from cifar_teach.evaluate import apply_temperature
from cifar_teach.models import predict
from cifar_teach.synthetic import draw

from .conftest import ROOT

MODEL = "fastnet"
"""The network of the page."""

SIZES = ((32, 32), (33, 47), (64, 40), (200, 200), (250, 180), (90, 251), (640, 480), (1200, 300))
MODES = ("RGB", "RGBA", "L", "P", "CMYK", "LA", "I;16", "1")


def distorted(number: int, folder: Path) -> Path:
    """Write photograph ``number``: a drawing in one of 8 sizes and 8 modes, turned, mirrored or with a note to turn."""
    rng = np.random.default_rng(number)
    size, mode = SIZES[number % 8], MODES[(3 * number + number // 8) % 8]
    image = Image.fromarray(draw(number + 1, seed=17)[0][number]).resize(size, Image.Resampling.BICUBIC)
    if number % 2:
        image = image.rotate(float(rng.uniform(-40, 40)), fillcolor=tuple(rng.integers(0, 256, 3).tolist()))
    options = {}
    if mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(Image.fromarray(rng.integers(0, 2, size[::-1], dtype=np.uint8) * 255))
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    else:
        image = image.convert(mode)
    kind = "png"
    if mode == "CMYK":
        kind = "tif"
    elif mode in ("RGB", "L") and max(size) < 256:  # larger ones are decoded at a reduced size, which browsers do not
        kind = ("jpg", "bmp", "webp")[number % 3]
        options = {"lossless": True} if kind == "webp" else {}
    if kind in ("jpg", "png") and number % 4 == 2:
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = (6, 8, 3, 5)[number // 4 % 4]
    path = folder / f"{number:02d}-{mode.replace(';', '')}.{kind}"
    image.save(path, **options)
    return path


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    return [distorted(number, folder) for number in range(24)]


@pytest.fixture(scope="module")
def in_app(recogniser: Recogniser, photographs) -> np.ndarray:
    """The probabilities of the app, float32 (24, 10)."""
    uploads = [(path.read_bytes(), path.name) for path in photographs]
    outcome = answer_uploads(recogniser, uploads, [MODEL], evidence=False)
    assert outcome.problems == []
    return np.stack([result.answers[0].probabilities for result in outcome.results])


def test_the_photographs_differ(photographs, in_app):
    kinds = {path.suffix for path in photographs}
    modes = set()
    for path in photographs:
        with Image.open(path) as image:
            modes.add(image.mode)
    assert len(photographs) >= 20 and kinds >= {".png", ".jpg", ".tif"} and len(modes) >= 7
    assert len(set(in_app.argmax(axis=1))) >= 5


def test_predict_on_the_command_line(photographs, in_app, capsys):
    assert main(["predict", *map(str, photographs), "--model", MODEL, "--top", "10", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["predictions"]
    rows = [{guess["class"]: guess["probability"] for guess in answer["top"]} for answer in answers]
    found = np.array([[row[name] for name in CLASS_NAMES] for row in rows])
    np.testing.assert_allclose(found, in_app, atol=1e-3)
    card = json.loads((ROOT / f"cifar_teach/backbones/weights/cifar10-{MODEL}.json").read_text())
    doubted = in_app.max(axis=1) < card["doubt"]["threshold"]
    assert [answer["may_be_none"] for answer in answers] == doubted.tolist()
    assert 0 < doubted.sum() < len(doubted)


def test_a_data_set_of_these_photographs(photographs, in_app, recogniser, tmp_path, monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path / "cache"))
    for part in ("train", "test"):
        for number, path in enumerate(photographs):
            folder = tmp_path / "set" / part / f"class{number:02d}"  # one class a photograph: the order is known
            folder.mkdir(parents=True)
            shutil.copy(path, folder)
    data = load_cifar10(24, source=tmp_path / "set")
    assert data.test.labels.tolist() == list(range(24))
    saved = recogniser.load(MODEL)
    rows = predict(saved.model, data.test.images, views=saved.notes["test_views"])
    np.testing.assert_allclose(apply_temperature(rows, saved.notes["temperature"]), in_app, atol=1e-3)


def in_page(photographs: list[Path], script: Path, folder: Path) -> np.ndarray:
    """The probabilities of the page's JavaScript in Node.js, float64 (24, 10), from decoded pixels."""
    node = shutil.which("node")
    if node is None:
        pytest.fail("Node.js is not on the PATH; the page's JavaScript cannot be compared without it.")
    job = {"script": str(script), "pictures": []}
    for number, path in enumerate(photographs):
        with Image.open(path) as image:
            pixels = to_rgb(ImageOps.exif_transpose(image), path.name)
        raw = folder / f"{number}.raw"
        raw.write_bytes(pixels.tobytes())
        job["pictures"].append({"file": str(raw), "width": pixels.width, "height": pixels.height})
    program = Path(__file__).with_name("page.mjs")
    done = subprocess.run([node, program], input=json.dumps(job), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout))


def test_the_page_of_the_book(photographs, in_app, tmp_path):
    found = in_page(photographs, ROOT / FOLDER / "weights.js", tmp_path)
    np.testing.assert_allclose(found, in_app, atol=1e-3)
