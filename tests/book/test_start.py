"""The first cell of a page: one line about what it runs on, and no warning that nobody sees."""

from __future__ import annotations

import warnings

import pytest

from cifar_teach import book
from cifar_teach.exceptions import DataError


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_DATA", "synthetic")
    monkeypatch.delenv("CIFAR_TEACH_BOOK", raising=False)


def warn_as(module: str, kind: type[Warning]) -> None:
    warnings.warn_explicit("something is odd", kind, "file.py", 1, module=module)


def test_one_line_says_what_the_page_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    data = book.start(train_size=30, test_size=20)
    assert (len(data.train.images), len(data.test.images)) == (30, 20)
    out, err = capsys.readouterr()
    assert out == f"{book.status_line(data)}\n" and err == ""
    assert "30 + 20 images: drawn stand-in pictures, NOT CIFAR-10" in out


def test_there_may_be_fewer_images_than_asked_for() -> None:
    assert len(book.start(train_size=20, test_size=1_000_000).test.images) == 2_000


def test_data_that_is_named_but_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_DATA", "/no/such/file")
    with pytest.raises(DataError, match="does not exist"):
        book.start()


@pytest.mark.parametrize("module", ["cifar_teach.plots.figure", "__main__"])
@pytest.mark.parametrize("kind", [UserWarning, RuntimeWarning])
def test_while_the_book_is_built_our_own_warnings_are_errors(
    monkeypatch: pytest.MonkeyPatch, module: str, kind: type[Warning]
) -> None:
    monkeypatch.setenv("CIFAR_TEACH_BOOK", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.start(train_size=20, test_size=20)
        warn_as("numpy", kind)
        warn_as(module, DeprecationWarning)
        with pytest.raises(kind):
            warn_as(module, kind)


def test_readers_are_not_stopped_by_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.start(train_size=20, test_size=20)
        warn_as("__main__", UserWarning)
