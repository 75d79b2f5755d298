"""Where the repository is, on this disk and on the web."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import urlsplit

from cifar_teach.authoring.repository import Repository, read_repository

ROOT = Path(__file__).resolve().parents[3]
"""The root of the repository: this file is ``book/_ext/course_book/place.py``."""
RESULTS = ROOT / "benchmarks" / "results"


@functools.cache
def repository() -> Repository:
    """Return address and branch of the course, from ``_config.yml``."""
    return read_repository(ROOT)


def web_link(path: str, first: int | None = None, last: int | None = None) -> str:
    """Return the address of a file of the repository, at its lines ``first`` to ``last`` if given."""
    lines = "" if first is None else f"#L{first}-L{last}"
    return f"{repository().url}/blob/{repository().branch}/{path}{lines}"


def pages_address() -> str | None:
    """Return where GitHub publishes the pages of the repository; None if it lies elsewhere."""
    address = urlsplit(repository().url)
    owner, _, name = address.path.strip("/").partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if address.hostname == "github.com" and name else None
