"""``pytest --notebook my_ex02.ipynb``: the checks of a student's notebook as tests, one per check.

Does nothing unless ``--notebook`` is given.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .reading import Notebook
    from .results import NotebookResult

NOTEBOOKS = pytest.StashKey["dict[Path, Notebook]"]()
RESULTS = pytest.StashKey["dict[Path, NotebookResult]"]()


class CheckNotPassed(Exception):
    """A check that has not passed; its text is what the student reads."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--notebook``."""
    group = parser.getgroup("cifar-teach", "checks of a student's notebook")
    group.addoption(
        "--notebook",
        action="append",
        default=[],
        metavar="FILE",
        help="run this exercise notebook and report each of its checks as a test; may be given several times",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the notebooks; unless paths are given too, collect nothing else."""
    names = config.getoption("notebook")
    if not names:
        return
    from ..exceptions import CifarTeachError
    from .reading import read_notebook

    folder = config.invocation_params.dir
    try:
        notebooks = {(folder / name).resolve(): read_notebook(folder / name) for name in names}
    except CifarTeachError as problem:
        raise pytest.UsageError(str(problem)) from None
    config.stash[NOTEBOOKS] = notebooks
    config.stash[RESULTS] = {}
    from_user = pytest.Config.ArgsSource.ARGS
    given = config.args if config.args_source is from_user else []
    config.args = [*given, *(str(path) for path in notebooks if str(path) not in given)]
    config.args_source = from_user  # not the test paths of a settings file


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the checks of a notebook that was asked for."""
    if file_path.resolve() not in parent.config.stash.get(NOTEBOOKS, {}):
        return None
    return NotebookChecks.from_parent(parent, path=file_path, nodeid=_shown(file_path, parent.config.rootpath))


def _shown(path: Path, folder: Path) -> str:
    """Return the path as seen from ``folder``, or the name of the file when it lies elsewhere."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


class NotebookChecks(pytest.File):
    """A notebook; it is run once, when the first of its checks is asked for."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the checks of the exercise, also those whose cells are gone."""
        for question in self._notebook.exercise.checks:
            yield NotebookCheck.from_parent(self, name=question.id)

    @property
    def _notebook(self) -> Notebook:
        return self.config.stash[NOTEBOOKS][self.path.resolve()]

    def title_of(self, id: str) -> str:
        """Return what a question asks, in a few words."""
        return self._notebook.exercise.question(id).title

    def result(self) -> NotebookResult:
        """Return the verdicts on the notebook."""
        from .execution import run_notebook

        results = self.config.stash[RESULTS]
        if self.path not in results:
            results[self.path] = run_notebook(self._notebook)
        return results[self.path]


class NotebookCheck(pytest.Item):
    """One check of a notebook."""

    def runtest(self) -> None:
        """Pass when the check has passed; record the points either way."""
        from .results import properties_of

        result = self.parent.result()
        verdict = result.verdicts[self.name]
        self.user_properties += properties_of(verdict)
        if not verdict.passed:
            raise CheckNotPassed(result.explain(self.name))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what the student should read, without a traceback."""
        if isinstance(excinfo.value, CheckNotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], None, str]:
        """Say where the test is, and what stands above its failure."""
        return self.path, None, f"{self.name}: {self.parent.title_of(self.name)}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the points of each notebook, and what no single check tells."""
    results = config.stash.get(RESULTS, {})
    if not results:
        return
    terminalreporter.section("notebooks")
    for path, result in results.items():
        terminalreporter.line(f"{_shown(path, config.invocation_params.dir)}: {result.points_text()}")
        for note in result.notes:
            terminalreporter.line(f"  Note: {note}")
