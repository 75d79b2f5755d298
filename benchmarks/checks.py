"""How good are the checks? ``python -m benchmarks.checks`` writes ``benchmarks/results/checks.json``.

For every question: the share of automatic mutants of the reference answer that the check notices, the mutants that
survive with the reason, the answers of the bank whose verdict depends on the seed of the inputs, and how long one check
takes. Drawn pictures serve as data, so it needs no data set.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from cifar_teach.authoring.mutation import Mutant, mutants
from cifar_teach.checks import Question, State
from cifar_teach.checks.registry import SECONDS
from cifar_teach.checks.runner import judge
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.files import replacing
from tests.exercises.harness import ROOT, bank, every_exercise, execute, notebook_with, reference, solved

RESULTS_FILE = Path(__file__).parent / "results" / "checks.json"
SALTS = ("", "second draw")
SEEDS = tuple(f"seed {number}" for number in range(20))
"""Draws for which every answer of the bank must get the same verdict."""
TRAINING_SEEDS = SEEDS[:4]
"""Those used where the check trains a network, which takes seconds."""
MUTANT_SECONDS = 5.0
"""A mutant that takes longer has been noticed: it runs for ever."""
REPEATS = 5


def main() -> int:
    """Measure the exercises named on the command line, or all; what has not changed since the last time is kept."""
    os.environ["CIFAR_TEACH_DATA"] = "synthetic"
    wanted = [exercise for exercise in every_exercise() if exercise.prefix in (sys.argv[1:] or exercise.prefix)]
    load_keras_quietly()
    machine = {"hardware": hardware(), "versions": versions()}
    report = json.loads(RESULTS_FILE.read_text(encoding="utf-8")) if RESULTS_FILE.exists() else {}
    known = {row["slug"]: row for row in report.get("exercises", [])} if is_of(report, machine) else {}
    for exercise in wanted:
        if known.get(exercise.slug, {}).get("sources") == fingerprint(exercise.slug):
            print(f"{exercise.slug}: unchanged, kept")
            continue
        records = [measure(exercise.slug, each) for each in tqdm(exercise.checks, desc=exercise.slug, unit="check")]
        print("\n".join(map(describe, records)))
        known[exercise.slug] = {
            "slug": exercise.slug,
            "title": exercise.title,
            "minutes": exercise.minutes,
            "questions": len(exercise.questions),
            "points": exercise.points,
            "sources": fingerprint(exercise.slug),
            "checks": records,
        }
        write(known, machine)
    return 0


def is_of(report: dict, machine: dict) -> bool:
    """Say whether a report was made on this machine with these versions: only then may part of it be kept."""
    return all(report.get(key) == value for key, value in machine.items())


def write(known: dict[str, dict], machine: dict) -> None:
    """Write the results file, after each exercise, so that an interrupted run leaves what is finished."""
    exercises = [known[slug] for slug in sorted(known)]
    records = [record for exercise in exercises for record in exercise["checks"]]
    killed, total = (sum(record[key] for record in records) for key in ("killed", "mutants"))
    report = {
        "benchmark": "checks",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": solved(exercises[0]["slug"])["data"].provenance.to_dict(),
        **machine,
        "seeds": list(SEEDS),
        "mutants": total,
        "killed": killed,
        "kill_rate": killed / total,
        "exercises": exercises,
    }
    with replacing(RESULTS_FILE) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{killed} of {total} mutants noticed ({killed / total:.1%}); written: {RESULTS_FILE}")


def measure(slug: str, question: Question) -> dict:
    """Judge every mutant of a reference answer, and time the check on the reference answer itself."""
    survivors = [
        mutant.change for mutant in mutants(reference(slug, question.name)) if survives(slug, question, mutant)
    ]
    count = len(mutants(reference(slug, question.name)))
    harmless = bank(slug).HARMLESS.get(question.name, {})
    reasons = {change: reason_for(change, harmless) for change in survivors}
    explained = sum(bool(reason) for reason in reasons.values())
    return {
        "id": question.id,
        "mutants": count - explained,
        "killed": count - len(survivors),
        "harmless": {change: reason for change, reason in reasons.items() if reason},
        "survivors": [change for change, reason in reasons.items() if not reason],
        "answers": sum(each.question == question.name for each in (*bank(slug).WRONG, *bank(slug).RIGHT)),
        "seeds": len(seeds_for(question)),
        "unsteady": unsteady(slug, question),
        "seconds": seconds_of(slug, question),
    }


def seeds_for(question: Question) -> tuple[str, ...]:
    """Return the draws to try: a check with more than the usual time limit trains, and takes seconds."""
    return SEEDS if question.seconds <= SECONDS else TRAINING_SEEDS


def unsteady(slug: str, question: Question) -> list[str]:
    """Return the answers of the bank whose verdict is not the same for every seed."""
    found = []
    for answer in (*bank(slug).WRONG, *bank(slug).RIGHT):
        if answer.question == question.name:
            variables = notebook_with(slug, question.name, answer.code)
            verdicts = [judge(question, variables, seed) for seed in seeds_for(question)]
            if len({(verdict.state, verdict.points) for verdict in verdicts}) > 1:
                found.append(answer.why)
    return found


def survives(slug: str, question: Question, mutant: Mutant, seconds: float = MUTANT_SECONDS) -> bool:
    """Say whether a mutant gets all points for every draw; one that takes longer than ``seconds`` does not."""
    variables = dict(solved(slug))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            execute(mutant.code, variables, "<mutant>")
        except Exception:
            return False
    quick = dataclasses.replace(question, seconds=min(question.seconds, seconds))
    return all(judge(quick, variables, salt).state is State.PASSED for salt in SALTS)


def reason_for(change: str, harmless: dict[str, str]) -> str:
    """Return why a surviving mutant is right in its own way, or nothing."""
    return next((reason for fragment, reason in harmless.items() if fragment in change), "")


def seconds_of(slug: str, question: Question) -> float:
    """Return the median time of the check on the reference answer, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        judge(question, solved(slug))
        times.append(time.perf_counter() - start)
    return sorted(times)[REPEATS // 2]


def fingerprint(slug: str) -> str:
    """Return the SHA-256 of what the result depends on: source of the exercise, its checks and its bank."""
    homes = (f"solutions/{slug}.py", f"cifar_teach/checks/{slug}.py", f"tests/exercises/{slug}/bank.py")
    return hashlib.sha256(b"".join((ROOT / home).read_bytes() for home in homes)).hexdigest()


def describe(record: dict) -> str:
    """Return one line for the terminal, and one for each survivor."""
    head = f"{record['id']}: {record['killed']} of {record['mutants']} noticed, {record['seconds']:.3f} s"
    lines = [head, *(f"    survives: {each}" for each in record["survivors"])]
    return "\n".join([*lines, *(f"    depends on the seed: {each}" for each in record["unsteady"])])


if __name__ == "__main__":
    sys.exit(main())
