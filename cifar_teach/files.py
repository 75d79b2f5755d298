"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .exceptions import CifarTeachError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a draft beside ``path``; put it in place when the block ends well, delete it otherwise.

    Readers see the old file or the new one, never half of one, and two processes do not mix their drafts.
    The folder is created.

    Raises:
        CifarTeachError: the file cannot be written: disk full, no permission, a file where a folder should be, or the
            other way round.
    """
    path = Path(path)
    if path.is_dir():
        raise CifarTeachError(f"'{path}' is a folder, and a file is to be written. Add a name: {path / 'NAME'}.")
    # The ending is kept, because Keras and NumPy choose the format by it.
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        os.replace(draft, path)
    except OSError as problem:
        reason = problem.strerror or problem
        raise CifarTeachError(
            f"'{path}' cannot be written: {reason}. Free some space or choose another folder."
        ) from problem
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
