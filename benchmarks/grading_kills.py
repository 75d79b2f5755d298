"""Kill the grader at random moments and let it go on: ``python -m benchmarks.grading_kills`` compares the grades.

One run of a made-up class is left alone. The same class is then graded by runs that are killed with SIGKILL, workers
and sandboxes left to themselves, at moments drawn evenly from the length of the undisturbed run, until one gets to its
end; and again from the beginning, until there were enough kills. Each time the table of grades must be the same, byte
for byte, and so must the points in the gradebook; and no process may be left. Written to ``grading_kills.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.grading_class import made_up_class, write_class
from benchmarks.grading_memory import process_tree
from cifar_teach.checks import get_exercise
from cifar_teach.environment import hardware, versions
from cifar_teach.files import replacing
from tests.exercises.harness import ROOT

RESULTS_FILE = Path(__file__).parent / "results" / "grading_kills.json"
GRACE_SECONDS = 30.0
"""For the orphans of a killed run to end."""
SCORES = """
SELECT s.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g
JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
JOIN submitted_assignment s ON s.id = n.assignment_id
"""


def main() -> int:
    """Run, kill, compare, and write the results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--exercise", default="ex02")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="begin no further run after so long")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    os.environ["CIFAR_TEACH_DATA"] = "synthetic"
    slug = get_exercise(options.exercise).slug
    scratch = Path(tempfile.mkdtemp(prefix="cifar-teach-kills-"))
    write_class(made_up_class(slug, options.students, odd=0.2, hostile=0, seed=options.seed), slug, scratch / "class")
    (scratch / "key").touch(mode=0o600)
    (scratch / "key").write_text("the secret of the benchmark's course\n")

    started = time.monotonic()
    _end(_start(scratch, "undisturbed", slug, options.workers))
    length = time.monotonic() - started
    expected = _grades(scratch / "undisturbed")
    print(f"undisturbed: {length:.0f} s", flush=True)
    rng, kills, classes, differences = random.Random(options.seed), [], 0, []
    deadline = time.monotonic() + 60 * options.minutes
    while len(kills) < options.kills and time.monotonic() < deadline:
        classes += 1
        name = f"class-{classes}"
        while len(kills) < options.kills and time.monotonic() < deadline:
            run = _start(scratch, name, slug, options.workers)
            moment = rng.uniform(0, length)
            if not _killed(run, moment):
                break
            graded = _graded(scratch / name)
            kills.append({"class": classes, "seconds": round(moment, 1), "graded": graded})
            print(f"kill {len(kills)} after {moment:.1f} s, {graded} graded", flush=True)
        _end(_start(scratch, name, slug, options.workers))
        if _grades(scratch / name) != expected:
            differences.append(name)
        shutil.rmtree(scratch / name, ignore_errors=True)  # SQLite may take its own files away meanwhile
    report = {
        "benchmark": "grading_kills",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "versions": versions(),
        "seed": options.seed,
        "exercise": slug,
        "students": options.students,
        "workers": options.workers,
        "undisturbed_seconds": round(length, 1),
        "classes": classes,
        "kills": kills,
        "differences": differences,
    }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    asked = "" if len(kills) == options.kills else f" of {options.kills}, for {options.minutes:g} minutes were over"
    print(f"{len(kills)} kills{asked} in {classes} classes; {len(differences)} differ from the undisturbed run")
    shutil.rmtree(scratch, ignore_errors=True)
    return 1 if differences else 0


def _start(scratch: Path, name: str, slug: str, workers: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "cifar_teach.cli", "grade", str(scratch / "class"), "--exercise", slug]
    command += ["--course", str(ROOT), "--out", str(scratch / name), "--salt", str(scratch / "key")]
    command += ["--workers", str(workers)]
    with (scratch / f"{name}.log").open("w") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def _end(run: subprocess.Popen) -> None:
    if run.wait():
        raise SystemExit(f"The grader ended with {run.returncode}: {' '.join(map(str, run.args))}")


def _killed(run: subprocess.Popen, seconds: float) -> bool:
    """Kill a run after so long and wait until nothing of it is left; return False when it had ended by itself."""
    try:
        run.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        pass
    family = process_tree(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    end = time.monotonic() + GRACE_SECONDS
    while left := [pid for pid in family if _alive(pid)]:
        if time.monotonic() > end:
            raise SystemExit(f"Processes are left {GRACE_SECONDS:.0f} s after the kill: {left}")
        time.sleep(0.1)
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _grades(folder: Path) -> tuple[bytes, list]:
    """Return the table of grades as it is, and the points in the gradebook, whose ids are drawn anew each time."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as connection:
        points = sorted(connection.execute(SCORES), key=repr)
    return (folder / "grades.csv").read_bytes(), points


def _graded(folder: Path) -> int:
    journal = folder / "journal" / "results.jsonl"
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


if __name__ == "__main__":
    sys.exit(main())
