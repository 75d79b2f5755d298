"""Who is in the class: a table that says which name and which number of a learning platform belongs to whom."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import CifarTeachError
from .identity import comparable, safe_id, squeezed

ID_COLUMNS = (
    "student_id",
    "student id",
    "studentid",
    "id number",
    "matriculation number",
    "sis user id",
    "sis login id",
    "sid",
    "username",
    "login",
    "id",
)
NAME_COLUMNS = ("name", "full name", "student name", "student")
GIVEN_COLUMNS = ("first name", "first_name", "given name", "firstname")
FAMILY_COLUMNS = ("last name", "last_name", "surname", "family name", "lastname")
EMAIL_COLUMNS = ("email", "email address", "e-mail", "mail")
"""How learning platforms call these columns, in the order of preference."""
MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Person:
    """One student of the roster.

    Attributes:
        id: safe as a file name.
        name: as people write it; may be empty.
        email: may be empty.
        columns: every other column that is not empty -> its value.
    """

    id: str
    name: str = ""
    email: str = ""
    columns: dict[str, str] = field(default_factory=dict)


class Roster:
    """The students of a class.

    Args:
        people: the students.

    Raises:
        CifarTeachError: two of them have the same id.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = list(people)
        seen: dict[str, Person] = {}
        for person in self.people:
            if (other := seen.setdefault(person.id.casefold(), person)) is not person:
                raise CifarTeachError(
                    f"The roster holds the id '{person.id}' twice: {other.name or '?'} and {person.name or '?'}. "
                    "Ids differ by more than capital letters; correct the table."
                )
        self._by_column = self._index(
            lambda person: [f"{name.casefold()}\n{value.strip()}" for name, value in _values(person)], str.casefold
        )
        self._by_value = self._index(lambda person: [value for _, value in _values(person)], str.casefold)
        self._by_name = self._index(lambda person: [person.name], comparable)
        self._by_squeezed = self._index(lambda person: [person.name], squeezed)

    def _index(self, values, key) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.people:
            for value in {key(each.strip()) for each in values(person)} - {""}:
                found.setdefault(value, []).append(person)
        return found

    def __len__(self) -> int:
        return len(self.people)

    def find(self, *, values: Mapping[str, str] | None = None, name: str = "") -> Person | None:
        """Return the one student that any of ``values`` (column -> id, number, address) or the name belongs to.

        The column of that name is looked at first, then the name, and at last all columns: a number of the learning
        platform may be the matriculation number of somebody else. None when nobody has it, or when several have it: a
        name that two students share decides nothing.
        """
        given = [(column.casefold(), value.strip().casefold()) for column, value in (values or {}).items()]
        keys = [(self._by_column, f"{column}\n{value}") for column, value in given if value]
        keys += [(self._by_name, comparable(name)), (self._by_squeezed, squeezed(name) or name.casefold())]
        keys += [(self._by_value, value) for _, value in given]
        for index, key in keys:
            if key and len(found := index.get(key, ())) == 1:
                return found[0]
        return None


def _values(person: Person) -> list[tuple[str, str]]:
    """Return column -> value of all that is known of a student but the name."""
    return [("student_id", person.id), ("email", person.email), *person.columns.items()]


def read_roster(path: Path) -> Roster:
    """Read a CSV table, as a spreadsheet or a learning platform exports it.

    The first line names the columns. Needed: an id (``student_id``, ``ID number``, ``SIS Login ID``, ``username``, …).
    Used: the name (``name``, or first and last name), the address (``email``). All other columns, such as
    ``canvas_id``, ``moodle_id`` or ``gradescope_id``, are compared with the numbers in the names of the files.

    Raises:
        CifarTeachError: it cannot be read, has no id column, or has an id twice; the message names the line.
    """
    try:
        data = path.read_bytes()[:MAX_BYTES]
    except OSError as problem:
        raise CifarTeachError(f"The roster '{path}' cannot be read: {problem.strerror}. Give a CSV file.") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # Excel's "CSV" on Windows
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))]
    columns = [each.strip() for each in rows[0]] if rows else []
    lower = [each.casefold() for each in columns]
    id_at = _position(lower, ID_COLUMNS)
    if id_at is None:
        raise CifarTeachError(
            f"The roster '{path}' has no column with an id. Its columns: {', '.join(columns) or 'none'}. "
            "Call one student_id."
        )
    name_at, email_at = _position(lower, NAME_COLUMNS), _position(lower, EMAIL_COLUMNS)
    given_at, family_at = _position(lower, GIVEN_COLUMNS), _position(lower, FAMILY_COLUMNS)
    people = []
    for row in rows[1:]:
        row = [each.strip() for each in row] + [""] * (len(columns) - len(row))
        if not row[id_at]:  # Canvas's line "Points Possible" names nobody
            continue
        given, family = _value(row, given_at), _value(row, family_at)
        used = {id_at, name_at, given_at, family_at, email_at}
        others = {columns[at]: row[at] for at in range(len(columns)) if at not in used and row[at]}
        name = _value(row, name_at) or f"{given} {family}".strip()
        people.append(Person(safe_id(row[id_at]), name, _value(row, email_at), others))
    if not people:
        raise CifarTeachError(f"The roster '{path}' names no student: there is no line with an id below the header.")
    return Roster(people)


def _position(columns: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((columns.index(each) for each in wanted if each in columns), None)


def _value(row: list[str], position: int | None) -> str:
    return "" if position is None else row[position]
