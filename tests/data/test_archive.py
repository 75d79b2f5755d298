from __future__ import annotations

import io
import os
import pickle
import re
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.config import CLASS_NAMES
from cifar_teach.data.archive import decode_batches, tar_members
from cifar_teach.data.sources import read_source
from cifar_teach.exceptions import DataError


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
def test_every_compression_gives_the_same_images(name, picture_files, write_tar, write_folder) -> None:
    files = picture_files()
    packed, loose = read_source(write_tar(files, name), quiet=True), read_source(write_folder(files), quiet=True)
    assert packed.checksum == loose.checksum
    assert packed.class_names == loose.class_names == CLASS_NAMES


def test_compression_is_told_by_content_not_by_name(picture_files, write_tar) -> None:
    path = write_tar(picture_files(), "a.tar.xz")
    renamed = path.rename(path.with_name("data.bin"))
    assert len(read_source(renamed, quiet=True).train.images) == 30


def test_zstd_is_read_where_python_can_and_explained_where_it_cannot(tmp_path, picture_files, write_tar) -> None:
    if sys.version_info >= (3, 14):
        assert len(read_source(write_tar(picture_files(), "a.tar.zst"), quiet=True).train.images) == 30
        return
    path = tmp_path / "a.tar.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(100))
    with pytest.raises(DataError, match=r"needs Python 3\.14"):
        read_source(path, quiet=True)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9])
def test_a_cut_archive_is_never_taken_for_a_smaller_one(name, kept, picture_files, write_tar) -> None:
    path = write_tar(picture_files(), name)
    content = path.read_bytes()
    length = int(kept * len(content))
    if name == "a.tar":  # cut it between two members, where nothing but the missing end gives it away
        with tarfile.open(path) as archive:
            offsets = [member.offset for member in archive]
        length = offsets[int(kept * len(offsets))]
    path.write_bytes(content[:length])
    with pytest.raises(DataError, match="not a complete tar archive"):
        read_source(path, quiet=True)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.xz"])
def test_a_flipped_byte_is_noticed(name, picture_files, write_tar) -> None:
    path = write_tar(picture_files(), name)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_source(path, quiet=True)


def test_a_file_of_another_kind_is_refused(tmp_path) -> None:
    path = tmp_path / "notes.tar.gz"
    path.write_bytes(b"not an archive at all" * 100)
    with pytest.raises(DataError, match=re.escape("'notes.tar.gz' is not a complete tar archive")):
        read_source(path, quiet=True)


@pytest.mark.parametrize("evil", ["../outside/cat/1.png", "/etc/cat/1.png", "train/../../1.png", "C:\\cat\\1.png"])
def test_names_that_lead_out_are_refused_and_nothing_is_written(evil, tmp_path, picture_files, write_tar) -> None:
    files = picture_files()
    path = write_tar(files | {evil: next(iter(files.values()))})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError, match="leads out of it"):
        read_source(path, quiet=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_links_are_passed_over(tmp_path, picture_files, write_tar) -> None:
    (tmp_path / "secret.png").write_bytes(b"a secret")
    path = write_tar(picture_files(), "links.tar")
    with tarfile.open(path, "a") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo(f"train/cat/link{kind.decode()}.png")
            link.type, link.linkname = kind, str(tmp_path / "secret.png")
            archive.addfile(link)
    assert len(read_source(path, quiet=True).train.images) == 30


def test_a_member_far_too_large_is_not_read_into_memory(tmp_path) -> None:
    path = tmp_path / "big.tar"
    header = tarfile.TarInfo("train/cat/1.png")
    header.size = 10**12
    path.write_bytes(header.tobuf() + bytes(20 * 512))
    with pytest.raises(DataError, match="too large to be an image"):
        read_source(path, quiet=True)


def test_a_progress_bar_runs_unless_quiet(picture_files, write_tar, capsys) -> None:
    path = write_tar(picture_files())
    list(tar_members(path, quiet=True))
    assert capsys.readouterr().err == ""
    list(tar_members(path, quiet=False))
    assert "Reading pictures.tar.xz" in capsys.readouterr().err


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_official_batches_are_read_from_archive_and_folder(protocol, batch_files, write_tar, write_folder) -> None:
    files = batch_files(protocol=protocol)
    packed = read_source(write_tar(files, "cifar-10-python.tar.gz"), quiet=True)
    loose = read_source(write_folder(files) / "cifar-10-batches-py", quiet=True)
    assert packed.checksum == loose.checksum
    assert packed.train.images.shape == (50, 32, 32, 3)
    assert packed.train.labels.tolist() == list(range(10)) * 5
    content = pickle.loads(files["cifar-10-batches-py/data_batch_2"], encoding="bytes")
    np.testing.assert_array_equal(packed.train.images[13, :, :, 1].ravel(), content[b"data"][3, 1024:2048])


def test_a_missing_batch_is_named(batch_files, write_tar) -> None:
    files = batch_files()
    del files["cifar-10-batches-py/data_batch_4"]
    with pytest.raises(DataError, match="lacks data_batch_4"):
        read_source(write_tar(files), quiet=True)


def test_cifar100_is_not_taken_for_cifar10(write_tar) -> None:
    files = {f"cifar-100-python/{name}": pickle.dumps({}) for name in ("train", "test", "meta")}
    with pytest.raises(DataError, match="no images"):
        read_source(write_tar(files), quiet=True)


class Hostile:
    """Unpickling this runs a command."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_hostile_pickle_runs_nothing(protocol, tmp_path, batch_files) -> None:
    trace = tmp_path / "it-ran"
    batches = {Path(name).name: payload for name, payload in batch_files().items()}
    for function, arguments in ((os.system, (f"touch {trace}",)), (eval, (f"open({str(trace)!r}, 'w')",))):
        batches["data_batch_3"] = pickle.dumps({b"data": Hostile(function, *arguments)}, protocol)
        with pytest.raises(DataError, match="asks to run"):
            decode_batches(batches, "archive")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "getattr"),
        ("numpy", "load"),
        ("numpy", "fromfile"),
        ("numpy.core.multiarray", "fromfile"),
        ("_codecs", "decode"),
        ("numpy", "ndarray.tofile"),
        ("os", "_reconstruct"),
    ],
)
def test_only_what_arrays_need_can_be_named(module, name, batch_files) -> None:
    batches = {Path(key).name: payload for key, payload in batch_files().items()}
    batches["data_batch_1"] = f"c{module}\n{name}\n.".encode()
    with pytest.raises(DataError, match=re.escape(f"asks to run '{module}.{name}'")):
        decode_batches(batches, "archive")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "holds a list, not a dict"),
        ({b"labels": [1]}, "'data' must be uint8 (n, 3072)"),
        ({b"data": np.zeros((2, 3072)), b"labels": [1, 2]}, "'data' must be uint8 (n, 3072)"),
        ({b"data": np.zeros((2, 300), np.uint8), b"labels": [1, 2]}, "'data' must be uint8 (n, 3072)"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}, "'labels' must be 2 whole numbers"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": ["a", "b"]}, "'labels' must be 2 whole numbers"),
    ],
)
def test_a_batch_with_other_content_is_explained(content, message, batch_files) -> None:
    batches = {Path(name).name: payload for name, payload in batch_files().items()}
    batches["test_batch"] = pickle.dumps(content, 2)
    with pytest.raises(DataError, match=re.escape(message)):
        decode_batches(batches, "archive")


@pytest.mark.parametrize("damage", [lambda b: b[:100], lambda b: b"", lambda b: b"\x80\x02garbage", lambda b: b[50:]])
def test_a_damaged_batch_is_named(damage, batch_files) -> None:
    batches = {Path(name).name: payload for name, payload in batch_files().items()}
    batches["data_batch_5"] = damage(batches["data_batch_5"])
    with pytest.raises(DataError, match="'data_batch_5' is"):
        decode_batches(batches, "archive")


def test_labels_out_of_range_are_refused(batch_files, write_tar) -> None:
    files = batch_files()
    content = pickle.loads(files["cifar-10-batches-py/test_batch"], encoding="bytes")
    content[b"labels"][2] = 10
    files["cifar-10-batches-py/test_batch"] = pickle.dumps(content, 2)
    with pytest.raises(DataError, match="Label 10 is out of range"):
        read_source(write_tar(files), quiet=True)


def test_bytes_in_another_encoding_are_refused(batch_files) -> None:
    batches = {Path(name).name: payload for name, payload in batch_files().items()}
    stream = io.BytesIO()
    stream.write(b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x04\x00\x00\x00zlibtR.")
    batches["data_batch_1"] = stream.getvalue()
    with pytest.raises(DataError, match="unexpected encoding"):
        decode_batches(batches, "archive")
