"""What the API pages show of a signature and of attributes."""

from __future__ import annotations

import pytest

pytest.importorskip("sphinx", reason="the book's tools are not installed")

from course_book.signatures import one_by_one, plain_signature

from cifar_teach.checks import State


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("(rows: list[dict[str, ~typing.Any]] = <factory>)", "(rows: list[dict[str, Any]] = ...)"),
        ("(path: ~pathlib.Path, n: int = 3)", "(path: Path, n: int = 3)"),
        ("(a, b)", "(a, b)"),
        (None, None),
    ],
)
def test_names_are_short_and_defaults_readable(signature, shown) -> None:
    assert plain_signature(None, "class", "x", dict, None, signature, "int") == (shown, "int")


def test_nobody_calls_the_constructor_of_an_enumeration() -> None:
    assert plain_signature(None, "class", "State", State, None, "(value, names=None, *, module=None)", None) == (
        "",
        None,
    )


def test_attributes_described_together_get_entries_of_their_own() -> None:
    lines = ["Text.", "", "    code", "", ":ivar low, high: ends of the", "    interval", ":ivar name: a, b: c", ""]
    one_by_one(None, "class", "x", dict, None, lines)
    ends = [":ivar low: ends of the", "    interval", ":ivar high: ends of the", "    interval"]
    assert lines == ["Text.", "", "    code", "", *ends, ":ivar name: a, b: c", ""]
