"""Finds the files in folders and archives, and opens them safely.

No link is followed, nothing but ordinary files is opened, nothing is written. What is refused is listed with its
reason.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..exceptions import CifarTeachError
from .archives import CLASS_ARCHIVE, STUDENT_ARCHIVE, ArchiveRefusedError, Member, members
from .identity import shown
from .slimming import MAX_FILE, Slimmed, read_slim

IGNORED = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "lost+found"}
NOTEBOOK = re.compile(r"\.ipynb(?![a-z])|\.ipynb$", re.IGNORECASE)
"""Also in ``ex02.ipynb.txt`` and ``ex02.ipynb (1)``, as browsers and mail programs name them."""
MAX_FILES = 300_000
MAX_DEPTH = 12
PART = 1 << 20
MAX_REMEMBERED = 256_000_000
"""Bytes of notebooks of one student's archive that are kept in memory until the hand-in is looked at."""
DAMAGED = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError)


class UnreadableError(Exception):
    """A file that was listed cannot be read; the text says why, for people."""


@dataclass(frozen=True)
class Found:
    """A file that was found.

    Attributes:
        root: the path that was asked for.
        order: which of the paths that was, from 0.
        parts: its path below ``root``, the names of archives included; of the file itself when ``root`` is a file.
        size: its bytes.
        modified: seconds since 1970; 0 when it is not known.
        refused: why it is not opened; empty for an ordinary file.
        tricky: True when its name in an archive pointed outside or was made to look like another.
        in_archive: True when it lies in an archive that a student made.
        read: returns its contents without outputs; raises :class:`UnreadableError`.
    """

    root: Path
    order: int
    parts: tuple[str, ...]
    size: int
    modified: float
    refused: str
    tricky: bool
    in_archive: bool
    read: Callable[[], Slimmed]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.parts[-1]

    @property
    def is_notebook(self) -> bool:
        """True when its name says that it is a notebook."""
        return bool(NOTEBOOK.search(self.name))

    @property
    def shown(self) -> str:
        """Its path, for people."""
        return "/".join(shown(part, 80) for part in self.parts[-4:])


def find_files(paths: Sequence[Path], stack: ExitStack) -> list[Found]:
    """Return the files at and below ``paths``; archives count as folders.

    Args:
        paths: files, folders and zip archives.
        stack: what is to be closed after the files have been read.

    Raises:
        CifarTeachError: one of the paths does not exist or cannot be read.
    """
    found: list[Found] = []
    for order, path in enumerate(paths):
        try:
            mode = path.stat().st_mode
        except OSError as problem:
            raise CifarTeachError(
                f"'{path}' cannot be read: {problem.strerror}. Give a folder, a notebook, or the zip file of your "
                "learning platform."
            ) from None
        if stat.S_ISDIR(mode):
            found += _Walk(path, order, stack).folder(path, ())
        else:
            found += _Walk(path, order, stack).file(path.resolve(), (path.name,), given=True)
        if len(found) > MAX_FILES:
            raise CifarTeachError(
                f"There are more than {MAX_FILES:,} files below '{path}'. Give the folder of one exercise."
            )
    return found


class _Walk:
    """Looks at what lies below one path."""

    def __init__(self, root: Path, order: int, stack: ExitStack) -> None:
        self._root = root
        self._order = order
        self._stack = stack

    def folder(self, path: Path, parts: tuple[str, ...]) -> Iterator[Found]:
        """Yield the files of a folder and those below it, sorted by name."""
        if len(parts) > MAX_DEPTH:
            yield self._refused(parts, "it lies in too many folders")
            return
        try:
            with os.scandir(path) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as problem:
            yield self._refused((*parts, ""), f"the folder cannot be read ({problem.strerror})")
            return
        for entry in entries:
            below = (*parts, entry.name)
            if ignored(entry.name):
                continue
            if entry.is_symlink():
                yield self._refused(below, "it is a link to another file or folder")
            elif entry.is_dir(follow_symlinks=False):
                yield from self.folder(Path(entry.path), below)
            else:
                yield from self.file(Path(entry.path), below)

    def file(self, path: Path, parts: tuple[str, ...], *, given: bool = False) -> Iterator[Found]:
        """Yield a file, or what is in it when it is an archive. ``given``: it was named by the instructor."""
        try:
            status = os.lstat(path)
        except OSError as problem:
            yield self._refused(parts, f"it cannot be read ({problem.strerror})")
            return
        if not stat.S_ISREG(status.st_mode):
            yield self._refused(parts, "it is no ordinary file")
        elif status.st_nlink > 1 and not given:
            yield self._refused(parts, "it is a second name of another file (a hard link)")
        elif _is_archive(parts[-1]):
            yield from self._archive_file(path, parts, given)
        else:
            yield self._found(parts, status.st_size, status.st_mtime, lambda: _read_path(path))

    def _archive_file(self, path: Path, parts: tuple[str, ...], given: bool) -> Iterator[Found]:
        try:
            stream = self._stack.enter_context(open_regular(path))
            if given:
                for member in members(stream, CLASS_ARCHIVE):
                    yield from self._member(member, ())
            else:
                yield from self._student_archive(stream, parts)
        except (ArchiveRefusedError, UnreadableError) as problem:
            yield self._refused(parts, str(problem))

    def _member(self, member: Member, before: tuple[str, ...]) -> Iterator[Found]:
        """Yield a file of the class's archive."""
        parts = (*before, *member.parts)
        if any(ignored(part) for part in parts):
            return
        if member.refused:
            yield self._refused(parts, member.refused, member.size)
        elif _is_archive(parts[-1]):
            try:
                with tempfile.SpooledTemporaryFile(max_size=8 * PART) as copy:
                    with member.open() as packed:
                        while chunk := packed.read(PART):
                            copy.write(chunk)
                    yield from self._student_archive(copy, parts)
            except ArchiveRefusedError as problem:
                yield self._refused(parts, str(problem), member.size)
            except DAMAGED as problem:
                yield self._refused(parts, f"it is damaged ({problem})", member.size)
        else:
            yield self._found(parts, member.size, member.modified, lambda: _read_member(member), tricky=member.tricky)

    def _student_archive(self, stream: BinaryIO, parts: tuple[str, ...]) -> Iterator[Found]:
        """Yield the files of an archive that a student made; notebooks are read at once, since it will be closed."""
        inside: list[Found] = []
        remembered = 0
        for member in members(stream, STUDENT_ARCHIVE):
            below = (*parts, *member.parts)
            if any(ignored(part) for part in member.parts):
                continue
            if member.refused:
                inside.append(self._refused(below, member.refused, member.size, in_archive=True))
            elif _is_archive(below[-1]):
                inside.append(self._refused(below, "it is an archive inside an archive", member.size, in_archive=True))
            else:
                reader, kept = _refusing(f"'{shown(member.parts[-1])}' is no notebook"), 0
                if NOTEBOOK.search(below[-1]):
                    reader = _refusing(f"the archive holds more than {MAX_REMEMBERED / 1e6:,.0f} MB of notebooks")
                    if remembered < MAX_REMEMBERED:
                        reader, kept = _remembered(member)
                    remembered += kept
                inside.append(
                    self._found(below, member.size, member.modified, reader, tricky=member.tricky, in_archive=True)
                )
        yield from inside

    def _found(
        self,
        parts: tuple[str, ...],
        size: int,
        modified: float,
        read: Callable[[], Slimmed],
        *,
        tricky: bool = False,
        in_archive: bool = False,
    ) -> Found:
        refused = f"it has {size / 1e6:,.0f} MB; {MAX_FILE / 1e6:,.0f} MB are allowed" if size > MAX_FILE else ""
        return Found(self._root, self._order, parts, size, modified, refused, tricky, in_archive, read)

    def _refused(self, parts: tuple[str, ...], why: str, size: int = 0, in_archive: bool = False) -> Found:
        parts = parts or (self._root.name,)
        return Found(self._root, self._order, parts, size, 0.0, why, False, in_archive, _refusing(why))


def ignored(name: str) -> bool:
    """Say whether a file or folder is left there by a program and is no work of a student."""
    return name.startswith((".", "~$")) or name.casefold() in IGNORED


def open_regular(path: Path) -> BinaryIO:
    """Open an ordinary file; never a link, a device, or a pipe that would wait for ever.

    Raises:
        UnreadableError: it is none, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except OSError as problem:
        raise UnreadableError(f"it cannot be read ({problem.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("it is no ordinary file")
    return os.fdopen(descriptor, "rb")


def _is_archive(name: str) -> bool:
    return name.casefold().endswith(".zip")


def _read_path(path: Path) -> Slimmed:
    with open_regular(path) as stream:
        try:
            return read_slim(stream)
        except OSError as problem:
            raise UnreadableError(f"it cannot be read ({problem.strerror})") from None


def _read_member(member: Member) -> Slimmed:
    import zipfile
    import zlib

    try:
        with member.open() as stream:
            return read_slim(stream)
    except ArchiveRefusedError as problem:
        raise UnreadableError(str(problem)) from None
    except (*DAMAGED, zipfile.BadZipFile, zlib.error) as problem:
        raise UnreadableError(f"it is damaged in the archive ({problem})") from None


def _remembered(member: Member) -> tuple[Callable[[], Slimmed], int]:
    """Read a file now; return what gives it later, or the reason why it cannot be read, and how many bytes it holds."""
    try:
        slimmed = _read_member(member)
    except UnreadableError as problem:
        return _refusing(str(problem)), 0
    return (lambda: slimmed), len(slimmed.data)


def _refusing(why: str) -> Callable[[], Slimmed]:
    def fail() -> Slimmed:
        raise UnreadableError(why)

    return fail
