"""No measured number is typed by hand: what pages say about accuracy comes from benchmarks/results or from a cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = sorted(page for page in BOOK.rglob("*.md") if page.name != "README.md" and not page.name.startswith("_"))
NOT_PROSE = re.compile(r"^---$.*?^---$|^```.*?^```$|`[^`]*`|\$[^$]*\$", re.MULTILINE | re.DOTALL)
MEASURED = re.compile(
    r"\d[\d.,]*\s?(?:%|per ?cent\b|percentage points?\b|points? (?:of accuracy|better|worse|more|less)\b)"
)


def typed_numbers(text: str) -> list[str]:
    """Return what looks like a measured accuracy in the prose of a page; 95 % intervals are a choice, not a result."""
    prose = NOT_PROSE.sub(" ", text)
    return [found[0] for found in MEASURED.finditer(prose) if not found[0].startswith("95")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(BOOK).as_posix())
def test_accuracies_are_not_typed(page: Path) -> None:
    assert typed_numbers(page.read_text(encoding="utf-8")) == []


def test_a_typed_accuracy_is_found() -> None:
    assert typed_numbers("It reaches 82.5 % and is 3 points better.\n\n```{code-cell}\n50 %\n```\n") == [
        "82.5 %",
        "3 points better",
    ]
