"""Databases to test on: SQLite files, and a PostgreSQL server, started here where Debian's package is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

Url = Callable[[], str]


def _server_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def _as_other_user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if shutil.which("setpriv"):
            return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    pytest.skip("PostgreSQL does not run as root, and there is no other user or no setpriv")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Url]:
    """Start a server without network, and return what makes an empty database and tells its URL."""
    pytest.importorskip("psycopg")
    programs = _server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    other = _as_other_user()
    folder = Path(tempfile.mkdtemp(prefix="ct-pg-", dir="/tmp"))  # the path of a socket must be short
    if other:
        user = pwd.getpwuid(int(other[1].partition("=")[2]))
        os.chown(folder, user.pw_uid, user.pw_gid)

    def call(program: str, *arguments: str) -> None:
        command = [*other, str(programs / program), *arguments]
        done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr

    data = str(folder / "data")
    call("initdb", "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync", "--locale=C")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c shared_buffers=16MB"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")

    def new_database() -> str:
        name = f"test_{uuid.uuid4().hex}"
        call("createdb", "-h", str(folder), "-U", "tester", name)
        return f"postgresql://tester@/{name}?host={folder}"

    try:
        yield new_database
    finally:
        call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'experiments.db'}"
    return request.getfixturevalue("postgresql")()
