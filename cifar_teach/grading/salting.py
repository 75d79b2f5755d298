"""The secret of a course: what the inputs of hidden checks are drawn from, and receipts are signed with.

It is made once, kept in a file that only its owner may read, and never printed. Whoever has it can foretell the inputs
of every check of the course; whoever loses it gets other inputs, and every submission is graded anew.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import CifarTeachError

__all__ = ["CourseSecret", "course_secret"]

KEY_FILE = Path(".cifar-teach", "course.key")
"""Where the secret lies in the folder of a course."""
SIZE = 32
"""Bytes of a new secret."""
SHORTEST = 16
"""Characters that a secret made by someone else must have at least."""


@dataclass(frozen=True)
class CourseSecret:
    """The secret, and what is derived from it. Its ``repr`` does not show it.

    Attributes:
        path: the file it was read from.
    """

    path: Path
    _key: bytes = field(repr=False)

    @property
    def salt(self) -> str:
        """What the checks draw their inputs from, 64 hexadecimal digits."""
        return hmac.digest(self._key, b"cifar-teach inputs of checks", "sha256").hex()

    @property
    def receipt_key(self) -> bytes:
        """What receipts are signed with. It tells nothing about the salt."""
        return hmac.digest(self._key, b"cifar-teach receipts", "sha256")


def course_secret(course: str | Path, file: str | Path | None = None, *, create: bool = True) -> CourseSecret:
    """Return the secret of a course; the first call makes it.

    Args:
        course: folder of the course; the secret lies in ``.cifar-teach/course.key`` there.
        file: another file that holds it, with at least 16 characters. It must exist.
        create: make one when the course has none.

    Raises:
        CifarTeachError: the file is missing, too short, or others may read it.
    """
    if file is not None:
        return CourseSecret(Path(file), _read(Path(file)))
    path = Path(course) / KEY_FILE
    if create and not path.exists():
        _create(path)
    return CourseSecret(path, _read(path))


def _create(path: Path) -> None:
    """Write a new secret; when two processes do so at once, the first one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# The secret of the course must not be published.\n*\n", encoding="utf-8")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SIZE) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="utf-8").strip()
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise CifarTeachError(
            f"There is no file '{path}' with the secret of the course. Copy it from where the course was graded "
            "before, or name it with --salt; grading without that option makes a new one."
        ) from None
    except UnicodeDecodeError:
        raise CifarTeachError(f"'{path}' is no text; the secret of a course is a line of letters and digits.") from None
    if os.name == "posix" and mode & 0o077:
        raise CifarTeachError(
            f"Others may read the secret of the course ('{path}' has mode {mode:03o}). Type: chmod 600 '{path}'. If "
            "students may have read it, delete it instead: a new one is made, and everything is graded anew."
        )
    if len(text) < SHORTEST:
        raise CifarTeachError(
            f"The secret in '{path}' is shorter than {SHORTEST} characters, so it can be guessed. Delete the file to "
            "have a new one made."
        )
    return text.encode("utf-8")
