"""Running SQL that a student wrote, where it can do no harm.

A query is text, so nothing of the student runs but SQLite itself. It may read and nothing else (an authorizer decides,
statement by statement), it is stopped after a fixed number of steps of SQLite's machine, which is the same on every
computer, and it may not return more than :data:`MOST_ROWS` rows. What came is compared by :mod:`.sql_rows`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .sql_rows import Result
from .student import Student
from .values import shorten, show
from .verdict import CheckFailed, NotAttempted, StudentError

MOST_ROWS = 2_000
MOST_STEPS = 3_000_000
"""Steps of SQLite's virtual machine: a fraction of a second, and twenty times what clumsy right answers need."""
STEPS_AT_ONCE = 1_000
MOST_SECONDS = 5.0
"""For a query whose single steps take long; the steps stop every other."""
MOST_BYTES = 6_000
"""The longest text that a query may make on its way: more than the longest definition in the schema, which SQLite may
have to read again. A sort may hold many such texts."""
LONGEST_DEFINITION = 50_000
"""A table is stored as the text that made it, comments included."""
MOST_PATTERN = 200
"""The longest pattern of LIKE, whose time grows with its length."""

READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
DEFINING = {*READING, sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX}
CATALOGUE = ("sqlite_master", "sqlite_schema")
REFUSED_FUNCTIONS = ("load_extension", "random", "randomblob", "zeroblob")
"""Functions that reach outside, or whose result is another one each time, or that fill the memory."""

EXPLAINED = (
    ("misuse of aggregate", "WHERE looks at single rows, before they are grouped, so it cannot know a COUNT, AVG or "
     "MAX. A condition on a group has a clause of its own; a value to compare each row with is a SELECT in "
     "parentheses."),
    ("HAVING", "HAVING is a condition on groups, so it needs a GROUP BY before it."),
    ("ambiguous column name", "Two of the tables have a column of this name. Write the table or its short name, "
     "with a dot, before it."),
    ("no such column", "Is the name spelled as in the list of tables, and does its table stand in FROM or JOIN? Text "
     "belongs in single quotation marks; without them, SQL takes it for a name."),
    ("no such table", "Is the name spelled as in the list of tables?"),
    ("no such function", "SQLite has no function of this name. Is a comma or an operator missing before it?"),
    ("incomplete input", "Something is still open: a parenthesis, or a clause that has begun."),
    ("syntax error", "Look at what stands just before this place: a missing comma, a comma too many, or clauses in the "
     "wrong order (SELECT, FROM, JOIN … ON, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT)."),
    ("one statement at a time", "Hand in a single statement. What stands behind the semicolon is a second one."),
    ("binding", "The values that come from outside have the names that the question gives them, with a colon before "
     "each: a name of your own gets no value."),
    ("too big", "A text was put together that is far longer than any answer."),
)  # fmt: skip
"""Part of SQLite's message -> what it usually means."""


def sql_of(student: Student, name: str) -> str:
    """Return the SQL text that the student's variable ``name`` holds.

    Raises:
        NotAttempted: it is missing or empty.
        CheckFailed: it is no text.
    """
    value = student.value(name)
    if not isinstance(value, str):
        raise CheckFailed(
            f"`{name}` should be SQL as text.",
            got=show(value),
            hint="Put the SQL between three quotation marks, and assign the text itself, not what a database returned "
            "for it.",
        )
    if not value.strip():
        raise NotAttempted(f"`{name}` holds no SQL yet.")
    return value


def run_query(
    connection: sqlite3.Connection,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    what: str = "The query",
    refused: Mapping[str, str] | None = None,
    most_steps: int = MOST_STEPS,
) -> Result:
    """Run one SELECT that a student wrote and return what came.

    Args:
        connection: the database. It is left as it was.
        sql: one statement.
        parameters: values of its ``:name`` places.
        what: how to call it in a message.
        refused: table or view -> why the query may not read it.
        most_steps: steps of SQLite's virtual machine after which it is stopped.

    Raises:
        StudentError: SQLite refuses it, or it does not come to an end.
        CheckFailed: it writes, reads what is refused, returns nothing that has columns, or too many rows.
    """
    refused = refused or {}
    reasons: list[str] = []

    def allow(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
        if action not in READING:
            reasons.append("A query that only reads is asked for: SELECT, or WITH … SELECT.")
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in REFUSED_FUNCTIONS:
            reasons.append(f"The function {second} has no place here.")
            return sqlite3.SQLITE_DENY
        for name in (first, inner):
            if action == sqlite3.SQLITE_READ and name in refused:
                reasons.append(refused[name])
                return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    with _limited(connection, allow, most_steps):
        try:
            cursor = connection.execute(sql, parameters or {})
            rows = cursor.fetchmany(MOST_ROWS + 1)
        except (sqlite3.Error, sqlite3.Warning) as problem:
            raise _explained(problem, what, reasons) from None
        columns = tuple(each[0] for each in cursor.description or ())
    if not columns:
        raise CheckFailed(f"{what} returns no columns.", hint="Is it a SELECT?")
    if len(rows) > MOST_ROWS:
        raise CheckFailed(
            f"{what} returns more than {MOST_ROWS:,} rows.",
            hint="A JOIN whose ON is missing, or says too little, pairs every row with every other.",
        )
    return Result(columns, rows)


def run_definition(connection: sqlite3.Connection, sql: str, *, what: str = "The statement") -> None:
    """Run one CREATE TABLE that a student wrote.

    Raises:
        StudentError: SQLite refuses it.
        CheckFailed: it does something else.
    """
    reasons: list[str] = []

    def allow(action: int, first: str | None, *_: str | None) -> int:
        into_catalogue = action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE) and first in CATALOGUE
        if action in DEFINING or into_catalogue:
            return sqlite3.SQLITE_OK
        reasons.append("One CREATE TABLE is asked for, and nothing else.")
        return sqlite3.SQLITE_DENY

    with _limited(connection, allow, most_bytes=LONGEST_DEFINITION):
        try:
            connection.execute(sql)
        except (sqlite3.Error, sqlite3.Warning) as problem:
            raise _explained(problem, what, reasons) from None


def try_insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> str:
    """Insert a row and say why the database refused it; an empty text when it took the row.

    Args:
        connection: the database; a refused row leaves it as it was.
        table: where to insert.
        row: column -> value.
    """
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" for _ in row)
    with _limited(connection, None):
        try:
            connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', tuple(row.values()))
        except sqlite3.Error as problem:
            return str(problem)
    return ""


def rows_of(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
    """Return the rows of a query of the course's own; with :meth:`Student.probe`, from beside the student's work."""
    return [list(row) for row in connection.execute(sql, parameters or {})]


def in_transaction(connection: sqlite3.Connection) -> bool:
    """Say whether something was written that another program could not see yet, because it was not committed."""
    return connection.in_transaction


def roll_back(connection: sqlite3.Connection) -> None:
    """Take back what was not committed, as it happens to a program that is killed."""
    connection.rollback()


@contextmanager
def _limited(
    connection: sqlite3.Connection, allow: Any, most_steps: int = MOST_STEPS, most_bytes: int = MOST_BYTES
) -> Iterator[None]:
    """Watch over a statement: ``allow`` decides what it may do, and it is interrupted after ``most_steps``."""
    left = most_steps // STEPS_AT_ONCE
    end = time.monotonic() + MOST_SECONDS

    def count() -> int:
        nonlocal left
        left -= 1
        return int(left < 0 or time.monotonic() > end)

    limits = {sqlite3.SQLITE_LIMIT_LENGTH: most_bytes, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: MOST_PATTERN}
    before = {kind: connection.setlimit(kind, most) for kind, most in limits.items()}
    connection.set_authorizer(allow)
    connection.set_progress_handler(count, STEPS_AT_ONCE)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_authorizer(None)
        for kind, most in before.items():
            connection.setlimit(kind, most)


def _explained(problem: Exception, what: str, reasons: Sequence[str]) -> CheckFailed:
    """Return the report of what SQLite said, with what it usually means."""
    said = shorten(str(problem).strip().rstrip("."), 200)
    if reasons:
        # What SQLite says is left out: it names the table behind a view, which the student may well read.
        return CheckFailed(f"{what} was not run.", hint=reasons[0])
    if "interrupted" in said:
        return StudentError(
            f"{what} does not come to an end and was stopped.",
            hint="A JOIN without a condition pairs every row with every other, and a recursive query needs an end.",
        )
    hint = next((meaning for part, meaning in EXPLAINED if part in said), "")
    return StudentError(f"{what} was refused by SQLite: {said}.", hint=hint)
