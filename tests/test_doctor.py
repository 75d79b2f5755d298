"""The doctor tells what is there and what is wrong, and changes nothing while it looks."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach import config, synthetic
from cifar_teach.data import load_cifar10
from cifar_teach.doctor import examine, format_findings
from cifar_teach.environment import _core_quota, hardware
from cifar_teach.grading.records import Isolation


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Nothing set and nothing cached."""
    for name in ("CIFAR_TEACH_DATA", "CIFAR_TEACH_WEIGHTS", "CIFAR_TEACH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.fixture
def archive(home, monkeypatch) -> Path:
    """A tar of 40 pictures in class folders, named by CIFAR_TEACH_DATA."""
    path = home / "pictures.tar.xz"
    images, labels = synthetic.draw(40, seed=0)
    with tarfile.open(path, "w:xz") as tar:
        for index, (image, label) in enumerate(zip(images, labels, strict=True)):
            content = io.BytesIO()
            Image.fromarray(image).save(content, "PNG")
            part = "train" if index < 20 else "test"
            member = tarfile.TarInfo(f"{part}/{config.CLASS_NAMES[label]}/{index}.png")
            member.size = content.tell()
            content.seek(0)
            tar.addfile(member, content)
    monkeypatch.setenv("CIFAR_TEACH_DATA", str(path))
    return path


def settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("CIFAR_TEACH")}


def test_an_archive_that_is_not_decoded_stays_so(home, archive):
    before = settings()
    data = examine()["data"]
    assert (data["found"], data["decoded"]) == (True, False)
    assert "pictures.tar.xz is present, not yet decoded" in data["describe"]
    assert not (home / "cache").exists()
    assert settings() == before


def test_a_decoded_archive_is_described_with_its_numbers(archive):
    load_cifar10(None, quiet=True)
    findings = examine()
    assert findings["data"]["decoded"]
    assert "20 of 20 training" in findings["data"]["describe"]
    assert findings["offline"]["run, compare"] == "yes, on the data above"


def test_the_archive_in_the_cache_is_only_looked_at(home, archive, monkeypatch):
    monkeypatch.delenv("CIFAR_TEACH_DATA")
    (home / "cache").mkdir()
    kept = archive.rename(home / "cache" / "cifar-10-python.tar.gz")
    assert not examine()["data"]["decoded"]
    assert list((home / "cache").iterdir()) == [kept]


def test_an_archive_that_is_none_is_not_called_data(home, monkeypatch):
    (home / "cifar.tar.gz").write_text("not found")
    monkeypatch.setenv("CIFAR_TEACH_DATA", str(home / "cifar.tar.gz"))
    findings = examine()
    assert not findings["data"]["found"]
    assert "'cifar.tar.gz' is not a complete tar archive" in findings["data"]["describe"]
    assert findings["offline"]["run, compare"].startswith("no")


def test_arrays_need_no_decoding(home, monkeypatch):
    x, y = synthetic.draw(20, seed=0)
    np.savez(home / "drawn.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    monkeypatch.setenv("CIFAR_TEACH_DATA", str(home / "drawn.npz"))
    assert examine()["data"]["decoded"]


@pytest.mark.parametrize(
    ("setting", "found", "run"),
    [
        (None, False, "yes, on drawn pictures, because no real data is here"),
        ("synthetic", True, "yes, on drawn pictures"),
        ("/no/such/place", False, "no, until CIFAR_TEACH_DATA is corrected or unset"),
    ],
)
def test_what_works_offline_follows_from_what_was_found(home, monkeypatch, setting, found, run):
    if setting:
        monkeypatch.setenv("CIFAR_TEACH_DATA", setting)
    findings = examine()
    assert findings["data"]["found"] is found
    assert findings["offline"]["run, compare"] == run
    assert findings["offline"]["numbers for CIFAR-10"].startswith("no")


def test_weights_that_are_not_there_are_a_mistake(home, monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(home / "weights"))
    assert "weights', which does not exist" in format_findings(examine())
    (home / "weights").mkdir()
    (home / "weights" / "net.keras").write_bytes(b"")
    findings = examine()
    assert findings["weights"]["problem"] is None
    assert findings["weights"]["files"] == ["net.keras"]
    assert "net.keras" in format_findings(findings)


@pytest.mark.parametrize(
    ("content", "cores"), [("max 100000\n", None), ("150000 100000\n", 2), ("50000 100000\n", 1), ("", None)]
)
def test_the_quota_of_a_container(tmp_path, content, cores):
    (tmp_path / "cpu.max").write_text(content)
    assert _core_quota(tmp_path / "cpu.max") == cores


def test_cores_without_a_quota(tmp_path):
    assert _core_quota(tmp_path / "missing") is None
    assert 1 <= hardware()["cores"] <= os.cpu_count()


def test_every_pretrained_network_says_where_its_weights_would_come_from(monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_OFFLINE", "1")
    monkeypatch.delenv("CIFAR_TEACH_WEIGHTS", raising=False)
    networks = examine()["weights"]["networks"]
    assert "comes with the package" in networks["tinynet"]
    assert networks["vgg16"] is None


def test_grading_says_how_code_is_locked_up_and_what_that_does_not_stop(home):
    findings = examine()
    grading, text = findings["grading"], format_findings(findings)
    assert grading["isolation"] in set(Isolation)
    assert grading["proof"] and grading["not_stopped"]
    assert all(line in text for line in (*grading["proof"], *grading["not_stopped"]))
