"""The commands of this package for ``cifar-teach``; what they do is imported when they are called."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

FORMATS = ("csv", "canvas", "moodle", "gradescope")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this package to ``commands``, the subparsers of ``cifar-teach``."""
    grade = commands.add_parser("grade", help="grade a class: a zip of the learning platform, folders, notebooks")
    _add_hand_ins(grade)
    grade.add_argument("--out", type=Path, default=Path("graded"), metavar="DIR", help="where everything is written")
    _add_grading(grade)
    grade.add_argument("--late", type=Path, metavar="TOML", help="deadlines and late policy; kept in --out")
    grade.add_argument("--extensions", type=Path, metavar="CSV", help="more time for some; kept in --out")
    _add_feedback(grade)
    grade.add_argument("--dry-run", action="store_true", help="only say what would be graded")
    grade.set_defaults(call=_grade)

    intake = commands.add_parser("intake", help="say what `grade` would grade, and what would be put right first")
    _add_hand_ins(intake)
    intake.set_defaults(call=_intake)

    regrade = commands.add_parser("regrade", help="grade a class again, and show what would change")
    _add_folder(regrade)
    regrade.add_argument("--course", type=Path, metavar="DIR", help="folder of the course (default: as before)")
    regrade.add_argument("--exercise", "--assignment", default="", metavar="EX", help="only this exercise")
    _add_grading(regrade)
    what = regrade.add_mutually_exclusive_group()
    what.add_argument("--diff", action="store_true", help="show what would change, and write nothing (the default)")
    what.add_argument("--yes", action="store_true", help="show it, and write it")
    regrade.add_argument("--all", action="store_true", help="show every change, be it a thousand")
    _add_feedback(regrade)
    regrade.set_defaults(call=_regrade)

    export = commands.add_parser("export", help="the grades for a learning platform")
    export.add_argument("format", choices=FORMATS)
    export.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="the folder of `grade --out`, or several")
    export.add_argument("--to", type=Path, metavar="FILE", help="what to write (default: in the first folder)")
    export.add_argument("--exercise", "--assignment", default="", metavar="EX", help="only this exercise")
    export.add_argument("--template", type=Path, metavar="FILE", help="the table that Canvas or Moodle exported")
    export.add_argument("--name", default="", metavar="NAME", help="what Canvas calls the assignment (with --exercise)")
    export.add_argument("--scale", action="store_true", help="convert the points to Moodle's maximum")
    export.add_argument("--questions", action="store_true", help="CSV: a column for each question")
    export.add_argument("--db", default="", metavar="URL", help="the gradebook, if it needs a password")
    export.set_defaults(call=_export)

    feedback = commands.add_parser("feedback", help="write the pages of a graded class again, and the overview")
    _add_folder(feedback)
    feedback.add_argument("--salt", type=Path, metavar="FILE", help="secret of the course, if not in its folder")
    feedback.add_argument("--course", type=Path, metavar="DIR", help="folder of the course")
    feedback.add_argument("--late", type=Path, metavar="TOML", help="other deadlines or another late policy")
    feedback.add_argument("--extensions", type=Path, metavar="CSV", help="more time for some")
    feedback.add_argument("--book", default="", metavar="URL", help="address of the book, for links")
    feedback.add_argument("--db", default="", metavar="URL", help="the gradebook, if it needs a password")
    feedback.set_defaults(call=_feedback)

    similar = commands.add_parser("similar", help="pairs of answers in a graded class that are much alike")
    _add_folder(similar)
    similar.add_argument("--exercise", "--assignment", default="", metavar="EX", help="only this exercise")
    similar.add_argument("--course", type=Path, metavar="DIR", help="folder of the course")
    similar.set_defaults(call=_similar)

    receipt = commands.add_parser("receipt", help="say whether results were made here and not changed since")
    receipt.add_argument("files", nargs="+", type=Path, metavar="JSON", help="a file of `results/`, or one receipt")
    receipt.add_argument("--salt", type=Path, metavar="FILE", help="secret of the course, if not in its folder")
    receipt.add_argument("--course", type=Path, metavar="DIR", help="folder of the course (default: this one)")
    receipt.set_defaults(call=_receipt)


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that `grade --out` wrote")


def _add_hand_ins(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="zip, folder or notebook that was handed in"
    )
    parser.add_argument(
        "--exercise",
        "--assignment",
        default="",
        metavar="EX",
        help="all belong to it, such as ex02 (default: each says it)",
    )
    parser.add_argument("--roster", type=Path, metavar="CSV", help="names and ids of the class")
    parser.add_argument("--course", type=Path, metavar="DIR", help="folder of the course (default: this one)")
    parser.add_argument(
        "--shard", type=_shard, default=(0, 1), metavar="K/N", help="only part K (from 0) of N of the students"
    )


def _add_grading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=_positive, default=_cores(), metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument("--dask", default="", metavar="ADDRESS", help="grade on a dask cluster, tcp://host:8786")
    parser.add_argument("--db", default="", metavar="URL", help="gradebook (default: SQLite in --out); 'none' for none")
    parser.add_argument("--salt", type=Path, metavar="FILE", help="secret of the course, if not in its folder")
    parser.add_argument("--trust", action="store_true", help="grade even where nothing isolates the students' code")


def _add_feedback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--feedback", action=argparse.BooleanOptionalAction, default=True, help="write a page for each student"
    )
    parser.add_argument("--book", default="", metavar="URL", help="address of the book, for links in these pages")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' should be a number from 1")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and int(number) < int(count)):
        raise argparse.ArgumentTypeError(f"'{text}' should be a part and a count, from 0/4 to 3/4 for instance")
    return int(number), int(count)


def _grade(options: argparse.Namespace) -> None:
    from . import commands

    commands.intake(options) if options.dry_run else commands.grade(options)


def _intake(options: argparse.Namespace) -> None:
    from . import commands

    commands.intake(options)


def _regrade(options: argparse.Namespace) -> None:
    from . import commands

    commands.regrade(options)


def _export(options: argparse.Namespace) -> None:
    from . import commands

    commands.export(options)


def _feedback(options: argparse.Namespace) -> None:
    from . import commands

    commands.feedback(options)


def _similar(options: argparse.Namespace) -> None:
    from . import commands

    commands.similar(options)


def _receipt(options: argparse.Namespace) -> int:
    from . import commands

    return commands.receipt(options)
