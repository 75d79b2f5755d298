"""Puts randomly damaged notebooks through the intake of the grader: never an error, never an answer lost in silence.

``python -m benchmarks.intake_fuzz`` damages the solution notebooks of all exercises at the level of bytes, of JSON and
of cells, hands them in as archives of a class, and writes ``results/intake_fuzz.json``. It ends with status 1, and
names the mutants, when the intake does something wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from cifar_teach.checks import EXERCISES
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.files import replacing
from tests.grading.mutations import BATCH, LEVELS, faults, make_mutant, read_exercise, tally, through_intake

RESULT = Path(__file__).parent / "results" / "intake_fuzz.json"
COUNT = 14_000
SEED = 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help=f"mutants in all (default: {COUNT:,})")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args(arguments)

    ends: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    wrong: list[str] = []
    seconds = 0.0
    each = -(-options.count // len(EXERCISES))
    with tempfile.TemporaryDirectory() as folder, tqdm(total=each * len(EXERCISES), unit="mutants") as bar:
        for slug in EXERCISES:
            exercise = read_exercise(slug)
            for start in range(0, each, BATCH):
                numbers = range(start, min(start + BATCH, each))
                mutants = [make_mutant(exercise, number, options.seed) for number in numbers]
                began = time.process_time()
                found = through_intake(exercise, mutants, Path(folder))
                seconds += time.process_time() - began
                for mutant in mutants:
                    levels[mutant.level] += 1
                    operations.update(mutant.done)
                    for fault in faults(exercise, mutant, found.get(mutant.number)):
                        wrong.append(f"{slug} {mutant.number} {mutant.done}: {fault}")
                ends.update(tally([mutant for mutant in mutants if mutant.number in found], found))
                bar.update(len(mutants))
        left = len(list(Path(folder).iterdir()))

    count = sum(levels.values())
    load_keras_quietly()
    record = {
        "benchmark": "intake_fuzz",
        "what": "randomly damaged notebooks through the intake of the grader",
        "seed": options.seed,
        "mutants": count,
        "by level": {level: levels[level] for level in LEVELS},
        "by operation": dict(sorted(operations.items())),
        "outcome": dict(sorted(ends.items())),
        "errors or silent losses": len(wrong),
        "files left behind": left,
        "processor seconds per notebook": round(seconds / count, 5),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "versions": versions(),
    }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{count:,} mutants: {dict(ends)}; {len(wrong)} wrong; {1000 * seconds / count:.1f} ms each")
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong or left else 0


if __name__ == "__main__":
    sys.exit(main())
