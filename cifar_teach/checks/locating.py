"""Where the notebook that is open right now can be read: from Colab itself, else from its file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from .reading import Notebook, as_notebook, read_notebook

COLAB_SECONDS = 30
"""How long Colab may take to send the notebook; a large one takes a few seconds."""
VS_CODE_PATH = "__vsc_ipynb_file__"
JUPYTER_PATH = "JPY_SESSION_NAME"
NAME_IT = 'Say which file it is: submit("{example}").'


@dataclass(frozen=True)
class Found:
    """The notebook that calls ``submit``.

    Attributes:
        notebook: as it is now (Colab) or as it was saved.
        folder: where it lies; the file to hand in is written beside it.
        note: when it was saved; empty in Colab.
    """

    notebook: Notebook
    folder: Path
    note: str = ""

    @property
    def is_file(self) -> bool:
        """True when it was read from a file, which may be older than what is on the screen."""
        return bool(self.note)


def in_colab() -> bool:
    """Say whether this Python belongs to a notebook in Colab."""
    return "google.colab" in sys.modules


def locate(name: str | Path | None, namespace: Mapping[str, Any], slug: str) -> Found:
    """Find and read the notebook.

    Args:
        name: path that the student has given, if any.
        namespace: variables of the notebook; VS Code writes the path into them.
        slug: the exercise that the set-up cell has started; empty when it has not been run.

    Raises:
        CifarTeachError: it cannot be found or read, or belongs to another exercise.
    """
    example = f"{slug or 'ex02_preprocess'}.ipynb"
    if name is not None:
        return _from_file(Path(name), slug)
    if in_colab():
        return Found(as_notebook(_ask_colab(example), example, slug), Path.cwd())
    for path in (namespace.get(VS_CODE_PATH), os.environ.get(JUPYTER_PATH)):
        for candidate in _candidates(path):
            if candidate.suffix == ".ipynb" and candidate.is_file():
                return _from_file(candidate, slug)
    return _only_one_here(slug, example)


def _candidates(path: Any) -> list[Path]:
    """Return where a path may lie that was given by a program with other ideas of the root folder."""
    if not isinstance(path, str) or not path:
        return []
    return [Path(path), Path.cwd() / Path(path).name]


def _from_file(path: Path, slug: str) -> Found:
    notebook = read_notebook(path)
    if slug and notebook.exercise.slug != slug:
        raise CifarTeachError(
            f"'{path.name}' answers {notebook.exercise.slug}, but the set-up cell here has started {slug}. "
            + NAME_IT.format(example=f"{slug}.ipynb")
        )
    minutes = (time.time() - path.stat().st_mtime) / 60
    age = "just now" if minutes < 1 else f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago"
    note = f"'{path.name}' was read as it was saved {age}. After a change: save it (Ctrl+S) and call submit() again."
    return Found(notebook, path.resolve().parent, note)


def _ask_colab(example: str) -> Any:
    try:
        from google.colab import _message

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
        return answer["ipynb"]
    except Exception as problem:
        raise CifarTeachError(
            f"Colab did not send the notebook ({type(problem).__name__}). Try again. If that does not help: File → "
            "Download → Download .ipynb, upload the file with the folder symbol on the left, and call "
            f'submit("{example}").'
        ) from None


def _only_one_here(slug: str, example: str) -> Found:
    """Take the notebook in this folder that answers the exercise, when there is exactly one."""
    fitting = []
    for path in sorted(Path.cwd().glob("*.ipynb")):
        try:
            notebook = read_notebook(path)
        except CifarTeachError:
            continue
        if not slug or notebook.exercise.slug == slug:
            fitting.append(path)
    if len(fitting) == 1:
        return _from_file(fitting[0], slug)
    if not fitting:
        raise CifarTeachError(
            f"The file of this notebook was not found in '{Path.cwd()}'. {NAME_IT.format(example=example)}"
        )
    names = ", ".join(path.name for path in fitting)
    raise CifarTeachError(f"There are several notebooks here: {names}. {NAME_IT.format(example=fitting[0].name)}")
