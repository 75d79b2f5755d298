"""Creating the tables, and bringing a database of an older version up to date.

A change of the schema is a function here, entered in ``MIGRATIONS`` under the version it leads to, together with
``SCHEMA_VERSION``. Views hold no data: they are dropped before a migration and made anew after it. Triggers stay; a
migration that needs others replaces them itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .connecting import alone, reading, writing
from .problems import TrackingError
from .schema import SCHEMA_VERSION, metadata, table
from .views import drop_view_statements, trigger_statements, view_statements

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def _to_version_2(connection: Connection) -> None:
    """Room for pictures of misclassified images, which a dashboard without the data set can show."""
    kind = {"sqlite": "BLOB", "postgresql": "BYTEA", "mssql": "VARBINARY(max)"}[connection.dialect.name]
    keyword = "ADD" if connection.dialect.name == "mssql" else "ADD COLUMN"
    connection.exec_driver_sql(f'ALTER TABLE "Test_Images" {keyword} png {kind}')


MIGRATIONS: dict[int, Callable[[Connection], None]] = {2: _to_version_2}
"""By the version they lead to; applied in order, each database passing through all it lacks."""


def prepare(engine: Engine) -> list[int]:
    """Create the tables in an empty database, or migrate an older one; two processes may do it at once.

    Returns:
        The versions that were applied now; empty when there was nothing to do.

    Raises:
        TrackingError: the database was written by a newer package, or holds other tables of these names.
    """
    if version_of(engine) == SCHEMA_VERSION:
        return []
    with writing(engine) as connection:
        alone(connection)
        current = _version(connection)  # another process may have been faster
        if current is None:
            _create(connection)
            return [SCHEMA_VERSION]
        applied = [version for version in sorted(MIGRATIONS) if version > current]
        if applied:
            for statement in drop_view_statements(engine.dialect.name):
                connection.exec_driver_sql(statement)
            for version in applied:
                MIGRATIONS[version](connection)
                _note(connection, version)
            for statement in view_statements(engine.dialect.name):
                connection.exec_driver_sql(statement)
        return applied


def version_of(engine: Engine) -> int | None:
    """Return the version of the schema in this database, None when it holds none.

    Raises:
        TrackingError: it is newer than this package, or the database holds something else.
    """
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> int | None:
    from sqlalchemy import func, inspect, select

    names = set(inspect(connection).get_table_names())
    ours = set(metadata().tables)
    if "Schema_Version" not in names:
        foreign = {name.lower() for name in names} & {name.lower() for name in ours}
        if foreign:
            raise TrackingError(
                f"This database holds other tables of these names: {', '.join(sorted(foreign))}. Choose another one."
            )
        return None
    version = connection.execute(select(func.max(table("Schema_Version").c.version))).scalar_one()
    if version is None or version > SCHEMA_VERSION:
        raise TrackingError(
            f"This database has version {version} of the experiment tables, and this package knows up to "
            f"{SCHEMA_VERSION}. Update it: pip install --upgrade cifar-teach. Nothing was changed."
        )
    return version


def _create(connection: Connection) -> None:
    metadata().create_all(connection)
    dialect = connection.dialect.name
    for statement in (*view_statements(dialect), *trigger_statements(dialect)):
        connection.exec_driver_sql(statement)
    _note(connection, SCHEMA_VERSION)


def _note(connection: Connection, version: int) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(table("Schema_Version").insert().values(version=version, applied_utc=now))
