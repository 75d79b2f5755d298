"""The gradebook of nbgrader, written by one process, one transaction for each submission.

Points that a person gave, their comments and extra credit are never touched. When a check gives other points than
before, or the student handed in anew, the question is marked for the person to look at again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks.verdict import State
from ..exceptions import CifarTeachError
from .autograded import digest_in, release_cells, write_autograded, write_settings
from .gradebook_connection import COURSE_ID, explained, open_gradebook, with_driver
from .records import Outcome, QuestionResult, Result

if TYPE_CHECKING:
    from nbgrader.api import SubmittedNotebook

__all__ = ["COURSE_ID", "GradebookWriter", "default_url", "manual_points"]

KERNEL = json.dumps({"display_name": "Python 3", "language": "python", "name": "python3"})
NO_ANSWER = "No response."
"""What nbgrader writes beside an answer that is as it was handed out."""


def default_url(root: str | Path) -> str:
    """Return the URL of the SQLite gradebook in a folder."""
    return f"sqlite:///{(Path(root) / 'gradebook.db').resolve()}"


class GradebookWriter:
    """Writes results into nbgrader's gradebook and its autograded notebooks; a context manager.

    Args:
        root: folder of the grading; ``autograded/`` and nbgrader's settings are written there.
        course: folder of the course, with ``exercises/``.
        url: SQLAlchemy URL of the gradebook; SQLite in ``root`` by default.

    Raises:
        CifarTeachError: nbgrader is not installed, or the gradebook cannot be opened.
    """

    def __init__(self, root: str | Path, course: str | Path, url: str = "") -> None:
        self.root, self.course = Path(root), Path(course)
        self.url = with_driver(url) or default_url(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.gradebook = open_gradebook(self.url)
        self._released: dict[str, set[str]] = {}
        write_settings(self.root, self.course, self.url, COURSE_ID)

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection to the gradebook."""
        self.gradebook.close()

    def write(self, result: Result, notebook: dict[str, Any] | None, *, penalty: float = 0.0) -> bool:
        """Write a result; doing so twice changes nothing. Return whether there was something to write.

        Args:
            result: only a graded one is written: a hand-in that could not be graded has no points, not zero points.
            notebook: the rebuilt notebook of the submission, for formgrader.
            penalty: points taken off because it came late; nbgrader shows them apart.

        Raises:
            CifarTeachError: the gradebook cannot be written (locked, disk full). What was there before is unchanged.
        """
        if result.outcome is not Outcome.GRADED or notebook is None:
            return False
        with explained(self.url):
            try:
                self._prepare(result.exercise)
                submitted = self._submission(result)
                again = digest_in(self.root, result.student, result.exercise) not in ("", result.digest)
                self._points(submitted, result, again)
                submitted.late_submission_penalty = penalty
                self.gradebook.db.commit()
            except BaseException:
                self.gradebook.db.rollback()
                raise
        write_autograded(self.root, notebook, result, self._released[result.exercise])
        return True

    # What the exercise is

    def _prepare(self, exercise: str) -> None:
        """Enter the exercise and its cells, as `nbgrader generate_assignment` does."""
        if exercise in self._released:
            return
        from nbgrader.api import MissingEntry

        book, every = self.gradebook, release_cells(self.course / "exercises", exercise)
        released = {"".join(cell["source"]) for cell in every if cell["cell_type"] != "code"}
        cells = [cell for cell in every if "nbgrader" in cell["metadata"]]
        book.update_or_create_assignment(exercise)
        graded = {_role(cell)["grade_id"] for cell in cells if _role(cell)["grade"]}
        try:
            known = book.find_notebook(exercise, exercise)
            gone = {cell.name for cell in (*known.grade_cells, *known.task_cells)} - graded
            if gone and known.submissions:
                raise CifarTeachError(
                    f"The gradebook holds submissions of {exercise} with questions that the exercise no longer has: "
                    f"{', '.join(sorted(gone))}. Grade the new version into another --out folder or --db."
                )
            if gone:
                book.remove_notebook(exercise, exercise)
        except MissingEntry:
            gone = {exercise}
        if gone:
            book.add_notebook(exercise, exercise, kernelspec=KERNEL)
        for cell in cells:
            self._enter_cell(exercise, cell)
        self._released[exercise] = released

    def _enter_cell(self, exercise: str, cell: dict[str, Any]) -> None:
        book, role, kind = self.gradebook, _role(cell), cell["cell_type"]
        where = (role["grade_id"], exercise, exercise)
        if role["grade"]:
            book.update_or_create_grade_cell(*where, max_score=float(role["points"]), cell_type=kind)
        if role["solution"]:
            book.update_or_create_solution_cell(*where)
        if role["grade"] or role["solution"] or role["locked"]:
            source = "".join(cell["source"])
            locked = not role["solution"] and (role["grade"] or role["locked"])
            book.update_or_create_source_cell(
                *where, cell_type=kind, source=source, checksum=role.get("checksum"), locked=locked
            )

    # What a student has got

    def _submission(self, result: Result) -> SubmittedNotebook:
        """Return the student's notebook in the gradebook, with a place for each point; nothing is committed yet."""
        from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook

        db, assignment = self.gradebook.db, self.gradebook.find_assignment(result.exercise)
        student = _find(db, Student, id=result.student)
        _name(student, result)
        submission = _find(db, SubmittedAssignment, assignment_id=assignment.id, student_id=student.id)
        submission.timestamp = _as_nbgrader_time(result.submitted_at) or submission.timestamp
        (notebook,) = assignment.notebooks
        submitted = _find(db, SubmittedNotebook, notebook_id=notebook.id, assignment_id=submission.id)
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            _find(db, Grade, cell_id=cell.id, notebook_id=submitted.id)
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            _find(db, Comment, cell_id=cell.id, notebook_id=submitted.id)
        db.flush()
        db.expire(submitted)
        return submitted

    def _points(self, submitted: SubmittedNotebook, result: Result, again: bool) -> None:
        questions = {each.id.partition(".")[2]: each for each in result.questions}
        for grade in submitted.grades:
            question = questions.get(grade.cell.name.removeprefix("check-"))
            if question is None:
                continue
            points = _automatic(question)
            changed = again or points != grade.auto_score
            grade.auto_score = points
            if points is None:
                grade.needs_manual_grade = grade.manual_score is None or grade.needs_manual_grade or again
            elif grade.manual_score is None:
                # Once is enough: when a person has saved the page, nbgrader takes the mark away.
                grade.needs_manual_grade = question.own_word and (changed or bool(grade.needs_manual_grade))
            elif changed:
                grade.needs_manual_grade = True
        for comment in submitted.comments:
            question = questions.get(comment.cell.name)
            untouched = question is not None and question.state is State.NOT_ATTEMPTED
            comment.auto_comment = NO_ANSWER if untouched else None


def _find(db: Any, kind: type, **columns: Any) -> Any:
    """Return the row with these values, a new one if there is none."""
    row = db.query(kind).filter_by(**columns).one_or_none()
    if row is None:
        row = kind(**columns)
        db.add(row)
        db.flush()
    return row


def _role(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"]["nbgrader"]


def _automatic(question: QuestionResult) -> float | None:
    """Return the points without a person: as in nbgrader, an answer that was left out needs none to get zero."""
    if question.points is None and question.state is State.NOT_ATTEMPTED:
        return 0.0
    return None if question.points is None else min(float(question.points), float(question.max_points))


def _name(student: Any, result: Result) -> None:
    """Give a student the name of the roster, unless the gradebook has one."""
    if not result.name or student.first_name or student.last_name:
        return
    last, comma, first = result.name.partition(",")
    if not comma:
        first, _, last = result.name.rpartition(" ")
    student.first_name, student.last_name = first.strip()[:128], last.strip()[:128]


def _as_nbgrader_time(text: str) -> datetime | None:
    """Return a time as nbgrader stores it: in UTC, without saying so."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def manual_points(url: str) -> dict[tuple[str, str], dict[str, float]] | None:
    """Return the points that persons gave: (student, exercise) -> id of the question -> points, extra credit included.

    Those that a person put in the place of a check's are among them. None when nobody has given any yet, or there is no
    gradebook.

    Raises:
        CifarTeachError: the gradebook cannot be opened.
    """
    from sqlalchemy.engine import make_url

    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        return None
    from nbgrader.api import Grade

    points: dict[tuple[str, str], dict[str, float]] = {}
    with open_gradebook(url) as book, explained(url):
        for grade in book.db.query(Grade).filter(Grade.manual_score.is_not(None)):
            exercise, name = grade.notebook.notebook.assignment.name, grade.cell.name.removeprefix("check-")
            own = points.setdefault((grade.student.id, exercise), {})
            own[f"{exercise[:4]}.{name}"] = grade.manual_score + (grade.extra_credit or 0.0)
    return points or None
