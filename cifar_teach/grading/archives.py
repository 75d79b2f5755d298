"""Looks into zip files that nobody vouches for, without writing a file and without believing what they say.

What is read is limited in number, size, ratio and nesting, and all limits are checked before anything is unpacked.
Names in an archive are only read, never used as paths.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .identity import shown

END = b"PK\x05\x06"
END64 = b"PK\x06\x06"


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold.

    Attributes:
        entries: files and folders.
        file_bytes: unpacked bytes of one file.
        total_bytes: unpacked bytes of all.
        ratio: unpacked by packed bytes of a file above 10 MB; plain text with repetitions stays below 100.
        directory_bytes: of the archive's table of contents, which is read into memory.
    """

    entries: int = 20_000
    file_bytes: int = 500_000_000
    total_bytes: int = 20_000_000_000
    ratio: float = 250.0
    directory_bytes: int = 8_000_000


CLASS_ARCHIVE = ArchiveLimits()
"""For the archive of a learning platform, which holds a class."""
STUDENT_ARCHIVE = ArchiveLimits(entries=500, total_bytes=1_000_000_000, directory_bytes=400_000)
"""For an archive that a student handed in."""
FROM_THIS_SIZE = 10_000_000
MAX_NAME = 255


class ArchiveRefusedError(Exception):
    """The archive is damaged or not safe to open; the text says why, for people."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        parts: its path, cleaned: no drive, no ``..``, no empty part.
        tricky: True when the path had to be cleaned, as it pointed outside or was not shown as it is written.
        size: unpacked bytes, as the archive says; reading stops there.
        modified: seconds since 1970 of its time stamp, taken as UTC since archives know no time zone; 0 if none.
        refused: why it is not read; empty for an ordinary file.
    """

    parts: tuple[str, ...]
    tricky: bool
    size: int
    modified: float
    refused: str
    _archive: zipfile.ZipFile
    _info: zipfile.ZipInfo

    def open(self) -> BinaryIO:
        """Open it for reading.

        Raises:
            ArchiveRefusedError: it is encrypted or packed in a way that Python cannot unpack.
        """
        try:
            return self._archive.open(self._info)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as problem:
            raise ArchiveRefusedError(f"it is damaged ({problem})") from None
        except RuntimeError:  # only now, because NotImplementedError is one, too
            raise ArchiveRefusedError("it is protected by a password") from None


def members(stream: BinaryIO, limits: ArchiveLimits) -> Iterator[Member]:
    """Yield the files of a zip archive, in their order in it. ``stream`` must stay open meanwhile.

    Raises:
        ArchiveRefusedError: it is no archive, or beyond the limits. Nothing has been unpacked then.
    """
    _check_directory(stream, limits)
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error, UnicodeError) as problem:
        raise ArchiveRefusedError(f"it is no zip archive or it is damaged ({problem})") from None
    if len(entries) > limits.entries:
        raise ArchiveRefusedError(f"it holds {len(entries):,} files; {limits.entries:,} are allowed")
    if (total := sum(each.file_size for each in entries)) > limits.total_bytes:
        raise ArchiveRefusedError(
            f"unpacked it would have {_megabytes(total)}; {_megabytes(limits.total_bytes)} are allowed"
        )
    # Entries that share their packed bytes are a way to hide a bomb.
    starts = [each.header_offset for each in entries]
    if len(set(starts)) < len(starts) or sum(each.compress_size for each in entries) > _size_of(stream):
        raise ArchiveRefusedError("its files overlap, as in an archive made to fill the disk")
    # The archive is not closed here: its files are read later, and closing ``stream`` is enough.
    for each in entries:
        if not each.is_dir():
            parts, tricky = clean_parts(each.orig_filename)
            yield Member(parts, tricky, each.file_size, _time_of(each), _why_refused(each, limits), archive, each)


def clean_parts(name: str) -> tuple[tuple[str, ...], bool]:
    """Return the parts of a path from an archive that are harmless, and whether something was not."""
    head, _, tail = name.partition("\0")
    parts = head.replace("\\", "/").split("/")
    kept = tuple(
        each if len(each) <= MAX_NAME else each[: MAX_NAME - 20] + each[-20:]
        for each in parts
        if each.strip() not in ("", ".", "..") and not (len(each) == 2 and each[1] == ":")
    )
    odd = bool(tail) or shown(head, len(head) + 1) != head or any(len(each) > MAX_NAME for each in parts)
    inside = [each for each in parts if each.strip() not in ("", ".")]
    outside = head[:1] in ("/", "\\") or any(each.strip() == ".." or each[1:2] == ":" for each in inside)
    return kept or ("unnamed",), odd or outside


def _check_directory(stream: BinaryIO, limits: ArchiveLimits) -> None:
    """Look how long the table of contents is before Python reads it into memory."""
    size = _size_of(stream)
    stream.seek(max(0, size - 66_000))
    tail = stream.read()
    stream.seek(0)
    position = tail.rfind(END)
    if position < 0 or len(tail) < position + 22:
        raise ArchiveRefusedError("it is no zip archive, or its end is missing")
    length = struct.unpack("<I", tail[position + 12 : position + 16])[0]
    if length == 0xFFFFFFFF:
        position = tail.rfind(END64)
        if position < 0 or len(tail) < position + 48:
            raise ArchiveRefusedError("it is damaged: its table of contents is missing")
        length = struct.unpack("<Q", tail[position + 40 : position + 48])[0]
    if length > min(limits.directory_bytes, size):
        raise ArchiveRefusedError("its table of contents is longer than that of any class")


def _why_refused(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "it is a link to another file"
    if kind not in (0, stat.S_IFREG):
        return "it is no ordinary file"
    if entry.file_size > limits.file_bytes:
        return f"it has {_megabytes(entry.file_size)}; {_megabytes(limits.file_bytes)} are allowed"
    if entry.file_size > FROM_THIS_SIZE and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        return (
            f"it would grow from {_megabytes(entry.compress_size)} to {_megabytes(entry.file_size)} when unpacked, as "
            "in an archive made to fill the disk"
        )
    return ""


def _time_of(entry: zipfile.ZipInfo) -> float:
    try:
        return float(timegm((*entry.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _size_of(stream: BinaryIO) -> int:
    position = stream.tell()
    size = stream.seek(0, os.SEEK_END)
    stream.seek(position)
    return size


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
