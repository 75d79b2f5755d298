"""Write the README's tables and picture from the results: ``python -m benchmarks.readme_table [--check]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

from cifar_teach.authoring.results_of_grading import grading_in_words
from cifar_teach.files import replacing

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
PICTURE = RESULTS / "scratch.svg"
README = ROOT / "README.md"


def table(report: dict[str, Any]) -> str:
    """Return the Markdown about networks from scratch: table, and the sentences that say how it was measured."""
    lines = [
        "| network | parameters | epochs | training time | × baseline | test accuracy | 95 % interval | macro F1 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in report["rows"]:
        spread = "" if row["accuracy_sd"] is None else f" ± {100 * row['accuracy_sd']:.1f}"
        low, high = row["interval"]
        lines.append(
            f"| {row['label']} | {row['params']:,} | {row['epochs']} | {row['train_seconds']:.0f} s "
            f"| {row['times_baseline']:.2f} | **{100 * row['accuracy']:.1f} %**{spread} "
            f"| {100 * low:.1f} to {100 * high:.1f} | {row['macro_f1']:.3f} |"
        )
    data = report["data"]
    sentences = [
        f"Measured on {data['name']}, {data['train_size']:,} training images, {data['test_size']:,} test images; "
        f"{_seeds(report)}; interval: Wilson, over test images.",
        _machine(report),
        *_precision_sentences(report),
        "Every number comes from [`benchmarks/results/scratch.json`](benchmarks/results/scratch.json).",
    ]
    return "\n".join([*lines, "", " ".join(sentences)])


def transfer_table(report: dict[str, Any]) -> str:
    """Return the Markdown about transfer learning and the ensemble."""
    lines = [
        "| what is trained | parameters | multiply-adds | processor time | test accuracy | 95 % interval |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in report["rows"]:
        spread = "" if row["accuracy_sd"] is None else f" ± {100 * row['accuracy_sd']:.1f}"
        low, high = row["interval"]
        lines.append(
            f"| {row['model']} | {row['params']:,} | {row['macs'] / 1e6:.0f} M | {row['train_cpu_seconds']:.0f} s "
            f"| **{100 * row['accuracy']:.1f} %**{spread} | {100 * low:.1f} to {100 * high:.1f} |"
        )
    vote = report["ensemble"]
    low, high = vote["mean_interval"]
    lines.append(
        f"| ensemble of these | {vote['cost']['params']:,.0f} | {vote['cost']['macs'] / 1e6:.0f} M "
        f"| {sum(row['train_cpu_seconds'] for row in report['rows']):.0f} s | **{100 * vote['mean_accuracy']:.1f} %** "
        f"| {100 * low:.1f} to {100 * high:.1f} |"
    )
    sentences = [
        f"Measured on {report['data']['name']}; {report['protocol']}; {_seeds(report)}. Multiply-adds are those of one "
        "answer, all views of an image together; processor time is that of training, summed over the cores.",
        vote["verdict"] if len(report["seeds"]) == 1 else f"With the first seed: {vote['verdict']}",
        *_distilled(report),
        *_stored(report),
        *_left_out(report),
        _machine(report),
        "Every number comes from [`benchmarks/results/transfer.json`](benchmarks/results/transfer.json).",
    ]
    return "\n".join([*lines, "", " ".join(sentences), *_by_size(report)])


def _stored(report: dict[str, Any]) -> list[str]:
    """Say what storing features and activations saves, as far as it has been measured."""
    sentences = []
    if "head" in report:
        head = report["head"]
        running, linear = head["running"], head["stored_linear"]
        sentences.append(
            f"A linear head on stored features of {head['backbone']} took {linear['cpu_seconds']:.0f} s of processor "
            f"time and reached {100 * linear['accuracy']:.1f} %; running the frozen network in each of "
            f"{head['epochs']} epochs, with a dense head and Adam, took {running['cpu_seconds']:.0f} s and reached "
            f"{100 * running['accuracy']:.1f} %: {head['times_faster_linear']:.1f} times as much "
            f"({head['times_faster_dense']:.1f} times as much as the same dense head on stored features)."
        )
    if "split" in report:
        split = report["split"]
        stored, whole = split["stored"], split["whole"]
        sentences.append(
            f"Fine-tuning {split['backbone']} behind `{split['after']}` from stored activations took "
            f"{stored['cpu_seconds_per_epoch']:.0f} s of processor time an epoch instead of "
            f"{whole['cpu_seconds_per_epoch']:.0f} s, a ratio of {split['times_faster']:.1f} "
            f"({100 * stored['accuracy']:.1f} % against {100 * whole['accuracy']:.1f} % "
            f"after {split['epochs']} epochs); storing them took {stored['preparation_cpu_seconds']:.0f} s once."
        )
    return sentences


def _by_size(report: dict[str, Any]) -> list[str]:
    """Return the table of what each network makes of how many labels, if that has been measured."""
    rows = report.get("accuracy_by_size", ())
    if not rows:
        return []
    sizes = sorted({row["size"] for row in rows})
    found = {(row["model"], row["size"]): row for row in rows}

    def cell(model: str, size: int) -> str:
        if (model, size) not in found:
            return ""
        row = found[model, size]
        low, high = row["interval"]
        return f"**{100 * row['accuracy']:.1f} %** ({100 * low:.1f} to {100 * high:.1f})"

    return [
        "",
        f"Test accuracy by the number of training images, with 95 % interval, seed {report['seeds'][0]}:",
        "",
        f"| trained on | {' | '.join(f'{size:,}' for size in sizes)} |",
        f"|---|{'--:|' * len(sizes)}",
        *(
            f"| {model} | {' | '.join(cell(model, size) for size in sizes)} |"
            for model in dict.fromkeys(row["model"] for row in rows)
        ),
    ]


def _distilled(report: dict[str, Any]) -> list[str]:
    if "distilled" not in report:
        return []
    student = report["distilled"]
    gain = student["gain"]
    return [
        f"Taught by the ensemble instead of by labels, fastnet reaches {100 * student['accuracy']:.1f} %, "
        f"{100 * gain['difference']:+.1f} points (95 % interval {100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})."
    ]


def _left_out(report: dict[str, Any]) -> list[str]:
    names = ", ".join(report["left_out"])
    return [f"Left out, because their weights were out of reach: {names}."] if names else []


def _machine(report: dict[str, Any]) -> str:
    hardware, versions = report["hardware"], report["versions"]
    return (
        f"{hardware['cores']} cores of {hardware['processor']}, "
        f"{', '.join(hardware['accelerators']) or 'no accelerator'}; Keras {versions['keras']}, "
        f"TensorFlow {versions['tensorflow']}."
    )


def _seeds(report: dict[str, Any]) -> str:
    count = len(report["seeds"])
    return "one seed" if count == 1 else f"mean of {count} seeds ± standard deviation over seeds"


def _precision_sentences(report: dict[str, Any]) -> list[str]:
    """Say what bfloat16 does to the times, because the baseline is computed in float32."""
    rows = [row for row in report["rows"] if row["precision"] == "bfloat16"]
    if not rows:
        return []
    timing = report["seconds_per_epoch"]
    slower = timing["float32"] / timing["bfloat16"]
    ratios = ", ".join(f"{slower * row['times_baseline']:.2f} ({row['label']})" for row in rows)
    return [
        "`baseline` is computed in float32, `fastnet` has its convolutions in bfloat16 where the processor can: "
        f"{timing['bfloat16']:.1f} s instead of {timing['float32']:.1f} s an epoch here. "
        f"In float32 its times would be about this many times the baseline's: {ratios}."
    ]


def checks_table(report: dict[str, Any]) -> str:
    """Return the Markdown about the exercises and how sharp their checks are."""
    lines = [
        "| exercise | minutes | questions | points | answers in the bank | small faults noticed |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in report["exercises"]:
        killed, mutants, answers = (
            sum(each[key] for each in row["checks"]) for key in ("killed", "mutants", "answers")
        )
        lines.append(
            f"| [{row['title']}](exercises/{row['slug']}/{row['slug']}.ipynb) | {row['minutes']} | {row['questions']} "
            f"| {row['points']:g} | {answers} | {killed} of {mutants} |"
        )
    records = [record for row in report["exercises"] for record in row["checks"]]
    harmless = sum(len(record["harmless"]) for record in records)
    times = sorted(record["seconds"] for record in records)
    fewer = min(record["seeds"] for record in records)
    sentences = [
        "Answers in the bank: wrong ones from real misconceptions, each proven to fail the intended check with the "
        "intended words, and other right ones, proven to pass; the verdict is the same for "
        f"{len(report['seeds'])} draws of the inputs ({fewer} where the check trains a network). "
        "Small faults: automatic changes of the reference answers, "
        f"{report['kill_rate']:.1%} of {report['mutants']:,} noticed; {harmless} more go unnoticed for a reason "
        "that the bank gives.",
        f"Half of the checks answer within {1000 * times[len(times) // 2]:.0f} ms, the slowest in {times[-1]:.1f} s "
        f"({report['hardware']['cores']} cores of {report['hardware']['processor']}).",
        "Every number comes from [`benchmarks/results/checks.json`](benchmarks/results/checks.json).",
    ]
    return "\n".join([*lines, "", " ".join(sentences)])


def routes_sentences(report: dict[str, Any]) -> str:
    """Return the Markdown about what the ways of grading agree on."""
    others = report["answers"] - report["same_as_alone"]
    leaning = (
        f"; {others} lean on a wrong answer before, and get other points than alone"
        if others
        else (", and each answer gets what it gets alone")
    )
    return (
        f"All {report['answers']:,} answers of the bank went through stock `nbgrader autograde` and through "
        f"`pytest --notebook`, in {report['notebooks']} notebooks of one answer to each question: "
        f"{report['differences'] or 'no'} scores differ between the two{leaning}. Every number comes from "
        "[`benchmarks/results/routes.json`](benchmarks/results/routes.json)."
    )


def grading_sentences(report: dict[str, Any]) -> str:
    """Return the Markdown about grading a class, in the words that the book uses."""

    def word(name: str) -> str:
        return grading_in_words(report, name)

    sentences = [
        f"A made-up class of {word('class/students')} ({word('class/odd')} damaged hand-ins, {word('class/hostile')} "
        f"that mean harm) was graded in {word('class/seconds')} by {word('workers')} workers: "
        f"{word('class/accounted_for')} accounted for, {word('class/as_expected')} with exactly the result that is "
        f"due, locked up by {word('class/isolation')}.",
        *_beside_nbgrader(report),
        f"{word('machine')}; while this was measured up to {word('load')} processes wanted to run at the same time.",
        "Every number comes from [`benchmarks/results/grading.json`](benchmarks/results/grading.json).",
    ]
    return " ".join(sentences)


def _beside_nbgrader(report: dict[str, Any]) -> list[str]:
    """Say how much faster than stock nbgrader it is, if that has been measured."""
    if not report["side_by_side"]:
        return []
    hand_ins, exercise, stock, own, all_faster, one_faster = (
        grading_in_words(report, f"side_by_side/{name}")
        for name in ("hand_ins", "exercise", "stock", "all", "all_faster", "one_faster")
    )
    return [
        f"{hand_ins} notebooks of {exercise}, which import TensorFlow, took stock `nbgrader autograde` {stock} and "
        f"`cifar-teach grade` {own}: {all_faster} times faster, {one_faster} times with one worker."
    ]


def kills_sentences(report: dict[str, Any]) -> str:
    """Return the Markdown about graders that are killed and run again."""
    different = report["differences"]
    outcome = f"{len(different)} classes ended otherwise than" if different else "every class ended with the grades of"
    return (
        f"A grader was killed at {len(report['kills'])} random moments while it graded {report['students']} hand-ins "
        f"of {report['exercise']}, and run again each time until the class was done, {report['classes']} times: "
        f"{outcome} an undisturbed run. Every number comes from "
        "[`benchmarks/results/grading_kills.json`](benchmarks/results/grading_kills.json)."
    )


TABLES = {
    "scratch": table,
    "transfer": transfer_table,
    "checks": checks_table,
    "routes": routes_sentences,
    "grading": grading_sentences,
    "grading_kills": kills_sentences,
}
MARKERS = {name: (f"<!-- {name}:begin -->", f"<!-- {name}:end -->") for name in TABLES}


def with_tables(readme: str, reports: dict[str, dict[str, Any]]) -> str:
    """Return the README with the part between each pair of markers replaced."""
    for name, report in reports.items():
        begin, end = MARKERS[name]
        head, rest = readme.split(begin)
        _, tail = rest.split(end)
        readme = f"{head}{begin}\n{TABLES[name](report)}\n{end}{tail}"
    return readme


def read_reports() -> dict[str, dict[str, Any]]:
    """Return the results that the README shows, by name."""
    return {name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in TABLES}


def picture(report: dict[str, Any]) -> bytes:
    """Return accuracy against training time as SVG, the same bytes for the same numbers and the same matplotlib."""
    from matplotlib.ticker import LogLocator

    from cifar_teach import plots

    rows = [{**row, "model": row["label"]} for row in report["rows"]]
    data, count = report["data"], len(report["seeds"])
    footer = f"{data['name']}, {data['train_size']:,} training images, {count} seed{'s' * (count > 1)}"
    drawn = io.BytesIO()
    figure = plots.cost_vs_accuracy(rows, footer=footer)
    axis = figure.axes[0].xaxis
    if axis.get_scale() == "log":
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # powers of ten alone leave one tick here
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return _with_numbered_ids(drawn.getvalue())


def _with_numbered_ids(svg: bytes) -> bytes:
    """Replace the ids that matplotlib draws at random by numbers in the order in which they appear."""
    for number, name in enumerate(dict.fromkeys(re.findall(rb'\bid="([a-z][0-9a-f]{10})"', svg))):
        svg = svg.replace(name, b"id%d" % number)
    return svg


def out_of_date(reports: dict[str, dict[str, Any]]) -> list[str]:
    """Return the names of the files that differ from what the reports give.

    The picture is compared only with the matplotlib that its report records: another one draws other paths.
    """
    readme = README.read_text(encoding="utf-8")
    old = [] if readme == with_tables(readme, reports) else [README.name]
    if importlib.metadata.version("matplotlib") == reports["scratch"]["versions"]["matplotlib"]:
        same = PICTURE.exists() and PICTURE.read_bytes() == picture(reports["scratch"])
        old += [] if same else [PICTURE.name]
    return old


def main() -> int:
    """Write tables and picture, or with ``--check`` say what is out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is out of date")
    options = parser.parse_args()
    reports = read_reports()
    if options.check:
        old = out_of_date(reports)
        if old:
            print(f"Out of date: {', '.join(old)}. Run python -m benchmarks.readme_table", file=sys.stderr)
        return int(bool(old))
    with replacing(README) as draft:
        draft.write_text(with_tables(README.read_text(encoding="utf-8"), reports), encoding="utf-8")
    with replacing(PICTURE) as draft:
        draft.write_bytes(picture(reports["scratch"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
