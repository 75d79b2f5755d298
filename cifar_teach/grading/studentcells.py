"""The cells of a student's notebook, brought to one form whatever program wrote it.

Jupyter, Colab, VS Code, old versions of IPython and scripts store cells differently: text as one string or as lines,
code under ``input``, headings as a kind of their own, ids or none. What nbgrader wrote about points and locks is not
read at all: the release says that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..checks.reading import grade_id_of, metadata_of, source_of
from .records import Repair

MAX_CELLS = 1_000
MAX_CELL_CHARACTERS = 200_000
MAX_CHARACTERS = 2_000_000
MAX_ATTACHMENTS = 3_000_000
"""Characters of pictures pasted into text cells; an answer in words needs none, a drawing may."""
TEXT_KEYS = ("source", "input", "code", "text")
"""Where versions 4, 3 and 1 of the format keep the text of a cell."""


@dataclass(frozen=True)
class StudentCell:
    """One cell that a student handed in.

    Attributes:
        index: its place in the notebook, from 0.
        kind: ``"code"``, ``"markdown"`` or ``"raw"``.
        source: its text, lines ended by a line feed.
        grade_id: what nbgrader calls it, if it says so; only a claim.
        ids: what the notebook format and Colab call it; only claims.
        attachments: pictures pasted into a text cell.
    """

    index: int
    kind: str
    source: str
    grade_id: str = ""
    ids: tuple[str, ...] = ()
    attachments: dict[str, Any] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """True when nothing is written in it."""
        return not self.source.strip()


def student_cells(content: dict[str, Any]) -> tuple[list[StudentCell], list[Repair]]:
    """Return the cells of a notebook of any version of the format, and what could not be taken over.

    Never raises for the contents of a notebook; what is no cell is left out and mentioned.
    """
    raw, repairs = _raw_cells(content)
    cells, damaged, shortened, characters = [], 0, False, 0
    room_for_pictures, fewer_pictures = MAX_ATTACHMENTS, False
    for entry in raw[:MAX_CELLS]:
        if not isinstance(entry, dict):
            damaged += 1
            continue
        kind = _kind(entry)
        source = _readable(_text(entry, kind))
        if len(source) > MAX_CELL_CHARACTERS or characters + len(source) > MAX_CHARACTERS:
            source, shortened = "", True
        characters += len(source)
        attachments = _attachments(entry, room_for_pictures)
        fewer_pictures = fewer_pictures or _holds_more(entry, attachments)
        room_for_pictures -= _size(attachments)
        cells.append(StudentCell(len(cells), kind, source, grade_id_of(entry), _ids(entry), attachments))
    if damaged:
        repairs.append(Repair("damaged-cells", f"{_cells(damaged)} could not be read and {_were(damaged)} left out."))
    if len(raw) > MAX_CELLS:
        repairs.append(
            Repair(
                "too-many-cells",
                f"Your notebook has {len(raw):,} cells; those after number {MAX_CELLS:,} were left out.",
            )
        )
    if shortened:
        repairs.append(
            Repair(
                "cell-too-long",
                f"A cell with more than {MAX_CELL_CHARACTERS:,} characters, or beyond {MAX_CHARACTERS:,} in all, was "
                "left out. Keep data and outputs out of the cells.",
            )
        )
    if fewer_pictures:
        message = (
            "Pictures in text cells were left out: only PNG, JPEG, GIF and WebP up to "
            f"{MAX_ATTACHMENTS // 1_000_000} MB in all are kept."
        )
        repairs.append(Repair("pictures-left-out", message))
    return cells, repairs


def _raw_cells(content: dict[str, Any]) -> tuple[list[Any], list[Repair]]:
    cells = content.get("cells")
    if isinstance(cells, list):
        if content.get("nbformat", 4) == 4 and isinstance(content.get("nbformat_minor", 5), int):
            return cells, []
        return cells, [
            Repair("notebook-version", "The version written in the notebook is unusual; it was read anyway.")
        ]
    sheets = content.get("worksheets")
    found: list[Any] = []
    for sheet in sheets if isinstance(sheets, list) else ():
        inner = sheet.get("cells") if isinstance(sheet, dict) else None
        found += inner if isinstance(inner, list) else []
    message = "The notebook is in an old format; it was brought to the present one."
    return found, [Repair("notebook-version", message)] if sheets is not None else []


def _kind(cell: dict[str, Any]) -> str:
    kind = cell.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return kind
    if kind in ("heading", "html", "text", "plaintext"):
        return "markdown"
    return "code" if {"input", "outputs", "execution_count", "prompt_number", "code"} & set(cell) else "raw"


def _text(cell: dict[str, Any], kind: str) -> str:
    key = next((key for key in TEXT_KEYS if key in cell), "source")
    value = cell.get(key)
    if isinstance(value, list):
        value = [each for each in value if isinstance(each, str)]
    elif not isinstance(value, str):
        value = ""
    text = source_of({"source": value})
    level = cell.get("level")
    if cell.get("cell_type") == "heading" and isinstance(level, int) and 1 <= level <= 6:
        return f"{'#' * level} {text}"
    return text


def _readable(text: str) -> str:
    """Return text that can be stored and compiled: without null characters and halves of characters."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # "\ud83d\ude00", written as two escapes, is one character; a half alone is none.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _ids(cell: dict[str, Any]) -> tuple[str, ...]:
    found = (cell.get("id"), metadata_of(cell).get("id"))
    return tuple(each for each in found if isinstance(each, str) and each)


def _attachments(cell: dict[str, Any], room: int) -> dict[str, Any]:
    value = cell.get("attachments")
    if not isinstance(value, dict):
        return {}
    kept = {}
    for name, bundle in value.items():
        # Nothing but pictures, as text: a notebook program shows HTML as a part of its own page.
        if isinstance(bundle, dict):
            pictures = {
                kind: data
                for kind, data in bundle.items()
                if kind in ("image/png", "image/jpeg", "image/gif", "image/webp") and isinstance(data, str)
            }
            room -= _size({name: pictures})
            if pictures and room >= 0:
                kept[_readable(name)] = {kind: _readable(data) for kind, data in pictures.items()}
    return kept


def _holds_more(cell: dict[str, Any], kept: dict[str, Any]) -> bool:
    return isinstance(value := cell.get("attachments"), dict) and len(value) > len(kept)


def _size(attachments: dict[str, Any]) -> int:
    return sum(len(data) for bundle in attachments.values() for data in bundle.values())


def _cells(count: int) -> str:
    return "One cell" if count == 1 else f"{count} cells"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
