"""How well and how fast is a class graded? ``python -m benchmarks.grading`` writes ``results/grading.json``.

1. A made-up class (:mod:`benchmarks.grading_class`) is graded by ``cifar-teach grade``: is everybody accounted for,
   does everybody get the points that are due, does the memory stay level?
2. The same notebooks, which import TensorFlow, are graded by stock ``nbgrader autograde``, by ``cifar-teach grade``
   with one worker and with all, one after the other: how many times faster, and are the points the same?

Drawn pictures serve as data. Everything is written into a scratch folder, which sandboxed processes must be able to
read; with ``--scratch`` it is kept, and ``--keep`` takes over the part of an earlier report that is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.grading_class import Student, made_up_class, write_class
from benchmarks.grading_memory import MemoryWatch
from cifar_teach.checks import get_exercise
from cifar_teach.environment import hardware, versions
from cifar_teach.files import replacing
from cifar_teach.grading.journal import Journal
from cifar_teach.grading.records import Outcome, Result
from tests.exercises.harness import ROOT

RESULTS_FILE = Path(__file__).parent / "results" / "grading.json"
EXTRAS = ("nbgrader", "sqlalchemy", "ipykernel")


def main() -> int:
    """Run both parts and write the results file."""
    options = _options()
    os.environ["CIFAR_TEACH_DATA"] = "synthetic"
    scratch = Path(options.scratch or tempfile.mkdtemp(prefix="cifar-teach-grading-"))
    kept = json.loads(options.out.read_text(encoding="utf-8")) if options.keep and options.out.is_file() else {}
    report = {
        "benchmark": "grading",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "versions": versions() | _extra_versions(),
        "seed": options.seed,
        "workers": options.workers,
        "class": _with_load(_whole_class, options, scratch) if options.students else kept.get("class"),
        "side_by_side": _with_load(_side_by_side, options, scratch)
        if options.side_by_side
        else kept.get("side_by_side"),
    }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {options.out}")
    if not options.scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    wrong = [part for part in (report["class"], report["side_by_side"]) if part and part["differences"]]
    return 1 if wrong else 0


def _with_load(part: Callable[..., dict], options: argparse.Namespace, scratch: Path) -> dict:
    """Run a part, and note how busy the machine was: what else runs there makes everything slower."""
    before = os.getloadavg()[0]
    record = part(options, scratch)
    return record | {"load_average": [round(before, 1), round(os.getloadavg()[0], 1)]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=300, help="size of the made-up class; 0 leaves it out")
    parser.add_argument("--odd", type=float, default=0.10, help="share of damaged files")
    parser.add_argument("--hostile", type=float, default=0.02, help="share of code that means harm")
    parser.add_argument("--exercise", default="ex02", help="what the class hands in")
    parser.add_argument("--side-by-side", type=int, default=20, help="notebooks for the comparison; 0 leaves it out")
    parser.add_argument("--compared", default="ex03", help="exercise of the comparison; it imports TensorFlow")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", metavar="DIR", help="keep everything that is written there")
    parser.add_argument("--keep", action="store_true", help="keep the part of --out that is not measured now")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    return parser.parse_args()


def _extra_versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in EXTRAS}


# A whole class


def _whole_class(options: argparse.Namespace, scratch: Path) -> dict:
    slug = get_exercise(options.exercise).slug
    students = made_up_class(slug, options.students, odd=options.odd, hostile=options.hostile, seed=options.seed)
    folder = scratch / "class"
    write_class(students, slug, folder)
    print(f"{len(students)} made-up hand-ins of {slug}: {dict(Counter(each.kind for each in students))}", flush=True)
    run = _grade(folder, scratch / "class-graded", slug, options.workers)
    results = run["results"]
    differences = [line for each in students for line in _differences(each, results.get(each.id))]
    outcomes = Counter(str(result.outcome) for result in results.values())
    seconds = [result.seconds for result in results.values() if result.outcome is Outcome.GRADED]
    record = {
        "exercise": slug,
        "students": len(students),
        "kinds": dict(Counter(each.kind for each in students)),
        "hostile": sorted({each.what for each in students if each.kind == "hostile"}),
        "accounted_for": len(results),
        "outcomes": dict(outcomes),
        "as_expected": len(students) - len({line.partition(":")[0] for line in differences}),
        "differences": differences,
        "isolation": dict(Counter(str(result.isolation) for result in results.values())),
        "seconds": round(run["seconds"], 1),
        "seconds_per_hand_in": {"median": round(median(seconds), 2), "largest": round(max(seconds), 1)},
        "hand_ins_per_hour": round(3600 * len(students) / run["seconds"]),
        "memory": run["memory"],
        "bytes_per_hand_in": round(_size(scratch / "class-graded") / len(students)),
        "again_seconds": round(_grade(folder, scratch / "class-graded", slug, options.workers)["seconds"], 1),
    }
    print(
        f"{record['accounted_for']} accounted for, {record['as_expected']} as expected, {record['seconds']:.0f} s; "
        f"again, with nothing to do: {record['again_seconds']:.0f} s"
    )
    print("\n".join(differences))
    return record


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _differences(student: Student, result: Result | None) -> list[str]:
    """Return what a student got that was not due, a line for each question."""
    who = f"{student.id} ({student.kind}, {student.what})"
    if result is None:
        return [f"{who}: no result"]
    if student.points is None or result.outcome is not Outcome.GRADED:
        if student.points is None and result.outcome is Outcome.NEEDS_HUMAN:
            return []
        return [f"{who}: {result.outcome} {result.reason}"]
    got = {each.id.partition(".")[2]: each for each in result.questions}
    return [
        f"{who}: {name} got {got[name].points} instead of {due}: {got[name].message[:200]}"
        for name, due in student.points.items()
        if got[name].points != due
    ]


def _grade(hand_ins: Path, out: Path, slug: str, workers: int, *more: str) -> dict:
    """Run ``cifar-teach grade``; return its results, how long it took, and what memory it used."""
    command = [sys.executable, "-m", "cifar_teach.cli", "grade", str(hand_ins), "--exercise", slug, "--out", str(out)]
    command += ["--course", str(ROOT), "--workers", str(workers), "--salt", str(_key(out.parent)), *more]
    started = time.monotonic()
    with MemoryWatch(out / "journal" / "results.jsonl") as watch:
        done = watch.run(command, cwd=ROOT)
    seconds = time.monotonic() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    with Journal(out / "journal", read_only=True) as journal:
        results = {result.student: result for result in journal.results()}
    return {"seconds": seconds, "results": results, "memory": watch.record()}


def _key(folder: Path) -> Path:
    """Return the secret of the benchmark's course: always the same, so that the inputs are."""
    path = folder / "benchmark.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("the secret of the benchmark's course\n")
    return path


# Beside stock nbgrader


def _side_by_side(options: argparse.Namespace, scratch: Path) -> dict:
    exercise = get_exercise(options.compared)
    slug = exercise.slug
    students = made_up_class(slug, options.side_by_side, odd=0, hostile=0, seed=options.seed + 1)
    write_class(students, slug, scratch / "side-by-side")
    print(f"{len(students)} hand-ins of {slug}, three times …", flush=True)
    stock_seconds, stock = _stock(scratch / "stock", scratch / "side-by-side", slug)
    print(f"nbgrader autograde: {stock_seconds:.0f} s", flush=True)
    runs = {}
    for workers in sorted({1, options.workers}):
        run = _grade(scratch / "side-by-side", scratch / f"workers-{workers}", slug, workers)
        runs[str(workers)] = {
            "seconds": round(run["seconds"], 1),
            "times_faster": round(stock_seconds / run["seconds"], 1),
        }
        print(f"cifar-teach grade, {workers} worker(s): {run['seconds']:.0f} s", flush=True)
    differences = []
    for each in students:
        got = {one.id.partition(".")[2]: one.points for one in run["results"][each.id].questions if not one.manual}
        if got != stock[each.id]:
            differences.append(f"{each.id}: stock {stock[each.id]}, here {got}")
    print("\n".join(differences))
    return {
        "exercise": slug,
        "hand_ins": len(students),
        "stock": {"command": "nbgrader autograde", "seconds": round(stock_seconds, 1)},
        "workers": runs,
        "differences": differences,
    }


def _stock(course: Path, hand_ins: Path, slug: str) -> tuple[float, dict[str, dict[str, float]]]:
    """Grade with nbgrader and the settings of the course; return seconds, and student -> question -> points."""
    for home in ("solutions", "exercises"):
        shutil.copytree(ROOT / home / slug, course / home / slug, dirs_exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(hand_ins, course / "submitted", dirs_exist_ok=True)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(course / "jupyter"),
        "IPYTHONDIR": str(course / "ipython"),
    }
    for command in (["generate_assignment", slug, "--force"], ["autograde", slug]):
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command], cwd=course, env=environment, capture_output=True, text=True
        )
        seconds = time.monotonic() - started
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
    from nbgrader.api import Gradebook

    points: dict[str, dict[str, float]] = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "cifar-teach") as book:
        for submission in book.assignment_submissions(slug):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            points[submission.student.id] = {
                grade.name.removeprefix("check-"): grade.auto_score
                for grade in grades
                if grade.name.startswith("check-")
            }
    return seconds, points


if __name__ == "__main__":
    sys.exit(main())
