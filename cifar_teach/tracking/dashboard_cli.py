"""The command ``cifar-teach dashboard``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from .connecting import DEFAULT_URL


def add_dashboard_command(commands: argparse._SubParsersAction) -> None:
    """Add ``dashboard`` to ``commands``, the subparsers of ``cifar-teach``."""
    command = commands.add_parser("dashboard", help="all runs of a database in one HTML file that works offline")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--db", default=DEFAULT_URL, metavar="URL", help=f"the database (default {DEFAULT_URL})")
    source.add_argument(
        "--sample",
        action="store_true",
        help="no database yet? Train four small networks on drawn pictures first (half a minute) and show those",
    )
    command.add_argument("--out", type=Path, default=Path("dashboard.html"), metavar="FILE", help="the page to write")
    command.add_argument("--title", default=None, metavar="TEXT", help="heading of the page")
    pictures = command.add_mutually_exclusive_group()
    pictures.add_argument(
        "--images",
        metavar="DATA",
        help="where the pictures of misclassified images are: your copy of the data set, or 'cache'",
    )
    pictures.add_argument(
        "--no-images", action="store_true", help="leave all pictures out: for a page that is published"
    )
    command.set_defaults(call=_dashboard)


def _dashboard(options: argparse.Namespace) -> None:
    if options.sample:
        from .sample import write_sample

        with tempfile.TemporaryDirectory(prefix="cifar-teach-sample-") as folder:
            database = str(Path(folder) / "sample.db")
            write_sample(database)
            _write(options, database)
    else:
        _write(options, options.db)


def _write(options: argparse.Namespace, url: str) -> None:
    from .dashboard import DEFAULT_TITLE, write_dashboard

    findings = write_dashboard(
        options.out,
        url,
        images=options.images,
        with_pictures=not options.no_images,
        title=options.title or DEFAULT_TITLE,
    )
    runs = len({model["run"] for model in findings.models})
    megabytes = options.out.stat().st_size / 1e6
    print(f"{options.out}: {len(findings.models)} trained models of {runs} runs, {megabytes:.1f} MB.")
    if all(test_set.synthetic for test_set in findings.test_sets):
        print("All of them were tested on drawn pictures: these are not CIFAR-10 numbers, and the page says so.")
    elif not options.no_images:
        print("To publish this page, make it with --no-images, unless its pictures are yours: CIFAR-10's are not free.")
    if findings.unfinished:
        print(f"Not shown, because they are not finished: {findings.unfinished} models.")
