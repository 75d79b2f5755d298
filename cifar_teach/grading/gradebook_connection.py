"""Open nbgrader's gradebook so that several programs can use it, and say in words what goes wrong."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import CifarTeachError
from ..files import replacing

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

__all__ = ["COURSE_ID", "explained", "open_gradebook", "with_driver"]

COURSE_ID = "cifar-teach"
"""As in ``nbgrader_config.py`` of the course."""
BUSY_SECONDS = 60
"""How long to wait for someone else who writes into the same SQLite file, such as formgrader."""


def with_driver(url: str) -> str:
    """Return the URL with the driver that the extra ``postgresql`` installs, where it names none."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1) if url.startswith("postgresql://") else url


def open_gradebook(url: str) -> Gradebook:
    """Return the gradebook at a SQLAlchemy URL, made when it is a new SQLite file; close it after use.

    Raises:
        CifarTeachError: nbgrader is not installed, or nothing can be opened there.
    """
    try:
        from nbgrader.api import Gradebook
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    except ImportError as problem:
        raise CifarTeachError(
            f"The gradebook needs nbgrader ({problem}). Type: pip install 'cifar-teach[grading]'"
        ) from problem
    try:
        address = make_url(with_driver(url))
        sqlite = address.get_backend_name() == "sqlite"
        address.get_dialect()
    except (ArgumentError, NoSuchModuleError) as problem:
        raise CifarTeachError(
            f"--db is no address of a database ({problem}). Write sqlite:////folder/gradebook.db, or for PostgreSQL "
            "postgresql+psycopg://user@host/name."
        ) from problem
    with explained(url), _alembic_on_path():
        if sqlite and address.database:
            file = Path(address.database)
            if not file.exists():
                _create(file)
            with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
                # Formgrader then reads while this writes. Where the file system cannot do it, SQLite stays as it was.
                connection.execute("PRAGMA journal_mode=WAL")
            address = address.update_query_dict({"timeout": str(BUSY_SECONDS)})
        return Gradebook(address.render_as_string(hide_password=False), COURSE_ID)


def _create(file: Path) -> None:
    """Make an empty gradebook that appears whole: a half made one could not be told from an old one."""
    from nbgrader.api import Gradebook

    with replacing(file) as draft:
        Gradebook(f"sqlite:///{draft}", COURSE_ID).close()


@contextmanager
def _alembic_on_path() -> Iterator[None]:
    """Let nbgrader find the program ``alembic``, which it calls by name for a new gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the database says into something for people; a password is not shown."""
    from nbgrader.api import InvalidEntry
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, InvalidEntry, sqlite3.Error, ImportError) as problem:
        reason = str(problem.orig if isinstance(problem, DBAPIError) else problem).partition("\n")[0]
        raise CifarTeachError(
            f"The gradebook {make_url(url).render_as_string()} cannot be used: {reason}. Close other programs that "
            "write into it, look after the disk and the address, and run the same command again: nothing is lost."
        ) from problem
