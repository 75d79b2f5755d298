"""Opening a database by its URL, and one way to write to it that two processes can share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .problems import TrackingError
from .views import SUPPORTED

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

DEFAULT_URL = "sqlite:///experiments.db"
BUSY_SECONDS = 60
"""How long SQLite waits for another process to finish its transaction."""
LOCK_NUMBER = 20_100_801
"""Names this store's lock on PostgreSQL and SQL Server; any number that nobody else uses."""
INSTALL_HINTS = {
    "postgresql": 'pip install "cifar-teach[tracking,postgresql]"',
    "mssql": "pip install pyodbc, and Microsoft's ODBC driver",
}


def open_engine(url: str, *, must_exist: bool = False) -> Engine:
    """Return an SQLAlchemy engine for ``url``, ready for this store.

    SQLite gets write-ahead logging (readers and one writer do not block each other), foreign keys, and patience with
    other writers. ``postgresql://`` means the driver psycopg 3.

    Args:
        url: ``sqlite:///experiments.db``, ``postgresql://user:password@host/name``, ``mssql+pyodbc://...``; a plain
            path of a file means SQLite.
        must_exist: refuse an SQLite file that is not there, instead of making an empty one.

    Raises:
        TrackingError: no such database, no such driver, SQLAlchemy is not installed.
    """
    try:
        import sqlalchemy
        from sqlalchemy import exc
    except ImportError as problem:
        raise TrackingError('The experiment store needs SQLAlchemy: pip install "cifar-teach[tracking]"') from problem
    try:
        parsed = sqlalchemy.make_url(full_url(url))
    except exc.ArgumentError as problem:
        raise TrackingError(
            f"'{hide_password(url)}' is no address of a database. Use {DEFAULT_URL}, "
            "postgresql://USER:PASSWORD@HOST/NAME or mssql+pyodbc://..., or the path of an SQLite file."
        ) from problem
    dialect = parsed.get_backend_name()
    if dialect not in SUPPORTED:
        raise TrackingError(
            f"The store works on SQLite, PostgreSQL and SQL Server, not on '{dialect}'. A file is enough: {DEFAULT_URL}"
        )
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if dialect == "sqlite":
        _check_file(parsed.database, must_exist)
    try:
        engine = sqlalchemy.create_engine(parsed, pool_pre_ping=dialect != "sqlite")
    except (ImportError, exc.NoSuchModuleError) as problem:
        hint = INSTALL_HINTS.get(dialect, "install it")
        raise TrackingError(f"The driver of '{hide_password(url)}' is not installed ({problem}): {hint}.") from problem
    if dialect == "sqlite":
        _prepare_sqlite(engine)
    return engine


def full_url(url: str) -> str:
    """Return ``url`` itself, or for the path of a file its SQLite URL."""
    if "://" in url:
        return url
    return f"sqlite:///{Path(url).expanduser()}"


def hide_password(url: str) -> str:
    """Return ``url`` as it may be shown, without a password: before the host or among the settings after it."""
    url = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", url)  # up to the last @, which a password may hold, too
    setting = r"(?i)((?:(?<!\w)|(?<=%3b))(?:password|pwd)(?:=|%3d))(?:(?!%3b)[^&;\s])*"
    return re.sub(setting, r"\1***", url)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in one transaction that is kept as a whole or not at all.

    On SQLite the transaction takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and then
    wants to write would fail when another process wrote in between.

    Raises:
        TrackingError: the database is gone, locked for too long, full, or refuses a row; the text names the rule.
    """
    from sqlalchemy import exc

    try:
        with engine.connect().execution_options(cifar_teach_writes=True) as connection, connection.begin():
            yield connection
    except exc.IntegrityError as problem:
        raise TrackingError(f"The database refuses this: {_reason(problem)}. Nothing of it was written.") from problem
    except exc.DBAPIError as problem:
        raise _unreachable(engine, problem) from problem


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection for reading; everything read through it belongs to one moment on SQLite.

    Raises:
        TrackingError: the database cannot be read.
    """
    from sqlalchemy import exc

    try:
        with engine.connect() as connection:
            yield connection
    except exc.DBAPIError as problem:
        raise _unreachable(engine, problem) from problem


def alone(connection: Connection) -> None:
    """Wait until no other process is in such a transaction; for what reads first and then writes what is missing.

    On SQLite every transaction of :func:`writing` is alone already.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})")
    elif connection.dialect.name == "mssql":
        connection.exec_driver_sql(
            f"EXEC sp_getapplock @Resource = '{LOCK_NUMBER}', @LockMode = 'Exclusive', @LockOwner = 'Transaction'"
        )


def _unreachable(engine: Engine, problem: Exception) -> TrackingError:
    where = hide_password(engine.url.render_as_string(hide_password=True))
    return TrackingError(
        f"The database '{where}' cannot be used: {_reason(problem)}. Check the address, the disk and the permissions."
    )


def _reason(problem: Exception) -> str:
    """Return the first line of what the driver says, without the SQL and its values."""
    lines = str(getattr(problem, "orig", problem)).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(problem).__name__


def _check_file(database: str | None, must_exist: bool) -> None:
    if database in (None, "", ":memory:"):
        return
    path = Path(database)
    if must_exist and not path.is_file():
        raise TrackingError(
            f"There is no database '{path}'. Make one with: cifar-teach run --db {path}, or check --db and the folder."
        )
    if not path.parent.is_dir():
        raise TrackingError(f"The folder '{path.parent}' of the database does not exist. Create it first.")


def _prepare_sqlite(engine: Engine) -> None:
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def connected(connection, record) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own; `begun` does
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        # With write-ahead logging, NORMAL survives a killed process; only a power cut can cost the last commits.
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begun(connection) -> None:
        writes = connection.get_execution_options().get("cifar_teach_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
