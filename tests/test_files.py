"""A file appears whole or not at all."""

from __future__ import annotations

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.files import replacing


def test_new_content_replaces_the_old(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    for text in ("first", "second"):
        with replacing(path) as draft:
            draft.write_text(text)
    assert path.read_text() == "second"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_old_content_and_leaves_no_draft(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [".", "folder", "/"])
def test_a_folder_is_not_taken_for_a_file(name, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CifarTeachError, match="is a folder"), replacing(name):
        pass
