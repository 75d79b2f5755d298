"""Archives and folders that were made to do harm, or that are merely odd."""

from __future__ import annotations

import io
import json
import os
import random
import stat
import struct
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading import opening
from cifar_teach.grading.archives import STUDENT_ARCHIVE, ArchiveRefusedError, clean_parts, members
from cifar_teach.grading.intake import collect, collect_all
from cifar_teach.grading.slimming import OutputDropper, read_slim

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "exercises"
SLUG = "ex02_preprocess"
SOLUTION = (ROOT / "solutions" / SLUG / f"{SLUG}.ipynb").read_bytes()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def zip_entry(name: str, mode: int, data: bytes) -> bytes:
    """Return an archive with one entry of a kind that only Unix knows."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (mode | 0o644) << 16
        archive.writestr(info, data)
    return stream.getvalue()


def hand_in(folder: Path, **archives: bytes) -> dict:
    """Hand in one archive for each student, beside an honest one, and return student -> submission."""
    for student, data in (archives | {"honest": zipped({"ex02.ipynb": SOLUTION})}).items():
        (folder / f"{student}.zip").write_bytes(data)
    before = sorted(folder.rglob("*"))
    found = {each.student: each for each in collect([folder], releases=RELEASES, exercise=SLUG)}
    assert sorted(folder.rglob("*")) == before
    assert found["honest"].problem is None
    assert len(found["honest"].answers) == 10
    return found


@pytest.fixture(autouse=True)
def no_file_is_left(tmp_path_factory, monkeypatch):
    """Temporary files go into a folder of this test, which must be empty at its end; so must the working folder."""
    scratch, here = tmp_path_factory.mktemp("scratch"), tmp_path_factory.mktemp("here")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.chdir(here)
    yield
    assert list(scratch.rglob("*")) == list(here.rglob("*")) == []


def bomb(size: int) -> bytes:
    """Return an archive with one file of ``size`` zeros."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("ex02.ipynb", "w") as entry:
        for _ in range(size >> 20):
            entry.write(bytes(1 << 20))
    return stream.getvalue()


def test_a_zip_bomb_is_refused_at_once_and_costs_no_memory(tmp_path):
    small = bomb(200 << 20)
    assert len(small) < 400_000
    nested = zipped({f"{number}.zip": small for number in range(10)}, zipfile.ZIP_STORED)
    for name, data in {"bomb": small, "nested": nested}.items():
        (tmp_path / f"{name}.zip").write_bytes(data)
    (tmp_path / "honest.ipynb").write_bytes(SOLUTION)
    collect([tmp_path / "honest.ipynb"], releases=RELEASES, exercise=SLUG)  # reads the checks of the exercise once
    tracemalloc.start()
    began = time.process_time()
    found = {each.student: each for each in collect([tmp_path], releases=RELEASES, exercise=SLUG)}
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 1
    assert peak < 50e6
    assert "made to fill the disk" in found["bomb"].problem.message
    assert "archive inside an archive" in found["nested"].problem.message
    assert found["honest"].problem is None


def test_many_large_notebooks_in_an_archive_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MAX_REMEMBERED", 10_000_000)
    (tmp_path / "many.zip").write_bytes(zipped({f"{number}.ipynb": bytes(4 << 20) for number in range(20)}))
    tracemalloc.start()
    (found,) = collect([tmp_path], releases=RELEASES, exercise=SLUG)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.problem is not None and peak < 60e6


def test_an_archive_that_holds_itself_ends(tmp_path):
    inner = zipped({"ex02.ipynb": SOLUTION})
    for _ in range(30):
        inner = zipped({"again.zip": inner, "ex02.ipynb": b"{}"}, zipfile.ZIP_STORED)
    found = hand_in(tmp_path, quine=inner)
    assert found["quine"].problem.kind == "no-notebook"


def test_files_that_share_their_bytes_are_refused(tmp_path):
    whole = zipped({f"{letter}.ipynb": SOLUTION for letter in "ab"})
    position = whole.rindex(b"PK\x01\x02")
    overlapping = whole[: position + 42] + struct.pack("<I", 0) + whole[position + 46 :]
    found = hand_in(tmp_path, overlap=overlapping)
    assert "overlap" in found["overlap"].problem.message


def test_a_long_table_of_contents_is_not_read():
    data = zipped({f"{number:040d}": b"" for number in range(9_000)})
    with pytest.raises(ArchiveRefusedError, match="table of contents"):
        list(members(io.BytesIO(data), STUDENT_ARCHIVE))
    with pytest.raises(ArchiveRefusedError, match="600 files"):
        list(members(io.BytesIO(zipped({str(number): b"" for number in range(600)})), STUDENT_ARCHIVE))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"no archive", zipped({"a": b"b"})[:-30], random.Random(0).randbytes(500)],
    ids=["empty", "only a mark", "text", "cut", "noise"],  # a zip holds the time, and ids must not change
)
def test_what_is_no_archive_needs_a_person(tmp_path, data):
    found = hand_in(tmp_path, broken=data)
    assert found["broken"].problem.kind == "no-notebook"
    assert "zip archive" in found["broken"].problem.message


def test_damaged_entries_and_passwords_are_told(tmp_path):
    stored = bytearray(zipped({"ex02.ipynb": SOLUTION}, zipfile.ZIP_STORED))
    stored[2000] ^= 0xFF
    locked = bytearray(zipped({"ex02.ipynb": SOLUTION}))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    strange = bytearray(zipped({"ex02.ipynb": SOLUTION}))
    strange[8] = 99
    strange[strange.rindex(b"PK\x01\x02") + 10] = 99
    found = hand_in(tmp_path, damaged=bytes(stored), locked=bytes(locked), strange=bytes(strange))
    assert "damaged in the archive" in found["damaged"].problem.message
    assert "password" in found["locked"].problem.message
    assert "damaged" in found["strange"].problem.message


TRICKS = {
    "climbs": "../../gradebook.ipynb",
    "absolute": "/etc/cron.d/ex02.ipynb",
    "drive": "C:\\Users\\anna\\ex02.ipynb",
    "share": "\\\\server\\x\\ex02.ipynb",
    "long": "a" * 300 + ".ipynb",
    "reversed": "ex02\u202egnp.ipynb",
    "newline": "ex02\n\x1b[31m.ipynb",
}


def test_names_are_never_paths(tmp_path):
    found = hand_in(tmp_path, **{trick: zipped({name: SOLUTION}) for trick, name in TRICKS.items()})
    for trick in TRICKS:
        submission = found[trick]
        assert submission.problem is None, trick
        assert len(submission.answers) == 10
        assert [repair.kind for repair in submission.repairs] == ["odd-name"], trick
        assert submission.source.isprintable()
        assert ".." not in submission.source.split("/")


def test_a_name_with_a_null_is_cut_there():
    assert clean_parts("ex02.ipynb\0.png") == (("ex02.ipynb",), True)
    assert clean_parts("a/b/ex02.ipynb") == (("a", "b", "ex02.ipynb"), False)
    assert clean_parts("./a//ex02.ipynb") == (("a", "ex02.ipynb"), False)
    assert clean_parts("../..") == (("unnamed",), True)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_in_an_archive_are_refused(tmp_path, kind):
    found = hand_in(tmp_path, odd=zip_entry("ex02.ipynb", kind, b"/etc/passwd"))
    assert "link" in found["odd"].problem.message or "no ordinary file" in found["odd"].problem.message


def test_links_pipes_and_second_names_in_a_folder_are_refused(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(SOLUTION)
    root = tmp_path / "class"
    for student in ("link", "pipe", "twice", "linked-folder", "honest"):
        (root / student).mkdir(parents=True)
    (root / "link" / "ex02.ipynb").symlink_to(secret)
    os.mkfifo(root / "pipe" / "ex02.ipynb")
    os.link(secret, root / "twice" / "ex02.ipynb")
    (root / "linked-folder" / "work").symlink_to(tmp_path)
    (root / "honest" / "ex02.ipynb").write_bytes(SOLUTION)
    found = {each.student: each for each in collect([root], releases=RELEASES, exercise=SLUG)}
    assert found["honest"].problem is None
    for student, word in {
        "link": "link",
        "pipe": "no ordinary file",
        "twice": "hard link",
        "linked-folder": "link",
    }.items():
        assert word in found[student].problem.message
        assert found[student].answers == {}


def test_what_the_instructor_names_may_be_a_link(tmp_path):
    (tmp_path / "anna_ex02.ipynb").symlink_to(ROOT / "solutions" / SLUG / f"{SLUG}.ipynb")
    (submission,) = collect([tmp_path / "anna_ex02.ipynb"], releases=RELEASES, exercise=SLUG)
    assert (submission.student, len(submission.answers)) == ("anna", 10)
    with pytest.raises(CifarTeachError, match="cannot be read"):
        collect([tmp_path / "gone.zip"], releases=RELEASES)
    with pytest.raises(CifarTeachError, match="Did you mean"):
        collect([tmp_path], releases=RELEASES, exercise="ex02_prepocess")
    with pytest.raises(CifarTeachError, match="holds no exercise"):
        collect([tmp_path], releases=tmp_path)


def test_one_bad_entry_does_not_cost_the_class(tmp_path):
    """A class archive of a learning platform in which one student handed in a bomb."""
    big = bomb(20 << 20)
    with zipfile.ZipFile(io.BytesIO(big)) as archive:
        zeros = archive.read("ex02.ipynb")
    files = {f"s{number}_{number}_{number}_ex02.ipynb": SOLUTION for number in range(10, 14)}
    path = tmp_path / "submissions.zip"
    path.write_bytes(zipped(files | {"mallory_99_99_ex02.ipynb": zeros, "nina_98_98_work.zip": big}))
    found = {each.student: each for each in collect([path], releases=RELEASES, exercise=SLUG)}
    assert len(found) == 6
    assert [each.student for each in found.values() if each.problem] == ["mallory_99", "nina_98"]
    assert "made to fill the disk" in found["mallory_99"].problem.message


def test_what_programs_leave_behind_is_ignored(tmp_path):
    names = ("__MACOSX/._ex02.ipynb", ".ipynb_checkpoints/ex02-checkpoint.ipynb", ".DS_Store", "Thumbs.db")
    found = hand_in(tmp_path, anna=zipped(dict.fromkeys(names, b"x") | {"ex02.ipynb": SOLUTION}))
    assert found["anna"].others == ()
    assert found["anna"].repairs == ()


# Outputs


def with_outputs(count: int) -> bytes:
    notebook = json.loads(SOLUTION)
    texts = ['a "quoted" \\ line [ { \n', '"outputs": [', "\u00e4\u20ac"] * 40
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"text": texts, "data": {"image/png": "A" * count, "x": {"y": [1, [2, {}]]}}}]
    return json.dumps(notebook, ensure_ascii=False).encode()


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 64, 4096, 1 << 20])
def test_outputs_are_dropped_wherever_the_stream_is_cut(chunk):
    data, dropper = with_outputs(200), OutputDropper()
    for start in range(0, len(data), chunk):
        dropper.feed(data[start : start + chunk])
    dropper.end()
    kept = json.loads(dropper.kept)
    original = json.loads(SOLUTION)
    assert [each["source"] for each in kept["cells"]] == [each["source"] for each in original["cells"]]
    assert all(not cell.get("outputs") for cell in kept["cells"])


class Endless(io.RawIOBase):
    """A notebook whose one output has this many bytes, made while it is read."""

    def __init__(self, megabytes: int) -> None:
        start, _, self._end = SOLUTION.partition(b'"outputs": []')
        self._pieces = iter([start, b'"outputs": [{"text": ["', *[b"A" * (1 << 20)] * megabytes, b'"]}]', self._end])
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def test_200_megabytes_of_outputs_cost_little_memory():
    tracemalloc.start()
    slimmed = read_slim(Endless(200))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not slimmed.too_large
    assert slimmed.dropped > 200e6
    assert len(json.loads(slimmed.data)["cells"]) == len(json.loads(SOLUTION)["cells"])
    assert peak < 60e6


def test_beyond_the_limits_a_person_must_look(tmp_path):
    text = b'{"cells": [{"cell_type": "code", "source": "' + b"x" * 17_000_000 + b'"}]}'
    for student in ("anna", "bob"):
        (tmp_path / student).mkdir()
    (tmp_path / "anna" / "ex02.ipynb").write_bytes(text)
    (tmp_path / "bob" / "ex02.ipynb").write_bytes(SOLUTION)
    found = collect_all([tmp_path], releases=RELEASES, exercise=SLUG)
    anna, bob = found.submissions
    assert anna.problem.kind == "file-too-large"
    assert "17 MB" in anna.problem.message
    assert bob.problem is None
