"""Write what is generated, or say where it differs from what lies in the repository."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import replacing
from .api_pages import OVERVIEW
from .errors import AuthoringError
from .generate import release_notebook, solution_notebook, to_bytes
from .repository import read_repository
from .source import read_source
from .twins import book_files
from .twins_book import BOOK, ENDING, TOC

if TYPE_CHECKING:
    from ..checks.registry import Exercise

SOLUTIONS = "solutions"
EXERCISES = "exercises"

BY_HAND = {"README.md"}
"""Files of the two folders that people write, beside the sources."""

LEFT_BY_PROGRAMS = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}
"""Not part of the repository, and not handed out by nbgrader."""


@dataclass(frozen=True)
class Drift:
    """A file that is not as the sources say.

    Attributes:
        path: relative to the root of the course.
        kind: ``"missing"``, ``"changed"`` or ``"unexpected"``.
    """

    path: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}"


def find_root(start: Path | None = None) -> Path:
    """Return the root of the course that holds ``start``, by default the current folder.

    Raises:
        AuthoringError: the folder is in no copy of the course.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file() and (folder / SOLUTIONS).is_dir():
            return folder
    raise AuthoringError(
        f"'{here}' is in no copy of the course: no folder above it has a _config.yml and a folder {SOLUTIONS}/. "
        "Change to your copy and try again."
    )


def build(root: Path, check: bool = False, exercises: Iterable[Exercise] | None = None) -> list[Drift]:
    """Bring the generated files below ``root`` up to date, or only compare them.

    Files that are up to date are not touched. A file that is generated from nothing is never deleted, only named.
    When one exercise or page has an error the others are still built.

    Args:
        root: the root of the course.
        check: compare only; nothing is written.
        exercises: those to build; by default all that are registered.

    Returns:
        What was missing, changed or unexpected before. Without ``check``, the missing and changed files are now right.

    Raises:
        AuthoringError: a source is wrong; all such errors together.
    """
    if exercises is None:
        from ..checks.registry import EXERCISES as SLUGS
        from ..checks.registry import get_exercise

        exercises = [get_exercise(slug) for slug in SLUGS]
    exercises = list(exercises)
    files, problems = _generate(root, exercises)
    drift = [
        Drift(path, "changed" if (root / path).is_file() else "missing")
        for path, content in files.items()
        if not (root / path).is_file() or (root / path).read_bytes() != content
    ]
    if not check:
        for found in drift:
            with replacing(root / found.path) as draft:
                draft.write_bytes(files[found.path])
    if problems:
        raise AuthoringError("\n".join(problems))
    return drift + _unexpected(root, exercises) + _unexpected_pages(root, files)


def _generate(root: Path, exercises: list[Exercise]) -> tuple[dict[str, bytes], list[str]]:
    """Return the content of every generated file by its path, and what went wrong with the others."""
    repository = read_repository(root)
    files: dict[str, bytes] = {}
    problems = []
    for exercise in exercises:
        try:
            cells = read_source(root / SOLUTIONS / f"{exercise.slug}.py", exercise)
            solution = solution_notebook(cells, exercise, repository)
            release = release_notebook(solution, root)
        except AuthoringError as problem:
            problems.append(str(problem))
            continue
        solution_path, release_path = _notebook_paths(exercise)
        files[solution_path] = to_bytes(solution)
        files[release_path] = to_bytes(release)
    pages, wrong_pages = book_files(root)
    return files | pages, problems + wrong_pages


def _notebook_paths(exercise: Exercise) -> tuple[str, str]:
    slug = exercise.slug
    return f"{SOLUTIONS}/{slug}/{slug}.ipynb", f"{EXERCISES}/{slug}/{slug}.ipynb"


def _unexpected(root: Path, exercises: list[Exercise]) -> list[Drift]:
    """Return the files of the generated folders that belong to no exercise: nbgrader would hand them to students."""
    expected = {path for exercise in exercises for path in _notebook_paths(exercise)}
    expected |= {f"{SOLUTIONS}/{exercise.slug}.py" for exercise in exercises}
    expected |= {f"{folder}/{name}" for folder in (SOLUTIONS, EXERCISES) for name in BY_HAND}
    found = (path for folder in (SOLUTIONS, EXERCISES) for path in sorted((root / folder).rglob("*")))
    names = [path.relative_to(root) for path in found if path.is_file()]
    return [
        Drift(name.as_posix(), "unexpected")
        for name in names
        if name.as_posix() not in expected and not LEFT_BY_PROGRAMS.intersection(name.parts)
    ]


def _unexpected_pages(root: Path, files: dict[str, bytes]) -> list[Drift]:
    """Return what lies where only generated files of the book should: a link would open what nobody keeps right."""
    if not (root / TOC).is_file():
        return []
    book = root / BOOK
    found = sorted([*book.rglob("*.ipynb"), *(book / OVERVIEW).glob(f"*{ENDING}")])
    names = [path.relative_to(root) for path in found]
    return [
        Drift(name.as_posix(), "unexpected")
        for name in names
        if name.as_posix() not in files and not {*LEFT_BY_PROGRAMS, "_build"}.intersection(name.parts)
    ]
