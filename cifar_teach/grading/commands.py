"""What the commands of the grader do, from the options of the command line to what is printed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import CifarTeachError
from .batch import Graded
from .class_folder import ClassFolder, course_folder, decisions_of
from .gradebook import manual_points
from .records import Result, Submission
from .salting import course_secret
from .summary import absent_in_words
from .text import one_line, short
from .workflow import ClassGrading, gradebook_url, take_in

if TYPE_CHECKING:
    from .intake import Collected

__all__ = ["export", "feedback", "grade", "intake", "receipt", "regrade", "similar"]

ENDINGS = {"csv": "all-grades.csv", "canvas": "canvas.csv", "moodle": "moodle.csv", "gradescope": "gradescope"}
"""What an export is called when no other name is given; for Gradescope it is a folder."""


def intake(options: argparse.Namespace) -> None:
    """Say what would be graded and what would be put right first."""
    collected = _taken_in(options, course_folder(options.course))
    submissions = collected.submissions
    for each in submissions:
        what = f"needs a person: {one_line(each.problem.message)}" if each.problem else each.exercise
        print(f"{each.student}  {short(each.source, 60)}  {what}")
        for repair in each.repairs:
            print(f"    {repair.question + ': ' if repair.question else ''}{short(repair.message, 160)}")
    waiting = sum(each.problem is not None for each in submissions)
    for each in collected.skipped:
        print(f"left out: {short(each.source, 80)}: {short(each.why, 160)}")
    for line in absent_in_words(collected.absent):
        print(line)
    print(f"\n{len(submissions)} hand-ins: {len(submissions) - waiting} can be graded, {waiting} need a person.")


def grade(options: argparse.Namespace) -> None:
    """Grade a class: intake, grading, journal, gradebook, feedback, overview, table."""
    started = time.monotonic()
    course = course_folder(options.course)
    collected = _taken_in(options, course)
    if not collected.submissions:
        raise CifarTeachError(
            "There is nothing to grade in what was given. Expected: notebooks, folders of them, or the zip of a "
            "learning platform. `cifar-teach intake` says what is found."
        )
    folder = ClassFolder(options.out)
    schedule = folder.schedule(options.late, options.extensions)
    grading = _grading(options, folder, course, schedule)
    print(grading.run(collected, started))


def regrade(options: argparse.Namespace) -> None:
    """Grade the kept submissions of a class again, show what would change, and write it when told to."""
    from . import regrade as again

    folder = ClassFolder(options.folder)
    folder.journal(read_only=True).close()
    course = course_folder(options.course or _remembered_course(folder))
    options.db = options.db or folder.remembered().get("db", "")
    grading = _grading(options, folder, course, folder.schedule())
    submissions = again.kept_submissions(folder, course, _slug(options.exercise))
    with ExitStack() as stack:
        journal = stack.enter_context(folder.journal(read_only=not options.yes))
        proposed = stack.enter_context(again.Journal(folder.proposed_folder))
        due = [each for each in submissions if journal.key_of(each.student, each.exercise) != grading.key(each)]
        results = [each.result for each in grading.grade(due, proposed, stack)]
        found = again.changes(journal, results)
        print(again.in_words(found, limit=0 if options.all else again.SHOWN))
        adopted = again.adopt(journal, found) if options.yes else []
    if not options.yes:
        if found:
            print("Nothing was written. To write it: the same command with --yes.")
        return
    _enter_again(grading, submissions)
    again.forget_proposals(folder)
    print(f"Written: {len(adopted)} results.")


def _enter_again(grading: ClassGrading, submissions: list[Submission]) -> None:
    """Write results into the gradebook and make what is handed out again.

    All of them, not only those that have just changed: an earlier call may have been stopped before it came to this.
    """
    grading.folder.keep(submissions, grading.course)
    with ExitStack() as stack:
        book = grading.gradebook(stack)
        journal = stack.enter_context(grading.folder.journal(read_only=True))
        for each in submissions if book else ():
            if result := journal.latest(each.student, each.exercise):
                book.enter(Graded(each, result, kept=True))
        problems = book.finish() if book else []
        grading.write({each.student for each in submissions}, journal.results())
    if problems:
        raise CifarTeachError(f"{len(problems)} results are not in the gradebook yet. {problems[0]}")


def export(options: argparse.Namespace) -> None:
    """Write the grades of one folder, or of several that are parts of a class, for another program."""
    results: dict[tuple[str, str], Result] = {}
    decisions: dict[tuple[str, str], Any] = {}
    manual: dict[tuple[str, str], dict[str, float]] = {}
    slug = _slug(options.exercise)
    for root in options.folders:
        folder = ClassFolder(root)
        with folder.journal(read_only=True) as journal:
            own = [each for each in journal.results() if slug in ("", each.exercise)]
        results |= {(each.student, each.exercise): each for each in own}
        decisions |= decisions_of(own, folder.schedule()) or {}
        url = gradebook_url(folder, options.db or folder.remembered().get("db", ""))
        manual |= (manual_points(url) or {}) if url else {}
    if not results:
        raise CifarTeachError("There are no results to export. See --exercise, and grade the class first.")
    target = options.to or options.folders[0] / ENDINGS[options.format]
    unknown = _writer(options, slug)(list(results.values()), target, decisions=decisions or None, manual=manual or None)
    print(f"Written: {target}")
    for line in _still_open(list(results.values()), decisions, manual):
        print(line, file=sys.stderr)
    for row in unknown:
        print(f"Not in {options.template.name}: {row.result.student} ({short(row.result.name, 60)})", file=sys.stderr)


def _still_open(results: list[Result], decisions: dict, manual: dict) -> list[str]:
    """Return what an instructor should know before these grades are handed on."""
    from .exports.rows import rows

    table = rows(results, decisions=decisions or None, manual=manual or None)
    without = sum(row.score is None for row in table)
    unread = sum(row.score is not None and row.open_manual > 0 for row in table)
    counted = any(row.max_score > row.result.max_points for row in table)
    lines = []
    if without:
        lines.append(f"{without} of {len(table)} have no score yet: a person has to look at them (see class.html).")
    if unread and counted:
        lines.append(f"{unread} have written answers that nobody has read yet: these count as 0 points so far.")
    elif unread:
        lines.append("Written answers are left out for everybody: nobody has given points for them yet.")
    return lines


def _writer(options: argparse.Namespace, slug: str) -> Callable[..., list]:
    """Return the export with its own options; it returns the rows for which the template has no line."""
    from .exports import canvas, csv, gradescope, moodle

    given = {"--template": options.template, "--name": options.name, "--scale": options.scale}
    given["--questions"] = options.questions
    takes = {"canvas": ("--template", "--name"), "moodle": ("--template", "--scale"), "csv": ("--questions",)}
    for name, value in given.items():
        if value and name not in takes.get(options.format, ()):
            raise CifarTeachError(f"{name} means nothing for {options.format}. Leave it out.")
    if options.name and not slug:
        raise CifarTeachError("--name needs --exercise: which exercise is called so?")
    more: dict[str, Any] = {}
    if options.format == "canvas":
        more = {"template": options.template, "assignments": {slug: options.name} if options.name else None}
    elif options.format == "moodle":
        more = {"template": options.template, "scale": options.scale}
    elif options.format == "csv":
        more = {"questions": options.questions}
    module = {"csv": csv, "canvas": canvas, "moodle": moodle, "gradescope": gradescope}[options.format]

    def write(results: list[Result], target: Path, **common: Any) -> list:
        found = module.write(results, target, **common, **more)
        return found if options.template else []

    return write


def feedback(options: argparse.Namespace) -> None:
    """Write everything that is made from the results again, such as after answers were read or deadlines moved."""
    from .outputs import write_outputs

    folder = ClassFolder(options.folder)
    with folder.journal(read_only=True) as journal:
        results = list(journal.results())
    course = course_folder(options.course or _remembered_course(folder))
    secret = course_secret(course, _salt_file(options, folder), create=False)
    url = gradebook_url(folder, options.db or folder.remembered().get("db", ""))
    schedule = folder.schedule(options.late, options.extensions)
    manual = manual_points(url) if url else None
    write_outputs(folder, results, secret, schedule=schedule, manual=manual, book=options.book)
    print(f"Written: {folder.feedback}, {folder.results}, {folder.grades}, {folder.overview}")


def similar(options: argparse.Namespace) -> None:
    """Compare the answers of a class with each other and write the report."""
    from .similarity import compare, write_similarity

    folder = ClassFolder(options.folder)
    course = course_folder(options.course or _remembered_course(folder))
    submissions = [each for each, _ in folder.submissions(_slug(options.exercise))]
    if not submissions:
        raise CifarTeachError(f"'{options.folder}' holds no hand-ins. Give the folder of `cifar-teach grade --out`.")
    pairs = compare(submissions, course / "exercises")
    write_similarity(pairs, folder.similarity)
    for pair in pairs[:10]:
        print(f"{pair.score:4.0%}  {pair.exercise}: {pair.left}, {pair.right}")
    print(
        f"{len(pairs)} pairs of {len(submissions)} hand-ins are much alike. Written: {folder.similarity}\n"
        "It shows where to look, and proves nothing: read both, and ask."
    )


def receipt(options: argparse.Namespace) -> int:
    """Say of each receipt whether this course has signed it and nothing in it was changed; return 1 if not all are."""
    from .receipts import read_receipts, verify

    key = course_secret(course_folder(options.course), options.salt, create=False).receipt_key
    wrong = 0
    for path in options.files:
        for each in read_receipts(path):
            genuine = verify(each, key)
            wrong += not genuine
            points = f"{each.get('points')} of {each.get('max_points')} points, code {each.get('code')}"
            what = short(f"{each.get('student')} {each.get('exercise')}: {points}", 120)
            print(f"{'genuine' if genuine else 'NOT GENUINE'}  {what}")
    return 1 if wrong else 0


# From options to what is graded


def _taken_in(options: argparse.Namespace, course: Path) -> Collected:
    return take_in(options.paths, course, exercise=options.exercise, roster=options.roster, shard=options.shard)


def _grading(options: argparse.Namespace, folder: ClassFolder, course: Path, schedule: Any) -> ClassGrading:
    from .grader import Grader, GraderSettings

    secret = course_secret(course, _salt_file(options, folder))
    _keep_out_of_sight(options, folder, secret.path)
    settings = GraderSettings(salt=secret.salt, releases=course / "exercises", trust=options.trust)
    # Only the key is asked of this one. Whether code can be locked up matters where it runs, which may be elsewhere.
    keys = Grader(salt=secret.salt, releases=settings.releases, trust=True)
    return ClassGrading(
        folder, course, secret, settings, keys.key,
        workers=options.workers, dask=options.dask, db=options.db, schedule=schedule,
        feedback=options.feedback, book=options.book,
    )  # fmt: skip


def _salt_file(options: argparse.Namespace, folder: ClassFolder) -> Path | None:
    """Return the file with the secret: the one given, or the one that was given before; None for that of the course."""
    remembered = folder.remembered().get("salt", "")
    return options.salt or (Path(remembered) if remembered else None)


def _keep_out_of_sight(options: argparse.Namespace, folder: ClassFolder, secret: Path) -> None:
    """Refuse to grade where students' code could read the secret, the results or what others have handed in."""
    from .sandbox_view import in_sight

    for path in (secret, folder.root, *getattr(options, "paths", ())):
        if not options.trust and (home := in_sight(path)):
            raise CifarTeachError(
                f"'{path}' is no place for secrets and hand-ins: it lies in '{home}', which students' code can read "
                "while it runs, because Python needs it. Move it elsewhere, such as to your home folder."
            )


def _slug(exercise: str) -> str:
    from ..checks.registry import get_exercise

    return get_exercise(exercise).slug if exercise else ""


def _remembered_course(folder: ClassFolder) -> Path | None:
    course = folder.remembered().get("course", "")
    return Path(course) if course else None
