"""A Space starts from its own folder, with nothing of this repository in reach, and answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from cifar_teach.apps.recogniser import choose_models
from cifar_teach.apps.space import export_space
from cifar_teach.apps.space_texts import model_card
from cifar_teach.cli import main
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.models import build_model, save_model

from .conftest import ROOT, drawing, encoded, free_port, served

yaml = pytest.importorskip("yaml")
pytest.importorskip("gradio")
pytest.importorskip("streamlit")


@pytest.fixture(scope="module")
def own_model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("own") / "my model.keras"
    return save_model(build_model("bn-small"), path, notes={"seed": 4, "data": {"name": "pets", "train_size": 900}})


@pytest.fixture(scope="module")
def spaces(tmp_path_factory, own_model) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("spaces")
    models = choose_models(["fastnet", own_model])
    for sdk in ("gradio", "docker"):
        export_space(folder / sdk, models, sdk=sdk, title="Cats & co: “what's this?”")
    return {sdk: folder / sdk for sdk in ("gradio", "docker")}


def front_matter(path: Path) -> dict:
    _, text, _ = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(text)


def test_the_readme_says_what_spaces_needs(spaces):
    import gradio

    facts = front_matter(spaces["gradio"] / "README.md")
    assert facts["sdk"] == "gradio" and facts["sdk_version"] == gradio.__version__
    assert facts["python_version"] == "{}.{}".format(*sys.version_info), "where the pinned versions go together"
    assert facts["app_file"] == "app.py" and facts["license"] == "mit"
    assert facts["title"] == "Cats & co: “what's this?”"
    assert len(facts["short_description"]) <= 60, "Hugging Face refuses longer ones"
    facts = front_matter(spaces["docker"] / "README.md")
    assert facts["sdk"] == "docker" and facts["app_port"] == 8501 and "sdk_version" not in facts


def test_everything_is_there_and_pinned(spaces):
    for sdk, folder in spaces.items():
        lines = [line for line in (folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
        assert all(re.fullmatch(r"[a-z-]+==[\w.]+", line) for line in lines), lines
        names = {line.split("==")[0] for line in lines}
        assert "tensorflow-cpu" in names and "tensorflow" not in names
        assert ("gradio" in names) == (sdk == "gradio") and ("streamlit" in names) == (sdk == "docker")
        assert "MIT License" in (folder / "LICENSE").read_text()
        assert (folder / "Dockerfile").is_file() == (sdk == "docker")
        weights = [path.name for path in (folder / "cifar_teach/backbones/weights").iterdir()]
        assert sorted(weights) == ["cifar10-fastnet.json", "cifar10-fastnet.npz"], "only the models that were chosen"
        own = [path.name for path in (folder / "models").iterdir()]
        assert sorted(own) == ["my-model.keras", "my-model.keras.json"]
        assert not list(folder.rglob("__pycache__"))
        assert sum(path.stat().st_size for path in folder.rglob("*")) < 15e6
    docker = (spaces["docker"] / "Dockerfile").read_text()
    assert "useradd" in docker and "EXPOSE 8501" in docker and "APP_HOST=0.0.0.0" in docker


def test_model_cards_hold_measured_numbers_and_nothing_else(spaces):
    card = json.loads((ROOT / "cifar_teach/backbones/weights/cifar10-fastnet.json").read_text())
    folder = spaces["gradio"] / "model-cards"
    text = (folder / "fastnet.md").read_text(encoding="utf-8")
    for number in (
        f"{card['accuracy']:.1%}", f"{card['interval'][0]:.1%}", f"{card['parameters']:,}",
        f"{card['doubt']['threshold']:.1%}", f"{card['doubt']['wrong_below']['share']:.1%}",
        f"{100 * card['ece_calibrated']:.1f} points",
    ):  # fmt: skip
        assert number in text, number
    facts = front_matter(folder / "fastnet.md")
    assert facts["library_name"] == "keras"
    metric = facts["model-index"][0]["results"][0]["metrics"][0]
    assert metric == {"type": "accuracy", "value": card["accuracy"]}
    own = (folder / "my-model.md").read_text(encoding="utf-8")
    assert "not in its note" in own and "was not measured" in own and "model-index" not in own and "900 labelled" in own
    assert "model-cards/my-model.md" in (spaces["gradio"] / "README.md").read_text(encoding="utf-8")


def isolated(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which Python finds its libraries but not this repository."""
    dropped = ("PYTHONPATH", "CIFAR_TEACH_DATA", "CIFAR_TEACH_CACHE")
    return {name: value for name, value in os.environ.items() if name not in dropped} | {
        "PYTHONSAFEPATH": "", "PYTHONNOUSERSITE": "1", **more,
    }  # fmt: skip


def test_the_package_in_the_space_is_the_one_that_is_used(spaces):
    code = (
        "import json, sys; sys.path.insert(0, '.'); import cifar_teach, cifar_teach.apps.gradio_app as app;"
        "print(json.dumps([cifar_teach.__file__, app.__file__]))"
    )
    folder = spaces["gradio"]
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=folder, env=isolated(folder), capture_output=True, text=True, check=True)
    assert all(Path(path).is_relative_to(folder) for path in json.loads(done.stdout))


@pytest.mark.slow
def test_a_gradio_space_starts_and_answers(spaces, tmp_path):
    client = pytest.importorskip("gradio_client")
    folder, port = spaces["gradio"], free_port()
    address = f"http://127.0.0.1:{port}/"
    picture = tmp_path / "truck.png"
    picture.write_bytes(encoded(drawing(9, (120, 90)), "PNG"))
    environment = isolated(folder, GRADIO_SERVER_PORT=str(port))
    with served([sys.executable, "app.py"], address, tmp_path / "log.txt", cwd=folder, env=environment):
        asked = client.Client(address, verbose=False, analytics_enabled=False)
        page, table = asked.predict(
            [client.handle_file(str(picture))], ["fastnet", "my-model"], 3, True, api_name="/classify"
        )
    assert page.count('class="ct-model"') == 2 and "truck.png" in page and "Download as CSV" in table


@pytest.mark.slow
def test_a_streamlit_space_starts(spaces, tmp_path):
    folder, port = spaces["docker"], free_port()
    address = f"http://127.0.0.1:{port}/"
    environment = isolated(folder, APP_PORT=str(port))
    with served(
        [sys.executable, "app.py"], address + "_stcore/health", tmp_path / "log.txt", cwd=folder, env=environment
    ):
        assert b"streamlit" in urllib.request.urlopen(address, timeout=10).read().lower()
    # What it shows is what the same script shows here: run by Streamlit's own test harness, from the folder.
    code = (
        "import sys; sys.path.insert(0, '.'); from streamlit.testing.v1 import AppTest;"
        "sys.argv = ['app', 'fastnet', 'models/my-model.keras'];"
        "app = AppTest.from_file('cifar_teach/apps/streamlit_app.py', default_timeout=120).run();"
        "assert not app.exception, app.exception;"
        "app.button(key='example-9').click().run();"
        "assert not app.exception, app.exception; import cifar_teach; print(cifar_teach.__file__)"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=folder, env=isolated(folder), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.split()[-1]).is_relative_to(folder)


def test_models_are_named_with_commas_or_one_by_one(tmp_path):
    named = ["--models", "baseline,fastnet", "--models", "tinynet"]
    assert main(["app", "export-space", str(tmp_path / "space"), *named]) == 0
    assert '["baseline", "fastnet", "tinynet"]' in (tmp_path / "space" / "app.py").read_text(encoding="utf-8")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["app", "export-space", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(CifarTeachError, match="is not empty"):
        export_space(tmp_path / "thesis.txt", choose_models(["fastnet"]))


def test_a_broken_model_is_noticed_before_anything_is_written(tmp_path):
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"nothing")
    with pytest.raises(CifarTeachError, match="could not be loaded"):
        export_space(tmp_path / "space", choose_models([broken]))
    assert not (tmp_path / "space").exists()


@pytest.mark.parametrize("was_there", [False, True])
def test_what_was_begun_and_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch, was_there):
    folder = tmp_path / "space"
    if was_there:
        folder.mkdir()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cifar_teach.apps.space._licence", full)
    with pytest.raises(CifarTeachError, match="No space left on device"):
        export_space(folder, choose_models(["fastnet"]))
    assert folder.exists() is was_there
    assert not folder.exists() or not list(folder.iterdir())


def test_a_number_measured_on_drawn_pictures_is_not_filed_under_cifar10():
    note = {"accuracy": 0.9, "data": {"name": "synthetic stand-in", "kind": "synthetic", "is_synthetic": True}}
    text = model_card("mine", note)
    (index,) = yaml.safe_load(text.split("---\n", 2)[1])["model-index"]
    assert index["results"][0]["dataset"]["type"] == "synthetic"
    assert "trained on drawn pictures" in text


def test_the_vendored_part_imports_nothing_else_of_the_package(spaces):
    """Every module in the Space can be imported there, so nothing it needs was left behind."""
    folder = spaces["gradio"]
    names = [
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((folder / "cifar_teach").rglob("*.py"))
    ]
    code = f"import sys, importlib; sys.path.insert(0, '.'); [importlib.import_module(name) for name in {names!r}]"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=folder, env=isolated(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(names) > 40
