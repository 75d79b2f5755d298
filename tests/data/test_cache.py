from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.data import cache as module
from cifar_teach.data import load_image_folder
from cifar_teach.data.cache import identity, read, through_cache, write
from cifar_teach.data.dataset import Decoded, LabelledImages
from cifar_teach.exceptions import DataError


def decoded(n: int = 20, value: int = 7) -> Decoded:
    part = LabelledImages(np.full((n, 32, 32, 3), value, np.uint8), np.arange(n) % 2)
    return Decoded(
        part, LabelledImages(part.images[:4], part.labels[:4]), ("a", "b"), "a name", "image-folder", "0" * 64
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "set.tar.xz"
    path.write_bytes(b"some bytes")
    return path


class Decoder:
    """Decode, and count how often it was necessary."""

    def __init__(self, result: Decoded | None = None) -> None:
        self.result = result or decoded()
        self.calls = 0

    def __call__(self) -> Decoded:
        self.calls += 1
        return self.result


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_what_is_read(tmp_path) -> None:
    original = decoded()
    write(tmp_path / "x.npz", original)
    again = read(tmp_path / "x.npz")
    for ours, theirs in zip((*original.train, *original.test), (*again.train, *again.test)):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    assert again[2:] == original[2:]
    assert files(tmp_path) == ["x.npz"]


def test_the_second_time_nothing_is_decoded(source, cache) -> None:
    decode = Decoder()
    for _ in range(3):
        assert through_cache(source, 32, cache, decode).checksum == decode.result.checksum
    assert decode.calls == 1
    assert through_cache(source, 64, cache, decode).kind == "image-folder"
    assert decode.calls == 2  # another size is another set of images


def test_without_a_folder_nothing_is_kept(source, tmp_path) -> None:
    decode = Decoder()
    through_cache(source, 32, None, decode)
    through_cache(source, 32, None, decode)
    assert decode.calls == 2
    assert files(tmp_path) == ["set.tar.xz"]


@pytest.mark.parametrize("change", ["start", "end", "time", "size"])
def test_a_changed_source_is_decoded_again_and_its_old_cache_removed(source, cache, change) -> None:
    decode = Decoder()
    content = bytes(200_000)
    source.write_bytes(content)
    through_cache(source, 32, cache, decode)
    state = source.stat()
    changed = {"start": b"!" + content[1:], "end": content[:-1] + b"!", "size": content + b"!", "time": content}
    source.write_bytes(changed[change])
    os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns + (10**9 if change == "time" else 0)))
    through_cache(source, 32, cache, decode)
    assert decode.calls == 2
    assert len(files(cache)) == 1


def test_caches_of_other_sources_stay(tmp_path, source, cache) -> None:
    other = tmp_path / "set.tar.xz_b"
    other.write_bytes(b"other")
    for path in (source, other, source):
        through_cache(path, 32, cache, Decoder())
    assert len(files(cache)) == 2


def test_a_folder_is_identified_by_all_its_files(picture_files, write_folder) -> None:
    root = write_folder(picture_files(train=1, test=1))
    before = identity(root, 32)
    assert identity(root, 32) == before
    picture = root / "train" / "cat" / "0000.png"
    picture.rename(picture.with_name("0001.png"))
    assert identity(root, 32) != before


def test_adding_a_picture_to_a_folder_is_noticed(picture_files, write_folder) -> None:
    root = write_folder(picture_files(train=2, test=1))
    assert load_image_folder(root, quiet=True).provenance.available_train == 20
    (root / "train" / "cat" / "new.png").write_bytes((root / "train" / "cat" / "0000.png").read_bytes())
    assert load_image_folder(root, quiet=True).provenance.available_train == 21


@pytest.mark.parametrize("damage", ["flipped byte in the images", "flipped byte in the facts", "cut", "empty", "text"])
def test_a_damaged_cache_file_is_noticed_and_replaced(source, cache, capsys, damage) -> None:
    decode = Decoder()
    through_cache(source, 32, cache, decode)
    (file,) = cache.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "flipped byte in the images":
        content[len(content) // 2] ^= 1
    elif damage == "flipped byte in the facts":
        content[content.index(b"c\0\0\0h\0\0\0e\0\0\0c\0\0\0k")] ^= 1
    elif damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "empty":
        content = b""
    else:
        content = b"no npz at all"
    file.write_bytes(content)

    again = through_cache(source, 32, cache, decode)
    assert decode.calls == 2
    assert (again.train.images == 7).all()
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "is damaged. Decoding the source again." in message
    assert through_cache(source, 32, cache, decode).checksum
    assert decode.calls == 2


def test_a_cache_that_cannot_be_written_is_reported_in_one_line(source, tmp_path, capsys) -> None:
    # Permissions do not stop the root user, but nobody can make a folder below a file.
    (tmp_path / "file").write_text("")
    decode = Decoder()
    result = through_cache(source, 32, tmp_path / "file" / "cache", decode)
    assert (result.train.images == 7).all()
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "cannot be written" in message
    assert "CIFAR_TEACH_CACHE" in message
    through_cache(source, 32, tmp_path / "file" / "cache", decode, quiet=True)
    assert capsys.readouterr().err == ""


FULL_DISK = """
import resource, sys
from pathlib import Path
from cifar_teach.data import load_image_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
dataset = load_image_folder(sys.argv[1])
print(len(dataset.train.images))
"""


def test_a_full_disk_costs_the_cache_only(picture_files, write_folder, cache) -> None:
    root = write_folder(picture_files())
    done = subprocess.run([sys.executable, "-c", FULL_DISK, root], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "30"
    assert "cannot be written" in done.stderr
    assert files(cache) == []


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch) -> None:
    def interrupted(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x.npz", decoded())
    assert files(tmp_path) == []


def test_what_a_killed_process_left_is_swept_up(source, cache) -> None:
    cache.mkdir()
    old, new = cache / "set.tar.xz_1.aa.tmp", cache / "set.tar.xz_1.bb.tmp"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    through_cache(source, 32, cache, Decoder())
    assert not old.exists()
    assert new.exists()  # another process may be writing it


def test_many_writers_at_once_leave_one_good_file(source, cache) -> None:
    results, start = [], threading.Barrier(6)

    def load() -> None:
        start.wait()
        results.append(through_cache(source, 32, cache, Decoder(decoded(200))))

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(result.train.images) for result in results] == [200] * 6
    assert len(files(cache)) == 1
    assert len(read(next(cache.iterdir())).train.images) == 200


def test_reading_a_file_that_is_no_cache(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros(3))
    with pytest.raises(DataError, match=r"x\.npz is damaged"):
        read(tmp_path / "x.npz")
