"""What formgrader shows: the notebook of a student with the verdicts as outputs, and the settings of the folder.

The folder of a grading is a course of nbgrader's: ``gradebook.db``, ``autograded/<student>/<exercise>/`` and an
``nbgrader_config.py``. ``nbgrader formgrader``, ``generate_feedback`` and ``export`` work there.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from ..files import replacing
from .defanging import defanged
from .records import QuestionResult, Result
from .text import visible

__all__ = ["autograded_notebook", "digest_in", "write_autograded", "write_settings"]

MARK = "cifar_teach_grading"
"""Where in the metadata of an autograded notebook it is written which hand-in it shows."""

SETTINGS = '''"""Written by `cifar-teach grade`: with it, nbgrader works in this folder."""

c = get_config()  # noqa: F821 - nbgrader provides it

c.CourseDirectory.course_id = "{course_id}"
c.CourseDirectory.source_directory = {source!r}
c.CourseDirectory.release_directory = {release!r}
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "hand-in", "*.py", ".DS_Store"]
# Feedback for students is in feedback/ already; what nbgrader makes of it gets a folder of its own.
c.CourseDirectory.feedback_directory = "feedback-nbgrader"
c.CourseDirectory.db_url = {db!r}
'''


def autograded_notebook(notebook: dict[str, Any], result: Result, released: Collection[str]) -> dict[str, Any]:
    """Return the rebuilt notebook of a student with each verdict as the output of its check.

    Args:
        notebook: nbformat 4.5, as in :class:`~cifar_teach.grading.records.Submission`; it is not changed.
        result: what it got.
        released: the text cells of the release; any other is a student's, and cannot run anything in the browser of
            whoever marks it.
    """
    notebook = copy.deepcopy(notebook)
    verdicts = {f"check-{each.id.partition('.')[2]}": each for each in result.questions}
    for cell in notebook["cells"]:
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            if name in verdicts:
                text = verdict_text(verdicts[name])
                cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/plain": text}}]
        elif "".join(cell["source"]) not in released:
            cell["source"] = defanged("".join(cell["source"]))
            cell.pop("attachments", None)
    notebook.setdefault("metadata", {})[MARK] = {"digest": result.digest, "key": result.key}
    return notebook


def verdict_text(question: QuestionResult) -> str:
    """Return what a question got as plain text, without anything that a terminal or browser acts on."""
    points = "a person gives the points" if question.points is None else f"{question.points:g}"
    lines = [f"{question.id}: {points} of {question.max_points:g} points ({question.state})", question.message]
    for part in question.parts:
        sign, text = ("✓" if part.get("passed") else "✗"), part.get("message") or ""
        lines.append(f"  {sign} {part.get('title', '')}{f': {text}' if text else ''}")
    if question.hint:
        lines.append(f"Hint: {question.hint}")
    return visible("\n".join(line for line in lines if line.strip()))


def path_of(root: Path, student: str, exercise: str, home: str = "autograded") -> Path:
    """Return where nbgrader looks for a student's notebook."""
    return root / home / student / exercise / f"{exercise}.ipynb"


def write_autograded(root: Path, notebook: dict[str, Any], result: Result, released: Collection[str]) -> Path:
    """Write the notebook that formgrader shows, and the one it counts as handed in; return the path of the first.

    ``submitted/`` may be what the students themselves handed in: a file there that the grader has not written stays.
    """
    path, handed_in = (path_of(root, result.student, result.exercise, home) for home in ("autograded", "submitted"))
    marked = autograded_notebook(notebook, result, released)
    _write(path, _as_text(marked))
    if not handed_in.exists() or digest_in(root, result.student, result.exercise, "submitted"):
        _write(handed_in, _as_text({**notebook, "metadata": marked["metadata"]}))
    for file in (path.with_name("timestamp.txt"), handed_in.with_name("timestamp.txt")):
        if result.submitted_at:
            _write(file, f"{result.submitted_at}\n")
    return path


def _as_text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=True) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file unless it says that already."""
    if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
        with replacing(path) as draft:
            draft.write_text(text, encoding="utf-8")


def digest_in(root: Path, student: str, exercise: str, home: str = "autograded") -> str:
    """Return the digest of the hand-in that a notebook written by the grader shows; empty when there is none."""
    try:
        content = json.loads(path_of(root, student, exercise, home).read_text(encoding="utf-8"))
        return str(content["metadata"][MARK]["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def write_settings(root: Path, course: Path, db_url: str, course_id: str) -> Path:
    """Write ``nbgrader_config.py`` into the folder of a grading, unless there is one; return its path.

    A password in ``db_url`` is left out: nbgrader then asks the environment (``PGPASSWORD``) or ``~/.pgpass``.
    """
    from sqlalchemy.engine import make_url

    path = root / "nbgrader_config.py"
    if path.exists():
        return path
    root = root.resolve()
    url = make_url(db_url).set(password=None).render_as_string(hide_password=False)
    source, release = (os.path.relpath(course.resolve() / name, root) for name in ("solutions", "exercises"))
    with replacing(path) as draft:
        draft.write_text(SETTINGS.format(course_id=course_id, source=source, release=release, db=url), encoding="utf-8")
    return path


def release_cells(releases: Path, exercise: str) -> list[dict[str, Any]]:
    """Return the cells of a release.

    Raises:
        CifarTeachError: there is no such release.
    """
    path = releases / exercise / f"{exercise}.ipynb"
    try:
        return json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError) as problem:
        raise CifarTeachError(
            f"The release of {exercise} cannot be read ('{path}': {problem}). Let --course name the folder that holds "
            "exercises/, and make them with `cifar-teach build`."
        ) from problem
