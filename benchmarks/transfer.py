"""Measure transfer learning and ensembles side by side: ``python -m benchmarks.transfer``.

Every contender learns from the same 9,000 images, 1,000 more decide (strength of a head's regularisation, weights and
temperature of the vote), and each final model sees the test set once. Then: the features of a frozen network stored
against running it in every epoch; the end of a network trained from stored activations against running all of it;
accuracy against the number of labels; and the small network taught by the ensemble. Needs real CIFAR-10
(CIFAR_TEACH_DATA) and, for the ImageNet networks, their weights (CIFAR_TEACH_WEIGHTS or a download); a network whose
weights are out of reach is left out and named.

Times are told in seconds by the clock and in processor seconds, summed over cores. The ratios are those of processor
seconds: what else runs on the machine stretches the clock, and hardly changes how much there is to compute.

Finished trainings are kept in the folder ``--runs``, so an interrupted benchmark goes on where it stopped, and what is
measured is written part by part.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cifar_teach.backbones import save_weights_file
from cifar_teach.config import VALIDATION_FRACTION
from cifar_teach.data import Dataset, load_cifar10
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.evaluate import paired_bootstrap, wilson_interval
from cifar_teach.exceptions import CifarTeachError, ModelError
from cifar_teach.files import replacing
from cifar_teach.pipeline.contenders import fetch_weights, make_plan, parse_contender
from cifar_teach.pipeline.curves import accuracy_by_size
from cifar_teach.pipeline.ensembling import STUDENT, distil, vote
from cifar_teach.pipeline.findings import compare_all, describe_model
from cifar_teach.pipeline.members import Member, train_member
from cifar_teach.pipeline.workflow import SPLIT_SEED
from cifar_teach.preprocess import stratified_split

from .repeated_work import SETTINGS, stored_head, stored_split

RESULTS_FILE = Path(__file__).parent / "results" / "transfer.json"
BUNDLED_FOLDER = Path(__file__).parents[1] / "cifar_teach" / "backbones" / "weights"
CONTENDERS = (
    "baseline",
    "fastnet",
    "tinynet:frozen",
    "tinynet:finetuned",
    "mobilenet_v2_0.35:frozen",
    "mobilenet:frozen",
    "mobilenet:finetuned",
)
BUNDLED = {"baseline": "baseline", "fastnet": "fastnet", "tinynet:finetuned": "tinynet"}
"""Contenders whose first seed the package ships, and under which name."""
SIZES = (1_000, 100, 2_000, 5_000)
"""Numbers of labels, the one that is spoken of first: whatever interrupts the benchmark, it is there."""
CURVE = ("fastnet", "tinynet:frozen", "tinynet:finetuned")


def main() -> int:
    """Run the benchmark and write its results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--contenders", nargs="+", default=CONTENDERS, metavar="NAME", help="what is trained")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    parser.add_argument("--runs", type=Path, default=Path("_build/benchmarks/transfer"), help="finished trainings")
    parser.add_argument("--bundle", action="store_true", help="write the models that the package ships, too")
    options = parser.parse_args()
    if len(set(options.contenders)) < 2:
        parser.error("name two contenders or more: they vote")
    try:
        data = load_cifar10()
    except CifarTeachError as problem:
        print(problem, file=sys.stderr)
        return 2
    if data.provenance.kind not in ("cifar10", "cifar10-jpeg"):
        print("This benchmark is about CIFAR-10. Let CIFAR_TEACH_DATA name a copy of it.", file=sys.stderr)
        return 2
    load_keras_quietly()
    bench = Benchmark(data, options.contenders, options.seeds, options.runs, options.out)
    bench.contenders()
    if options.bundle:
        bench.write_bundled()
    bench.part("head", lambda: stored_head(data, bench.train, bench.validation))
    bench.part("split", lambda: stored_split(data, bench.train, bench.validation))
    bench.curve()
    if STUDENT in bench.members:
        bench.distilled()
    print(f"written: {options.out}")
    return 0


class Benchmark:
    """The state of one benchmark: what is finished, and the report that grows with it."""

    def __init__(self, data: Dataset, names: Sequence[str], seeds: list[int], runs: Path, out: Path) -> None:
        self.data, self.seeds, self.runs, self.out = data, seeds, runs, out
        self.train, self.validation = stratified_split(*data.train, fraction=VALIDATION_FRACTION, seed=SPLIT_SEED)
        self.plans = {name: make_plan(parse_contender(name), lambda recipe: recipe) for name in names}
        self.members: dict[str, list[Member]] = {}
        self.report: dict[str, Any] = {
            "benchmark": "transfer",
            "data": data.provenance.to_dict(),
            "hardware": hardware(),
            "versions": versions(),
            "seeds": seeds,
            "protocol": f"{len(self.train.labels):,} images to train on, {len(self.validation.labels):,} to decide "
            "with; the test set is seen once by each final model",
            "left_out": {},
            "repeated_work": SETTINGS,
        }
        self.finished = _read_parts(out, self._key())
        self.report |= self.finished

    def _key(self) -> dict[str, Any]:
        return {name: self.report[name] for name in ("data", "hardware", "versions", "seeds", "repeated_work")}

    def _say(self, line: str) -> None:
        print(line, flush=True)

    def _write(self) -> None:
        self.report["created"] = datetime.now(UTC).isoformat(timespec="seconds")
        with replacing(self.out) as draft:
            draft.write_text(json.dumps(self.report, indent=1) + "\n", encoding="utf-8")

    def part(self, name: str, measure: Callable[[], Any]) -> None:
        """Measure one part of the report, unless an earlier call on the same machine and data has done so."""
        try:
            self.report[name] = self.finished[name] if name in self.finished else measure()
        except ModelError as problem:  # weights out of reach
            self.report["left_out"][name] = str(problem)
            self._say(f"{name}: left out. {problem}")
        self._write()

    def _member(self, name: str, seed: int) -> Member:
        fetch_weights(self.plans[name].contender)
        member = train_member(
            self.plans[name], self.data, self.train, self.validation, seed=seed, runs=self.runs, progress=False
        )
        accuracy = (member.test_probabilities.argmax(axis=1) == self.data.test.labels).mean()
        self._say(f"{name:<26} seed {seed}  {accuracy:.2%}  {member.train_seconds:.0f} s")
        return member

    def contenders(self) -> None:
        """Train everything, seed by seed, and let the first k seeds of each vote, seed by seed."""
        for seed in self.seeds:
            for name in self.plans:
                if name in self.report["left_out"]:
                    continue
                try:
                    own_seed = seed if self.plans[name].epochs else self.seeds[0]
                    self.members.setdefault(name, []).append(self._member(name, own_seed))
                except ModelError as problem:
                    if ":" not in name:
                        raise
                    self.members.pop(name, None)
                    self.report["left_out"][name] = str(problem)
                    self._say(f"{name}: left out. {problem}")
            self._summarise()

    def _summarise(self) -> None:
        # A head that is fitted directly has one best answer, whatever the seed: it is one result, not several.
        rows = [
            _row(describe_model(group if self.plans[name].epochs else group[:1], self.data, self.runs))
            for name, group in self.members.items()
        ]
        firsts = [group[0] for group in self.members.values()]
        votes = []
        for members in zip(*self.members.values(), strict=True):
            report, _ = vote(members, rows, self.data, self.validation)
            votes.append(report)
            self._say(f"{'ensemble':<26} seed {members[0].seed}  {report.accuracy:.2%}")
        accuracy = float(np.mean([report.accuracy for report in votes]))
        n_test = len(self.data.test.labels)
        self.report |= {
            "rows": rows,
            "comparisons": compare_all(firsts, self.data.test.labels),
            "ensemble": {
                **votes[0].to_dict(),
                "accuracy_per_seed": [report.accuracy for report in votes],
                "mean_accuracy": accuracy,
                "mean_interval": list(wilson_interval(round(accuracy * n_test), n_test)),
            },
        }
        self._write()

    def curve(self) -> None:
        """Train on fewer images; each finished size is written, and read again from its trainings the next time."""
        names = [name for name in CURVE if name in self.members]
        for count in range(1, len(SIZES) + 1):
            rows = accuracy_by_size(
                [self.plans[name] for name in names],
                [self.members[name][0] for name in names],
                sorted(SIZES[:count]), self.data, self.train, self.validation,
                seed=self.seeds[0], runs=self.runs, progress=False, say=self._say,
            )  # fmt: skip
            self.report["accuracy_by_size"] = rows
            self._write()

    def distilled(self) -> None:
        """Teach the small network what the ensemble says; compare it with the same network taught by labels."""
        firsts = [group[0] for group in self.members.values()]
        report, _ = vote(firsts, self.report["rows"], self.data, self.validation)
        plan = make_plan(parse_contender(STUDENT), lambda recipe: recipe)
        student = distil(firsts, report, plan, self.data, self.train, self.validation, runs=self.runs, progress=False)
        labels = self.data.test.labels
        right = student.test_probabilities.argmax(axis=1) == labels
        without = self.members[STUDENT][0].test_probabilities.argmax(axis=1) == labels
        gain = paired_bootstrap(right, without)
        self.report["distilled"] = {
            "model": student.model,
            "accuracy": float(right.mean()),
            "interval": list(wilson_interval(int(right.sum()), len(right))),
            "train_seconds": student.train_seconds,
            "train_cpu_seconds": student.train_cpu_seconds,
            "gain": {"difference": gain.difference, "low": gain.low, "high": gain.high},
        }
        self._say(f"{student.model:<26} seed {student.seed}  {right.mean():.2%}")
        self._write()

    def write_bundled(self) -> None:
        """Write the first seed of the models that the package ships, each with its card."""
        for name, short in BUNDLED.items():
            if name not in self.members:
                continue
            member = self.members[name][0]
            entry = describe_model([member], self.data, self.runs)
            card = {
                "name": short,
                "contender": name,
                "data": self.data.provenance.to_dict(),
                "protocol": self.report["protocol"],
                "recipe": member.recipe,
                "seed": member.seed,
                "accuracy": entry["accuracy"],
                "interval": entry["interval"],
                "n_test": entry["n_test"],
                "ece_calibrated": entry["ece_calibrated"],
                "temperature": member.temperature,
                "test_views": member.recipe["test_views"],
                "class_names": list(self.data.class_names),
                "params": member.parameters,
                "macs": member.macs,
                "hardware": member.hardware,
                "versions": member.versions,
            }
            save_weights_file(member.load(), BUNDLED_FOLDER / f"cifar10-{short}.npz", card)


def _read_parts(out: Path, key: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an earlier report that were measured under the same conditions."""
    try:
        report = json.loads(out.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if any(report.get(name) != value for name, value in json.loads(json.dumps(key)).items()):
        return {}
    return {name: report[name] for name in ("head", "split") if name in report}


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of the report without what takes much space and is in no table."""
    left_out = ("per_class", "slices", "files", "top_confusions", "hardware", "versions")
    row = {key: value for key, value in entry.items() if key not in left_out}
    values = entry["accuracy_per_seed"]
    row["accuracy_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return row


if __name__ == "__main__":
    sys.exit(main())
