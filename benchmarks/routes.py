"""Do all ways of grading give the same points? ``python -m benchmarks.routes`` writes ``results/routes.json``.

Every answer of the bank goes through stock ``nbgrader autograde``, through the way of ``pytest --notebook`` and
``cifar-teach check``, and through the check itself, as ``check()`` calls it in a notebook. To keep the number of
notebooks down, each holds one answer of the bank to every question; so one answer may lean on a wrong one, and then all
ways must still agree about the notebook, but not with the answer alone. Drawn pictures serve as data.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from cifar_teach.checks import Exercise
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.files import replacing
from tests.exercises.harness import Right, Wrong, answered, bank, every_exercise, solved, verdict_on
from tests.exercises.routes import autograde, by_running

from .checks import fingerprint, is_of

RESULTS_FILE = Path(__file__).parent / "results" / "routes.json"


def main() -> int:
    """Measure the exercises named on the command line, or all; what has not changed since the last time is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", help="such as ex02; all without")
    parser.add_argument("--workers", type=int, default=2, help="exercises at a time (default: %(default)s)")
    options = parser.parse_args()
    os.environ["CIFAR_TEACH_DATA"] = "synthetic"
    load_keras_quietly()
    machine = {"hardware": hardware(), "versions": versions()}
    report = json.loads(RESULTS_FILE.read_text(encoding="utf-8")) if RESULTS_FILE.exists() else {}
    known = {row["slug"]: row for row in report.get("exercises", [])} if is_of(report, machine) else {}
    every = [each for each in every_exercise() if each.prefix in (options.exercises or each.prefix)]
    due = [each for each in every if known.get(each.slug, {}).get("sources") != fingerprint(each.slug)]
    with ThreadPoolExecutor(options.workers) as pool:
        for points in pool.map(by_both, due):
            # In this thread, one exercise after the other: a check leaves the seeds of its process as they were.
            row = compared(*points)
            known[row["slug"]] = row
            write(known, machine)
            print(f"{row['slug']}: {row['answers']} answers in {row['notebooks']} notebooks, {row['seconds']:.0f} s")
            print("".join(f"    {each}\n" for each in row["differences"]), end="", flush=True)
    print(f"written: {RESULTS_FILE}")
    return 0


def mixtures(exercise: Exercise) -> list[dict[str, Wrong | Right]]:
    """Return the answers of notebooks, question -> answer, so that each answer of the bank is in one of them."""
    answers = (*bank(exercise.slug).WRONG, *bank(exercise.slug).RIGHT)
    to_each = {each.name: [answer for answer in answers if answer.question == each.name] for each in exercise.checks}
    return [
        {name: those[number] for name, those in to_each.items() if number < len(those)}
        for number in range(max(map(len, to_each.values())))
    ]


def by_both(exercise: Exercise) -> tuple:
    """Return the exercise, its notebooks, and their points by nbgrader and by the other way, one dict for each."""
    start, notebooks = time.perf_counter(), mixtures(exercise)
    with tempfile.TemporaryDirectory(prefix="cifar-teach-routes-") as folder:
        students = {
            f"s{number:03d}": answered(exercise.slug, {name: answer.code for name, answer in chosen.items()})
            for number, chosen in enumerate(notebooks)
        }
        stock = list(autograde(Path(folder), exercise.slug, students).values())
        run = [by_running(Path(folder), notebook, exercise.slug) for notebook in students.values()]
    return exercise, notebooks, stock, run, time.perf_counter() - start


def compared(exercise: Exercise, notebooks: list, stock: list, run: list, seconds: float) -> dict:
    """Return what the report says of an exercise."""
    differences, leaning = [], 0
    for number, (chosen, by_stock, by_run) in enumerate(zip(notebooks, stock, run, strict=True)):
        for name in by_stock.keys() | by_run.keys():
            if by_stock.get(name) != by_run.get(name):
                answer = chosen[name].why if name in chosen else "solution"
                differences.append(
                    f"notebook {number}, {name} ({answer}): nbgrader {by_stock.get(name)}, run {by_run.get(name)}"
                )
        alone = {name: verdict_on(exercise.slug, name, answer.code).points for name, answer in chosen.items()}
        leaning += sum(alone[name] != by_stock.get(name) for name in chosen)
    return {
        "slug": exercise.slug,
        "sources": fingerprint(exercise.slug),
        "notebooks": len(notebooks),
        "answers": sum(map(len, notebooks)),
        "same_as_alone": sum(map(len, notebooks)) - leaning,
        "differences": sorted(differences),
        "seconds": round(seconds, 1),
    }


def write(known: dict[str, dict], machine: dict) -> None:
    """Write the results file, after each exercise, so that an interrupted run leaves what is finished."""
    rows = [known[slug] for slug in sorted(known)]
    report = {
        "benchmark": "routes",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": solved(rows[0]["slug"])["data"].provenance.to_dict(),
        **machine,
        "notebooks": sum(row["notebooks"] for row in rows),
        "answers": sum(row["answers"] for row in rows),
        "same_as_alone": sum(row["same_as_alone"] for row in rows),
        "differences": sum(len(row["differences"]) for row in rows),
        "exercises": rows,
    }
    with replacing(RESULTS_FILE) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
