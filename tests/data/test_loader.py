from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.config import CLASS_NAMES, SUBSET_SEED, TRAIN_SIZE
from cifar_teach.data import download, load_cifar10, load_image_folder
from cifar_teach.data import loader as module
from cifar_teach.exceptions import DataError, DownloadError


@pytest.fixture
def offline(monkeypatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_OFFLINE", "1")


@pytest.fixture
def official(monkeypatch, batch_files, write_tar) -> Path:
    """A small archive in the official form, whose checksum the package takes for the official one."""
    path = write_tar(batch_files(), download.ARCHIVE_NAME)
    monkeypatch.setattr(download, "ARCHIVE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_defaults_are_those_of_the_course() -> None:
    defaults = {name: item.default for name, item in inspect.signature(load_cifar10).parameters.items()}
    assert (defaults["train_size"], defaults["seed"]) == (TRAIN_SIZE, SUBSET_SEED) == (10_000, 10)
    assert defaults["allow_synthetic"] is False


def test_a_source_is_loaded_with_its_provenance(picture_files, write_tar) -> None:
    path = write_tar(picture_files(train=6, test=3))
    dataset = load_cifar10(40, test_size=10, source=path, quiet=True)
    images, labels = dataset.train
    assert images.shape == (40, 32, 32, 3)
    assert np.bincount(labels).tolist() == [4] * 10
    assert np.bincount(dataset.test.labels).tolist() == [1] * 10
    assert dataset.class_names == CLASS_NAMES
    facts = dataset.provenance
    assert (facts.kind, facts.name, facts.origin) == ("image-folder", "image folder pictures.tar.xz", "pictures.tar.xz")
    assert (facts.available_train, facts.available_test, facts.train_size, facts.test_size) == (60, 30, 40, 10)
    assert (images[:, 0, 0, 0] == 10 * labels).all()  # every image still has its own label


def test_all_training_images_are_shuffled_and_the_test_set_keeps_its_order(picture_files, write_tar) -> None:
    dataset = load_cifar10(None, source=write_tar(picture_files(train=6, test=3)), quiet=True)
    assert len(dataset.train.labels) == 60
    assert (np.diff(dataset.train.labels) < 0).sum() > 10
    assert dataset.test.labels.tolist() == [label for label in range(10) for _ in range(3)]


def test_subsets_are_nested_and_chosen_by_the_seed(picture_files, write_tar) -> None:
    path = write_tar(picture_files(train=8, test=1))

    def chosen(size: int, seed: int = 10) -> set[bytes]:
        return {image.tobytes() for image in load_cifar10(size, source=path, seed=seed, quiet=True).train.images}

    assert chosen(20) < chosen(50)
    assert chosen(20) == chosen(20)
    assert chosen(20) != chosen(20, seed=11)


def test_the_checksum_is_of_everything_whatever_the_subset_and_form(picture_files, write_tar, write_folder) -> None:
    files = picture_files(train=6, test=3)
    checksums = {
        load_cifar10(20, source=write_tar(files), quiet=True).provenance.checksum,
        load_cifar10(30, source=write_tar(files, "other.tar"), seed=3, quiet=True).provenance.checksum,
        load_cifar10(None, source=write_folder(files), cache=False, quiet=True).provenance.checksum,
    }
    assert len(checksums) == 1


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"train_size": 31}, "31 training images were asked for, but this source has only 30"),
        ({"test_size": 21}, "21 test images were asked for, but this source has only 20"),
        ({"train_size": 0}, "0 training images were asked for"),
        ({"test_size": -3}, "-3 test images were asked for"),
        ({"train_size": 5}, "5 images cannot hold one of each of 10 classes"),
    ],
)
def test_sizes_the_source_cannot_give(sizes, message, picture_files, write_tar) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        load_cifar10(**({"train_size": 30, "quiet": True} | sizes), source=write_tar(picture_files()))


@pytest.mark.parametrize("size", [10_001, 0, -1])
def test_the_drawn_set_has_its_sizes_too(size) -> None:
    with pytest.raises(DataError, match="training images were asked for"):
        load_cifar10(size, source="synthetic", quiet=True)


def test_the_environment_names_a_source_and_the_argument_wins(monkeypatch, picture_files, write_tar) -> None:
    monkeypatch.setenv("CIFAR_TEACH_DATA", str(write_tar(picture_files(), "from-environment.tar")))
    assert load_cifar10(10, quiet=True).provenance.origin == "from-environment.tar"
    other = write_tar(picture_files(), "from-argument.tar")
    assert load_cifar10(10, source=str(other), quiet=True).provenance.origin == "from-argument.tar"


def test_a_wrong_path_is_an_error_even_when_drawing_is_allowed(monkeypatch, tmp_path) -> None:
    with pytest.raises(DataError, match=r"There is no data at '.*nowhere\.npz'"):
        load_cifar10(10, source=tmp_path / "nowhere.npz", allow_synthetic=True)
    monkeypatch.setenv("CIFAR_TEACH_DATA", str(tmp_path / "gone.tar"))
    with pytest.raises(DataError, match=r"CIFAR_TEACH_DATA names '.*gone\.tar', which does not exist"):
        load_cifar10(10, allow_synthetic=True)


def test_one_line_says_what_was_taken(picture_files, write_tar, capsys) -> None:
    path = write_tar(picture_files())
    load_cifar10(20, source=path, quiet=True)
    assert capsys.readouterr() == ("", "")
    load_cifar10(20, source=path)
    out, shown = capsys.readouterr()
    assert out == ""
    assert shown.count("\n") == 1
    assert shown.startswith("Data: image folder pictures.tar.xz (pictures.tar.xz): 20 of 30 training and 20 of 20 test")


def test_offline_with_nothing_at_hand(offline, capsys) -> None:
    with pytest.raises(DataError, match="CIFAR_TEACH_OFFLINE is set, so nothing is downloaded"):
        load_cifar10(10)
    dataset = load_cifar10(10, test_size=10, allow_synthetic=True)
    assert dataset.provenance.is_synthetic
    assert "NOTE: synthetic stand-in (drawn pictures, not CIFAR-10): 10 of" in capsys.readouterr().err


def test_nothing_reachable_falls_back_to_drawing_only_when_allowed(serve) -> None:
    urls = [f"{serve({}).url}/file"]
    with pytest.raises(DownloadError, match="404 Not Found"):
        load_cifar10(10, urls=urls, quiet=True)
    assert load_cifar10(10, test_size=10, urls=urls, allow_synthetic=True, quiet=True).provenance.is_synthetic


def test_asking_for_the_drawn_set(monkeypatch, capsys) -> None:
    dataset = load_cifar10(30, test_size=20, source="synthetic", seed=4)
    facts = dataset.provenance
    assert (facts.name, facts.kind, facts.origin) == ("synthetic stand-in", "synthetic", "drawn")
    assert (facts.available_train, facts.available_test, facts.train_size) == (10_000, 2_000, 30)
    np.testing.assert_array_equal(dataset.train.images, synthetic.draw(30, seed=4)[0])
    assert "not CIFAR-10" in capsys.readouterr().err
    monkeypatch.setenv("CIFAR_TEACH_DATA", "synthetic")
    again = load_cifar10(30, test_size=20, seed=4, quiet=True)
    assert again.provenance == facts
    assert capsys.readouterr().err == ""


def test_drawn_subsets_are_nested_and_the_test_images_are_others() -> None:
    small, large = (load_cifar10(size, test_size=50, source="synthetic", quiet=True) for size in (20, 60))
    np.testing.assert_array_equal(small.train.images, large.train.images[:20])
    np.testing.assert_array_equal(small.test.images, large.test.images)
    seen = {image.tobytes() for image in large.train.images}
    assert not seen & {image.tobytes() for image in large.test.images}
    other_seed = load_cifar10(20, test_size=50, source="synthetic", seed=1, quiet=True)
    np.testing.assert_array_equal(other_seed.test.images, small.test.images)  # the test set is one, for every seed


def test_a_download_is_kept_and_used_the_next_time(serve, official, cache, monkeypatch) -> None:
    server = serve({download.ARCHIVE_NAME: official.read_bytes()})
    urls = [f"{server.url}/{download.ARCHIVE_NAME}"]
    first = load_cifar10(20, urls=urls, quiet=True)
    assert first.provenance.origin == "download from localhost"
    assert (cache / download.ARCHIVE_NAME).exists()
    monkeypatch.setattr(module, "read_source", None)  # from now on decoding is an error
    monkeypatch.setenv("CIFAR_TEACH_OFFLINE", "1")
    again = load_cifar10(20, quiet=True)
    assert again.provenance.origin == "cache"
    assert again.provenance.checksum == first.provenance.checksum
    np.testing.assert_array_equal(again.train.images, first.train.images)
    assert len(server.requests) == 1


def test_mirrors_come_from_the_environment(serve, official, monkeypatch) -> None:
    server = serve({"a": official.read_bytes()})
    monkeypatch.setenv("CIFAR_TEACH_MIRRORS", f"{server.url}/missing,{server.url}/a")
    assert load_cifar10(20, quiet=True).provenance.origin == "download from localhost"
    assert [path for path, _ in server.requests] == ["/missing", "/a"]


def test_a_damaged_archive_in_the_cache_is_fetched_again(serve, official, cache, capsys) -> None:
    cache.mkdir()
    content = official.read_bytes()
    (cache / download.ARCHIVE_NAME).write_bytes(content[: len(content) // 2])
    server = serve({"a": content})
    assert load_cifar10(20, urls=[f"{server.url}/a"]).provenance.origin == "download from localhost"
    assert "Passing over cache: " in capsys.readouterr().err


def test_without_a_writable_cache_the_download_still_works(serve, official, tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path / "file" / "cache"))
    server = serve({"a": official.read_bytes()})
    dataset = load_cifar10(20, urls=[f"{server.url}/a"])
    assert dataset.provenance.origin == "download from localhost"
    assert "cannot be written (Not a directory); nothing is kept" in capsys.readouterr().err


def test_without_a_cache_nothing_is_kept(serve, official, cache) -> None:
    server = serve({"a": official.read_bytes()})
    load_cifar10(20, urls=[f"{server.url}/a"], cache=False, quiet=True)
    assert not cache.exists()


def test_another_cache_folder_can_be_named(picture_files, write_tar, tmp_path, cache) -> None:
    load_cifar10(20, source=write_tar(picture_files()), cache=tmp_path / "elsewhere", quiet=True)
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
    assert not cache.exists()


def put_in_keras(datasets: Path, layout: str, files: dict[str, bytes], archive: bytes) -> None:
    """Lay the official batches out as a version of Keras does."""
    if layout == "archive":
        (datasets / "cifar-10-batches-py-target_archive").write_bytes(archive)
        return
    outer = "cifar-10-batches-py-target/cifar-10-batches-py" if layout == "target" else "cifar-10-batches-py"
    for name, payload in files.items():
        path = datasets / outer / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(payload)


@pytest.mark.parametrize("layout", ["flat", "target", "archive"])
def test_every_layout_of_the_keras_cache_is_found(layout, offline, keras_datasets, batch_files, official) -> None:
    put_in_keras(keras_datasets, layout, batch_files(), official.read_bytes())
    dataset = load_cifar10(20, quiet=True)
    assert dataset.provenance.origin == "Keras's cache"
    assert dataset.provenance.available_train == 50


def test_the_installed_keras_uses_a_layout_that_is_found() -> None:
    # Reading its source is enough, and spares the seconds that importing it takes.
    # Keras 3.8 names two folders: its own and the "api" folder within.
    folders = importlib.util.find_spec("keras").submodule_search_locations
    (source,) = (path for folder in folders if (path := Path(folder, "src", "datasets", "cifar10.py")).is_file())
    text = source.read_text(encoding="utf-8")
    names = re.findall(r'dirname = "([^"]+)"', text)
    assert names and set(names) <= {"cifar-10-batches-py", "cifar-10-batches-py-target"}


def test_a_broken_keras_cache_is_passed_over(offline, keras_datasets, batch_files, capsys) -> None:
    files = batch_files()
    del files["cifar-10-batches-py/data_batch_2"]
    put_in_keras(keras_datasets, "flat", files, b"")
    with pytest.raises(DataError, match="CIFAR_TEACH_OFFLINE"):
        load_cifar10(20)
    assert "Passing over Keras's cache: 'cifar-10-batches-py' lacks data_batch_2" in capsys.readouterr().err


def test_the_package_cache_comes_before_the_one_of_keras(offline, cache, keras_datasets, batch_files, official) -> None:
    put_in_keras(keras_datasets, "flat", batch_files(per_batch=20), b"")
    cache.mkdir()
    official.rename(cache / download.ARCHIVE_NAME)
    assert load_cifar10(20, quiet=True).provenance.origin == "cache"


def test_other_classes_and_sizes(picture_files, write_folder) -> None:
    root = write_folder(picture_files(("sheep", "cow", "dog"), train=4, test=2, size=50))
    dataset = load_image_folder(root, size=48, quiet=True)
    assert dataset.class_names == ("cow", "dog", "sheep")
    assert dataset.train.images.shape == (12, 48, 48, 3)
    assert dataset.provenance.name == "image folder pictures"
    assert load_cifar10(None, source=root, quiet=True).train.images.shape == (12, 32, 32, 3)


def test_a_folder_without_split_is_split_in_every_class_by_the_seed(picture_files, write_folder) -> None:
    names = ("cow", "dog", "sheep")
    files = {name.removeprefix("train/"): payload for name, payload in picture_files(names, train=20, test=0).items()}
    root = write_folder(files)
    dataset = load_image_folder(root, quiet=True)
    assert np.bincount(dataset.train.labels).tolist() == [16] * 3
    assert np.bincount(dataset.test.labels).tolist() == [4] * 3
    in_test = {image.tobytes() for image in dataset.test.images}
    assert len(in_test) == 12
    assert not in_test & {image.tobytes() for image in dataset.train.images}
    same = load_image_folder(root, quiet=True).test.images
    np.testing.assert_array_equal(dataset.test.images, same)
    assert in_test != {image.tobytes() for image in load_image_folder(root, seed=1, quiet=True).test.images}


def test_a_class_with_one_image_cannot_be_split(picture_files, write_folder) -> None:
    files = picture_files(("cow", "dog"), train=3, test=0)
    files = {name.removeprefix("train/"): payload for name, payload in files.items()}
    del files["dog/0001.png"], files["dog/0002.png"]
    with pytest.raises(DataError, match="Class 'dog' has only one image"):
        load_image_folder(write_folder(files), quiet=True)


def test_an_impossible_image_size_is_refused(picture_files, write_folder) -> None:
    with pytest.raises(DataError, match="cannot be 0 pixels wide"):
        load_image_folder(write_folder(picture_files()), size=0)


def test_the_current_folder_can_be_the_source(picture_files, write_folder, monkeypatch) -> None:
    monkeypatch.chdir(write_folder(picture_files()))
    assert load_image_folder(".", quiet=True).provenance.name == "image folder pictures"


def test_importing_the_loader_is_light() -> None:
    code = "import sys, cifar_teach.data; print([m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
